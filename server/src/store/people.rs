//! People, their devices, the codes that enrol those, and staff.

#[cfg(test)]
mod tests;
mod who;

pub(crate) use who::Vouched;

use super::entity::{device, device_past, enrolment, person, staff};
use super::sessions::Out;
use super::{Failed, suspension};
use crate::book::sha256;
use crate::keys::Keys;
use crate::name::is_same;
use crate::seal::Place;
use dossier::ids::{CitizenNumber, EntryCommitment, PersonId, PublicKey, StaffId, Thumbprint, UnitCode};
use dossier::log::{DeviceState, Item};
use dossier::time::Timestamp;
use dossier::wire::to_bytes;
use minicbor::bytes::ByteSlice;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Set,
};
use std::collections::BTreeMap;
use who::Who;

/// A device as the database knows it, with what is known of its person.
#[derive(Clone, Debug)]
pub(crate) struct Enrolled {
    pub person: PersonId,
    pub courier: bool,
    pub revoked: bool,
    pub suspended: bool,
    /// When it was reported lost; then it is shut out for good.
    pub lost: Option<Timestamp>,
}

impl Enrolled {
    /// What keeps it out, if anything does.
    pub(crate) fn out(&self) -> Option<Out> {
        match self {
            Self { lost: Some(at), .. } => Some(Out::Lost(*at)),
            Self { revoked: true, .. } => Some(Out::Revoked),
            Self { suspended: true, .. } => Some(Out::Suspended),
            _ => None,
        }
    }
}

fn device_place<'a>(person: &'a PersonId, thumbprint: &'a Thumbprint) -> Place<'a> {
    Place { kind: "device", owner: person.bytes(), row: thumbprint.bytes() }
}

/// A person who is entered.
pub(crate) struct New<'a> {
    pub name: &'a str,
    pub number: &'a CitizenNumber,
    pub courier: bool,
    /// By an identity provider; the office vouches for name and number alone.
    pub vouched: Option<&'a Vouched>,
}

pub(crate) async fn find_person(
    db: &impl ConnectionTrait,
    keys: &Keys,
    number: &CitizenNumber,
) -> Result<Option<PersonId>, Failed> {
    let lookup = keys.lookup("citizen", number.reveal());
    let row = person::Entity::find().filter(person::Column::Lookup.eq(lookup)).one(db).await?;
    Ok(row.map(|r| PersonId(r.id)))
}

