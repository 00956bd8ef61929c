//! What the phone remembers of an account beside its dossiers: who it is where, how far it has read, how its courier's
//! chain goes on. And where in an installation an account's file lies.

use crate::client::delete;
use crate::clock::Clock;
use crate::error::Error;
use crate::keys::KeyStore;
use crate::storage::{Batch, Gone, InFolder, Kind, StorageError, Store};
use dossier::exchange::phone::Reading;
use dossier::ids::{PersonId, PublicKey, ServerId, Signature, Verify};
use dossier::sentence::Sentence;
use dossier::succession::{Succession, follow};
use dossier::time::Timestamp;
use dossier::wire::{Cursor, Renewed, to_bytes};
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Bound at the first sign-in, for good: unsent work belongs to one person at one server.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Account {
    #[n(0)]
    pub(crate) url: String,
    #[n(1)]
    pub(crate) server: ServerId,
    /// Pinned: every answer must be signed with it.
    #[n(2)]
    pub(crate) key: PublicKey,
    #[n(3)]
    pub(crate) person: PersonId,
    #[n(4)]
    pub(crate) courier: bool,
    /// Pinned too: the verifier key of the server's log, where it had one when this phone signed in.
    #[n(5)]
    pub(crate) log: Option<String>,
    /// Keys that the server had before: lists that it signed with them stay genuine.
    #[n(6)]
    #[cbor(default)]
    pub(crate) former: Vec<PublicKey>,
}

impl Account {
    /// Takes the server's key of today, if the keys that it has had lead there from the one that is pinned.
    pub(crate) fn follow(&mut self, today: &PublicKey, links: &[Succession], verify: Verify<'_>) -> bool {
        let Some(keys) = follow(&self.key, today, &self.server, links, verify) else { return false };
        for next in keys {
            self.former.push(std::mem::replace(&mut self.key, next));
        }
        true
    }

    /// Whether the server signed it, with the key of today or with one before.
    pub(crate) fn is_signed(&self, message: &[u8], signature: &Signature, verify: Verify<'_>) -> bool {
        std::iter::once(&self.key).chain(&self.former).any(|key| verify(key, message, signature))
    }
}

/// A sign-in that was begun; the app may be stopped before the browser comes back.
#[derive(Clone, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Pending {
    #[n(0)]
    pub(crate) url: String,
    #[n(1)]
    pub(crate) state: String,
}

/// What opens the server's door at the moment. Prints nothing.
#[derive(Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Session {
    /// The access token.
    #[n(0)]
    pub(crate) token: Option<String>,
    #[n(1)]
    pub(crate) nonce: Option<String>,
    /// Brings the next two tokens, once.
    #[n(2)]
    pub(crate) refresh: Option<String>,
    /// When the access token runs out, by the server's time as well as this phone knew it.
    #[n(3)]
    pub(crate) until: Option<Timestamp>,
}

/// An access token that ends within so many seconds is not sent any more: it might end on its way.
const NEAR_ITS_END: i64 = 60;

impl Session {
    /// With the next tokens, which came at this moment.
    pub(crate) fn renewed(self, tokens: Renewed, now: Timestamp) -> Self {
        let Renewed { access_token, seconds, refresh_token } = tokens;
        let until = Some(now.plus_seconds(i64::from(seconds)));
        Self { token: Some(access_token), refresh: Some(refresh_token), until, ..self }
    }

    /// Whether the access token is likely to be taken. One of which nobody knows when it ends is tried.
    pub(crate) fn opens(&self, now: Timestamp) -> bool {
        self.token.is_some() && self.until.is_none_or(|until| now.plus_seconds(NEAR_ITS_END) < until)
    }
}

/// How far this phone has heard the server.
#[derive(Clone, Copy, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Heard {
    #[n(0)]
    pub(crate) cursor: Cursor,
    /// The last moment that the server signed: it is not earlier than that.
    #[n(1)]
    pub(crate) beacon: Option<Timestamp>,
    /// The beacon less the phone's clock when it came: a clock that is years off is years off tomorrow too.
    #[n(2)]
    pub(crate) skew: i64,
    /// The feed is being read from the beginning, because the server was put back from a backup.
    #[n(3)]
    #[cbor(default)]
    pub(crate) whole: bool,
    /// When the beacon came by the clock that nobody sets: which start of the device, and milliseconds since then.
    #[n(4)]
    pub(crate) since_start: Option<(u64, u64)>,
}

