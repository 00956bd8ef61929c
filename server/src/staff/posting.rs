//! In which posting somebody acts: as what, in which unit, from when to when, and for whom while that one is on leave. One
//! that has not begun or is over is none.

use crate::app::App;
use crate::auth::policy::{Role, Staff};
use crate::staff::units;
use crate::store::accounts::{self, Account};
use crate::store::postings::{self, Posted};
use crate::store::{Database, Failed};
use dossier::decide::Officer;
use dossier::ids::{StaffId, UnitCode};
use dossier::time::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A posting that counts now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Posting {
    pub id: Uuid,
    pub unit: UnitCode,
    pub role: Role,
    /// Who is on leave.
    pub stands_in_for: Option<String>,
}

/// Whether a posting counts at a moment; `other` is the one that it stands in for. Leave ends, and so does what rests on it.
pub(crate) fn counts(posted: &Posted, other: Option<&Posted>, now: Timestamp) -> bool {
    let runs = |posted: &Posted| posted.starts_at <= now && posted.ends_at.is_none_or(|end| now < end);
    match posted.stands_in_for {
        None => runs(posted),
        Some(id) => {
            runs(posted) && posted.ends_at.is_some() && other.is_some_and(|other| other.id == id && runs(other))
        }
    }
}

/// All of a person that count now, in the order in which they began.
pub(crate) async fn current(app: &App, staff: &StaffId) -> Result<Vec<Posting>, Failed> {
    let mut found = Vec::new();
    for posted in postings::of(&app.db.read, &app.keys, staff).await? {
        found.extend(now(app, posted).await?);
    }
    Ok(found)
}

/// One of a person, if it is theirs and counts now.
pub(crate) async fn one(app: &App, staff: &StaffId, id: &Uuid) -> Result<Option<Posting>, Failed> {
    let posted = postings::find(&app.db.read, &app.keys, id).await?.filter(|posted| posted.staff == *staff);
    match posted {
        Some(posted) => now(app, posted).await,
        None => Ok(None),
    }
}

async fn now(app: &App, posted: Posted) -> Result<Option<Posting>, Failed> {
    let db = &app.db.read;
    let other = match &posted.stands_in_for {
        Some(id) => postings::find(db, &app.keys, id).await?,
        None => None,
    };
    let Some(role) = posted.role.parse().ok().filter(|_| counts(&posted, other.as_ref(), app.clock.now())) else {
        return Ok(None);
    };
    let stands_in_for = match other {
        Some(other) => accounts::find(db, &other.staff).await?.map(|account| account.name),
        None => None,
    };
    Ok(Some(Posting { id: posted.id, unit: posted.unit, role, stands_in_for }))
}

/// Who acts in a posting, as events name them.
pub(crate) async fn acting(app: &App, account: &Account, posting: Posting, fresh: bool) -> Result<Staff, Failed> {
    let name = match posting.stands_in_for {
        Some(other) => format!("{} (thay {other})", account.name),
        None => account.name.clone(),
    };
    let beneath = beneath(&app.db.read, posting.role, &posting.unit).await?;
    let officer = Officer { staff: account.staff, unit: posting.unit, name };
    Ok(Staff { officer, role: posting.role, beneath, fresh })
}

/// What a head answers for beneath the own unit; nothing of anybody else.
pub(crate) async fn beneath(db: &impl Database, role: Role, unit: &UnitCode) -> Result<BTreeSet<UnitCode>, Failed> {
    if role != Role::UnitHead {
        return Ok(BTreeSet::new());
    }
    Ok(units::beneath(&postings::units(db).await?, unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::MONDAY;

    fn posted(id: u128, from: i64, to: Option<i64>, stands_in_for: Option<u128>) -> Posted {
        Posted {
            id: Uuid::from_u128(id),
            staff: StaffId(Uuid::from_u128(1)),
            unit: "H24.1".parse().unwrap(),
            role: "one-stop".into(),
            starts_at: MONDAY.plus_seconds(from),
            ends_at: to.map(|to| MONDAY.plus_seconds(to)),
            stands_in_for: stands_in_for.map(Uuid::from_u128),
        }
    }

    #[test]
    fn a_posting_counts_from_its_first_moment_to_before_its_end() {
        let runs = |from, to| counts(&posted(1, from, to, None), None, MONDAY);
        assert!(runs(0, None) && runs(-1, Some(1)));
        assert!(!runs(1, None) && !runs(-1, Some(0)) && !runs(-2, Some(-1)));
    }

    #[test]
    fn who_stands_in_stops_with_the_leave_or_with_the_posting_that_was_stood_in_for() {
        let stands_in = posted(2, -10, Some(10), Some(1));
        let with = |other: Option<&Posted>| counts(&stands_in, other, MONDAY);
        assert!(with(Some(&posted(1, -100, None, None))));
        assert!(!with(None), "it is gone");
        assert!(!with(Some(&posted(1, -100, Some(0), None))), "it has ended");
        assert!(!with(Some(&posted(3, -100, None, None))), "another");
        let other = posted(1, -100, None, None);
        assert!(!counts(&posted(2, -10, Some(0), Some(1)), Some(&other), MONDAY), "the leave is over");
        assert!(!counts(&posted(2, -10, None, Some(1)), Some(&other), MONDAY), "leave has an end");
    }
}