pub(crate) async fn insert_person(
    db: &impl ConnectionTrait,
    keys: &Keys,
    id: PersonId,
    new: New<'_>,
    now: Timestamp,
) -> Result<(), Failed> {
    let New { name, number, courier, vouched } = new;
    let who = Who { name: name.to_owned(), number: number.clone(), vouched: vouched.cloned(), formerly: None };
    let row = person::ActiveModel {
        id: Set(id.0),
        sealed: Set(who.seal(keys, &id)),
        lookup: Set(keys.lookup("citizen", number.reveal())),
        courier: Set(courier),
        created_at: Set(now.0),
        version: Set(0),
        tip: Set(None),
    };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// Whether a person is entered under another name than this one.
pub(crate) async fn is_named_otherwise(
    db: &impl ConnectionTrait,
    keys: &Keys,
    id: &PersonId,
    name: &str,
) -> Result<bool, Failed> {
    Ok(self::name(db, keys, id).await?.is_some_and(|entered| !is_same(&entered, name)))
}

/// A person's name.
pub(crate) async fn name(db: &impl ConnectionTrait, keys: &Keys, id: &PersonId) -> Result<Option<String>, Failed> {
    let Some(row) = person::Entity::find_by_id(id.0).one(db).await? else { return Ok(None) };
    Ok(Some(Who::open(keys, id, &row.sealed)?.name))
}

/// Keeps what a provider vouches for of a person who is here; false if it is known already, and nothing is written.
pub(crate) async fn keep_vouched(
    db: &impl ConnectionTrait,
    keys: &Keys,
    id: &PersonId,
    (name, vouched): (&str, &Vouched),
) -> Result<bool, Failed> {
    let row = person::Entity::find_by_id(id.0).one(db).await?.ok_or(Failed::Stale)?;
    let Some(next) = Who::open(keys, id, &row.sealed)?.with(name, vouched) else { return Ok(false) };
    let update = person::Entity::update_many().col_expr(person::Column::Sealed, Expr::value(next.seal(keys, id)));
    update.filter(person::Column::Id.eq(id.0)).exec(db).await?;
    Ok(true)
}

/// All that is kept of a person, as it stands under the seal.
#[cfg(test)]
pub(crate) async fn plain(db: &impl ConnectionTrait, keys: &Keys, id: &PersonId) -> Vec<u8> {
    let row = person::Entity::find_by_id(id.0).one(db).await.unwrap().unwrap();
    to_bytes(&Who::open(keys, id, &row.sealed).unwrap())
}

/// Couriers, for the desk to hand parcels to, with their names.
pub(crate) async fn couriers(db: &impl ConnectionTrait, keys: &Keys) -> Result<Vec<(PersonId, String)>, Failed> {
    let rows = person::Entity::find().filter(person::Column::Courier.eq(true)).all(db).await?;
    let mut couriers = Vec::new();
    for row in rows {
        let id = PersonId(row.id);
        couriers.push((id, Who::open(keys, &id, &row.sealed)?.name));
    }
    Ok(couriers)
}

/// Whether a parcel can be handed to this person.
pub(crate) async fn is_courier(db: &impl ConnectionTrait, id: &PersonId) -> Result<bool, Failed> {
    Ok(person::Entity::find_by_id(id.0).one(db).await?.is_some_and(|row| row.courier))
}

pub(crate) async fn make_courier(db: &impl ConnectionTrait, id: &PersonId) -> Result<(), Failed> {
    let update = person::Entity::update_many().col_expr(person::Column::Courier, Expr::value(true));
    update.filter(person::Column::Id.eq(id.0)).exec(db).await?;
    Ok(())
}

/// What stands beside a code so that its row cannot be made or changed without the server's keys.
fn enrolment_proof(keys: &Keys, code: &[u8], person: &PersonId, expires_at: i64) -> Vec<u8> {
    keys.lookup("enrolment row", &format!("{} {person} {expires_at}", hex::encode(code)))
}

pub(crate) async fn insert_enrolment(
    db: &impl ConnectionTrait,
    keys: &Keys,
    code: Vec<u8>,
    person: PersonId,
    expires_at: Timestamp,
) -> Result<(), Failed> {
    let row = enrolment::ActiveModel {
        proof: Set(Some(enrolment_proof(keys, &code, &person, expires_at.0))),
        code: Set(code),
        person: Set(person.0),
        expires_at: Set(expires_at.0),
        used_at: Set(None),
    };
    row.insert(db).await?;
    Ok(())
}

/// Uses a code up; `None` if it is not one, was used, or is too old. One statement, so that of two devices one wins.
pub(crate) async fn use_enrolment(
    db: &impl ConnectionTrait,
    keys: &Keys,
    code: &[u8],
    now: Timestamp,
) -> Result<Option<PersonId>, Failed> {
    let update = enrolment::Entity::update_many()
        .col_expr(enrolment::Column::UsedAt, Expr::value(now.0))
        .filter(enrolment::Column::Code.eq(code))
        .filter(enrolment::Column::UsedAt.is_null())
        .filter(enrolment::Column::ExpiresAt.gt(now.0));
    if update.exec(db).await?.rows_affected == 0 { Ok(None) } else { enrolment_of(db, keys, code).await }
}

/// Whose code it is, or was; nobody's, if the row is not as this server wrote it.
pub(crate) async fn enrolment_of(
    db: &impl ConnectionTrait,
    keys: &Keys,
    code: &[u8],
) -> Result<Option<PersonId>, Failed> {
    let Some(row) = enrolment::Entity::find_by_id(code).one(db).await? else { return Ok(None) };
    let person = PersonId(row.person);
    let genuine = row.proof == Some(enrolment_proof(keys, code, &person, row.expires_at));
    Ok(genuine.then_some(person))
}

pub(crate) async fn insert_device(
    db: &impl ConnectionTrait,
    keys: &Keys,
    person: PersonId,
    (key, name): (&PublicKey, &str),
    now: Timestamp,
) -> Result<(), Failed> {
    let thumbprint = key.thumbprint();
    let row = device::ActiveModel {
        thumbprint: Set(thumbprint.bytes().to_vec()),
        person: Set(person.0),
        public_key: Set(key.bytes().to_vec()),
        name: Set(keys.store.seal(device_place(&person, &thumbprint), name.as_bytes())),
        enrolled_at: Set(now.0),
        revoked_at: Set(None),
        lost_at: Set(None),
    };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(())
}

/// Binds a key that was shut out once more, to the person that it belonged to; the binding that ended is kept. Stale if
/// it is not shut out, or lost, which is for good.
pub(crate) async fn bind_again(
    db: &impl ConnectionTrait,
    keys: &Keys,
    person: PersonId,
    (key, name): (&PublicKey, &str),
    now: Timestamp,
) -> Result<(), Failed> {
    let thumbprint = key.thumbprint();
    let row = device::Entity::find_by_id(thumbprint.bytes().to_vec()).one(db).await?.ok_or(Failed::Stale)?;
    let revoked_at = row.revoked_at.filter(|_| row.person == person.0 && row.lost_at.is_none()).ok_or(Failed::Stale)?;
    let past = device_past::ActiveModel {
        thumbprint: Set(row.thumbprint),
        enrolled_at: Set(row.enrolled_at),
        person: Set(row.person),
        name: Set(row.name),
        revoked_at: Set(revoked_at),
    };
    device_past::Entity::insert(past).exec_without_returning(db).await.map_err(Failed::stale_if_taken)?;
    let again = device::ActiveModel {
        thumbprint: Set(thumbprint.bytes().to_vec()),
        name: Set(keys.store.seal(device_place(&person, &thumbprint), name.as_bytes())),
        // Two bindings of one key never begin at the same moment, whatever the clock does.
        enrolled_at: Set(now.0.max(row.enrolled_at + 1)),
        revoked_at: Set(None),
        ..Default::default()
    };
    device::Entity::update(again).exec(db).await?;
    Ok(())
}

pub(crate) async fn find_device(
    db: &impl ConnectionTrait,
    thumbprint: &Thumbprint,
) -> Result<Option<Enrolled>, Failed> {
    // Asked whenever a phone renews its tokens: one statement.
    let courier = Expr::cust("(select courier from person where person.id = device.person)");
    let suspended = "exists (select 1 from suspension s where s.device = device.thumbprint and s.ended_at is null)";
    type Found = (uuid::Uuid, Option<i64>, Option<i64>, Option<bool>, bool);
    let row: Option<Found> = device::Entity::find_by_id(thumbprint.bytes().to_vec())
        .select_only()
        .columns([device::Column::Person, device::Column::RevokedAt, device::Column::LostAt])
        .expr_as(courier, "courier")
        .expr_as(Expr::cust(suspended), "suspended")
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.map(|(person, revoked_at, lost_at, courier, suspended)| Enrolled {
        person: PersonId(person),
        courier: courier.unwrap_or(false),
        revoked: revoked_at.is_some(),
        suspended,
        lost: lost_at.map(Timestamp),
    }))
}