impl Heard {
    pub(crate) fn reading(&self) -> Reading {
        Reading { cursor: self.cursor, whole: self.whole }
    }

    /// The same, read as far as this.
    pub(crate) fn with(self, reading: Reading) -> Self {
        Self { cursor: reading.cursor, whole: reading.whole, ..self }
    }

    /// The best guess of the server's time.
    pub(crate) fn now(&self, clock: Timestamp) -> Timestamp {
        let guess = Timestamp(clock.0.saturating_add(self.skew));
        self.beacon.map_or(guess, |beacon| beacon.max(guess))
    }

    /// Whether the server was heard within so many seconds. After another start of the device there is only the wall clock;
    /// one that shows a moment before the beacon was set back, and is not believed.
    pub(crate) fn is_within(&self, seconds: i64, clock: &dyn Clock) -> bool {
        let Some(beacon) = self.beacon else { return false };
        match self.since_start {
            Some((start, then)) if start == clock.boot() => {
                clock.elapsed_ms().saturating_sub(then) < seconds.unsigned_abs() * 1000
            }
            _ => {
                let now = Timestamp(clock.now_ms().saturating_add(self.skew));
                beacon <= now && now < beacon.plus_seconds(seconds)
            }
        }
    }
}

/// Where a courier's chain of records stands.
#[derive(Clone, Copy, Debug, Default, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Chain {
    #[n(0)]
    pub(crate) counter: u64,
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) previous: [u8; 32],
}

/// A remembered value with its place.
pub(crate) trait Remembered: Encode<()> + for<'b> Decode<'b, ()> + Sized {
    const NAME: &'static str;

    fn read(store: &Store) -> Result<Option<Self>, StorageError> {
        let Some(bytes) = store.get(Kind::Meta, Self::NAME.as_bytes())? else { return Ok(None) };
        minicbor::decode(&bytes).map(Some).map_err(|_| StorageError::Damaged(format!("meta/{}", Self::NAME)))
    }

    fn put(&self, batch: &mut Batch) {
        batch.put(Kind::Meta, Self::NAME.as_bytes(), to_bytes(self));
    }
}

impl Remembered for Account {
    const NAME: &'static str = "account";
}
impl Remembered for Pending {
    const NAME: &'static str = "pending";
}
impl Remembered for Session {
    const NAME: &'static str = "session";
}
impl Remembered for Heard {
    const NAME: &'static str = "heard";
}
impl Remembered for Chain {
    const NAME: &'static str = "chain";
}

const ENDING: &str = ".hoso";
/// Of the notes beside an account's file that it is being deleted, and why.
pub(crate) const LOST: &str = "lost";
pub(crate) const REMOVED: &str = "removed";

/// The accounts of an installation, by name; also one whose deletion was broken off and goes on when it is opened.
pub fn accounts(dir: &Path) -> Result<Vec<String>, Error> {
    let entries = match std::fs::read_dir(dir) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(StorageError::from)?,
    };
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    Ok(accounts_of(names.collect::<std::io::Result<Vec<_>>>().map_err(StorageError::from)?))
}

/// Deletes what an account that is not open keeps, its keys too: one that cannot be opened any more, because its key is gone or
/// its file damaged, or that its person lets go of. What was not sent is gone; the server is told nothing.
pub fn remove_account(dir: &Path, account: &str, keys: &dyn KeyStore) -> Result<(), Error> {
    delete(&InFolder(file(dir, account)?), keys, Gone::Removed)
}

