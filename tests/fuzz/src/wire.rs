//! What travels, through the functions that the server and the phone read it with. Nothing panics, nothing is inflated
//! beyond its limit, and what was read is what is written again.

use crate::watch::count;
use dossier::act::Act;
use dossier::delivery::{DeliveryRecord, Manifest, SignedRecord};
use dossier::event::Event;
use dossier::exchange::phone::{Asked, ask};
use dossier::exchange::server::{evidence, read_request};
use dossier::exchange::{ANSWER_MAX, BODY_MAX, pack, unpack};
use dossier::ids::{ActId, PublicKey, ServerId, Signature};
use dossier::layout::{FieldKey, Frozen, PaperInfo, PaperKey};
use dossier::wire::{Cursor, SignedAnswer, SyncAnswer, to_bytes};
use minicbor::{Decode, Encode};
use std::fmt::Debug;
use uuid::Uuid;

pub const SERVER: ServerId = ServerId(Uuid::from_bytes([7; 16]));
pub const KEY: PublicKey = PublicKey([7; 64]);
pub const SIGNATURE: Signature = Signature([7; 64]);

/// How a file of the corpus is to be read: its first byte.
pub const REQUEST: u8 = 0;
pub const REQUEST_BODY: u8 = 1;
pub const ANSWER: u8 = 2;
pub const ANSWER_BODY: u8 = 3;
pub const RECORD: u8 = 4;
pub const MANIFEST: u8 = 5;
pub const EVENT: u8 = 6;
pub const FROZEN: u8 = 7;
pub const TEXT: u8 = 8;
pub const KINDS: u8 = 9;

pub fn run(input: &[u8]) {
    count("executions");
    let Some((first, rest)) = input.split_first() else { return };
    match first % KINDS {
        REQUEST => request(rest),
        REQUEST_BODY => request(&pack(rest)),
        ANSWER => answer(rest),
        ANSWER_BODY => {
            again::<SyncAnswer>(rest);
            answer(&pack(&to_bytes(&SignedAnswer { body: addressed(rest), signature: SIGNATURE })));
        }
        RECORD => {
            again::<DeliveryRecord>(rest);
            if let Ok(signed) = minicbor::decode::<SignedRecord>(rest) {
                let _ = signed.read();
                signed.hash();
            }
        }
        MANIFEST => again::<Manifest>(rest),
        EVENT => again::<Event>(rest),
        FROZEN => again::<Frozen>(rest),
        _ => text(&String::from_utf8_lossy(rest)),
    }
}

fn request(packed: &[u8]) {
    if let Ok(body) = unpack(packed, BODY_MAX) {
        assert!(body.len() <= BODY_MAX);
    }
    match read_request(packed) {
        Ok(request) => {
            count("request_read");
            again_equal(&request);
            let signature = request.signature.as_ref();
            let evidence = evidence(&request.dossiers, signature, &SERVER, &KEY, &|_, _, _| true);
            assert_eq!(evidence.is_ok(), request.dossiers.is_empty() || signature.is_some());
        }
        Err(error) => count(error.code()),
    }
}

/// The question to which every answer here is one.
fn asked() -> (Asked, Vec<u8>) {
    ask(Cursor { incarnation: 1, n: 1 }, Vec::new().into(), &SERVER, |_| SIGNATURE)
}

/// An answer's body with the hash of our question in its place, when it can be read at all.
fn addressed(body: &[u8]) -> Vec<u8> {
    let Ok(answer) = minicbor::decode::<SyncAnswer>(body) else { return body.to_vec() };
    to_bytes(&SyncAnswer { request: dossier::exchange::request_id(&asked().1), ..answer })
}

fn answer(packed: &[u8]) {
    if let Ok(body) = unpack(packed, ANSWER_MAX) {
        assert!(body.len() <= ANSWER_MAX);
    }
    match asked().0.hear(packed, &SERVER, &KEY, &|_, _, _| true) {
        Ok(_) => count("answer_heard"),
        Err(error) => count(error.code()),
    }
}

pub(crate) fn again<T: for<'b> Decode<'b, ()> + Encode<()> + PartialEq + Debug>(bytes: &[u8]) {
    if let Ok(value) = minicbor::decode::<T>(bytes) {
        count("decoded");
        again_equal(&value);
    }
}

fn again_equal<T: for<'b> Decode<'b, ()> + Encode<()> + PartialEq + Debug>(value: &T) {
    let again = minicbor::decode::<T>(&to_bytes(value));
    assert_eq!(again.as_ref().ok(), Some(value), "what is written is read as it was");
}

/// The texts that stand in a document, or in an address: only the canonical spelling is one.
fn text(text: &str) {
    if let Ok(act) = Act::from_text(text) {
        assert_eq!(act.to_text(), text);
    }
    if let Ok(info) = PaperInfo::from_text(text) {
        assert_eq!(info.to_text(), text);
    }
    if let Ok(key) = text.parse::<FieldKey>() {
        assert_eq!(key.to_string(), text);
    }
    if let Ok(key) = text.parse::<PaperKey>() {
        assert_eq!(key.to_string(), text);
    }
    let _ = (text.parse::<ActId>(), dossier::wire::act_id_of_key(text));
}
