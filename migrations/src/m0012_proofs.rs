//! What shows that a device signed for a change that was refused, and at which place of its chain a refused record stood.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, blob_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Sealed under the dossier's key; under the store's key where there is no dossier, because nothing was admitted.
        m.alter_table(Table::alter().table("refused").add_column(blob_null("proof")).take()).await?;
        // With it the end of a chain is computed again. Records that were refused before have none.
        m.alter_table(Table::alter().table("refused_record").add_column(big_integer_null("counter")).take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