/// The accounts that files of these names are of.
pub(crate) fn accounts_of(names: Vec<String>) -> Vec<String> {
    let account = |n: &String| {
        let note = || [LOST, REMOVED].iter().find_map(|ending| n.strip_suffix(ending)?.strip_suffix('.'));
        let account = n.strip_suffix(ENDING).or_else(note);
        account.filter(|n| is_name(n)).map(str::to_owned)
    };
    // Each once, sorted.
    names.iter().filter_map(account).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Where an account's file lies; the name becomes a part of a path, so few characters are allowed in it.
pub(crate) fn file(dir: &Path, account: &str) -> Result<PathBuf, Error> {
    Ok(dir.join(file_name(account)?))
}

pub(crate) fn file_name(account: &str) -> Result<String, Error> {
    if is_name(account) {
        Ok(format!("{account}{ENDING}"))
    } else {
        Err(Error::refused("bad_account_name", Sentence::new("refused-bad-account-name")))
    }
}

fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    (1..=40).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_years_off_still_tells_how_much_time_has_passed() {
        let heard = Heard { beacon: Some(Timestamp(1_000_000)), skew: -9_000_000, ..Heard::default() };
        assert_eq!(heard.now(Timestamp(10_000_500)), Timestamp(1_000_500));
        assert_eq!(heard.now(Timestamp(0)), Timestamp(1_000_000), "never before what the server signed");
    }

    struct At {
        start: u64,
        elapsed_ms: u64,
        now_ms: i64,
    }

    impl Clock for At {
        fn now_ms(&self) -> i64 {
            self.now_ms
        }
        fn boot(&self) -> u64 {
            self.start
        }
        fn elapsed_ms(&self) -> u64 {
            self.elapsed_ms
        }
    }

    #[test]
    fn a_clock_that_is_set_back_makes_no_minute_longer() {
        let beacon = Some(Timestamp(1_000_000));
        let heard = Heard { beacon, skew: 500_000, since_start: Some((1, 7_000)), ..Heard::default() };
        let within = |start, elapsed_ms, now_ms| heard.is_within(60, &At { start, elapsed_ms, now_ms });
        assert!(within(1, 66_999, 0) && within(1, 66_999, i64::MAX), "the wall clock is not asked");
        assert!(!within(1, 67_000, 500_000));
        assert!(within(2, 0, 500_000) && within(2, 0, 559_999), "the phone was started anew");
        assert!(!within(2, 0, 560_000) && !within(2, 0, 499_999), "and then its clock was set back");
        assert!(!Heard::default().is_within(60, &At { start: 1, elapsed_ms: 0, now_ms: 0 }));
    }

    #[test]
    fn an_access_token_is_used_until_a_minute_before_its_end() {
        let tokens = Renewed { access_token: "a".into(), seconds: 900, refresh_token: "r".into() };
        let session = Session::default().renewed(tokens, Timestamp(0));
        assert!(session.opens(Timestamp(839_999)) && !session.opens(Timestamp(840_000)));
        assert!(!Session { token: None, ..session.clone() }.opens(Timestamp(0)));
        assert!(Session { until: None, ..session }.opens(Timestamp(i64::MAX / 2)));
    }

    #[test]
    fn a_session_from_before_there_were_refresh_tokens_is_read() {
        let read: Session = minicbor::decode(&to_bytes(&("token", "nonce"))).unwrap();
        assert_eq!((read.token.as_deref(), read.nonce.as_deref()), (Some("token"), Some("nonce")));
        assert!(read.refresh.is_none() && read.until.is_none());
    }

    #[test]
    fn an_account_from_before_there_was_a_log_is_read() {
        let (server, key, person) = (ServerId::from_bytes([1; 16]), PublicKey([2; 64]), PersonId::from_bytes([3; 16]));
        let old = to_bytes(&("https://one.example", server, key, person, true));
        let read: Account = minicbor::decode(&old).unwrap();
        assert_eq!((read.server, read.key, read.person, read.courier, read.log), (server, key, person, true, None));
    }

    #[test]
    fn an_account_from_before_there_were_former_keys_is_read() {
        let (server, person) = (ServerId(uuid::Uuid::from_u128(1)), PersonId(uuid::Uuid::from_u128(2)));
        let old = to_bytes(&("http://localhost", server, PublicKey([3; 64]), person, true));
        let account: Account = minicbor::decode(&old).unwrap();
        assert!(account.courier && account.former.is_empty() && account.key == PublicKey([3; 64]));
    }

    #[test]
    fn an_account_name_cannot_leave_its_folder() {
        for bad in ["", "..", "a/b", "A", "a.b", "a\0"] {
            assert!(file(Path::new("/x"), bad).is_err(), "{bad:?}");
        }
        assert_eq!(file(Path::new("/x"), "mai-2").unwrap(), Path::new("/x/mai-2.hoso"));
    }
}
