//! Who of the staff looked into which dossier.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, boolean, string, uuid, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Truth, but for who has seen that a dossier was opened out of turn. `unit` is where the dossier was; `tip` is
        // the commitment of the reading's entry in the log.
        m.create_table(
            Table::create()
                .table("reading")
                .col(uuid("dossier"))
                .col(big_integer("n"))
                .col(big_integer("at"))
                .col(uuid("staff"))
                .col(string("unit"))
                .col(boolean("break_glass"))
                .col(blob("body"))
                .col(blob("tip"))
                .col(big_integer_null("seen_at"))
                .col(uuid_null("seen_by"))
                .primary_key(Index::create().col("dossier").col("n"))
                .take(),
        )
        .await?;
        m.create_index(Index::create().name("reading_staff").table("reading").col("staff").col("at").take()).await?;
        m.create_index(Index::create().name("reading_alert").table("reading").col("break_glass").col("unit").take())
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
