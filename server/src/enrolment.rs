//! Enrolment: a single-use code from the office binds a device's key to a person, and a key belongs to one person.

use crate::app::App;
use crate::auth::{code, signature};
use crate::commit;
use crate::problem::{self, Problem};
use crate::store::Failed;
use crate::store::people::{self, Enrolled};
use dossier::ids::{CitizenNumber, PersonId, PublicKey, Signature, Thumbprint};
use dossier::procedure::{clean, is_direction};
use dossier::wire::enrolment_message;

/// How long a code waits for its device.
const CODE_SECONDS: i64 = 24 * 60 * 60;
/// Of a device's name, in characters.
const NAME_MAX: usize = 60;

/// What a device brings to enrol.
pub(crate) struct Request<'a> {
    pub code: &'a str,
    pub key: &'a PublicKey,
    pub signature: &'a Signature,
    pub name: &'a str,
}

/// A code for a person, who is entered if new.
pub(crate) async fn make_code(app: &App, name: &str, number: &CitizenNumber, courier: bool) -> Result<String, Failed> {
    let now = app.clock.now();
    let person = match enter(app, name, number, courier).await {
        // Somebody else entered the same person a moment ago.
        Err(Failed::Stale) => enter(app, name, number, courier).await?,
        entered => entered?,
    };
    let code = code::make();
    let lookup = app.keys.lookup("enrolment", &code::normal(&code));
    people::insert_enrolment(&app.db.write, &app.keys, lookup, person, now.plus_seconds(CODE_SECONDS)).await?;
    Ok(code)
}

/// The person of a number, as a courier from now on if so asked.
pub(crate) async fn enter(app: &App, name: &str, number: &CitizenNumber, courier: bool) -> Result<PersonId, Failed> {
    let known = people::find_person(&app.db.write, &app.keys, number).await?;
    if let Some(known) = known
        && (!courier || people::is_courier(&app.db.write, &known).await?)
    {
        return Ok(known);
    }
    let person = known.unwrap_or_else(|| id_of(app, number));
    let tx = commit::begin(app).await?;
    match known {
        Some(known) => people::make_courier(&tx, &known).await?,
        None => people::insert_person(&tx, &app.keys, person, (name, number, courier), app.clock.now()).await?,
    }
    commit::person(&tx, person).await?;
    tx.commit().await?;
    Ok(person)
}

/// Of a person's name, in characters; the longest that civil registers print is far below.
const PERSON_NAME_MAX: usize = 200;

/// A person's name as it is kept: in NFC, so that two keyboards write the same name, without spaces around it. What
/// nobody can see in a name (control and direction characters) is refused, not taken out: it was not typed by chance.
pub(crate) fn named(text: &str) -> Result<String, String> {
    let hidden = |c: char| c == '\n' || is_direction(c) || clean(&c.to_string()).is_empty();
    if text.chars().any(hidden) {
        return Err("it holds control or direction characters".into());
    }
    let name = clean(text.trim());
    match name.chars().count() {
        1..=PERSON_NAME_MAX => Ok(name),
        0 => Err("it is empty".into()),
        count => Err(format!("it has {count} characters; a name has at most {PERSON_NAME_MAX}")),
    }
}

/// The id of a new person follows from the number and a key that lies outside the database: somebody who is entered again
/// after the database was put back from a backup is the same person, and their phones are not another's.
fn id_of(app: &App, number: &CitizenNumber) -> PersonId {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&app.keys.lookup("person id", number.reveal())[..16]);
    PersonId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// Shuts a device out; false if there is none of this thumbprint that is bound.
pub(crate) async fn revoke(app: &App, device: &Thumbprint) -> Result<bool, Failed> {
    let Some(person) = people::owner_of(&app.db.read, device).await? else { return Ok(false) };
    let tx = commit::begin(app).await?;
    if !people::revoke_device(&tx, device, app.clock.now()).await? {
        return Ok(false);
    }
    commit::person(&tx, person).await?;
    tx.commit().await?;
    Ok(true)
}

