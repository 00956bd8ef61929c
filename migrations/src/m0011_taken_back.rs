//! What the server had said before its database was put back from a backup, by which events happened again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Truth. The server's own signed word, sealed: why events of the office are there that no command asked for.
        m.create_table(
            Table::create()
                .table("taken_back")
                .col(uuid("dossier"))
                .col(big_integer("version"))
                .col(blob("body"))
                .primary_key(Index::create().col("dossier").col("version"))
                .take(),
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
