//! Enrolment: a single-use code from the office, or what an identity provider vouches for, binds a device's key to a
//! person, and a key belongs to one person.

use crate::app::App;
use crate::auth::{code, signature};
use crate::commit;
use crate::problem::{self, Problem};
use crate::revocation;
use crate::sessions;
use crate::store::Failed;
use crate::store::people::{self, New, Vouched};
use crate::store::sessions::{self as table, End, Out};
use dossier::decide::Device;
use dossier::ids::{CitizenNumber, PersonId, PublicKey, Signature, Thumbprint};
use dossier::procedure::clean;
use dossier::time::Timestamp;
use dossier::wire::{Renewed, enrolment_message};

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
        None => {
            let new = New { name, number, courier, vouched: None };
            people::insert_person(&tx, &app.keys, person, new, app.clock.now()).await?;
        }
    }
    commit::person(&tx, person).await?;
    tx.commit().await?;
    Ok(person)
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
    shut_out(app, device, Why::Revoked).await
}

/// Shuts a device out for good, also one that was shut out before, and orders it to delete what it keeps; false if there is
/// none of this thumbprint, or it is lost already.
pub(crate) async fn lose(app: &App, device: &Thumbprint) -> Result<bool, Failed> {
    shut_out(app, device, Why::Lost).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Revoked,
    Lost,
}

async fn shut_out(app: &App, device: &Thumbprint, why: Why) -> Result<bool, Failed> {
    let Some(person) = people::owner_of(&app.db.read, device).await? else { return Ok(false) };
    let (tx, now) = (commit::begin(app).await?, app.clock.now());
    let mut done = people::revoke_device(&tx, device, now).await?;
    if why == Why::Lost {
        done = people::lose_device(&tx, device, now).await?;
    }
    if !done {
        return Ok(false);
    }
    sessions::end(&tx, device, End::Revoked, now).await?;
    commit::person(&tx, person).await?;
    tx.commit().await?;
    revocation::acted(app).await;
    Ok(true)
}

/// Calls a person's device otherwise; false if the person has none of this thumbprint.
pub(crate) async fn name(app: &App, person: &PersonId, device: &Thumbprint, name: &str) -> Result<bool, Failed> {
    let tx = commit::begin(app).await?;
    if !people::name_device(&tx, &app.keys, (person, device), &short(name)).await? {
        return Ok(false);
    }
    commit::person(&tx, *person).await?;
    tx.commit().await?;
    Ok(true)
}

/// A device's name as it is kept: what can be seen of it, and no more than is read.
fn short(name: &str) -> String {
    clean(name).chars().filter(|c| !c.is_control()).take(NAME_MAX).collect()
}

/// Enrols a device and signs it in. Asked twice with the same code and key, it answers twice: the first answer may have
/// been lost.
pub(crate) async fn enrol(app: &App, request: &Request<'_>) -> Result<(Device, Renewed), Problem> {
    let message = enrolment_message(&app.info.server, request.code, request.key);
    if !signature::verify(request.key, &message, request.signature) {
        return Err(Problem::of(&problem::SIGNATURE));
    }
    let code = app.keys.lookup("enrolment", &code::normal(request.code));
    let thumbprint = request.key.thumbprint();
    let known = people::find_device(&app.db.read, &thumbprint).await?;
    // Before anything else: it has proved its key, and its code is left for another one.
    if let Some(out @ Out::Lost(_)) = known.as_ref().and_then(people::Enrolled::out) {
        return Err(revocation::problem_of(app, &thumbprint, out));
    }
    let owner = people::enrolment_of(&app.db.read, &app.keys, &code).await?;
    let owner = owner.ok_or_else(|| Problem::of(&problem::ENROLMENT))?;
    if known.as_ref().is_some_and(|known| known.person != owner) {
        return Err(Problem::of(&problem::KEY_TAKEN));
    }
    let binding = match &known {
        None => Binding::New,
        Some(known) if known.revoked => Binding::Again,
        Some(_) => Binding::Stands,
    };
    match sign_in(app, &code, request, binding).await {
        Ok(Some((device, tokens))) => {
            tracing::info!(person = %device.person, device = %thumbprint, ?binding, "device enrolled");
            Ok((device, tokens))
        }
        Ok(None) => Err(Problem::of(&problem::ENROLMENT)),
        Err(Failed::Stale) => Err(Problem::of(&problem::KEY_TAKEN)),
        Err(failed) => Err(failed.into()),
    }
}

/// What is to become of the binding of a device's key.
#[derive(Clone, Copy, Debug)]
enum Binding {
    New,
    /// It was shut out.
    Again,
    Stands,
}

