//! Access tokens: ES256 JWTs of type at+jwt (RFC 9068). A device's is bound to its key (`cnf.jkt`, RFC 7800), names its
//! session, and says whether its owner is a courier, so that no database is asked; a member of staff's names unit and role.
//! The one never passes for the other.

use super::policy::{Role, Staff};
use crate::keys::Keys;
use crate::seal::random;
use crate::store::server::ServerInfo;
use crate::store::sessions::SessionId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use dossier::decide::{Device, Officer};
use dossier::ids::{PersonId, ServerId, StaffId};
use dossier::time::Timestamp;
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How long a device's token lives; a new one costs the phone one signature and nothing of its user.
pub(crate) const DEVICE_SECONDS: i64 = 15 * 60;
/// The role of a device whose owner delivers for the post.
const COURIER: &str = "courier";
/// Of a token in bytes; ours have some 600.
const SIZE_MAX: usize = 2 * 1024;
/// What clocks of two replicas may be apart, in seconds.
const LEEWAY: i64 = 5;
/// What a token is for.
const AUDIENCE: &str = "hoso";

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    /// In which of the server's lives it was made. After a restore nobody knows whether device and session are there still,
    /// so the refresh token has to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    life: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    posting: Option<Uuid>,
    /// When a second factor was proved, in seconds (RFC 9470 §6).
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Confirmation {
    jkt: String,
}

/// Why a token is worth nothing; for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadToken(pub &'static str);

/// What a device's token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceToken {
    pub person: PersonId,
    pub courier: bool,
    pub jkt: String,
    pub session: SessionId,
}

/// Exactly these: what else a JWS header may hold names other keys, or changes how it is to be read (RFC 8725 §3).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    kid: String,
}

/// What a token of staff says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StaffToken {
    /// Whom the operator named; whether an account still stands behind it is asked of the database.
    pub staff: Staff,
    /// Of an account that signed in; a token of the operator's own has none.
    pub signed_in: Option<SignedIn>,
}

/// A sign-in over the API: in which posting, and when it was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignedIn {
    pub posting: Uuid,
    pub at: Timestamp,
}

/// How long a token lives that an account signed in for.
pub(crate) const SIGNED_IN_MINUTES: u16 = 10;

pub(crate) fn for_device(
    keys: &Keys,
    info: &ServerInfo,
    device: &Device,
    session: &SessionId,
    now: Timestamp,
) -> String {
    let mut claims = claims(&info.server, device.person.to_string(), now, DEVICE_SECONDS);
    claims.cnf = Some(Confirmation { jkt: device.thumbprint.jkt() });
    claims.sid = Some(session.to_string());
    claims.life = Some(info.incarnation);
    claims.role = device.courier.then(|| COURIER.into());
    sign(keys, &claims)
}

pub(crate) fn for_staff(
    keys: &Keys,
    server: &ServerId,
    (officer, role): (&Officer, Role),
    minutes: u16,
    now: Timestamp,
) -> String {
    let mut claims = claims(server, officer.staff.to_string(), now, i64::from(minutes) * 60);
    claims.unit = Some(officer.unit.to_string());
    claims.name = Some(officer.name.clone());
    claims.role = Some(role.word().into());
    sign(keys, &claims)
}

/// A token for an account that has just proved itself.
pub(crate) fn for_signed_in(
    keys: &Keys,
    server: &ServerId,
    (staff, posting): (&Staff, Uuid),
    now: Timestamp,
) -> String {
    let mut claims = claims(server, staff.officer.staff.to_string(), now, i64::from(SIGNED_IN_MINUTES) * 60);
    claims.unit = Some(staff.officer.unit.to_string());
    claims.name = Some(staff.officer.name.clone());
    claims.role = Some(staff.role.word().into());
    claims.posting = Some(posting);
    claims.auth_time = Some(claims.iat);
    sign(keys, &claims)
}

pub(crate) fn read_device(
    keys: &Keys,
    info: &ServerInfo,
    token: &str,
    now: Timestamp,
) -> Result<DeviceToken, BadToken> {
    let claims = verify(keys, &info.server, token, now)?;
    if claims.life != Some(info.incarnation) {
        return Err(BadToken("of another life of the server"));
    }
    let courier = match claims.role.as_deref() {
        None => false,
        Some(COURIER) => true,
        Some(_) => return Err(BadToken("not a device's token")),
    };
    let cnf = claims.cnf.ok_or(BadToken("not a device's token"))?;
    let session = claims.sid.and_then(|sid| sid.parse().ok()).ok_or(BadToken("session"))?;
    let person = claims.sub.parse().map_err(|_| BadToken("subject"))?;
    Ok(DeviceToken { person, courier, jkt: cnf.jkt, session: SessionId(session) })
}

