//! Passwords of staff: what may be one, and Argon2id over it. What is hashed is not the password but what this server's key
//! makes of it and the account: hashes that were read are guessed nowhere, and a hash that somebody wrote lets nobody in.
//! Hashing takes 19 MiB and some hundredths of a second, so two are made at a time and few more wait.

use crate::keys::Keys;
use crate::problem::{self, Problem};
use crate::seal::random;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use dossier::ids::StaffId;
use dossier::procedure::clean;
use std::fmt;
use std::ops::RangeInclusive;
use tokio::sync::{Semaphore, SemaphorePermit};

/// In characters. The least is above what ASVS 5.0 §6.2.1 asks (8) because there is no rule of digits and signs.
const LENGTH: RangeInclusive<usize> = 12..=128;
/// OWASP's least for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// Hashes at the same time, and who waits for one; whoever comes then is asked to come back.
const AT_ONCE: usize = 2;
const QUEUE: usize = 16;
/// What is refused whatever is put around it that is no letter.
const COMMON: &str = include_str!("common_passwords.txt");

/// What somebody typed, in the one spelling in which it is hashed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Why something may not be a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    Short,
    Long,
    /// It holds the login or the name.
    Own,
    /// Among the first that anybody tries.
    Common,
}

impl Password {
    /// In NFC: two keyboards, and a phone's, write the same "ế".
    pub(crate) fn typed(text: &str) -> Self {
        Self(clean(text))
    }

    /// One that was just made, of 80 bits.
    pub(crate) fn one_time() -> (Self, String) {
        let text = crate::auth::code::make();
        (Self(text.clone()), text)
    }

    /// Whether a person may choose it.
    pub(crate) fn check(&self, login: &str, name: &str) -> Result<(), Weak> {
        let count = self.0.chars().count();
        if count < *LENGTH.start() {
            return Err(Weak::Short);
        }
        if count > *LENGTH.end() {
            return Err(Weak::Long);
        }
        let plain: String = self.0.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        let own = |word: &str| {
            let word: String = word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
            word.chars().count() >= 3 && plain.contains(&word)
        };
        if own(login) || own(name) {
            return Err(Weak::Own);
        }
        let core = plain.trim_matches(|c: char| c.is_ascii_digit());
        let common = |word: &str| word == plain || word == core || is_repeated(&plain, word);
        let mut letters: Vec<char> = self.0.to_lowercase().chars().collect();
        letters.sort_unstable();
        letters.dedup();
        if letters.len() < 4 || is_run(&plain) || COMMON.lines().any(common) { Err(Weak::Common) } else { Ok(()) }
    }

    /// What is hashed of it for one account.
    fn keyed(&self, keys: &Keys, staff: &StaffId) -> Vec<u8> {
        keys.lookup("password", &format!("{staff} {}", self.0))
    }
}

/// Whether it is one word again and again.
fn is_repeated(text: &str, word: &str) -> bool {
    !word.is_empty() && text.len() > word.len() && text.replace(word, "").is_empty()
}

/// Whether each character follows on the one before, up or down: 1234567890123, abcdefghijklm.
fn is_run(text: &str) -> bool {
    let pairs = || text.chars().zip(text.chars().skip(1));
    let follows = |a: char, b: char| u32::from(a) + 1 == u32::from(b) || (a, b) == ('9', '0') || (a, b) == ('0', '1');
    let all_follow = pairs().all(|(a, b)| follows(a, b)) || pairs().all(|(a, b)| follows(b, a));
    text.chars().count() >= 4 && all_follow
}

/// Where hashes are made: a bounded number of places, and fewer that work.
pub(crate) struct Hashing {
    threads: Semaphore,
    places: Semaphore,
}

/// A place in it, as long as it lasts.
pub(crate) struct HashingPlace<'a> {
    hashing: &'a Hashing,
    _place: SemaphorePermit<'a>,
}

impl Hashing {
    pub(crate) fn new() -> Self {
        Self { threads: Semaphore::new(AT_ONCE), places: Semaphore::new(AT_ONCE + QUEUE) }
    }

    /// A place, or that there is none: who waits costs memory too.
    pub(crate) fn enter(&self) -> Result<HashingPlace<'_>, Problem> {
        let place = self.places.try_acquire();
        let place = place.map_err(|_| Problem::of(&problem::BUSY).because("too many sign-ins at once"))?;
        Ok(HashingPlace { hashing: self, _place: place })
    }
}