/// Uses the code, enters the device and begins its session, all or nothing.
async fn sign_in(
    app: &App,
    code: &[u8],
    request: &Request<'_>,
    binding: Binding,
) -> Result<Option<(Device, Renewed)>, Failed> {
    let now = app.clock.now();
    let thumbprint = request.key.thumbprint();
    let tx = commit::begin(app).await?;
    let used = people::use_enrolment(&tx, &app.keys, code, now).await?;
    let person = match (used, binding) {
        (Some(person), _) => person,
        // A code serves once, also the device that it bound. Its answer may have been lost, as long as nothing shows that it
        // came.
        (None, Binding::Stands) => {
            let since = now.plus_seconds(-CODE_SECONDS);
            let awaits = sessions::awaits_its_answer(&tx, &thumbprint, since).await?;
            match people::enrolment_of(&tx, &app.keys, code).await?.filter(|_| awaits) {
                Some(person) => person,
                None => return Ok(None),
            }
        }
        (None, _) => return Ok(None),
    };
    let name = short(request.name);
    match binding {
        Binding::New => people::insert_device(&tx, &app.keys, person, (request.key, &name), now).await?,
        Binding::Again => {
            people::bind_again(&tx, &app.keys, person, (request.key, &name), now).await?;
            // It is not shut out any more.
            table::move_epoch(&tx).await?;
        }
        Binding::Stands => {}
    }
    if !matches!(binding, Binding::Stands) {
        commit::person(&tx, person).await?;
    }
    let courier = people::is_courier(&tx, &person).await?;
    let device = Device { person, thumbprint, courier };
    let session = sessions::begin(&tx, &device, now).await?;
    tx.commit().await?;
    revocation::acted(app).await;
    let tokens = sessions::tokens(app, &device, &session, crate::auth::refresh::FIRST);
    Ok(Some((device, tokens)))
}

/// New tokens for a device whose sign-in was answered before, as long as nothing shows that the answer came.
pub(crate) async fn answered_again(app: &App, device: &Device, since: Timestamp) -> Result<Option<Renewed>, Failed> {
    let tx = commit::begin(app).await?;
    if !sessions::awaits_its_answer(&tx, &device.thumbprint, since).await? {
        return Ok(None);
    }
    let session = sessions::begin(&tx, device, app.clock.now()).await?;
    tx.commit().await?;
    revocation::acted(app).await;
    Ok(Some(sessions::tokens(app, device, &session, crate::auth::refresh::FIRST)))
}

/// A citizen as an identity provider vouches for one.
pub(crate) struct Citizen {
    pub number: CitizenNumber,
    pub name: String,
    pub vouched: Vouched,
}

/// Signs in the device of a citizen who is vouched for, and enters both if new. A key that was shut out stays out until the
/// office gives a code for it: whoever holds a phone that was lost may find its browser still signed in.
pub(crate) async fn enrol_vouched(
    app: &App,
    citizen: &Citizen,
    (key, name): (&PublicKey, &str),
) -> Result<(Device, Renewed), Problem> {
    let signed_in = match sign_in_vouched(app, citizen, (key, name)).await {
        // Somebody else entered the same person, or continued their book, a moment ago.
        Err(Refused::Failed(Failed::Stale)) => sign_in_vouched(app, citizen, (key, name)).await,
        done => done,
    };
    signed_in.map_err(|refused| match refused {
        Refused::Problem(kind) => Problem::of(kind),
        Refused::Out(out) => revocation::problem_of(app, &key.thumbprint(), out),
        Refused::Failed(Failed::Stale) => Problem::of(&problem::BUSY),
        Refused::Failed(failed) => failed.into(),
    })
}