/// A device as its owner sees it.
pub(crate) struct OwnDevice {
    pub thumbprint: Thumbprint,
    pub name: String,
    pub enrolled_at: Timestamp,
    pub out: Option<Out>,
}

/// A person's devices, those that were shut out too, in the order of their enrolment.
pub(crate) async fn devices_of(
    db: &impl ConnectionTrait,
    keys: &Keys,
    person: &PersonId,
) -> Result<Vec<OwnDevice>, Failed> {
    let rows = device::Entity::find().filter(device::Column::Person.eq(person.0));
    let mut devices = Vec::new();
    for row in rows.order_by_asc(device::Column::EnrolledAt).order_by_asc(device::Column::Thumbprint).all(db).await? {
        let thumbprint = Thumbprint::try_from(row.thumbprint.as_slice())?;
        let name = keys.store.open(device_place(person, &thumbprint), &row.name)?;
        let name = String::from_utf8(name).map_err(|_| Failed::Unreadable("device"))?;
        let out = match (row.lost_at, row.revoked_at) {
            (Some(at), _) => Some(Out::Lost(Timestamp(at))),
            (None, Some(_)) => Some(Out::Revoked),
            (None, None) => suspension::is_suspended(db, &thumbprint).await?.then_some(Out::Suspended),
        };
        devices.push(OwnDevice { thumbprint, name, enrolled_at: Timestamp(row.enrolled_at), out });
    }
    Ok(devices)
}

