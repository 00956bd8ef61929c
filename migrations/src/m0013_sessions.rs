//! Who stays signed in on which device, and the number by which servers notice that somebody was shut out.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, small_integer, string_null, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Scratch. A family of refresh tokens; lost, everybody signs in again. Of the tokens nothing is kept but the number
        // of the newest one: the rest of a token is a MAC over it.
        m.create_table(
            Table::create()
                .table("session")
                .col(uuid("id").primary_key())
                .col(uuid("person"))
                .col(blob("device"))
                .col(big_integer("next"))
                .col(big_integer("begun_at"))
                .col(big_integer("used_at"))
                .col(big_integer("ends_at"))
                .col(big_integer_null("ended_at"))
                .col(string_null("end_reason"))
                .take(),
        )
        .await?;
        m.create_index(Index::create().name("session_device").table("session").col("device").take()).await?;
        m.create_index(Index::create().name("session_ended_at").table("session").col("ended_at").take()).await?;
        // Scratch. One row: it moves with every act that ends what a token is still good for.
        m.create_table(
            Table::create().table("revocation").col(small_integer("id").primary_key()).col(big_integer("epoch")).take(),
        )
        .await?;
        m.execute(
            Query::insert().into_table("revocation").columns(["id", "epoch"]).values_panic([1.into(), 0.into()]).take(),
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