impl HashingPlace<'_> {
    /// The hash of a password, to be kept.
    pub(crate) async fn hash(&self, keys: &Keys, staff: &StaffId, password: &Password) -> Result<String, Problem> {
        let keyed = password.keyed(keys, staff);
        self.work(move || hash_now(&keyed)).await
    }

    /// Whether it is the password; without a hash to compare with, the same work and a no.
    pub(crate) async fn verify(
        &self,
        keys: &Keys,
        staff: &StaffId,
        password: &Password,
        kept: Option<&str>,
    ) -> Result<bool, Problem> {
        let (keyed, kept) = (password.keyed(keys, staff), kept.map(ToOwned::to_owned));
        self.work(move || {
            let Some(kept) = kept else {
                hash_now(&keyed);
                return false;
            };
            let argon = argon();
            PasswordHash::new(&kept).is_ok_and(|hash| argon.verify_password(&keyed, &hash).is_ok())
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let internal = |e: &dyn fmt::Display| Problem::of(&problem::INTERNAL).because(e);
        let _thread = self.hashing.threads.acquire().await.map_err(|e| internal(&e))?;
        tokio::task::spawn_blocking(work).await.map_err(|e| internal(&e))
    }
}

/// For commands, which hash one after the other on a thread of their own.
pub(crate) fn hash_here(keys: &Keys, staff: &StaffId, password: &Password) -> String {
    hash_now(&password.keyed(keys, staff))
}

/// Whether a hash was made with less than is asked for today.
pub(crate) fn is_outdated(kept: &str) -> bool {
    let Ok(hash) = PasswordHash::new(kept) else { return true };
    let enough = |params: Params| params.m_cost() >= MEMORY_KIB && params.t_cost() >= PASSES;
    hash.algorithm.as_str() != Algorithm::Argon2id.as_str() || !Params::try_from(&hash).is_ok_and(enough)
}

fn argon() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("these numbers are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash_now(keyed: &[u8]) -> String {
    let salt: [u8; 16] = random();
    let hash = argon().hash_password_with_salt(keyed, &salt);
    hash.expect("32 bytes under a salt of 16 can be hashed").to_string()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The hash that an older version would have made: one pass.
    pub(crate) fn weak(keys: &Keys, staff: &StaffId, password: &Password) -> String {
        let params = Params::new(MEMORY_KIB, 1, 1, None).unwrap();
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password_with_salt(&password.keyed(keys, staff), b"sixteen bytes ok").unwrap().to_string()
    }

    const STAFF: StaffId = StaffId(uuid::Uuid::from_u128(7));

    fn keys() -> Keys {
        Keys::open(&tempfile::tempdir().unwrap().path().join("keys")).unwrap()
    }

    #[test]
    fn a_password_has_12_to_128_characters_and_no_other_rule() {
        let check = |text: &str| Password::typed(text).check("le.lan", "Lê Thị Lan");
        assert_eq!(check("mưa rào hạ"), Err(Weak::Short));
        assert_eq!(check("bốn mùa mưa"), Err(Weak::Short), "11 characters, however many bytes");
        assert_eq!(check("bốn mùa mưa!"), Ok(()));
        assert_eq!(check("chuồn chuồn bay thấp"), Ok(()), "no digits, signs or capitals are asked for");
        assert_eq!(check("?!-§$/+*#=.,"), Ok(()), "nor letters");
        assert_eq!(check("?!-?!-?!-?!-"), Err(Weak::Common), "three signs");
        let long = "chuồn bay ".repeat(13);
        assert_eq!(check(&long[..long.char_indices().nth(128).unwrap().0]), Ok(()));
        assert_eq!(check(&long), Err(Weak::Long), "130");
    }

    #[test]
    fn what_anybody_tries_first_is_no_password() {
        let check = |text: &str| Password::typed(text).check("le.lan", "Lê Thị Lan");
        for common in [
            "123456789012",
            "210987654321",
            "abcdefghijklmn",
            "aaaaaaaaaaaa",
            "121212121212",
            "matkhau123456",
            "MatKhau@2026!!",
            "12345password",
            "vietnamvietnam",
            "Qwertyuiop123!",
            "thutuchanhchinh",
            "anh yeu em 123456",
        ] {
            assert_eq!(check(common), Err(Weak::Common), "{common}");
        }
        for own in ["le.lan có một con mèo", "con mèo của LeLan", "lê thị lan 1990 hè"] {
            assert_eq!(check(own), Err(Weak::Own), "{own}");
        }
        assert!(COMMON.lines().count() >= 100 && COMMON.lines().all(|word| word == word.to_lowercase()));
    }

    #[tokio::test]
    async fn a_hash_is_of_one_password_one_account_and_one_server() {
        let (keys, others, hashing) = (keys(), keys(), Hashing::new());
        let place = hashing.enter().unwrap();
        // é composed here, e and an accent there.
        let (composed, decomposed) = (Password::typed("chuồn bay th\u{e9}p"), Password::typed("chuồn bay the\u{301}p"));
        let kept = place.hash(&keys, &STAFF, &composed).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !is_outdated(&kept), "{kept}");
        assert_ne!(kept, place.hash(&keys, &STAFF, &composed).await.unwrap(), "salted");
        let (another, other_word) = (StaffId(uuid::Uuid::from_u128(8)), Password::typed("chuồn bay thấp"));
        for (keys, staff, password, right) in [
            (&keys, &STAFF, &decomposed, true),
            (&keys, &STAFF, &other_word, false),
            (&keys, &another, &composed, false),
            (&others, &STAFF, &composed, false),
        ] {
            assert_eq!(place.verify(keys, staff, password, Some(&kept)).await.unwrap(), right, "{staff}");
        }
        assert!(!place.verify(&keys, &STAFF, &composed, None).await.unwrap());
        assert!(!place.verify(&keys, &STAFF, &composed, Some("no hash")).await.unwrap());
    }

    #[test]
    fn a_hash_of_weaker_make_is_outdated() {
        for kept in [
            "$argon2id$v=19$m=19455,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=19456,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "no hash",
        ] {
            assert!(is_outdated(kept), "{kept}");
        }
        assert!(!is_outdated("$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA"));
    }

    #[test]
    fn no_more_wait_for_a_hash_than_there_are_places() {
        let hashing = Hashing::new();
        let held: Vec<_> = std::iter::from_fn(|| hashing.enter().ok()).take(1_000).collect();
        assert_eq!(held.len(), AT_ONCE + QUEUE);
        assert_eq!(hashing.enter().err().unwrap().code(), "busy");
        drop(held);
        assert!(hashing.enter().is_ok());
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(format!("{:?}", Password::typed("chuồn bay thấp")), "Password(…)");
    }
}
