//! `hoso verify-receipt`: what a receipt shows to somebody who has the server's public keys, without server or network.

use super::Failed;
use super::print::say;
use crate::auth::signature;
use crate::config::Config;
use crate::keys::Keys;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, ValueEnum};
use dossier::ids::{PublicKey, ServerId};
use dossier::log::{LogKey, origin};
use dossier::receipt::{KEPT_MAX, Kept, ReceiptRefused, Trust};
use dossier::sentence::{Language, Sentence};
use serde::Deserialize;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct VerifyReceipt {
    /// A kept receipt (.hoso), or a file with the text of its QR code.
    file: PathBuf,
    /// A file with what the server says at /.well-known/jwks.json and, after it, at /v1/log/key; by default the keys in
    /// the data folder are believed.
    #[arg(long)]
    keys: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "vi")]
    lang: Lang,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Vi,
    En,
}

/// Whom this command believes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Believed {
    receipts: Vec<PublicKey>,
    logs: Vec<LogKey>,
}

/// Prints what is shown, a line each.
pub(super) fn run(asked: &VerifyReceipt, config: Option<&Path>) -> Result<(), Failed> {
    let language = match asked.lang {
        Lang::Vi => Language::Vietnamese,
        Lang::En => Language::English,
    };
    let presented = read(&asked.file).map_err(|cause| unreadable(&asked.file, &cause))?;
    let refused = |refused: ReceiptRefused| Failed(refused.sentence().say(language));
    let kept = Kept::read(&presented).map_err(refused)?;
    let believed = match &asked.keys {
        Some(file) => Believed::parse(&std::fs::read_to_string(file).map_err(|cause| unreadable(file, &cause))?)?,
        None => {
            let server = kept.receipt.unverified().server;
            Believed::of_data(&Config::read(config, std::env::vars())?.data, &server)?
        }
    };
    let verified = kept.verify(&believed.trust()).map_err(refused)?;
    say!("{}", Sentence::new("receipt-page-good").say(language));
    verified.sentences().iter().for_each(|sentence| say!("{}", sentence.say(language)));
    Ok(())
}

impl Believed {
    /// The keys, former ones too, of the server whose data lies in a folder; nothing is made there.
    fn of_data(data: &Path, server: &ServerId) -> Result<Self, Failed> {
        let dir = data.join("keys");
        let none = || Failed(format!("there are no keys of a server in {}; give --keys FILE", dir.display()));
        if !dir.is_dir() {
            return Err(none());
        }
        let keys = Keys::open(&dir)?;
        if keys.is_fresh() {
            return Err(none());
        }
        let former = keys.successions().into_iter().map(|link| link.from);
        let log = LogKey::new(&origin(server), keys.log_public()).map_err(|_| none())?;
        Ok(Self { receipts: former.chain([keys.public()]).collect(), logs: vec![log] })
    }

    /// A JSON Web Key Set, then verifier keys of logs (C2SP signed-note), a line each.
    fn parse(text: &str) -> Result<Self, Failed> {
        let not = |what: &str| Failed(format!("the file of keys holds no {what}"));
        let mut sets = serde_json::Deserializer::from_str(text).into_iter::<KeySet>();
        let set = sets.next().and_then(Result::ok).ok_or_else(|| not("JSON Web Key Set"))?;
        let rest = &text[sets.byte_offset()..];
        let ours = set.keys.iter().filter(|key| key.kty == "EC" && key.crv == "P-256");
        let receipts: Option<Vec<_>> = ours.map(Key::public).collect();
        let logs: Result<Vec<_>, _> = rest.split_whitespace().map(str::parse).collect();
        Ok(Self {
            receipts: receipts.ok_or_else(|| not("whole P-256 keys"))?,
            logs: logs.map_err(|_| not("verifier keys after its key set"))?,
        })
    }

    fn trust(&self) -> Trust<'_> {
        let (receipts, logs) = (&self.receipts, &self.logs);
        Trust { receipts, logs, verify: &signature::verify, verify_ed25519: &signature::verify_ed25519 }
    }
}

/// RFC 7517; members that say nothing here are passed over.
#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

impl Key {
    fn public(&self) -> Option<PublicKey> {
        let (x, y) = (URL_SAFE_NO_PAD.decode(&self.x).ok()?, URL_SAFE_NO_PAD.decode(&self.y).ok()?);
        let whole = x.len() == 32 && y.len() == 32;
        PublicKey::try_from([x, y].concat().as_slice()).ok().filter(|_| whole)
    }
}

/// A file that is larger than any receipt is read so far that it is seen to be.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(KEPT_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Failed {
    Failed(format!("{}: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dossier::receipt::{InLog, ReceiptRefused};

    const KEYS: &str = include_str!("../../../mobile-core/dossier/tests/samples/receipt_1/keys.txt");
    const FILE: &[u8] = include_bytes!("../../../mobile-core/dossier/tests/samples/receipt_1/kept.hoso");

    #[test]
    fn a_kept_receipt_is_verified_by_published_keys() {
        let believed = Believed::parse(KEYS).ok().unwrap();
        let kept = Kept::read(FILE).unwrap();
        assert!(matches!(kept.verify(&believed.trust()).unwrap().log, InLog::Shown(logged) if logged.size == 300));
        let mut other = believed.receipts[0];
        other.0[63] ^= 1;
        let believed = Believed { receipts: vec![other], ..believed };
        assert_eq!(kept.verify(&believed.trust()), Err(ReceiptRefused::UnknownKey));
    }

    #[test]
    fn what_is_no_list_of_keys_is_not_believed() {
        let set = KEYS.split("\nhoso/").next().unwrap();
        let known = Believed::parse(set).ok().unwrap();
        assert_eq!((known.receipts.len(), known.logs.len()), (1, 0));
        assert_eq!(Believed::parse(r#"{"keys": [{"kty": "RSA", "n": "AQAB"}]}"#).ok(), Some(Believed::default()));
        let twisted = KEYS.replace("1cfc8334", "1cfc8335");
        let short = set.replace(r#""x": ""#, r#""x": "AA"#);
        let halves = [31, 33].map(|length| URL_SAFE_NO_PAD.encode(vec![1; length]));
        let uneven =
            format!(r#"{{"keys": [{{"kty": "EC", "crv": "P-256", "x": "{}", "y": "{}"}}]}}"#, halves[0], halves[1]);
        for wrong in ["", "{}", r#"{"keys": 1}"#, &twisted, &short, &uneven] {
            assert!(Believed::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nothing_is_made_where_no_server_is() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Believed::of_data(dir.path(), &ServerId(uuid::Uuid::nil())).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
