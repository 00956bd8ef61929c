use super::super::*;
use super::{DOSSIER, PERSON};
use crate::decide::Evidence;
use crate::event::{By, Event, What};
use crate::ids::{
    Actor, ChangeHash, CommandHash, CommandId, ContentHash, EntryCommitment, ManifestId, PaperHash, ParcelId,
    Signature, Thumbprint,
};
use crate::layout::PaperKind;
use crate::time::Timestamp;
use crate::wire::{Open, SignedManifest, to_bytes};
use uuid::Uuid;

const SALT: Salt = [5; 16];

fn entry() -> Entry {
    Entry { book: Book::Dossier(DOSSIER), n: 1, previous: EntryCommitment::NONE, digest: digest(&items()) }
}

fn event() -> Event {
    Event {
        seq: 1, at: Timestamp(1_795_397_400_000), by: By::Server, what: What::Refused("Thiếu giấy tờ.".into())
    }
}

/// One of each kind: what can stand in the log for ever.
fn items() -> Vec<Item> {
    let id = Uuid::from_u128;
    let open = Open { layout: 1, procedure: "2.000635".parse().unwrap(), catalogue: 1 };
    let evidence = Evidence {
        device: Thumbprint([2; 32]),
        epoch: 0,
        tip: ChangeHash([3; 32]),
        index: 0,
        of: 1,
        path: Vec::new(),
        signature: Signature([4; 64]),
        rest: Vec::new(),
    };
    let manifest = SignedManifest { manifest: vec![1, 2, 3], signature: Signature([5; 64]) };
    vec![
        Item::Birth { owner: PERSON, open, data_key: [1; 32] },
        Item::Change {
            hash: ChangeHash([3; 32]),
            actor: Actor([4; 16]),
            device: Thumbprint([2; 32]),
            epoch: 0,
            seq: 1,
            position: 0,
        },
        Item::evidence(&evidence),
        Item::Frozen(ContentHash([6; 32])),
        Item::event(&event()),
        Item::manifest(ManifestId(id(1)), &manifest),
        Item::Record([7; 32], ParcelId(id(2))),
        Item::Command(CommandId(id(3)), CommandHash([8; 32]), [9; 32]),
        Item::Audience(PERSON),
        Item::Paper(PaperHash([10; 32]), 12_345, PaperKind::Pdf),
        Item::Person([11; 32]),
        Item::Device(Thumbprint([2; 32]), [12; 32], DeviceState::Suspended),
    ]
}

#[test]
fn what_the_log_commits_to_is_written_as_it_always_was() {
    let lines: Vec<String> = items().iter().map(|item| hex::encode(to_bytes(item))).collect();
    assert_eq!(format!("{}\n", lines.join("\n")), include_str!("../../../tests/samples/log_1/items.hex"));
    assert_eq!(
        format!("{}\n", hex::encode(entry().to_bytes())),
        include_str!("../../../tests/samples/log_1/entry.hex")
    );
    assert_eq!(
        entry().commitment(&SALT).to_string(),
        "179024daee3fc37ef691737a5a6e6bb85fef1e948c46bfb4c63cc872146577f1"
    );
}

#[test]
fn an_entry_is_read_back_in_its_one_spelling_only() {
    let person = Entry { book: Book::Person(PERSON), n: u64::MAX, previous: entry().commitment(&SALT), ..entry() };
    for entry in [entry(), person] {
        assert_eq!(Entry::read(&entry.to_bytes()), Ok(entry));
    }
    let bytes = entry().to_bytes();
    for length in 0..bytes.len() {
        assert!(Entry::read(&bytes[..length]).is_err());
    }
    assert!(Entry::read(&[bytes.as_slice(), &[0]].concat()).is_err());
    // Byte 1 is the format: another one, and 1 spelled with a byte too many.
    assert_eq!(bytes[..2], [0x85, 1]);
    assert!(Entry::read(&[&[0x85, 2], &bytes[2..]].concat()).is_err());
    assert!(Entry::read(&[&[0x85, 0x18, 1], &bytes[2..]].concat()).is_err());
    assert!(Entry::read(&[&[0x9f, 1], &bytes[2..], &[0xff]].concat()).is_err());
}

#[test]
fn an_entry_says_something_else_when_anything_of_it_changes() {
    let said = entry().commitment(&SALT);
    let mut others = vec![
        Entry { book: Book::Person(PERSON), ..entry() },
        Entry { n: 2, ..entry() },
        Entry { previous: said, ..entry() },
    ];
    for n in 0..items().len() {
        let (mut shorter, mut swapped) = (items(), items());
        shorter.remove(n);
        swapped.swap(n, 0);
        others.push(Entry { digest: digest(&shorter), ..entry() });
        if n > 0 {
            others.push(Entry { digest: digest(&swapped), ..entry() });
        }
    }
    for other in others {
        assert_ne!(other.commitment(&SALT), said);
    }
    assert_ne!(entry().commitment(&[6; 16]), said, "without its salt an entry cannot be guessed");
    assert_ne!(said.leaf(), said.0, "a leaf is told apart from a node");
}

#[test]
fn items_of_kinds_to_come_are_split_and_what_is_no_list_is_not() {
    let bytes = items_to_bytes(&items());
    let parts = split_items(&bytes).unwrap();
    assert_eq!(parts, items().iter().map(to_bytes).collect::<Vec<_>>());
    for (item, part) in items().iter().zip(&parts) {
        assert_eq!(minicbor::decode::<Item>(part).as_ref().ok(), Some(item));
    }
    let unknown = [0x82, 0x18, 99, 0x81, 1];
    assert_eq!(split_items(&[&[0x81], unknown.as_slice()].concat()), Ok(vec![unknown.as_slice()]));
    let wrong: [&[u8]; 6] =
        [&[], &[0x01], &[0x9f, 0xff], &[0x82, 0x01], &[0x81, 1, 1], &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255]];
    for wrong in wrong {
        assert!(split_items(wrong).is_err(), "{wrong:02x?}");
    }
}
