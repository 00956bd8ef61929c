//! The office's own people: units, accounts, what each is posted to, and who is signed in at the desk.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, integer, string, string_null, text, text_null, uuid, uuid_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        units_and_accounts(m).await?;
        postings(m).await?;
        sessions(m).await?;
        // Scratch. A result that one member of staff would take back, until another agrees; sealed under the dossier's key,
        // so that who has no keys proposes nothing. It lives a day; what comes of it is an event.
        m.create_table(
            Table::create().table("recall_proposal").col(uuid("dossier").primary_key()).col(blob("sealed")).take(),
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn units_and_accounts(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Scratch, as all of these: events carry the unit and the name of whoever acted, so that nothing that was said of a
    // dossier rests on them. Entered from the office's own lists, and entered again from there.
    m.create_table(
        Table::create()
            .table("office_unit")
            .col(string("code").primary_key())
            .col(string_null("parent"))
            .col(text("name"))
            .col(string("kind"))
            .take(),
    )
    .await?;
    // Scratch. Staff are named to citizens, so their names are not sealed. The password is a hash under the server's key,
    // the TOTP key is sealed: who can write rows but has no keys lets nobody in.
    m.create_table(
        Table::create()
            .table("account")
            .col(uuid("id").primary_key())
            .col(string("login").unique_key())
            .col(text("name"))
            .col(text_null("password"))
            .col(big_integer_null("one_time_until"))
            .col(blob_null("totp"))
            .col(big_integer_null("totp_step"))
            .col(integer("failures"))
            .col(integer("tries"))
            .col(big_integer_null("locked_until"))
            .col(big_integer_null("signed_in_at"))
            .col(string_null("provider_subject").unique_key())
            .col(big_integer("created_at"))
            .col(big_integer_null("disabled_at"))
            .take(),
    )
    .await?;
    // Scratch. Each serves once in place of a TOTP code; by their HMAC.
    m.create_table(
        Table::create()
            .table("recovery_code")
            .col(uuid("staff"))
            .col(blob("lookup"))
            .col(big_integer_null("used_at"))
            .primary_key(Index::create().col("staff").col("lookup"))
            .take(),
    )
    .await
}

async fn postings(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Scratch. `proof` is an HMAC over the rest: who can write rows but has no keys gives nobody a role. `entered_by` is
    // empty where it was the operator at the machine.
    m.create_table(
        Table::create()
            .table("posting")
            .col(uuid("id").primary_key())
            .col(uuid("staff"))
            .col(string("unit"))
            .col(string("role"))
            .col(big_integer("starts_at"))
            .col(big_integer_null("ends_at"))
            .col(uuid_null("stands_in_for"))
            .col(uuid_null("entered_by"))
            .col(big_integer("entered_at"))
            .col(blob("proof"))
            .take(),
    )
    .await?;
    m.create_index(Index::create().name("posting_staff").table("posting").col("staff").take()).await
}

async fn sessions(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Scratch. By the HMAC of the cookie's value. `stepped_up_at` is when a second factor was last proved; `totp_new` the
    // sealed key that is being enrolled; `tries` what failed before this sign-in, since the one before it.
    m.create_table(
        Table::create()
            .table("desk_session")
            .col(blob("id").primary_key())
            .col(uuid("staff"))
            .col(uuid_null("posting"))
            .col(big_integer("begun_at"))
            .col(big_integer("seen_at"))
            .col(big_integer_null("stepped_up_at"))
            .col(big_integer_null("ended_at"))
            .col(blob_null("totp_new"))
            .col(integer("tries"))
            .col(big_integer_null("tries_since"))
            .take(),
    )
    .await?;
    m.create_index(Index::create().name("desk_session_staff").table("desk_session").col("staff").take()).await
}
