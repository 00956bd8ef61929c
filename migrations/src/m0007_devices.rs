//! What a device has been: bindings that ended, and suspensions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, string, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Truth. A key that was shut out and bound again; `device` holds the binding that counts now.
        m.create_table(
            Table::create()
                .table("device_past")
                .col(blob("thumbprint"))
                .col(big_integer("enrolled_at"))
                .col(uuid("person"))
                .col(blob("name"))
                .col(big_integer("revoked_at"))
                .primary_key(Index::create().col("thumbprint").col("enrolled_at"))
                .take(),
        )
        .await?;
        // Truth. A device that sent what no client of ours can make; who lifted it sets `ended_at`.
        m.create_table(
            Table::create()
                .table("suspension")
                .col(blob("device"))
                .col(big_integer("at"))
                .col(string("code"))
                .col(big_integer_null("ended_at"))
                .primary_key(Index::create().col("device").col("at"))
                .take(),
        )
        .await?;
        m.create_index(Index::create().name("suspension_at").table("suspension").col("at").take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