/// Calls a device otherwise; false if the person has none of this thumbprint.
pub(crate) async fn name_device(
    db: &impl ConnectionTrait,
    keys: &Keys,
    (person, thumbprint): (&PersonId, &Thumbprint),
    name: &str,
) -> Result<bool, Failed> {
    let sealed = keys.store.seal(device_place(person, thumbprint), name.as_bytes());
    let update = device::Entity::update_many()
        .col_expr(device::Column::Name, Expr::value(sealed))
        .filter(device::Column::Thumbprint.eq(thumbprint.bytes().to_vec()))
        .filter(device::Column::Person.eq(person.0));
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// How many bindings of a key have ended and were followed by another.
#[cfg(test)]
pub(crate) async fn past_bindings(db: &impl ConnectionTrait, thumbprint: &Thumbprint) -> Result<usize, Failed> {
    let past = device_past::Entity::find().filter(device_past::Column::Thumbprint.eq(thumbprint.bytes().to_vec()));
    Ok(past.all(db).await?.len())
}

pub(crate) async fn revoke_device(
    db: &impl ConnectionTrait,
    thumbprint: &Thumbprint,
    now: Timestamp,
) -> Result<bool, Failed> {
    let update = device::Entity::update_many()
        .col_expr(device::Column::RevokedAt, Expr::value(now.0))
        .filter(device::Column::Thumbprint.eq(thumbprint.bytes().to_vec()))
        .filter(device::Column::RevokedAt.is_null());
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// Notes when a device was lost; false if that is noted already.
pub(crate) async fn lose_device(
    db: &impl ConnectionTrait,
    thumbprint: &Thumbprint,
    now: Timestamp,
) -> Result<bool, Failed> {
    let update = device::Entity::update_many()
        .col_expr(device::Column::LostAt, Expr::value(now.0))
        .filter(device::Column::Thumbprint.eq(thumbprint.bytes().to_vec()))
        .filter(device::Column::LostAt.is_null());
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// The member of staff of this name in this unit, entered if new.
pub(crate) async fn staff_member(
    db: &impl ConnectionTrait,
    new: StaffId,
    (name, unit, role): (&str, &UnitCode, &str),
) -> Result<StaffId, Failed> {
    let known =
        staff::Entity::find().filter(staff::Column::Name.eq(name)).filter(staff::Column::Unit.eq(unit.as_str()));
    if let Some(row) = known.one(db).await? {
        return Ok(StaffId(row.id));
    }
    let row = staff::ActiveModel {
        id: Set(new.0),
        name: Set(name.to_owned()),
        unit: Set(unit.to_string()),
        role: Set(role.to_owned()),
    };
    row.insert(db).await.map_err(Failed::stale_if_taken)?;
    Ok(new)
}

/// Where a person's book ends, and what its next entry speaks of: all that is kept of the person and the devices now.
pub(crate) async fn book(
    db: &impl ConnectionTrait,
    id: &PersonId,
) -> Result<(u64, EntryCommitment, Vec<Item>), Failed> {
    let row = person::Entity::find_by_id(id.0).one(db).await?.ok_or(Failed::Stale)?;
    let tip = row.tip.as_deref().map_or(Ok(EntryCommitment::NONE), EntryCommitment::try_from)?;
    let kept = (<&ByteSlice>::from(row.sealed.as_slice()), <&ByteSlice>::from(row.lookup.as_slice()));
    let mut items = vec![Item::Person(sha256(&to_bytes(&(kept.0, kept.1, row.courier, row.created_at))))];
    let devices = device::Entity::find().filter(device::Column::Person.eq(id.0));
    for row in devices.order_by_asc(device::Column::Thumbprint).all(db).await? {
        let kept = (<&ByteSlice>::from(row.public_key.as_slice()), <&ByteSlice>::from(row.name.as_slice()));
        let thumbprint = Thumbprint::try_from(row.thumbprint.as_slice())?;
        let suspended = suspension::of(db, &thumbprint).await?;
        let state = match row.revoked_at {
            Some(_) => DeviceState::Revoked,
            None if suspended.iter().any(|(_, _, ended)| ended.is_none()) => DeviceState::Suspended,
            None => DeviceState::Active,
        };
        let (since, until) = (row.enrolled_at, row.revoked_at);
        // Of a device that was never lost the book says what it always said.
        let said = match row.lost_at {
            None => to_bytes(&(kept.0, kept.1, since, until, suspended)),
            Some(lost) => to_bytes(&(kept.0, kept.1, since, until, suspended, lost)),
        };
        let hash = sha256(&said);
        items.push(Item::Device(thumbprint, hash, state));
    }
    let ended = device_past::Entity::find().filter(device_past::Column::Person.eq(id.0));
    let ended = ended.order_by_asc(device_past::Column::Thumbprint).order_by_asc(device_past::Column::EnrolledAt);
    for row in ended.all(db).await? {
        let kept = (<&ByteSlice>::from(row.name.as_slice()), row.enrolled_at, row.revoked_at);
        let thumbprint = Thumbprint::try_from(row.thumbprint.as_slice())?;
        items.push(Item::Device(thumbprint, sha256(&to_bytes(&kept)), DeviceState::Revoked));
    }
    Ok((row.version as u64, tip, items))
}

/// Notes where a person's book ends now; stale if it was continued by somebody else.
pub(crate) async fn move_on(
    db: &impl ConnectionTrait,
    id: &PersonId,
    last: u64,
    tip: &EntryCommitment,
) -> Result<(), Failed> {
    let update = person::Entity::update_many()
        .col_expr(person::Column::Version, Expr::value(last as i64 + 1))
        .col_expr(person::Column::Tip, Expr::value(tip.bytes().to_vec()))
        .filter(person::Column::Id.eq(id.0))
        .filter(person::Column::Version.eq(last as i64));
    if update.exec(db).await?.rows_affected == 1 { Ok(()) } else { Err(Failed::Stale) }
}

/// Whose device it is.
pub(crate) async fn owner_of(db: &impl ConnectionTrait, thumbprint: &Thumbprint) -> Result<Option<PersonId>, Failed> {
    Ok(device::Entity::find_by_id(thumbprint.bytes().to_vec()).one(db).await?.map(|row| PersonId(row.person)))
}

/// Everybody, for what is looked at over all of them.
pub(crate) async fn all(db: &impl ConnectionTrait) -> Result<Vec<PersonId>, Failed> {
    let query = person::Entity::find().select_only().column(person::Column::Id);
    let rows: Vec<uuid::Uuid> = query.order_by_asc(person::Column::Id).into_tuple().all(db).await?;
    Ok(rows.into_iter().map(PersonId).collect())
}

/// The keys of all devices that ever were bound; a row whose name is not its key's has none.
pub(crate) async fn device_keys(db: &impl ConnectionTrait) -> Result<BTreeMap<Thumbprint, PublicKey>, Failed> {
    let rows = device::Entity::find().all(db).await?;
    let keys = rows.iter().filter_map(|row| PublicKey::try_from(row.public_key.as_slice()).ok().map(|key| (row, key)));
    let named = keys.filter(|(row, key)| key.thumbprint().bytes().as_slice() == row.thumbprint);
    Ok(named.map(|(_, key)| (key.thumbprint(), key)).collect())
}