pub(crate) fn read_staff(keys: &Keys, server: &ServerId, token: &str, now: Timestamp) -> Result<StaffToken, BadToken> {
    let claims = verify(keys, server, token, now)?;
    let role = claims.role.as_deref().and_then(|role| role.parse().ok());
    let role = role.filter(|_| claims.cnf.is_none()).ok_or(BadToken("not an officer's token"))?;
    let staff: StaffId = claims.sub.parse().map_err(|_| BadToken("subject"))?;
    let unit = claims.unit.and_then(|unit| unit.parse().ok()).ok_or(BadToken("unit"))?;
    let officer = Officer { staff, unit, name: claims.name.ok_or(BadToken("name"))? };
    let signed_in = match (claims.posting, claims.auth_time) {
        (None, None) => None,
        (Some(posting), Some(at)) => Some(SignedIn { posting, at: Timestamp(at.saturating_mul(1000)) }),
        _ => return Err(BadToken("half a sign-in")),
    };
    // Who is the operator of the machine has proved more than a code.
    Ok(StaffToken { staff: Staff { officer, role, beneath: BTreeSet::new(), fresh: signed_in.is_none() }, signed_in })
}

fn issuer(server: &ServerId) -> String {
    format!("urn:hoso:server:{server}")
}

fn claims(server: &ServerId, sub: String, now: Timestamp, seconds: i64) -> Claims {
    let iat = now.0.div_euclid(1000);
    Claims {
        iss: issuer(server),
        aud: AUDIENCE.into(),
        sub,
        iat,
        nbf: iat,
        exp: iat + seconds,
        jti: hex::encode(random::<16>()),
        sid: None,
        life: None,
        cnf: None,
        unit: None,
        name: None,
        role: None,
        posting: None,
        auth_time: None,
    }
}

fn sign(keys: &Keys, claims: &impl Serialize) -> String {
    let part = |value: &[u8]| URL_SAFE_NO_PAD.encode(value);
    let claims = serde_json::to_vec(claims).expect("claims of plain fields are JSON");
    let (signed, signature) = keys.sign_as(|kid| {
        let header = json!({"typ": "at+jwt", "alg": "ES256", "kid": kid}).to_string();
        format!("{}.{}", part(header.as_bytes()), part(&claims)).into_bytes()
    });
    let signed = String::from_utf8(signed).expect("base64 is text");
    format!("{signed}.{}", part(signature.bytes()))
}

