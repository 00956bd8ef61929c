//! What a person's phone has not read yet. `n` of a feed is taken last in the transaction that writes its row, so that a
//! reader can never pass over a row that commits later (a plain sequence lost 53 % of them with 32 writers, measured).

use super::batch::Batch;
use super::dossiers::{self, Head, Held};
use super::entity::{audience, feed};
use super::{Failed, post};
use crate::keys::Keys;
use crate::seal::Seal;
use dossier::event::Event;
use dossier::ids::{DossierId, PersonId, Thumbprint};
use dossier::wire::{Blob, Delta, DocumentDelta, SignedManifest};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Set,
};
use std::collections::{BTreeMap, BTreeSet};

/// A dossier of the reader's own that it has just pushed to.
pub(crate) struct Own {
    pub held: Held,
    /// What the push made happen, with the version that it became.
    pub made: Option<(u64, Vec<Event>)>,
}

/// Who reads, and from where.
pub(crate) struct Reader<'a> {
    pub person: PersonId,
    pub device: Thumbprint,
    /// The person delivers for the post, and has lists to read.
    pub courier: bool,
    /// The last row that it has read; 0 for a device that has read nothing.
    pub after: u64,
    /// It reads from the beginning to learn what there is: each dossier comes whole.
    pub whole: bool,
    /// Dossiers of its own that it has just pushed to: it has those, whatever its cursor says.
    pub pushed: &'a BTreeMap<DossierId, Own>,
    /// Dossiers that come whole, whatever was read of them: somebody with the device's key, an older copy of it or a clone,
    /// wrote what this one does not have.
    pub echo: &'a BTreeSet<DossierId>,
}

#[derive(Debug, Default)]
pub(crate) struct Page {
    pub n: u64,
    pub more: bool,
    pub deltas: Vec<Delta>,
    pub manifests: Vec<SignedManifest>,
    /// About how large these are together.
    pub bytes: usize,
}

/// Rows read at most for one page.
const ROWS: u64 = 512;

/// The next page of a feed, of about so many bytes; at least one dossier, if there is any.
pub(crate) async fn read(
    db: &impl ConnectionTrait,
    keys: &Keys,
    reader: &Reader<'_>,
    budget: usize,
) -> Result<Page, Failed> {
    let rows = feed::Entity::find()
        .filter(feed::Column::Person.eq(reader.person.0))
        .filter(feed::Column::N.gt(reader.after as i64))
        .order_by_asc(feed::Column::N)
        .limit(ROWS)
        .all(db)
        .await?;
    let mut page = Page { n: reader.after, more: rows.len() as u64 == ROWS, ..Page::default() };
    let mut seen = BTreeSet::new();
    for row in &rows {
        let id = DossierId(row.dossier);
        if !seen.contains(&id) {
            let unread = Unread::of(&id, &rows, reader);
            let news = news(db, keys, reader, &id, &unread).await?;
            let size = news.size();
            if page.bytes + size > budget && !seen.is_empty() {
                page.more = true;
                break;
            }
            page.bytes += size;
            page.deltas.extend(news.delta);
            page.manifests.extend(news.manifests);
            seen.insert(id);
        }
        page.n = row.n as u64;
    }
    for id in reader.echo.difference(&seen) {
        let Some(head) = dossiers::head(db, keys, id).await?.filter(|head| head.birth.owner == reader.person) else {
            continue;
        };
        let news = News { delta: whole(db, id, &head).await?, manifests: Vec::new() };
        let size = news.size();
        if page.bytes + size <= budget || page.deltas.is_empty() {
            page.bytes += size;
            page.deltas.extend(news.delta);
        }
    }
    Ok(page)
}

/// What a dossier's unread rows say without a look at the dossier. Every commit has a row for each of its readers, so the
/// one before the first unread was read.
struct Unread {
    /// The last version that the reader has read.
    since: u64,
    /// One of the unread commits is the reader's own.
    holds_its_own: bool,
    /// All of them are.
    only_its_own: bool,
    /// The last of them.
    last: u64,
}

