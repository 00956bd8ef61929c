//! The server itself, and who comes to it: people, their devices, staff.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, blob, boolean, small_integer, string, text, uuid};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        // Truth. One row: who this server is; a restore from a backup takes a new incarnation.
        m.create_table(
            Table::create()
                .table("server_info")
                .col(small_integer("id").primary_key())
                .col(uuid("server"))
                .col(big_integer("incarnation"))
                .take(),
        )
        .await?;
        // Truth. Name and citizen number are sealed; `lookup` is an HMAC of the number, so that it can be found.
        m.create_table(
            Table::create()
                .table("person")
                .col(uuid("id").primary_key())
                .col(blob("sealed"))
                .col(blob("lookup").unique_key())
                .col(boolean("courier"))
                .col(big_integer("created_at"))
                .take(),
        )
        .await?;
        // Truth. A device is a key; the name that its owner gave it is sealed.
        m.create_table(
            Table::create()
                .table("device")
                .col(blob("thumbprint").primary_key())
                .col(uuid("person"))
                .col(blob("public_key"))
                .col(blob("name"))
                .col(big_integer("enrolled_at"))
                .col(big_integer_null("revoked_at"))
                .take(),
        )
        .await?;
        m.create_index(Index::create().name("device_person").table("device").col("person").take()).await?;
        // Scratch. Single-use codes, by their HMAC.
        m.create_table(
            Table::create()
                .table("enrolment")
                .col(blob("code").primary_key())
                .col(uuid("person"))
                .col(big_integer("expires_at"))
                .col(big_integer_null("used_at"))
                .take(),
        )
        .await?;
        // Scratch. Names that tokens were made for; events carry the name themselves. Staff are named to citizens, so
        // their names are not sealed.
        m.create_table(
            Table::create()
                .table("staff")
                .col(uuid("id").primary_key())
                .col(text("name"))
                .col(string("unit"))
                .col(string("role"))
                .take(),
        )
        .await?;
        m.create_index(Index::create().name("staff_once").table("staff").col("name").col("unit").unique().take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
