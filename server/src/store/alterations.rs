//! Alterations by somebody who has the database and not the keys, on the data of the whole story: edits, deletions,
//! insertions and cuts, drawn from every table that is not scratch.

use super::{Altered, checkpoint};
use crate::app::{App, Clock};
use crate::config::Config;
use crate::verify::{Kind, Report, TABLES, in_one_view, looked_at, verify};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement, TransactionTrait as _};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Columns that no statement about anybody rests on.
const SCRATCH_COLUMNS: [(&str, &str); 9] = [
    ("log_head", "holder"),
    ("log_head", "fence"),
    ("log_head", "until"),
    ("log_key", "since"),
    ("paper", "stored_at"),
    ("command", "at"),
    ("delivery_record", "at"),
    ("reading", "seen_at"),
    ("reading", "seen_by"),
];

/// A server on which the whole story was played, and then what it leaves out: a device that was shut out and bound again and then lost,
/// an event that happened again after a restore, an entry that waits for its place. Every table that counts has rows.
async fn told() -> (tempfile::TempDir, Arc<App>) {
    let dir = tempfile::tempdir().unwrap();
    let keep = dir.path().join("story");
    crate::demo::run(false, Some(keep.clone())).await.map_err(|surprise| surprise.told().to_owned()).unwrap();
    let config = Config { data: keep.join("server"), ..Config::default() };
    let app = App::open_existing(config, Clock::System).await.unwrap();
    // Nobody appends any more.
    super::log::end_lease(&app.db.write).await.unwrap();
    let device = crate::demo::aftermath::play(&app, &keep).await;
    while crate::sequencer::round(&app, "test").await.unwrap() > 0 {}
    assert!(crate::enrolment::lose(&app, &device).await.unwrap());
    (dir, app)
}

async fn ask(db: &impl ConnectionTrait, sql: String) -> Vec<sea_orm::QueryResult> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap()
}

/// Every table's columns, and its number of rows.
async fn tables(db: &impl ConnectionTrait) -> BTreeMap<String, (Vec<(String, String)>, i64)> {
    let mut tables = BTreeMap::new();
    let names = "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'";
    for row in ask(db, names.into()).await {
        let name: String = row.try_get("", "name").unwrap();
        let columns = ask(db, format!("select name, type from pragma_table_info('{name}')")).await;
        let columns =
            columns.iter().map(|c| (c.try_get("", "name").unwrap(), c.try_get("", "type").unwrap())).collect();
        let count = ask(db, format!("select count(*) as n from \"{name}\"")).await[0].try_get("", "n").unwrap();
        tables.insert(name, (columns, count));
    }
    tables
}

/// One alteration as SQL, of the `row`-th row (from 0, in the order of writing) of a table.
fn alteration(rng: &mut StdRng, table: &str, columns: &[(String, String)], count: i64, newest: bool) -> String {
    let row = if newest { count - 1 } else { rng.random_range(0..count) };
    let at = format!("rowid = (select rowid from \"{table}\" order by rowid limit 1 offset {row})");
    let free: Vec<_> = columns.iter().filter(|(c, _)| !SCRATCH_COLUMNS.contains(&(table, c.as_str()))).collect();
    match rng.random_range(0..8) {
        0 | 1 => format!("delete from \"{table}\" where {at}"),
        2 => format!("delete from \"{table}\" where rowid >= (select rowid from \"{table}\" where {at})"),
        3 => {
            // A copy of a row under a new key.
            let fresh = |(i, (column, kind)): (usize, &(String, String))| match (i, kind.to_lowercase()) {
                (0, kind) if kind.contains("blob") || kind.contains("uuid") => "randomblob(16)".to_owned(),
                (0, kind) if kind.contains("int") => format!("(select max(\"{column}\") from \"{table}\") + 1"),
                (0, _) => format!("\"{column}\" || '1'"),
                (_, _) if column == "code" || column == "lookup" => "null".to_owned(),
                _ => format!("\"{column}\""),
            };
            let values: Vec<_> = columns.iter().enumerate().map(fresh).collect();
            format!("insert into \"{table}\" select {} from \"{table}\" where {at}", values.join(", "))
        }
        _ => {
            let (column, kind) = free[rng.random_range(0..free.len())];
            let kind = kind.to_lowercase();
            let value = if kind.contains("blob") || kind.contains("uuid") {
                format!("randomblob(max(16, length(\"{column}\")))")
            } else if kind.contains("bool") {
                // 1 and 2 say the same.
                format!("not \"{column}\"")
            } else if kind.contains("int") {
                format!("coalesce(\"{column}\", 0) + 1")
            } else {
                format!("coalesce(\"{column}\", '') || 'x'")
            };
            format!("update \"{table}\" set \"{column}\" = {value} where {at}")
        }
    }
}