impl Unread {
    fn of(id: &DossierId, rows: &[feed::Model], reader: &Reader<'_>) -> Self {
        let own = |row: &&feed::Model| row.origin.as_deref() == Some(reader.device.bytes().as_slice());
        let of_it = || rows.iter().filter(|row| row.dossier == id.0);
        Self {
            since: of_it().next().map_or(0, |row| row.version as u64 - 1),
            holds_its_own: of_it().any(|row| own(&row)),
            only_its_own: of_it().all(|row| own(&row)),
            last: of_it().next_back().map_or(0, |row| row.version as u64),
        }
    }
}

/// What one dossier has for a reader.
#[derive(Default)]
struct News {
    delta: Option<Delta>,
    manifests: Vec<SignedManifest>,
}

impl News {
    fn size(&self) -> usize {
        let delta = self.delta.as_ref().map_or(0, |delta| dossier::wire::to_bytes(delta).len());
        delta + self.manifests.iter().map(|m| m.manifest.len() + 80).sum::<usize>()
    }
}

async fn news(
    db: &impl ConnectionTrait,
    keys: &Keys,
    reader: &Reader<'_>,
    id: &DossierId,
    unread: &Unread,
) -> Result<News, Failed> {
    let echo = reader.echo.contains(id);
    if let (Some(own), false, false) = (reader.pushed.get(id), reader.courier, echo) {
        let delta = what_is_new(db, reader, id, &own.held.seal, unread).await?;
        return Ok(News { delta, manifests: Vec::new() });
    }
    let Some(head) = dossiers::head(db, keys, id).await? else { return Ok(News::default()) };
    let manifests = match reader.courier {
        true => post::manifests(db, id, &head.held.seal, &reader.person, unread.since).await?,
        false => Vec::new(),
    };
    if head.birth.owner != reader.person {
        // A courier gets lists, and nothing of what is inside.
        return Ok(News { delta: None, manifests });
    }
    // What a device brought itself is unread only until its next question, and if the answer to that was lost it pushes the
    // same again. One that does neither is an older copy of the device, or a clone: it has never had it.
    let pushes = reader.pushed.contains_key(id);
    let has_lost_its_own = unread.holds_its_own && !pushes;
    let has_it = !echo && !reader.whole && !has_lost_its_own && (unread.since > 0 || pushes);
    let delta = match has_it {
        true => what_is_new(db, reader, id, &head.held.seal, unread).await?,
        false => whole(db, id, &head).await?,
    };
    Ok(News { delta, manifests })
}

async fn what_is_new(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    id: &DossierId,
    seal: &Seal,
    unread: &Unread,
) -> Result<Option<Delta>, Failed> {
    let changes = match unread.only_its_own {
        true => Vec::new(),
        false => dossiers::changes(db, id, seal, unread.since, Some(&reader.device)).await?,
    };
    // Nothing is unread but the commit of this very exchange.
    let own = reader.pushed.get(id).and_then(|own| own.made.as_ref());
    let events = match own.filter(|(version, _)| (unread.since + 1, unread.last) == (*version, *version)) {
        Some((_, events)) => events.clone(),
        None => dossiers::events(db, id, seal, unread.since).await?,
    };
    if changes.is_empty() && events.is_empty() {
        return Ok(None);
    }
    let document = if changes.is_empty() { DocumentDelta::Nothing } else { DocumentDelta::Changes(changes) };
    Ok(Some(Delta { dossier: *id, open: None, document, events }))
}

async fn whole(db: &impl ConnectionTrait, id: &DossierId, head: &Head) -> Result<Option<Delta>, Failed> {
    let document = head.document(id)?.map_or(DocumentDelta::Nothing, |bytes| DocumentDelta::Snapshot(Blob(bytes)));
    let events = dossiers::events(db, id, &head.held.seal, 0).await?;
    Ok(Some(Delta { dossier: *id, open: Some(head.birth.open.clone()), document, events }))
}

