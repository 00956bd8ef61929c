//! Proving who one is: a password, then a code. Each try is counted before it is known whether it is good, so that many at
//! the same moment are not one; a login that nobody has costs the same work as one that somebody has.

use crate::app::App;
use crate::auth::code;
use crate::commit;
use crate::problem::{self, Problem};
use crate::quota::Bucket;
use crate::seal::random;
use crate::staff::login::Login;
use crate::staff::password::{self, Hashing, HashingPlace, Password, Weak};
use crate::staff::{lockout, totp};
use crate::store::Failed;
use crate::store::accounts::{self, Account, NOBODY};
use dossier::ids::StaffId;
use dossier::time::Timestamp;
use std::net::IpAddr;

/// Sign-ins from one address in a minute: a unit behind one line has not so many officers.
const PER_MINUTE: u32 = 20;
const MINUTE_MS: i64 = 60_000;
/// Codes that serve once each in place of an authenticator that is lost.
const RECOVERY_CODES: usize = 10;
/// How often a try is counted anew when others are counted at the same moment.
const ATTEMPTS: usize = 20;

/// What stands before every sign-in: how many an address may try, and how many hashes are made.
pub(crate) struct Door {
    addresses: Bucket<IpAddr>,
    pub hashing: Hashing,
}

impl Door {
    pub(crate) fn new() -> Self {
        Self { addresses: Bucket::new(PER_MINUTE, MINUTE_MS), hashing: Hashing::new() }
    }

    fn let_in(&self, address: IpAddr, now: Timestamp) -> Result<(), Problem> {
        let taken = self.addresses.take(address, 1, now);
        taken.map_err(|e| Problem::of(&problem::SIGN_IN_OFTEN).after(e.seconds))
    }
}

/// A try that was counted.
struct Try {
    before: Account,
    counted: u32,
    locked: bool,
}

/// A second factor that was proved.
pub(crate) struct Proved {
    /// What had failed before it, since the good sign-in before that.
    pub tries: u32,
    pub tries_since: Option<Timestamp>,
}

/// The account of a login and its password; nothing for whatever is wrong about it. What is wrong is not told.
pub(crate) async fn with_password(
    app: &App,
    from: IpAddr,
    (login, typed): (&str, &str),
) -> Result<Option<Account>, Problem> {
    app.door.let_in(from, app.clock.now())?;
    let place = app.door.hashing.enter()?;
    let known = match login.parse::<Login>() {
        Ok(login) => accounts::by_login(&app.db.read, login.as_str()).await?,
        Err(_) => None,
    };
    let password = Password::typed(typed);
    let Some(account) = known else {
        accounts::count_nobodys_try(&app.db.write, app.clock.now()).await?;
        place.verify(&app.keys, &NOBODY, &password, None).await?;
        tracing::info!("a sign-in under a login that nobody has was refused");
        return Ok(None);
    };
    let counted = count(app, account).await?;
    let account = &counted.before;
    let right = place.verify(&app.keys, &account.staff, &password, account.password.as_deref()).await?;
    let in_time = account.one_time_until.is_none_or(|until| app.clock.now() < until);
    if !right || !in_time || counted.locked || account.disabled {
        let (locked, disabled) = (counted.locked, account.disabled);
        tracing::info!(staff = %account.staff, right, in_time, locked, disabled, "a sign-in was refused");
        return Ok(None);
    }
    accounts::give_back(&app.db.write, account, counted.counted).await?;
    if account.password.as_deref().is_some_and(password::is_outdated) {
        let hash = place.hash(&app.keys, &account.staff, &password).await?;
        accounts::set_password(&app.db.write, &account.staff, &hash, account.one_time_until).await?;
    }
    Ok(Some(counted.before))
}

/// Proves the second factor of an account: a code of the authenticator, or a recovery code. Each serves once.
pub(crate) async fn with_code(app: &App, staff: &StaffId, typed: &str) -> Result<Option<Proved>, Problem> {
    let account = accounts::find(&app.db.write, staff).await?;
    let account = account.ok_or_else(|| Problem::of(&problem::UNAUTHORISED).because("the account is gone"))?;
    let counted = count(app, account).await?;
    if !counted.locked && serves(app, &counted.before, typed).await? {
        let Account { tries, signed_in_at, .. } = counted.before;
        accounts::signed_in(&app.db.write, staff, app.clock.now()).await?;
        return Ok(Some(Proved { tries, tries_since: signed_in_at }));
    }
    tracing::info!(%staff, locked = counted.locked, "a second factor was refused");
    Ok(None)
}

