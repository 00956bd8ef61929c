//! What lists, feeds and repeated commands read.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, integer, small_integer, string, string_null, uuid,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Derived from birth and events. The only columns of a dossier that are searched; they go with it.
        m.create_table(
            Table::create()
                .table("card")
                .col(uuid("dossier").primary_key())
                .col(uuid("owner"))
                .col(string("procedure"))
                .col(small_integer("status"))
                .col(string_null("unit"))
                .col(string_null("code").unique_key())
                .col(big_integer_null("submitted_at"))
                .col(big_integer_null("due"))
                .col(big_integer_null("moved_at"))
                // HMAC of the secret that opens the public tracking page together with the code.
                .col(blob_null("tracking"))
                .take(),
        )
        .await?;
        m.create_index(Index::create().name("card_inbox").table("card").col("unit").col("status").col("due").take())
            .await?;
        // Truth. How many rows a person's feed has. Taken last in a transaction: a reader passes over nothing.
        m.create_table(
            Table::create().table("audience").col(uuid("person").primary_key()).col(big_integer("n")).take(),
        )
        .await?;
        // Truth. Which commits a person's phones must see; `origin` is the device that caused one.
        m.create_table(
            Table::create()
                .table("feed")
                .col(uuid("person"))
                .col(big_integer("n"))
                .col(uuid("dossier"))
                .col(big_integer("version"))
                .col(blob_null("origin"))
                .primary_key(Index::create().col("person").col("n"))
                .take(),
        )
        .await?;
        m.create_index(Index::create().name("feed_dossier").table("feed").col("person").col("dossier").col("n").take())
            .await?;
        // Truth. The last serial of a unit's day (yyyymmdd): official codes have no gaps.
        m.create_table(
            Table::create()
                .table("serial")
                .col(string("unit"))
                .col(integer("day"))
                .col(big_integer("last"))
                .primary_key(Index::create().col("unit").col("day"))
                .take(),
        )
        .await?;
        // Truth. Office commands that were done, with their answers: the same one twice is one.
        m.create_table(
            Table::create()
                .table("command")
                .col(uuid("dossier"))
                .col(uuid("command"))
                .col(blob("body"))
                .col(blob("answer"))
                .col(big_integer("at"))
                .primary_key(Index::create().col("dossier").col("command"))
                .take(),
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