/// Puts a commit into feeds: the last thing that a transaction does, in the order of the people's ids.
pub(crate) fn add(
    batch: &mut Batch,
    people: &BTreeSet<PersonId>,
    (dossier, version): (&DossierId, u64),
    origin: Option<&Thumbprint>,
) {
    for person in people {
        let first = audience::ActiveModel { person: Set(person.0), n: Set(1) };
        let one_more = Expr::col((audience::Entity, audience::Column::N)).add(1);
        let over = OnConflict::column(audience::Column::Person).value(audience::Column::N, one_more).to_owned();
        batch.add(audience::Entity::insert(first).on_conflict(over).into_query());
        let mut taken = Query::select();
        taken.columns([audience::Column::Person, audience::Column::N]).from(audience::Entity);
        taken.expr(Expr::value(dossier.0)).expr(Expr::value(version as i64));
        taken.expr(Expr::value(origin.map(|device| device.bytes().to_vec())));
        taken.and_where(audience::Column::Person.eq(person.0));
        use feed::Column::{Dossier, N, Origin, Person, Version};
        let mut row = Query::insert().into_table(feed::Entity).columns([Person, N, Dossier, Version, Origin]).take();
        row.select_from(taken).expect("as many columns as values");
        batch.add(row);
    }
}

/// People whose feed is not 1, 2, 3, … up to its count: a phone would miss a row, or wait for one for ever.
pub(crate) async fn gaps(db: &impl ConnectionTrait) -> Result<Vec<(PersonId, &'static str)>, Failed> {
    let counts: BTreeMap<_, _> =
        audience::Entity::find().all(db).await?.iter().map(|row| (row.person, row.n)).collect();
    let rows = feed::Entity::find().order_by_asc(feed::Column::Person).order_by_asc(feed::Column::N).all(db).await?;
    let (mut last, mut gaps) = (BTreeMap::new(), Vec::new());
    for row in &rows {
        if row.n != last.insert(row.person, row.n).unwrap_or(0) + 1 {
            gaps.push((PersonId(row.person), "a row of it is missing"));
        }
    }
    let ends = |person| last.get(person).copied().unwrap_or(0);
    let people = counts.keys().chain(last.keys().filter(|person| !counts.contains_key(*person)));
    let short = people.filter(|person| counts.get(*person).copied().unwrap_or(0) != ends(person));
    gaps.extend(short.map(|person| (PersonId(*person), "it does not end where its count says")));
    Ok(gaps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::app::tests::{MONDAY, server};
    use crate::commit::tests::{OTHER_PHONE, OWNER, PHONE, id, rows, write_rows};
    use dossier::decide::Rows;
    use dossier::event::{By, What};
    use dossier::ids::ActId;

    async fn page(app: &App, device: Thumbprint, after: u64, budget: usize) -> Page {
        let (pushed, echo) = (BTreeMap::new(), BTreeSet::new());
        let reader =
            Reader { person: OWNER, device, courier: false, after, whole: false, pushed: &pushed, echo: &echo };
        read(&app.db.read, &app.keys, &reader, budget).await.unwrap()
    }

    fn kinds(page: &Page) -> Vec<&'static str> {
        let kind = |delta: &Delta| match &delta.document {
            DocumentDelta::Nothing => "nothing",
            DocumentDelta::Snapshot(_) => "snapshot",
            DocumentDelta::Changes(_) => "changes",
        };
        page.deltas.iter().map(kind).collect()
    }

    #[tokio::test]
    async fn a_device_gets_what_it_lacks_and_not_what_it_said() {
        let (_dir, app) = server().await;
        write_rows(&app, &rows(1, 0, PHONE)).await.unwrap();
        assert_eq!(kinds(&page(&app, OTHER_PHONE, 0, 1000).await), ["snapshot"], "a phone that has read nothing");
        assert_eq!(kinds(&page(&app, PHONE, 1, 1000).await), [""; 0]);
        write_rows(&app, &rows(1, 1, OTHER_PHONE)).await.unwrap();
        let heard = page(&app, PHONE, 1, 1000).await;
        assert_eq!((kinds(&heard), heard.n, heard.more), (vec!["changes"], 2, false));
        assert_eq!(kinds(&page(&app, OTHER_PHONE, 1, 1000).await), ["snapshot"], "an older copy of it never had that");
        let (_, held) = dossiers::load(&app.db.read, &app.keys, &id(1)).await.unwrap();
        let pushed = BTreeMap::from([(id(1), Own { held, made: None })]);
        let none = BTreeSet::new();
        let pushes = Reader { after: 1, device: OTHER_PHONE, ..reader(&pushed, &none) };
        let heard = read(&app.db.read, &app.keys, &pushes, 1000).await.unwrap();
        assert_eq!(kinds(&heard), [""; 0], "its own change is not echoed");
        let (none, all, nothing) = (BTreeMap::new(), BTreeSet::from([id(1)]), BTreeSet::new());
        let lost = Reader { after: 1, device: OTHER_PHONE, ..reader(&none, &all) };
        let echoed = read(&app.db.read, &app.keys, &lost, 1000).await.unwrap();
        assert_eq!(kinds(&echoed), ["snapshot"], "unless it has lost it");
        let read_all = Reader { after: echoed.n, ..lost };
        let again = read(&app.db.read, &app.keys, &read_all, 0).await.unwrap();
        assert_eq!(kinds(&again), ["snapshot"], "and has read all");
        // On a later page what it brought itself comes too, unless it has just brought it.
        write_rows(&app, &rows(2, 0, PHONE)).await.unwrap();
        let anew = Reader { after: 2, ..reader(&none, &nothing) };
        assert_eq!(kinds(&read(&app.db.read, &app.keys, &anew, 1000).await.unwrap()), ["snapshot"]);
    }

    fn reader<'a>(pushed: &'a BTreeMap<DossierId, Own>, echo: &'a BTreeSet<DossierId>) -> Reader<'a> {
        Reader { person: OWNER, device: PHONE, courier: false, after: 0, whole: false, pushed, echo }
    }

    #[tokio::test]
    async fn what_a_push_made_happen_is_said_at_once_and_what_came_before_it_is_read() {
        let (_dir, app) = server().await;
        let what = |n| What::Withdrawn(ActId(uuid::Uuid::from_bytes([n; 16])), String::new());
        let event = |n: u8| Event { seq: n.into(), at: MONDAY, by: By::Server, what: what(n) };
        for n in 1..=2 {
            let events = vec![event(n)];
            write_rows(&app, &Rows { events, ..rows(1, u64::from(n) - 1, PHONE) }).await.unwrap();
        }
        let (_, held) = dossiers::load(&app.db.read, &app.keys, &id(1)).await.unwrap();
        // Another text than what is stored shows where an event came from.
        let own = Own { held, made: Some((2, vec![event(9)])) };
        let (pushed, echo) = (BTreeMap::from([(id(1), own)]), BTreeSet::new());
        let reader = |after| Reader {
            after,
            person: OWNER,
            device: PHONE,
            courier: false,
            whole: false,
            pushed: &pushed,
            echo: &echo,
        };
        let at_once = read(&app.db.read, &app.keys, &reader(1), 1000).await.unwrap();
        assert_eq!(at_once.deltas[0].events, [event(9)]);
        let from_before = read(&app.db.read, &app.keys, &reader(0), 1000).await.unwrap();
        assert_eq!(from_before.deltas[0].events, [event(1), event(2)]);
    }

    #[tokio::test]
    async fn pages_are_cut_between_dossiers_and_leave_none_out() {
        let (_dir, app) = server().await;
        for n in 1..=3 {
            write_rows(&app, &rows(n, 0, PHONE)).await.unwrap();
        }
        write_rows(&app, &rows(1, 1, PHONE)).await.unwrap();
        let (mut after, mut seen, mut rounds) = (0, BTreeSet::new(), 0);
        loop {
            let page = page(&app, OTHER_PHONE, after, 0).await;
            seen.extend(page.deltas.iter().map(|delta| delta.dossier));
            assert!(page.n > after || !page.more, "each page leads on");
            (after, rounds) = (page.n, rounds + 1);
            if !page.more {
                break;
            }
        }
        assert_eq!((seen.len(), after, rounds), (3, 4, 4));
    }

    #[tokio::test]
    async fn another_person_s_feed_holds_nothing_of_it() {
        let (_dir, app) = server().await;
        write_rows(&app, &rows(1, 0, PHONE)).await.unwrap();
        let (pushed, echo) = (BTreeMap::new(), BTreeSet::new());
        let person = PersonId(uuid::Uuid::from_u128(9));
        let reader =
            Reader { person, device: PHONE, courier: true, after: 0, whole: false, pushed: &pushed, echo: &echo };
        let page = read(&app.db.read, &app.keys, &reader, 1000).await.unwrap();
        assert!(page.deltas.is_empty() && page.manifests.is_empty() && page.n == 0);
    }
}