enum Refused {
    Problem(&'static problem::Kind),
    Out(Out),
    Failed(Failed),
}

impl<E: Into<Failed>> From<E> for Refused {
    fn from(failed: E) -> Self {
        Self::Failed(failed.into())
    }
}

/// Enters person and device and begins the device's session, all or nothing.
async fn sign_in_vouched(
    app: &App,
    citizen: &Citizen,
    (key, name): (&PublicKey, &str),
) -> Result<(Device, Renewed), Refused> {
    let now = app.clock.now();
    let thumbprint = key.thumbprint();
    let tx = commit::begin(app).await?;
    let known = people::find_person(&tx, &app.keys, &citizen.number).await?;
    let person = known.unwrap_or_else(|| id_of(app, &citizen.number));
    let bound = people::find_device(&tx, &thumbprint).await?;
    match &bound {
        Some(bound) if bound.person != person => return Err(Refused::Problem(&problem::KEY_TAKEN)),
        Some(bound) if bound.revoked => return Err(Refused::Out(bound.out().unwrap_or(Out::Revoked))),
        _ => {}
    }
    let new = New { name: &citizen.name, number: &citizen.number, courier: false, vouched: Some(&citizen.vouched) };
    let changed = match known {
        Some(known) => people::keep_vouched(&tx, &app.keys, &known, (&citizen.name, &citizen.vouched)).await?,
        None => people::insert_person(&tx, &app.keys, person, new, now).await.map(|()| true)?,
    };
    if bound.is_none() {
        people::insert_device(&tx, &app.keys, person, (key, &short(name)), now).await?;
    }
    if changed || bound.is_none() {
        commit::person(&tx, person).await?;
    }
    let device = Device { person, thumbprint, courier: people::is_courier(&tx, &person).await? };
    let session = sessions::begin(&tx, &device, now).await?;
    tx.commit().await?;
    revocation::acted(app).await;
    if bound.is_none() {
        tracing::info!(%person, device = %thumbprint, by = "provider", "device enrolled");
    }
    let tokens = sessions::tokens(app, &device, &session, crate::auth::refresh::FIRST);
    Ok((device, tokens))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::{MONDAY, server};
    use crate::auth::dpop::tests::PhoneKey;
    use crate::auth::refresh;
    use crate::store::Database as _;

    fn number() -> CitizenNumber {
        "031090000123".parse().unwrap()
    }

    async fn tokens_for(app: &App, phone: &PhoneKey, code: &str) -> Result<(Device, Renewed), &'static str> {
        let key = phone.public();
        let signature = phone.sign(&enrolment_message(&app.info.server, code, &key));
        let request = Request { code, key: &key, signature: &signature, name: "máy của An" };
        enrol(app, &request).await.map_err(|p| p.code())
    }

    async fn try_with(app: &App, phone: &PhoneKey, code: &str) -> Result<Device, &'static str> {
        tokens_for(app, phone, code).await.map(|(device, _)| device)
    }

    #[tokio::test]
    async fn a_code_binds_one_device_once() {
        let (_dir, app) = server().await;
        let code = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
        let (phone, thief) = (PhoneKey::new(), PhoneKey::new());
        let first = try_with(&app, &phone, &code).await.unwrap();
        assert!(!first.courier);
        let again = try_with(&app, &phone, &code.to_lowercase()).await.unwrap();
        assert_eq!(first.person, again.person, "a lost answer is answered again");
        assert_eq!(try_with(&app, &thief, &code).await.err(), Some("enrolment_refused"));
        assert_eq!(try_with(&app, &thief, "AAAA-BBBB").await.err(), Some("enrolment_refused"));
    }

    #[tokio::test]
    async fn a_code_is_answered_again_until_its_answer_is_known_to_have_come() {
        let (_dir, app) = server().await;
        let code = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
        let phone = PhoneKey::new();
        let (device, first) = tokens_for(&app, &phone, &code).await.unwrap();
        let (_, second) = tokens_for(&app, &phone, &code).await.unwrap();
        let read = |tokens: &Renewed| refresh::read(&app.keys, &tokens.refresh_token, &device.thumbprint).unwrap();
        let gone = sessions::renew(&app, &read(&first), &device).await.unwrap_err();
        assert_eq!(gone.code(), "signed_out", "a device has one session");
        sessions::renew(&app, &read(&second), &device).await.unwrap();
        assert_eq!(try_with(&app, &phone, &code).await.err(), Some("enrolment_refused"), "the answer came");
        let new = make_code(&app, "Trần Văn An", &number(), false).await.unwrap();
        assert!(try_with(&app, &phone, &new).await.is_ok());
        // Not for ever either: a used code does not sign in after the day that it had.
        app.clock.set(MONDAY.plus_seconds(CODE_SECONDS));
        assert_eq!(try_with(&app, &phone, &new).await.err(), Some("enrolment_refused"));
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
        // A lost one is bound to nobody.
        assert!(lose(&app, &key.thumbprint()).await.unwrap());
        let again = people::bind_again(&app.db.write, &app.keys, owner, (&key, "máy"), app.clock.now()).await;
        assert!(matches!(again, Err(Failed::Stale)));
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
                assert_eq!(again.person, first.person, "twice, as an answer may be lost");
                assert!(!people::find_device(&app.db.read, &thumbprint).await.unwrap().unwrap().revoked);
                let session = table::last_of(&app.db.read, &thumbprint).await.unwrap().unwrap().id;
                assert!(revocation::check(&app, &thumbprint, &session).is_ok());
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
