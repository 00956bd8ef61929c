//! Couriers' records that were refused in their place: a lost answer is given again as it was.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Scratch. A diary of what was said, so that it is said the same again: a refused record's content is not kept.
        m.create_table(
            Table::create()
                .table("refused_record")
                .col(blob("device"))
                .col(blob("hash"))
                .col(text("code"))
                .col(big_integer("at"))
                .primary_key(Index::create().col("device").col("hash"))
                .take(),
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