fn verify(keys: &Keys, server: &ServerId, token: &str, now: Timestamp) -> Result<Claims, BadToken> {
    if token.len() > SIZE_MAX {
        return Err(BadToken("size"));
    }
    let header = token.split('.').next().and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let header: Header = header.and_then(|json| serde_json::from_slice(&json).ok()).ok_or(BadToken("header"))?;
    if header.typ != "at+jwt" || header.alg != "ES256" {
        return Err(BadToken("type or algorithm"));
    }
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_issuer(&[issuer(server)]);
    rules.set_audience(&[AUDIENCE]);
    rules.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
    // The library reads the system's clock; the server's is a value and is compared below.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    let key = keys.token_verifier(&header.kid, now).ok_or(BadToken("key"))?;
    let token = jsonwebtoken::decode::<Claims>(token, &key, &rules);
    let claims = token.map_err(|_| BadToken("signature or claims"))?.claims;
    let second = now.0.div_euclid(1000);
    if second >= claims.exp {
        return Err(BadToken("expired"));
    }
    // The same server wrote it, so there is no other clock to be lenient with but a replica's.
    if claims.nbf > second + LEEWAY || claims.iat > second + LEEWAY {
        return Err(BadToken("not yet valid"));
    }
    if claims.jti.is_empty() { Err(BadToken("id")) } else { Ok(claims) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::MONDAY;
    use dossier::ids::Thumbprint;

    fn keys() -> Keys {
        Keys::open(&tempfile::tempdir().unwrap().path().join("keys")).unwrap()
    }

    const SERVER: ServerId = ServerId(uuid::Uuid::from_u128(1));
    const INFO: ServerInfo = ServerInfo { server: SERVER, incarnation: 7 };
    const SESSION: SessionId = SessionId(uuid::Uuid::from_u128(5));

    fn device(courier: bool) -> Device {
        Device { person: PersonId(uuid::Uuid::from_u128(3)), thumbprint: Thumbprint([4; 32]), courier }
    }

    fn officer() -> Officer {
        Officer {
            staff: StaffId(uuid::Uuid::from_u128(2)),
            unit: "H24.1".parse().unwrap(),
            name: "Nguyễn Thị Lan".into(),
        }
    }

    #[test]
    fn a_token_says_what_was_put_into_it() {
        let keys = keys();
        for courier in [false, true] {
            let device = device(courier);
            let token = for_device(&keys, &INFO, &device, &SESSION, MONDAY);
            let read = read_device(&keys, &INFO, &token, MONDAY).unwrap();
            let (person, jkt) = (device.person, device.thumbprint.jkt());
            assert_eq!(read, DeviceToken { person, courier, jkt, session: SESSION });
            let restored = ServerInfo { incarnation: 8, ..INFO };
            assert!(read_device(&keys, &restored, &token, MONDAY).is_err());
        }
        let token = for_staff(&keys, &SERVER, (&officer(), Role::OneStop), 10, MONDAY);
        let read = read_staff(&keys, &SERVER, &token, MONDAY).unwrap();
        assert_eq!((&read.staff.officer, read.staff.role), (&officer(), Role::OneStop));
        assert_eq!((read.staff.fresh, read.signed_in), (true, None));
        let posting = Uuid::from_u128(5);
        let token = for_signed_in(&keys, &SERVER, (&read.staff, posting), MONDAY);
        let read = read_staff(&keys, &SERVER, &token, MONDAY.plus_seconds(599)).unwrap();
        assert_eq!(read.signed_in, Some(SignedIn { posting, at: MONDAY }));
        assert!(read_staff(&keys, &SERVER, &token, MONDAY.plus_seconds(600)).is_err());
    }

    #[test]
    fn a_device_is_no_officer_and_an_officer_no_device() {
        let keys = keys();
        for courier in [false, true] {
            let device = for_device(&keys, &INFO, &device(courier), &SESSION, MONDAY);
            assert!(read_staff(&keys, &SERVER, &device, MONDAY).is_err());
        }
        let staff = for_staff(&keys, &SERVER, (&officer(), Role::OneStop), 10, MONDAY);
        assert!(read_device(&keys, &INFO, &staff, MONDAY).is_err());
    }

    #[test]
    fn a_token_has_its_time_its_server_and_its_key() {
        let keys = keys();
        let token = for_staff(&keys, &SERVER, (&officer(), Role::OneStop), 10, MONDAY);
        let read = |keys: &Keys, server: &ServerId, at: Timestamp| read_staff(keys, server, &token, at);
        assert_eq!(read(&keys, &SERVER, MONDAY.plus_seconds(600)), Err(BadToken("expired")));
        assert_eq!(read(&keys, &SERVER, MONDAY.plus_seconds(-60)), Err(BadToken("not yet valid")));
        assert!(read(&keys, &SERVER, MONDAY.plus_seconds(599)).is_ok());
        assert!(read(&keys, &ServerId(uuid::Uuid::from_u128(9)), MONDAY).is_err());
        assert!(read(&super::tests::keys(), &SERVER, MONDAY).is_err());
    }

    #[test]
    fn a_token_outlives_its_key_for_an_hour_at_the_most() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::open(&dir.path().join("keys")).unwrap();
        keys.keep().unwrap();
        let token = for_staff(&keys, &SERVER, (&officer(), Role::OneStop), u16::MAX, MONDAY);
        keys.rotate(&SERVER, MONDAY).unwrap();
        assert!(read_staff(&keys, &SERVER, &token, MONDAY.plus_seconds(3_599)).is_ok());
        assert_eq!(read_staff(&keys, &SERVER, &token, MONDAY.plus_seconds(3_600)), Err(BadToken("key")));
        let new = for_staff(&keys, &SERVER, (&officer(), Role::OneStop), u16::MAX, MONDAY);
        assert!(read_staff(&keys, &SERVER, &new, MONDAY.plus_seconds(3_600)).is_ok());
    }

    #[test]
    fn type_and_algorithm_are_fixed() {
        let keys = keys();
        let good = serde_json::to_vec(&claims(&SERVER, "x".into(), MONDAY, 600)).unwrap();
        let with = |typ: &str| {
            let (signed, signature) = keys.sign_as(|kid| {
                let header = json!({"typ": typ, "alg": "ES256", "kid": kid}).to_string();
                format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(&good)).into_bytes()
            });
            format!("{}.{}", String::from_utf8(signed).unwrap(), URL_SAFE_NO_PAD.encode(signature.bytes()))
        };
        assert!(verify(&keys, &SERVER, &with("at+jwt"), MONDAY).is_ok());
        assert_eq!(verify(&keys, &SERVER, &with("JWT"), MONDAY).err(), Some(BadToken("type or algorithm")));
        let mut header = jsonwebtoken::Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".into());
        header.kid = Some(keys.public().thumbprint().jkt());
        let secret = jsonwebtoken::EncodingKey::from_secret(&keys.public().sec1());
        let confused = jsonwebtoken::encode(&header, &claims(&SERVER, "x".into(), MONDAY, 600), &secret).unwrap();
        assert!(verify(&keys, &SERVER, &confused, MONDAY).is_err());
    }
}
