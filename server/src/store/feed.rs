//! What a person's phone has not read yet. `n` of a feed is taken last in the transaction that writes its row, so that a
//! reader can never pass over a row that commits later (a plain sequence lost 53 % of them with 32 writers, measured).

use super::dossiers::{self, Head};
use super::entity::{audience, feed};
use super::{Failed, post};
use crate::keys::Keys;
use dossier::ids::{DossierId, PersonId, Thumbprint};
use dossier::wire::{Blob, Delta, DocumentDelta, SignedManifest};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use std::collections::BTreeSet;

/// Who reads, and from where.
pub(crate) struct Reader<'a> {
    pub person: PersonId,
    pub device: Thumbprint,
    /// The person delivers for the post, and has lists to read.
    pub courier: bool,
    /// The last row that it has read; 0 for a device that has read nothing.
    pub after: u64,
    /// Dossiers that it has just pushed to: it has those, whatever its cursor says.
    pub pushed: &'a BTreeSet<DossierId>,
    /// Dossiers in which its own changes are sent back to it, because it no longer has them.
    pub echo: &'a BTreeSet<DossierId>,
}

#[derive(Debug, Default)]
pub(crate) struct Page {
    pub n: u64,
    pub more: bool,
    pub deltas: Vec<Delta>,
    pub manifests: Vec<SignedManifest>,
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
    let (mut seen, mut bytes) = (BTreeSet::new(), 0);
    for row in rows {
        let id = DossierId(row.dossier);
        if !seen.contains(&id) {
            let news = news(db, keys, reader, &id).await?;
            bytes += news.size();
            if bytes > budget && !seen.is_empty() {
                page.more = true;
                break;
            }
            page.deltas.extend(news.delta);
            page.manifests.extend(news.manifests);
            seen.insert(id);
        }
        page.n = row.n as u64;
    }
    Ok(page)
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

async fn news(db: &impl ConnectionTrait, keys: &Keys, reader: &Reader<'_>, id: &DossierId) -> Result<News, Failed> {
    let Some(head) = dossiers::head(db, keys, id).await? else { return Ok(News::default()) };
    let known = last_read(db, reader, id).await?;
    let since = known.unwrap_or(0);
    let manifests = match reader.courier {
        true => post::manifests(db, id, &head.seal, &reader.person, since).await?,
        false => Vec::new(),
    };
    if head.birth.owner != reader.person {
        // A courier gets lists, and nothing of what is inside.
        return Ok(News { delta: None, manifests });
    }
    let has_it = known.is_some() || reader.pushed.contains(id) || is_its_own(db, reader, id).await?;
    let delta = if has_it { what_is_new(db, reader, id, &head, since).await? } else { whole(db, id, &head).await? };
    Ok(News { delta, manifests })
}

/// The version of a dossier that the reader has read.
async fn last_read(db: &impl ConnectionTrait, reader: &Reader<'_>, id: &DossierId) -> Result<Option<u64>, Failed> {
    let row = feed::Entity::find()
        .filter(feed::Column::Person.eq(reader.person.0))
        .filter(feed::Column::Dossier.eq(id.0))
        .filter(feed::Column::N.lte(reader.after as i64))
        .order_by_desc(feed::Column::N)
        .one(db)
        .await?;
    Ok(row.map(|r| r.version as u64))
}

/// A device that has read before, and that brought the dossier here, has it: only the answer was lost.
async fn is_its_own(db: &impl ConnectionTrait, reader: &Reader<'_>, id: &DossierId) -> Result<bool, Failed> {
    if reader.after == 0 {
        return Ok(false);
    }
    let row = feed::Entity::find()
        .filter(feed::Column::Person.eq(reader.person.0))
        .filter(feed::Column::Dossier.eq(id.0))
        .order_by_asc(feed::Column::N)
        .one(db)
        .await?;
    Ok(row.is_some_and(|r| r.origin.as_deref() == Some(reader.device.bytes().as_slice())))
}

async fn what_is_new(
    db: &impl ConnectionTrait,
    reader: &Reader<'_>,
    id: &DossierId,
    head: &Head,
    since: u64,
) -> Result<Option<Delta>, Failed> {
    let but_of = (!reader.echo.contains(id)).then_some(&reader.device);
    let changes = dossiers::changes(db, id, &head.seal, since, but_of).await?;
    let events = dossiers::events(db, id, &head.seal, since).await?;
    if changes.is_empty() && events.is_empty() {
        return Ok(None);
    }
    let document = if changes.is_empty() { DocumentDelta::Nothing } else { DocumentDelta::Changes(changes) };
    Ok(Some(Delta { dossier: *id, open: None, document, events }))
}

async fn whole(db: &impl ConnectionTrait, id: &DossierId, head: &Head) -> Result<Option<Delta>, Failed> {
    let document = head.document(id)?.map_or(DocumentDelta::Nothing, |bytes| DocumentDelta::Snapshot(Blob(bytes)));
    let events = dossiers::events(db, id, &head.seal, 0).await?;
    Ok(Some(Delta { dossier: *id, open: Some(head.birth.open.clone()), document, events }))
}

/// Puts a commit into feeds: the last thing that a transaction does, in the order of the people's ids.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    people: &BTreeSet<PersonId>,
    (dossier, version): (&DossierId, u64),
    origin: Option<&Thumbprint>,
) -> Result<(), Failed> {
    for person in people {
        let count = audience::ActiveModel { person: Set(person.0), n: Set(1) };
        let one_more = Expr::col((audience::Entity, audience::Column::N)).add(1);
        let over = OnConflict::column(audience::Column::Person).value(audience::Column::N, one_more).to_owned();
        audience::Entity::insert(count).on_conflict(over).exec_without_returning(db).await?;
        let taken = audience::Entity::find_by_id(person.0).one(db).await?;
        let row = feed::ActiveModel {
            person: Set(person.0),
            n: Set(taken.ok_or(Failed::Unreadable("audience"))?.n),
            dossier: Set(dossier.0),
            version: Set(version as i64),
            origin: Set(origin.map(|device| device.bytes().to_vec())),
        };
        feed::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::App;
    use crate::app::tests::{MONDAY, server};
    use crate::commit::commit;
    use crate::commit::tests::{OTHER_PHONE, OWNER, PHONE, id, rows};

    async fn page(app: &App, device: Thumbprint, after: u64, budget: usize) -> Page {
        let none = BTreeSet::new();
        let reader = Reader { person: OWNER, device, courier: false, after, pushed: &none, echo: &none };
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
        commit(&app, &rows(1, 0, PHONE), None, MONDAY).await.unwrap();
        assert_eq!(kinds(&page(&app, OTHER_PHONE, 0, 1000).await), ["snapshot"], "a phone that has read nothing");
        assert_eq!(kinds(&page(&app, PHONE, 1, 1000).await), [""; 0]);
        commit(&app, &rows(1, 1, OTHER_PHONE), None, MONDAY).await.unwrap();
        let heard = page(&app, PHONE, 1, 1000).await;
        assert_eq!((kinds(&heard), heard.n, heard.more), (vec!["changes"], 2, false));
        assert_eq!(kinds(&page(&app, OTHER_PHONE, 1, 1000).await), [""; 0], "its own change is not echoed");
        let (none, all) = (BTreeSet::new(), BTreeSet::from([id(1)]));
        let lost = Reader { person: OWNER, device: OTHER_PHONE, courier: false, after: 1, pushed: &none, echo: &all };
        let echoed = read(&app.db.read, &app.keys, &lost, 1000).await.unwrap();
        assert_eq!(kinds(&echoed), ["changes"], "unless it has lost it");
    }

    #[tokio::test]
    async fn pages_are_cut_between_dossiers_and_leave_none_out() {
        let (_dir, app) = server().await;
        for n in 1..=3 {
            commit(&app, &rows(n, 0, PHONE), None, MONDAY).await.unwrap();
        }
        commit(&app, &rows(1, 1, PHONE), None, MONDAY).await.unwrap();
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
        commit(&app, &rows(1, 0, PHONE), None, MONDAY).await.unwrap();
        let (none, person) = (BTreeSet::new(), PersonId(uuid::Uuid::from_u128(9)));
        let reader = Reader { person, device: PHONE, courier: true, after: 0, pushed: &none, echo: &none };
        let page = read(&app.db.read, &app.keys, &reader, 1000).await.unwrap();
        assert!(page.deltas.is_empty() && page.manifests.is_empty() && page.n == 0);
    }
}