/// What `verify` says after one statement, which is then taken back.
async fn after(app: &App, sql: &str) -> Option<Result<Report, String>> {
    let outside = checkpoint::read(&app.config.data).unwrap();
    let tx: DatabaseTransaction = app.db.write.begin().await.unwrap();
    // A statement that the tables themselves refuse alters nothing.
    let changed = tx.execute_unprepared(sql).await.ok().filter(|done| done.rows_affected() > 0);
    let report = match changed {
        Some(_) => Some(verify(app, &tx, outside.as_deref()).await.map_err(|failed| failed.to_string())),
        None => None,
    };
    tx.rollback().await.unwrap();
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story_is_as_it_was_written() {
    let (_dir, app) = told().await;
    let outside = checkpoint::read(&app.config.data).unwrap();
    let report = in_one_view(&app, outside.as_deref()).await.unwrap();
    assert!(report.altered.is_empty(), "{:?}", report.altered);
    assert!(
        report.entries > 10 && report.dossiers == 1 && report.people >= 2 && report.unprotected.is_empty(),
        "{report:?}"
    );
}

/// Whether a finding is what an alteration of a table comes to. A row that is gone cannot be named: its commit is, or the book
/// or the count from which it is missing. A person's book speaks of the person and of all devices at once, so it is the
/// person who is named.
fn names(found: &Altered, altered: &str) -> bool {
    let witness = match altered {
        "device" | "device_past" | "suspension" | "waiting_entry" => "person",
        "audience" => "feed",
        same => same,
    };
    found.table == altered || found.table == witness || found.row.contains(", commit ")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_alterations_of_two_hundred_are_named() {
    let (_dir, app) = told().await;
    let tables = tables(&app.db.read).await;
    let open: Vec<_> = tables.iter().filter(|(name, _)| looked_at().any(|table| table == *name)).collect();
    let empty: Vec<_> = open.iter().filter(|(_, (_, rows))| *rows == 0).map(|(name, _)| name).collect();
    assert!(empty.is_empty(), "nothing to alter in {empty:?}");
    let (mut rng, mut named, mut newest, mut unnamed) = (StdRng::seed_from_u64(1), 0, 0, Vec::new());
    // Some draws alter nothing; that all do is a fault of this test.
    for _ in 0..2_000 {
        if named + unnamed.len() == 200 {
            break;
        }
        let (table, (columns, count)) = open[(named + unnamed.len()) % open.len()];
        let last = rng.random_range(0..3) == 0;
        let sql = alteration(&mut rng, table, columns, *count, last);
        let Some(report) = after(&app, &sql).await else { continue };
        newest += usize::from(last);
        match report {
            Ok(report) if report.altered.iter().any(|found| names(found, table)) => named += 1,
            other => unnamed.push((sql, other)),
        }
    }
    assert!(unnamed.is_empty(), "{} not named: {unnamed:#?}", unnamed.len());
    assert_eq!(named, 200);
    assert!(newest >= 50, "{newest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_draw_seldom_reaches_is_named_too() {
    let (_dir, app) = told().await;
    let seldom = [
        "update delivery_record set disputed = not disputed",
        "update record_chain set hash = randomblob(32)",
        "delete from record_chain",
        "delete from waiting_entry",
        "update waiting_entry set digest = randomblob(32)",
        // A key that reads the same and is not found; one that does not read; values of another kind.
        "update dossier set dossier = cast(dossier as text) where rowid = (select max(rowid) from dossier)",
        "update dossier set dossier = x'00' where rowid = (select max(rowid) from dossier)",
        "update person set id = x'00' where rowid = (select min(rowid) from person)",
        "update event set at = 'x' where rowid = (select max(rowid) from event)",
        "update entry set digest = x'00' where leaf = 1",
        "update entry set n = 'x' where leaf = 1",
        "update change set seq = 'x' where rowid = (select max(rowid) from change)",
        "update feed set n = 'x' where rowid = (select max(rowid) from feed)",
        "update parcel set parcel = x'00' where rowid = (select max(rowid) from parcel)",
        "update serial set last = 'x' where rowid = (select max(rowid) from serial)",
        "update log_head set size = 'x' where rowid = (select max(rowid) from log_head)",
        "update device set enrolled_at = 'x' where rowid = (select max(rowid) from device)",
    ];
    for sql in seldom {
        let report = after(&app, sql).await.unwrap_or_else(|| panic!("it changes something: {sql}"));
        assert!(report.is_ok_and(|report| !report.altered.is_empty()), "{sql}");
    }
}

/// What `verify` says after statements that alter tables too; everything is then taken back.
async fn after_all(app: &App, statements: &[&str]) -> Vec<String> {
    let outside = checkpoint::read(&app.config.data).unwrap();
    let tx: DatabaseTransaction = app.db.write.begin().await.unwrap();
    for sql in statements {
        tx.execute_unprepared(sql).await.unwrap();
    }
    let report = verify(app, &tx, outside.as_deref()).await.unwrap();
    tx.rollback().await.unwrap();
    report.altered.iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_alteration_hides_no_other() {
    let (_dir, app) = told().await;
    // A second dossier, which is looked at before that of the story.
    let second = [
        "create temp table second as select * from dossier",
        "update second set dossier = x'00000000000000000000000000000001'",
        "insert into dossier select * from second",
        "drop table second",
    ];
    let event = "update event set body = x'00' where seq = 2";
    let named = |said: &[String]| said.iter().any(|line| line.starts_with("event, row ") && line.contains(" 2: "));
    for (table, another) in [
        (
            "dossier",
            "update dossier set dossier = cast(dossier as text) where dossier in (select max(dossier) from dossier)",
        ),
        (
            "dossier",
            "update dossier set dossier = cast(dossier as text) where dossier in (select min(dossier) from dossier)",
        ),
        ("dossier", "update dossier set dossier = x'00' where dossier in (select min(dossier) from dossier)"),
        ("dossier", "update dossier set version = 'x' where dossier in (select min(dossier) from dossier)"),
        ("dossier", "update dossier set data_key = x'00' where dossier in (select min(dossier) from dossier)"),
        ("event", "update event set body = x'00' where seq = 1"),
        ("change", "update change set body = x'00'"),
        ("entry", "update entry set salt = x'00' where leaf = 0"),
        ("log_head", "update log_head set size = 'x'"),
        ("person", "update person set id = x'00' where rowid = (select min(rowid) from person)"),
    ] {
        let said = after_all(&app, &[&second[..], &[event, another]].concat()).await;
        let its_own = another.contains("max(dossier)");
        assert!(named(&said) != its_own, "{another}: {said:?}");
        assert!(said.iter().any(|line| line.contains(table)), "{another}: {said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_gone_is_named_once_and_the_rest_is_looked_at() {
    let (_dir, app) = told().await;
    for table in looked_at() {
        let gone = format!("alter table \"{table}\" rename to gone");
        let said = after_all(&app, &[&gone]).await;
        let whole = format!("table {table}: cannot be read");
        assert_eq!(said.iter().filter(|line| **line == whole).count(), 1, "{said:?}");
        let elsewhere =
            if table == "tile" { "update card set status = status + 1" } else { "update tile set hashes = x'00'" };
        let both = after_all(&app, &[&gone, elsewhere]).await;
        assert!(both.len() > said.len() || table == "entry", "{table}: {both:?}");
    }
    assert!(after_all(&app, &["drop table event"]).await.contains(&"table event: cannot be read".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_is_truth_derived_or_scratch() {
    let (_dir, app) = told().await;
    let found: Vec<String> = tables(&app.db.read).await.into_keys().collect();
    let declared: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
    assert_eq!(found, declared, "say of a new table what it is, and look at it unless it is scratch");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_derived_is_computed_again() {
    let (_dir, app) = told().await;
    let derived = TABLES.iter().filter(|(_, kind)| *kind == Kind::Derived).map(|(table, _)| *table);
    let mut damage: Vec<String> = derived.map(|table| format!("delete from \"{table}\"")).collect();
    let more = [
        "update dossier set document = x'00'",
        "update card set dossier = x'00000000000000000000000000000001', code = null",
        "update parcel set dossier = x'00000000000000000000000000000001'",
        "update record_chain set device = x'00', counter = 9",
        "update tile set hashes = x'00'",
        "insert into tile select level, place + 7, hashes from tile",
    ];
    damage.extend(more.map(str::to_owned));
    for sql in damage {
        app.db.write.execute_unprepared(&sql).await.unwrap();
        let before = in_one_view(&app, None).await.unwrap();
        assert!(!before.altered.is_empty(), "{sql}");
        // Twice: every job may run twice.
        for _ in 0..2 {
            let rebuilt = crate::rebuild::rebuild(&app).await.unwrap();
            assert!(rebuilt.dossiers == 1 && rebuilt.left.is_empty(), "{sql}: {rebuilt:?}");
            let after = in_one_view(&app, None).await.unwrap();
            assert!(after.altered.is_empty(), "{sql}: {:?}", after.altered);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_on_altered_truth_is_not_computed_again() {
    let (_dir, app) = told().await;
    app.db.write.execute_unprepared("update event set body = x'00' where seq = 1").await.unwrap();
    app.db.write.execute_unprepared("update card set status = 7").await.unwrap();
    let rebuilt = crate::rebuild::rebuild(&app).await.unwrap();
    assert!(rebuilt.left.iter().any(|altered| altered.table == "event"), "{rebuilt:?}");
    let status = &ask(&app.db.read, "select status from card".into()).await[0];
    assert_eq!(status.try_get::<i16>("", "status").unwrap(), 7, "a card of half the events would be a lie");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_whole_database_is_named_by_the_checkpoint_outside() {
    let (dir, app) = told().await;
    let copy = dir.path().join("copy");
    std::fs::create_dir_all(copy.join("keys")).unwrap();
    std::fs::set_permissions(copy.join("keys"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    for key in std::fs::read_dir(app.config.data.join("keys")).unwrap() {
        let key = key.unwrap().path();
        std::fs::copy(&key, copy.join("keys").join(key.file_name().unwrap())).unwrap();
    }
    let into = format!("vacuum into '{}'", copy.join("hoso.db").display());
    app.db.write.execute_unprepared(&into).await.unwrap();
    // The log goes on, and its checkpoint with it.
    assert_eq!(crate::sequencer::round(&app, "test").await.unwrap(), 1);
    let outside = checkpoint::read(&app.config.data).unwrap().unwrap();
    let config = Config { data: copy, ..app.config.clone() };
    let cut = App::open_existing(config, Clock::System).await.unwrap();
    let papers =
        |report: Report| report.altered.into_iter().filter(|altered| altered.table != "paper").collect::<Vec<_>>();
    let inside = papers(in_one_view(&cut, None).await.unwrap());
    assert!(inside.is_empty(), "inside everything fits together: {inside:?}");
    let named = papers(in_one_view(&cut, Some(&outside)).await.unwrap());
    assert!(
        matches!(&named[..], [altered] if altered.table == "entry" && altered.why.contains("cut off")),
        "{named:?}"
    );
}
