//! Uploads: too large, of another kind, under another hash, to a dossier that is not one's own.

use super::{check, told};
use crate::handset::{Handset, Key, Proof};
use crate::harness::Hub;
use crate::world::photo;
use dossier::layout::{PAPER_MAX, PAPERS_KEPT_MAX};
use dossier::wire::Verdict;
use sha2::{Digest as _, Sha256};

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// A JPEG of so many bytes.
fn jpeg(size: usize) -> Vec<u8> {
    let mut bytes = photo(7);
    bytes.resize(size, 1);
    bytes
}

#[test]
fn a_paper_is_of_its_kind_its_hash_its_size_and_its_owner() {
    let hub = Hub::start();
    let (owner, stranger) = (Handset::of(&hub, "an", Key::numbered(1)), Handset::of(&hub, "binh", Key::numbered(2)));
    let draft = owner.draft(1, &["An"]);
    let unknown = owner.draft(77, &[]).dossier;
    assert_eq!(owner.push(draft.push().into_iter().collect()), [[Verdict::Accepted]]);
    let put = |who: &Handset, dossier: &str, hash: &str, bytes: &[u8]| {
        who.call("PUT", &format!("/v1/dossiers/{dossier}/papers/{hash}"), bytes.to_vec())
    };
    let id = draft.dossier.to_string();
    let path = |bytes: &[u8]| format!("/v1/dossiers/{id}/papers/{}", hash(bytes));
    let mine = |bytes: &[u8]| put(&owner, &id, &hash(bytes), bytes);
    let (most, over) = (jpeg(PAPER_MAX as usize), jpeg(PAPER_MAX as usize + 1));
    let small = photo(1);
    let not_found = (404, "not_found");
    check(vec![
        ("another hash", put(&owner, &id, &hash(b"x"), &small), (400, "paper_mismatch")),
        ("a program", mine(b"MZ"), (415, "paper_kind")),
        ("a page", mine(b"<html>"), (415, "paper_kind")),
        ("nothing", mine(b""), (415, "paper_kind")),
        ("10 MiB", mine(&most), (204, "")),
        ("a byte more", owner.call_with_too_much("PUT", &path(&over), &over), (413, "body_too_large")),
        ("a photo", mine(&small), (204, "")),
        ("the same again", mine(&small), (204, "")),
        ("a hash that is none", put(&owner, &id, "zz", &small), not_found),
        ("a hash in capitals", put(&owner, &id, &hash(&small).to_uppercase(), &small), not_found),
        ("a dossier that is none", put(&owner, "x", &hash(&small), &small), not_found),
        ("a stranger", put(&stranger, &id, &hash(&small), &small), not_found),
    ]);
    let there = put(&stranger, &id, &hash(&small), &small);
    let nowhere = put(&stranger, &unknown.to_string(), &hash(&small), &small);
    assert_eq!(told(&there), told(&nowhere), "there and not there");

    // Photographs that were taken again, and out again, are kept too.
    for n in 2..PAPERS_KEPT_MAX as u32 {
        assert_eq!(mine(&photo(n)).status, 204, "paper {n}");
    }
    check(vec![
        ("one more than 100", mine(&photo(1_000)), (409, "papers_full")),
        ("one of the 100", mine(&photo(2)), (204, "")),
    ]);
}

#[test]
fn a_large_paper_that_comes_with_an_old_nonce_is_answered_and_not_hung_up_on() {
    let hub = Hub::start();
    let owner = Handset::of(&hub, "an", Key::numbered(1));
    let draft = owner.draft(1, &["An"]);
    owner.push(draft.push().into_iter().collect());
    let most = jpeg(PAPER_MAX as usize);
    let path = format!("/v1/dossiers/{}/papers/{}", draft.dossier, hash(&most));
    let old = owner.key.prove(&Proof { nonce: "AAAA", ..owner.proof("PUT", &path) });
    for _ in 0..30 {
        // A server that answers and hangs up while the body still comes breaks the line under a client of the usual
        // kind: this caller panics then.
        let asked = owner.call_with("PUT", &path, &old, most.clone());
        assert_eq!(asked.problem(), (401, "use_dpop_nonce".to_owned()));
        assert!(asked.headers.get("connection").is_none_or(|v| v != "close"), "the line can be used again");
    }
    let nobody = hub.stranger().ask("PUT", &path, &[], most.clone());
    assert_eq!(nobody.problem(), (401, "unauthorised".to_owned()));
    let sync = owner.caller.ask("POST", "/v1/sync", &[], vec![0; dossier::exchange::BODY_MAX]);
    assert_eq!(sync.problem(), (401, "unauthorised".to_owned()));
    assert_eq!(owner.call("PUT", &path, most).status, 204);
}

#[test]
fn a_line_that_nothing_was_said_on_for_a_minute_is_still_there() {
    let hub = Hub::start();
    let headers = hub.stranger().ask("GET", "/healthz", &[], Vec::new()).headers;
    assert!(!headers.contains_key("connection"));
    assert!(hub.line_lives(std::time::Duration::from_secs(6)), "the framework's own 5 s are over");
}
