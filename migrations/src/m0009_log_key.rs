//! The log's public key.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Truth. Phones and witnesses know a log by this key: a server that lost it must not begin another one unseen.
        m.create_table(
            Table::create().table("log_key").col(blob("public_key").primary_key()).col(big_integer("since")).take(),
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
