//! Codes that name their person under the server's key.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::blob_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // HMAC over code, person and end: who can write rows but has no keys gives nobody's account to a code. Codes from
        // before have none and are worth nothing; they live a day.
        m.alter_table(Table::alter().table("enrolment").add_column(blob_null("proof")).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