/// Enrols a device. Asked twice with the same code and key, it answers twice: the first answer may have been lost.
pub(crate) async fn enrol(app: &App, request: &Request<'_>) -> Result<Enrolled, Problem> {
    let message = enrolment_message(&app.info.server, request.code, request.key);
    if !signature::verify(request.key, &message, request.signature) {
        return Err(Problem::of(&problem::SIGNATURE));
    }
    let code = app.keys.lookup("enrolment", &code::normal(request.code));
    let thumbprint = request.key.thumbprint();
    let known = people::find_device(&app.db.read, &thumbprint).await?;
    let owner = people::enrolment_of(&app.db.read, &app.keys, &code).await?;
    let owner = owner.ok_or_else(|| Problem::of(&problem::ENROLMENT))?;
    if let Some(known) = &known {
        if known.person != owner {
            return Err(Problem::of(&problem::KEY_TAKEN));
        }
        if !known.revoked {
            // A code given to somebody whose device is bound has served as well.
            people::use_enrolment(&app.db.write, &app.keys, &code, app.clock.now()).await?;
            return Ok(known.clone());
        }
    }
    match bind(app, &code, request, known.is_some()).await {
        Ok(Some(person)) => {
            tracing::info!(%person, device = %thumbprint, again = known.is_some(), "device enrolled");
            let enrolled = people::find_device(&app.db.read, &thumbprint).await?;
            enrolled.ok_or_else(|| Problem::of(&problem::INTERNAL).because("an enrolled device is not there"))
        }
        Ok(None) => Err(Problem::of(&problem::ENROLMENT)),
        Err(Failed::Stale) => Err(Problem::of(&problem::KEY_TAKEN)),
        Err(failed) => Err(failed.into()),
    }
}

