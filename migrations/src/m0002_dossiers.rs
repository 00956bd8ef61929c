//! Dossiers: their changes and why those are believed, events, frozen versions, papers. Bodies are sealed under a key
//! of the dossier; with that key gone, nothing personal of it can be read, in backups neither.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, blob, blob_null, boolean, integer, small_integer, string, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Truth, but for `document`, which is derived (merged from the changes). `data_key` is wrapped by the store key.
        m.create_table(
            Table::create()
                .table("dossier")
                .col(uuid("dossier").primary_key())
                .col(big_integer("version"))
                .col(uuid("owner"))
                .col(small_integer("layout"))
                .col(string("procedure"))
                .col(integer("catalogue"))
                .col(blob("data_key"))
                .col(blob_null("document"))
                .take(),
        )
        .await?;
        m.create_index(Index::create().name("dossier_owner").table("dossier").col("owner").take()).await?;
        // Truth. Admitted changes; `position` orders those of one commit.
        m.create_table(
            Table::create()
                .table("change")
                .col(uuid("dossier"))
                .col(blob("hash"))
                .col(big_integer("version"))
                .col(integer("position"))
                .col(blob("actor"))
                .col(blob("device"))
                .col(big_integer("epoch"))
                .col(big_integer("seq"))
                .col(blob("body"))
                .primary_key(Index::create().col("dossier").col("hash"))
                .take(),
        )
        .await?;
        let once =
            Index::create().name("change_once").table("change").col("dossier").col("actor").col("seq").unique().take();
        m.create_index(once).await?;
        let order =
            Index::create().name("change_order").table("change").col("dossier").col("version").col("position").take();
        m.create_index(order).await?;
        // Truth. One signature for a push and this dossier's path to its root, sealed: it may hold refused edits.
        m.create_table(
            Table::create()
                .table("evidence")
                .col(uuid("dossier"))
                .col(big_integer("version"))
                .col(blob("device"))
                .col(blob("body"))
                .primary_key(Index::create().col("dossier").col("version"))
                .take(),
        )
        .await?;
        // Truth. What was decided, in its order.
        m.create_table(
            Table::create()
                .table("event")
                .col(uuid("dossier"))
                .col(big_integer("seq"))
                .col(big_integer("version"))
                .col(big_integer("at"))
                .col(blob("body"))
                .primary_key(Index::create().col("dossier").col("seq"))
                .take(),
        )
        .await?;
        // Truth. What was handed in, by its content hash.
        m.create_table(
            Table::create()
                .table("frozen")
                .col(uuid("dossier"))
                .col(blob("content"))
                .col(big_integer("version"))
                .col(blob("body"))
                .primary_key(Index::create().col("dossier").col("content"))
                .take(),
        )
        .await?;
        // Truth. A row says that the bytes are stored, checked and on disk; the bytes lie in the object store.
        m.create_table(
            Table::create()
                .table("paper")
                .col(uuid("dossier"))
                .col(blob("sha256"))
                .col(small_integer("kind"))
                .col(integer("size"))
                .col(big_integer("stored_at"))
                .primary_key(Index::create().col("dossier").col("sha256"))
                .take(),
        )
        .await?;
        // Scratch. A diary of changes that an honest client cannot have made, and who sent them; what follows from it, a
        // suspension, is truth.
        m.create_table(
            Table::create()
                .table("refused")
                .col(uuid("dossier"))
                .col(blob("hash"))
                .col(blob("device"))
                .col(string("code"))
                .col(boolean("attack"))
                .col(big_integer("at"))
                .primary_key(Index::create().col("dossier").col("hash").col("device"))
                .take(),
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
