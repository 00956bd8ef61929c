//! Since when tokens of a member of staff's programs count: those from before were ended with the sessions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Scratch, as the table is.
        m.alter_table(Table::alter().table("account").add_column(big_integer_null("tokens_since")).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