/// Uses the code and enters the device, both or neither.
async fn bind(app: &App, code: &[u8], request: &Request<'_>, again: bool) -> Result<Option<PersonId>, Failed> {
    let now = app.clock.now();
    let tx = commit::begin(app).await?;
    let Some(person) = people::use_enrolment(&tx, &app.keys, code, now).await? else { return Ok(None) };
    let name: String = request.name.chars().filter(|c| !c.is_control()).take(NAME_MAX).collect();
    if again {
        people::bind_again(&tx, &app.keys, person, (request.key, &name), now).await?;
    } else {
        people::insert_device(&tx, &app.keys, person, (request.key, &name), now).await?;
    }
    commit::person(&tx, person).await?;
    tx.commit().await?;
    Ok(Some(person))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::{MONDAY, server};
    use crate::auth::dpop::tests::PhoneKey;
    use crate::store::Database as _;

    fn number() -> CitizenNumber {
        "031090000123".parse().unwrap()
    }

    async fn try_with(app: &App, phone: &PhoneKey, code: &str) -> Result<Enrolled, &'static str> {
        let key = phone.public();
        let signature = phone.sign(&enrolment_message(&app.info.server, code, &key));
        let request = Request { code, key: &key, signature: &signature, name: "máy của An" };
        enrol(app, &request).await.map_err(|p| p.code())
    }

    #[test]
    fn a_name_has_1_to_200_characters_that_can_be_seen() {
        assert_eq!(named("  Nguye\u{302}\u{303}n Thi\u{323} Lan "), Ok("Nguyễn Thị Lan".to_owned()));
        assert_eq!(named(&"ế".repeat(PERSON_NAME_MAX)), Ok("ế".repeat(PERSON_NAME_MAX)));
        for bad in ["", "   ", "\u{202e}Lan", "La\u{2066}n", "La\u{200f}n", "La\nn", "La\0n", "\u{85}"] {
            assert!(named(bad).is_err(), "{bad:?}");
        }
        assert!(named(&"e".repeat(PERSON_NAME_MAX + 1)).unwrap_err().contains("201"));
    }

    #[tokio::test]
    async fn a_code_binds_one_device_once() {
        let (_dir, app) = server().await;
        let code = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
        let (phone, thief) = (PhoneKey::new(), PhoneKey::new());
        let first = try_with(&app, &phone, &code).await.unwrap();
        assert!(!first.courier && !first.revoked);
        let again = try_with(&app, &phone, &code.to_lowercase()).await.unwrap();
        assert_eq!(first.person, again.person, "a lost answer is answered again");
        assert_eq!(try_with(&app, &thief, &code).await.err(), Some("enrolment_refused"));
        assert_eq!(try_with(&app, &thief, "AAAA-BBBB").await.err(), Some("enrolment_refused"));
    }

    #[tokio::test]
    async fn a_code_that_was_given_to_somebody_else_in_the_database_is_nobody_s() {
        let (_dir, app) = server().await;
        let victim = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
        assert!(try_with(&app, &PhoneKey::new(), &victim).await.is_ok());
        let own = make_code(&app, "Lê Thị Bình", &"031190000124".parse().unwrap(), false).await.unwrap();
        let take = "update enrolment set person = (select person from device)";
        app.db.write.execute_unprepared(take).await.unwrap();
        assert_eq!(try_with(&app, &PhoneKey::new(), &own).await.err(), Some("enrolment_refused"));
    }

    #[tokio::test]
    async fn a_code_waits_one_day() {
        let (_dir, app) = server().await;
        let code = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
        app.clock.set(MONDAY.plus_seconds(CODE_SECONDS));
        assert_eq!(try_with(&app, &PhoneKey::new(), &code).await.err(), Some("enrolment_refused"));
    }

    #[tokio::test]
    async fn a_key_belongs_to_one_person() {
        let (_dir, app) = server().await;
        let phone = PhoneKey::new();
        let code = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
        try_with(&app, &phone, &code).await.unwrap();
        let other = make_code(&app, "Lê Thị Bình", &"031190000124".parse().unwrap(), false).await.unwrap();
        assert_eq!(try_with(&app, &phone, &other).await.err(), Some("device_key_taken"));
    }

    #[tokio::test]
    async fn a_key_that_was_shut_out_is_not_bound_to_another_person_who_was_first_meanwhile() {
        let (_dir, app) = server().await;
        let phone = PhoneKey::new();
        let key = phone.public();
        let code = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
        let owner = try_with(&app, &phone, &code).await.unwrap().person;
        assert!(revoke(&app, &key.thumbprint()).await.unwrap());
        // What was read before may be old when the binding is written: it looks once more whose the key was.
        let other = PersonId(uuid::Uuid::from_u128(9));
        for (person, bound) in [(other, false), (owner, true)] {
            let again = people::bind_again(&app.db.write, &app.keys, person, (&key, "máy"), app.clock.now()).await;
            assert_eq!(again.is_ok(), bound);
            assert_eq!(matches!(again, Err(Failed::Stale)), !bound);
        }
    }

    #[tokio::test]
    async fn a_key_that_was_shut_out_is_bound_again_by_a_new_code_of_the_same_person() {
        let (_dir, app) = server().await;
        let phone = PhoneKey::new();
        let thumbprint = phone.public().thumbprint();
        let number = number();
        let code = || make_code(&app, "Trần Văn An", &number, false);
        let first_code = code().await.unwrap();
        let first = try_with(&app, &phone, &first_code).await.unwrap();
        for ended in 1..=2 {
            assert!(revoke(&app, &thumbprint).await.unwrap());
            assert_eq!(try_with(&app, &phone, &first_code).await.err(), Some("enrolment_refused"), "the old code");
            let other = make_code(&app, "Lê Thị Bình", &"031190000124".parse().unwrap(), false).await.unwrap();
            assert_eq!(try_with(&app, &phone, &other).await.err(), Some("device_key_taken"));
            assert!(people::find_device(&app.db.read, &thumbprint).await.unwrap().unwrap().revoked);
            let new = code().await.unwrap();
            for _ in 0..2 {
                let again = try_with(&app, &phone, &new).await.unwrap();
                assert!(again.person == first.person && !again.revoked, "twice, as an answer may be lost");
            }
            assert_eq!(people::past_bindings(&app.db.read, &thumbprint).await.unwrap(), ended);
        }
    }

    #[tokio::test]
    async fn a_code_is_used_up_by_a_device_that_was_bound_before() {
        let (_dir, app) = server().await;
        let (phone, other) = (PhoneKey::new(), PhoneKey::new());
        for _ in 0..2 {
            let code = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
            try_with(&app, &phone, &code).await.unwrap();
            assert_eq!(try_with(&app, &other, &code).await.err(), Some("enrolment_refused"));
        }
    }

    #[tokio::test]
    async fn who_enrols_holds_the_key() {
        let (_dir, app) = server().await;
        let code = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
        let (phone, thief) = (PhoneKey::new(), PhoneKey::new());
        let signature = thief.sign(&enrolment_message(&app.info.server, &code, &phone.public()));
        let request = Request { code: &code, key: &phone.public(), signature: &signature, name: "" };
        assert_eq!(enrol(&app, &request).await.unwrap_err().code(), "signature_invalid");
    }

    #[tokio::test]
    async fn somebody_who_is_entered_again_after_a_restore_is_the_same_person() {
        use sea_orm::ConnectionTrait as _;
        let (_dir, app) = server().await;
        let before = enter(&app, "Trần Văn An", &number(), false).await.unwrap();
        app.db.write.execute_unprepared("delete from person; delete from waiting_entry").await.unwrap();
        assert_eq!(enter(&app, "Trần Văn An", &number(), false).await.unwrap(), before);
        let other = enter(&app, "Lê Thị Bình", &"031190000124".parse().unwrap(), false).await.unwrap();
        assert_ne!(other, before);
    }

    #[tokio::test]
    async fn the_same_number_is_the_same_person() {
        let (_dir, app) = server().await;
        let mut twice = Vec::new();
        for _ in 0..2 {
            let code = make_code(&app, "Trần Văn An", &number(), true).await.unwrap();
            twice.push(try_with(&app, &PhoneKey::new(), &code).await.unwrap());
        }
        assert_eq!(twice[0].person, twice[1].person);
        assert!(twice[1].courier);
        let couriers = people::couriers(&app.db.read, &app.keys).await.unwrap();
        assert_eq!(couriers, [(twice[0].person, "Trần Văn An".to_owned())]);
    }
}
