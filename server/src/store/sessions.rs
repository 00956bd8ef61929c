//! Sessions, of which each is a family of refresh tokens, and whom this server must not let in though a token of theirs may
//! still live.

use super::Failed;
use super::entity::{device, revocation, session, suspension};
use dossier::ids::{PersonId, Thumbprint};
use dossier::time::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use std::collections::BTreeMap;
use std::fmt;
use uuid::Uuid;

/// A session's name; it stands in its tokens and in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SessionId(pub Uuid);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A session as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub id: SessionId,
    pub person: PersonId,
    pub device: Thumbprint,
    /// Number of the newest refresh token.
    pub newest: u32,
    pub begun_at: Timestamp,
    /// When a refresh token was last used, which is when the device was last seen.
    pub used_at: Timestamp,
    pub ends_at: Timestamp,
    pub ended: bool,
}

/// Why a session ended before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// A refresh token was used again after its successor had been.
    Reuse,
    /// The same device signed in once more.
    SignedInAgain,
    /// The device was shut out.
    Revoked,
    /// Its owner signed out.
    SignedOut,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            Self::Reuse => "reuse",
            Self::SignedInAgain => "signed_in_again",
            Self::Revoked => "revoked",
            Self::SignedOut => "signed_out",
        }
    }
}

pub(crate) async fn insert(db: &impl ConnectionTrait, new: &Session) -> Result<(), Failed> {
    let row = session::ActiveModel {
        id: Set(new.id.0),
        person: Set(new.person.0),
        device: Set(new.device.bytes().to_vec()),
        next: Set(i64::from(new.newest)),
        begun_at: Set(new.begun_at.0),
        used_at: Set(new.used_at.0),
        ends_at: Set(new.ends_at.0),
        ended_at: Set(None),
        end_reason: Set(None),
    };
    session::Entity::insert(row).exec_without_returning(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: &SessionId) -> Result<Option<Session>, Failed> {
    session::Entity::find_by_id(id.0).one(db).await?.map(read).transpose()
}

/// The session that a device began last.
pub(crate) async fn last_of(db: &impl ConnectionTrait, device: &Thumbprint) -> Result<Option<Session>, Failed> {
    let rows = session::Entity::find().filter(session::Column::Device.eq(device.bytes().to_vec()));
    // Of two that began in one moment the one that did not end is the later one.
    let rows = rows.order_by_desc(session::Column::BegunAt);
    let rows: Vec<Session> = rows.limit(8).all(db).await?.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(rows.iter().find(|session| !session.ended).or(rows.first()).cloned())
}

/// When each device of a person, or of everybody, was last seen.
pub(crate) async fn last_seen(
    db: &impl ConnectionTrait,
    person: Option<&PersonId>,
) -> Result<BTreeMap<Thumbprint, Timestamp>, Failed> {
    let mut rows = session::Entity::find().select_only().columns([session::Column::Device, session::Column::UsedAt]);
    if let Some(person) = person {
        rows = rows.filter(session::Column::Person.eq(person.0));
    }
    let rows: Vec<(Vec<u8>, i64)> = rows.order_by_asc(session::Column::UsedAt).into_tuple().all(db).await?;
    // The last one of a device stays.
    rows.into_iter().map(|(device, at)| Ok((Thumbprint::try_from(device.as_slice())?, Timestamp(at)))).collect()
}

fn read(row: session::Model) -> Result<Session, Failed> {
    Ok(Session {
        id: SessionId(row.id),
        person: PersonId(row.person),
        device: Thumbprint::try_from(row.device.as_slice())?,
        newest: u32::try_from(row.next).map_err(|_| Failed::Unreadable("session"))?,
        begun_at: Timestamp(row.begun_at),
        used_at: Timestamp(row.used_at),
        ends_at: Timestamp(row.ends_at),
        ended: row.ended_at.is_some(),
    })
}

/// Goes from one newest token to another, or stays with it, and notes the use. False if it is not the newest any more, or
/// the session has ended: of two at the same time one is first, and the other one decides again.
pub(crate) async fn move_on(
    db: &impl ConnectionTrait,
    id: &SessionId,
    (from, to): (u32, u32),
    now: Timestamp,
) -> Result<bool, Failed> {
    let update = session::Entity::update_many()
        .col_expr(session::Column::Next, Expr::value(i64::from(to)))
        .col_expr(session::Column::UsedAt, Expr::value(now.0))
        .filter(session::Column::Id.eq(id.0))
        .filter(session::Column::Next.eq(i64::from(from)))
        .filter(session::Column::EndedAt.is_null());
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// Ends one session; false if it has ended.
pub(crate) async fn end(db: &impl ConnectionTrait, id: &SessionId, why: End, now: Timestamp) -> Result<bool, Failed> {
    end_where(db, session::Column::Id.eq(id.0), why, now).await
}

/// Ends what a device has of sessions; false if it has none that is live.
pub(crate) async fn end_of(
    db: &impl ConnectionTrait,
    device: &Thumbprint,
    why: End,
    now: Timestamp,
) -> Result<bool, Failed> {
    end_where(db, session::Column::Device.eq(device.bytes().to_vec()), why, now).await
}

async fn end_where(db: &impl ConnectionTrait, which: Expr, why: End, now: Timestamp) -> Result<bool, Failed> {
    let update = session::Entity::update_many()
        .col_expr(session::Column::EndedAt, Expr::value(now.0))
        .col_expr(session::Column::EndReason, Expr::value(why.word()))
        .filter(Condition::all().add(which).add(session::Column::EndedAt.is_null()));
    Ok(update.exec(db).await?.rows_affected > 0)
}

/// Says, in the transaction of an act that ends what a token is still good for, that there was one: every server on this
/// database looks at the number and then at the rows.
pub(crate) async fn move_epoch(db: &impl ConnectionTrait) -> Result<(), Failed> {
    let next = Expr::col(revocation::Column::Epoch).add(1);
    revocation::Entity::update_many().col_expr(revocation::Column::Epoch, next).exec(db).await?;
    Ok(())
}

pub(crate) async fn epoch(db: &impl ConnectionTrait) -> Result<i64, Failed> {
    let row = revocation::Entity::find_by_id(1i16).one(db).await?;
    row.map(|row| row.epoch).ok_or(Failed::Unreadable("revocation epoch"))
}

/// What keeps a device out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Out {
    Revoked,
    Suspended,
    /// Its owner has reported it lost at this moment, and what is on it is to be deleted.
    Lost(Timestamp),
}

/// Devices that were shut out after a moment and are so still, and sessions that ended after it.
pub(crate) async fn shut_out_after(
    db: &impl ConnectionTrait,
    after: Timestamp,
) -> Result<(Vec<(Thumbprint, Out)>, Vec<SessionId>), Failed> {
    let suspended = suspension::Entity::find()
        .filter(suspension::Column::EndedAt.is_null())
        .filter(suspension::Column::At.gt(after.0));
    let mut devices = Vec::new();
    for row in suspended.all(db).await? {
        devices.push((Thumbprint::try_from(row.device.as_slice())?, Out::Suspended));
    }
    // Also one whose token lived on when it was shut out, and that was found to be lost only later.
    let shut_out = device::Column::RevokedAt.gt(after.0).or(device::Column::LostAt.gt(after.0));
    for row in device::Entity::find().filter(shut_out).all(db).await? {
        let out = row.lost_at.map_or(Out::Revoked, |at| Out::Lost(Timestamp(at)));
        devices.push((Thumbprint::try_from(row.thumbprint.as_slice())?, out));
    }
    let ended = session::Entity::find().select_only().column(session::Column::Id);
    let ended: Vec<Uuid> = ended.filter(session::Column::EndedAt.gt(after.0)).into_tuple().all(db).await?;
    Ok((devices, ended.into_iter().map(SessionId).collect()))
}