async fn serves(app: &App, account: &Account, typed: &str) -> Result<bool, Failed> {
    let (staff, now) = (&account.staff, app.clock.now());
    let Some(sealed) = &account.totp else { return Ok(false) };
    let key = accounts::open_totp(&app.keys, staff, sealed)?;
    if let Some(step) = totp::step_of(&key, typed, now) {
        return accounts::use_step(&app.db.write, staff, step).await;
    }
    let lookup = recovery_lookup(app, staff, typed);
    let used = accounts::use_recovery_code(&app.db.write, staff, lookup, now).await?;
    if used {
        tracing::info!(%staff, "a recovery code was used");
    }
    Ok(used)
}

/// Counts a try; the account as it was just before.
async fn count(app: &App, mut account: Account) -> Result<Try, Problem> {
    for _ in 0..ATTEMPTS {
        let now = app.clock.now();
        let locked = account.locked_until.is_some_and(|until| now < until);
        let counted = account.failures.saturating_add(u32::from(!locked));
        let until = if locked { account.locked_until } else { lockout::until(counted, now) };
        if accounts::count_try(&app.db.write, &account, (counted, until)).await? {
            return Ok(Try { before: account, counted, locked });
        }
        let again = accounts::find(&app.db.write, &account.staff).await?;
        account = again.ok_or_else(|| Problem::of(&problem::BUSY).because("the account is gone"))?;
    }
    Err(Problem::of(&problem::BUSY).because("too many tries of one account at once"))
}

/// The key that an authenticator is to be given.
pub(crate) fn new_totp() -> [u8; totp::KEY] {
    random()
}

/// Binds an authenticator that shows it has the key, in place of whatever there was; gives the recovery codes, which are
/// told this once. Nothing, if the code is wrong.
pub(crate) async fn enrol(
    app: &App,
    account: &Account,
    (key, typed): (&[u8], &str),
) -> Result<Option<(Vec<String>, Proved)>, Problem> {
    let (staff, now) = (&account.staff, app.clock.now());
    let counted = count(app, account.clone()).await?;
    let Some(step) = totp::step_of(key, typed, now).filter(|_| !counted.locked) else { return Ok(None) };
    let codes: Vec<String> = std::iter::repeat_with(code::make).take(RECOVERY_CODES).collect();
    bind(app, staff, (key, step), &codes).await?;
    accounts::signed_in(&app.db.write, staff, now).await?;
    tracing::info!(%staff, "an authenticator was bound");
    Ok(Some((codes, Proved { tries: counted.before.tries, tries_since: counted.before.signed_in_at })))
}

/// An authenticator and its recovery codes, both or neither.
pub(crate) async fn bind(
    app: &App,
    staff: &StaffId,
    (key, step): (&[u8], i64),
    codes: &[String],
) -> Result<(), Failed> {
    let sealed = accounts::seal_totp(&app.keys, staff, key);
    let lookups = codes.iter().map(|code| recovery_lookup(app, staff, code)).collect();
    let tx = commit::begin(app).await?;
    accounts::set_totp(&tx, staff, Some((sealed, step))).await?;
    accounts::insert_recovery_codes(&tx, staff, lookups).await?;
    Ok(tx.commit().await?)
}

fn recovery_lookup(app: &App, staff: &StaffId, typed: &str) -> Vec<u8> {
    app.keys.lookup("recovery code", &format!("{staff} {}", code::normal(typed)))
}

/// Why a new password was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// The present one is not this; counted as a wrong sign-in is.
    Present,
    Weak(Weak),
    /// It is the present one.
    Same,
}

/// Takes another password; the present one is asked for, so that nobody does it at a desk that was left open.
pub(crate) async fn change_password(
    app: &App,
    account: &Account,
    (present, new): (&str, &str),
) -> Result<Result<(), NotTaken>, Problem> {
    let (staff, new) = (&account.staff, Password::typed(new));
    let place = app.door.hashing.enter()?;
    let Some(counted) = present_is(app, account, &place, present).await? else { return Ok(Err(NotTaken::Present)) };
    accounts::give_back(&app.db.write, &counted.before, counted.counted).await?;
    if new == Password::typed(present) {
        return Ok(Err(NotTaken::Same));
    }
    if let Err(weak) = new.check(&account.login, &account.name) {
        return Ok(Err(NotTaken::Weak(weak)));
    }
    let hash = place.hash(&app.keys, staff, &new).await?;
    accounts::set_password(&app.db.write, staff, &hash, None).await?;
    tracing::info!(%staff, "a password was changed");
    Ok(Ok(()))
}

async fn present_is(
    app: &App,
    account: &Account,
    place: &HashingPlace<'_>,
    typed: &str,
) -> Result<Option<Try>, Problem> {
    let counted = count(app, account.clone()).await?;
    let kept = counted.before.password.as_deref();
    let right = place.verify(&app.keys, &account.staff, &Password::typed(typed), kept).await?;
    Ok((right && !counted.locked).then_some(counted))
}
