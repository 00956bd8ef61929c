//! Sign-ins at an identity provider that were begun and have not come back.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, blob_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Scratch. By the HMAC of its state; what is kept for it and what became of it are sealed. Rows go when their time
        // is over.
        m.create_table(
            Table::create()
                .table("sign_in")
                .col(blob("state").primary_key())
                .col(blob("kept"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("used_at"))
                .col(blob_null("outcome"))
                .take(),
        )
        .await?;
        m.create_index(Index::create().name("sign_in_end").table("sign_in").col("expires_at").take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
