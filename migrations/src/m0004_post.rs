//! The post: couriers' signed lists, and the chained records of what happened at the doors.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, boolean, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Truth. A list's bytes as the server signed them, sealed.
        m.create_table(
            Table::create()
                .table("manifest")
                .col(uuid("dossier"))
                .col(uuid("manifest"))
                .col(big_integer("version"))
                .col(uuid("courier"))
                .col(blob("body"))
                .col(blob("signature"))
                .primary_key(Index::create().col("dossier").col("manifest"))
                .take(),
        )
        .await?;
        // Derived from manifests: where a record's parcel belongs.
        m.create_table(
            Table::create()
                .table("parcel")
                .col(uuid("parcel").primary_key())
                .col(uuid("dossier"))
                .col(uuid("manifest"))
                .col(uuid("courier"))
                .take(),
        )
        .await?;
        // Truth. Records as the couriers' devices signed them, sealed; disputed ones too.
        m.create_table(
            Table::create()
                .table("delivery_record")
                .col(uuid("dossier"))
                .col(blob("hash"))
                .col(uuid("parcel"))
                .col(uuid("courier"))
                .col(blob("device"))
                .col(big_integer("counter"))
                .col(blob("body"))
                .col(blob("signature"))
                .col(boolean("disputed"))
                .col(big_integer("at"))
                .primary_key(Index::create().col("dossier").col("hash"))
                .take(),
        )
        .await?;
        // Derived from the records and the diary of those refused: where each device's chain ends.
        m.create_table(
            Table::create()
                .table("record_chain")
                .col(blob("device").primary_key())
                .col(big_integer("counter"))
                .col(blob("hash"))
                .take(),
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
