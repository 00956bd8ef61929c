//! The log of everything that was written: each commit continues the book of its dossier or person, and its entry's
//! commitment becomes a leaf of one Merkle tree.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, blob_null, small_integer, string, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Where a book ends: the commitment of its last entry. Nothing for what was written before there was a log.
        let tip = |table: &'static str| Table::alter().table(table).add_column(blob_null("tip")).take();
        m.alter_table(tip("dossier")).await?;
        m.alter_table(tip("person")).await?;
        // With which commit of its dossier a row was written; a person's version counts the entries of its book.
        for table in ["person", "paper", "command", "delivery_record"] {
            let version = big_integer("version").default(0).take();
            m.alter_table(Table::alter().table(table).add_column(version).take()).await?;
        }
        // Truth. Entries that have no place in the tree yet; written with what they speak of.
        m.create_table(entry("waiting_entry").primary_key(Index::create().col("book").col("kind").col("n")).take())
            .await?;
        // Truth. Entries in the order of the tree's leaves.
        m.create_table(entry("entry").col(big_integer("leaf").primary_key()).take()).await?;
        let once = Index::create().name("entry_book").table("entry").col("book").col("kind").col("n").unique().take();
        m.create_index(once).await?;
        // Derived from the entries: the tree's hashes, 256 in a row (C2SP tlog-tiles).
        m.create_table(
            Table::create()
                .table("tile")
                .col(small_integer("level"))
                .col(big_integer("place"))
                .col(blob("hashes"))
                .primary_key(Index::create().col("level").col("place"))
                .take(),
        )
        .await?;
        // Truth. One row: the tree's size, its last signed checkpoint, and who may append until when. `fence` rises with
        // each new holder.
        m.create_table(
            Table::create()
                .table("log_head")
                .col(small_integer("id").primary_key())
                .col(big_integer("size"))
                .col(text("checkpoint"))
                .col(string("holder"))
                .col(big_integer("fence"))
                .col(big_integer("until"))
                .take(),
        )
        .await?;
        let first = Query::insert()
            .into_table("log_head")
            .columns(["id", "size", "checkpoint", "holder", "fence", "until"])
            .values_panic([1i16.into(), 0i64.into(), "".into(), "".into(), 0i64.into(), 0i64.into()])
            .take();
        m.exec_stmt(first).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn entry(table: &'static str) -> TableCreateStatement {
    Table::create()
        .table(table)
        .col(small_integer("kind"))
        .col(uuid("book"))
        .col(big_integer("n"))
        .col(blob("salt"))
        .col(blob("digest"))
        .col(blob("commitment"))
        .take()
}
