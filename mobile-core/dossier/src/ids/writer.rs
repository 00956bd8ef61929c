//! Who makes the changes of a citizen's dossier: a device by its own key, or the server for somebody who has none there: a
//! citizen at its pages, or an officer at the counter for a citizen who stands before them.

use super::{Actor, DossierId, Epoch, PersonId, StaffId, Thumbprint};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// The numbers travel in events and are never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Writer {
    /// A device, which signs what it pushes.
    #[n(0)]
    Device(#[n(0)] Thumbprint),
    /// A citizen signed in at the server's pages.
    #[n(1)]
    Session(#[n(0)] PersonId),
    /// An officer who writes what a citizen says. The citizen is the one who transacts; both are named (I34).
    #[n(2)]
    Counter(#[n(0)] StaffId, #[n(1)] PersonId),
}

/// The server as the maker of changes: its signing key, and which of its lives this is. A server that was restored from a
/// backup has another one, so that it never continues a line that it has forgotten the end of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLine {
    pub key: Thumbprint,
    pub incarnation: u64,
}

impl Writer {
    /// The stable word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Device(_) => "device",
            Self::Session(_) => "session",
            Self::Counter(..) => "counter",
        }
    }

    /// The writer's actor in a dossier. A device's line goes on by `epoch`; one that the server writes goes on by the
    /// server's key and incarnation.
    pub fn actor(&self, dossier: &DossierId, epoch: Epoch, server: &ServerLine) -> Actor {
        match self {
            Self::Device(device) => Actor::of_device(device, dossier, epoch),
            Self::Session(person) => Actor::of_session(server, person, dossier),
            Self::Counter(officer, citizen) => Actor::of_counter(server, officer, citizen, dossier),
        }
    }
}

impl Actor {
    /// A citizen's writes at the server's pages: first 16 bytes of SHA-256("actor/session" ‖ key thumbprint ‖ incarnation,
    /// big endian ‖ person ‖ dossier).
    pub fn of_session(server: &ServerLine, person: &PersonId, dossier: &DossierId) -> Self {
        Self::at_server(b"actor/session", server, &[person.bytes()], dossier)
    }

    /// An officer's writes for a citizen: the same with "actor/counter" and officer ‖ citizen for the person.
    pub fn of_counter(server: &ServerLine, officer: &StaffId, citizen: &PersonId, dossier: &DossierId) -> Self {
        Self::at_server(b"actor/counter", server, &[officer.bytes(), citizen.bytes()], dossier)
    }

    fn at_server(kind: &[u8], server: &ServerLine, subject: &[&[u8; 16]], dossier: &DossierId) -> Self {
        let mut hash = Sha256::new();
        hash.update(kind);
        hash.update(server.key.bytes());
        hash.update(server.incarnation.to_be_bytes());
        subject.iter().for_each(|id| hash.update(id));
        hash.update(dossier.bytes());
        Self::first_16(&hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::to_bytes;
    use std::collections::BTreeSet;

    const DOSSIER: DossierId = DossierId(uuid::Uuid::from_u128(3));
    const LINE: ServerLine = ServerLine { key: Thumbprint([1; 32]), incarnation: 2 };

    fn person(n: u8) -> PersonId {
        PersonId::from_bytes([n; 16])
    }

    fn officer(n: u8) -> StaffId {
        StaffId::from_bytes([n; 16])
    }

    #[test]
    fn what_the_server_writes_for_somebody_has_an_actor_of_its_own_fixed_for_ever() {
        let session = Writer::Session(person(4)).actor(&DOSSIER, 9, &LINE);
        let counter = Writer::Counter(officer(5), person(4)).actor(&DOSSIER, 9, &LINE);
        assert_eq!(session.to_string(), "ff7ae44e58bc84bdcfc6ce9db402500d");
        assert_eq!(counter.to_string(), "e5e06e44bf3e7932a005da74a0bac0a9");
        assert_eq!(
            Writer::Device(Thumbprint([1; 32])).actor(&DOSSIER, 9, &LINE),
            Actor::of_device(&LINE.key, &DOSSIER, 9)
        );
    }

    #[test]
    fn an_actor_differs_by_everything_that_it_is_derived_from() {
        let other_key = ServerLine { key: Thumbprint([2; 32]), ..LINE };
        let another_life = ServerLine { incarnation: 3, ..LINE };
        let elsewhere = DossierId(uuid::Uuid::from_u128(7));
        let actors = [
            Actor::of_session(&LINE, &person(4), &DOSSIER),
            Actor::of_session(&other_key, &person(4), &DOSSIER),
            Actor::of_session(&another_life, &person(4), &DOSSIER),
            Actor::of_session(&LINE, &person(5), &DOSSIER),
            Actor::of_session(&LINE, &person(4), &elsewhere),
            Actor::of_counter(&LINE, &officer(4), &person(4), &DOSSIER),
            Actor::of_counter(&LINE, &officer(5), &person(4), &DOSSIER),
            Actor::of_counter(&LINE, &officer(4), &person(5), &DOSSIER),
            Actor::of_device(&LINE.key, &DOSSIER, 2),
            Actor::of_genesis(1, &DOSSIER),
        ];
        assert_eq!(actors.iter().collect::<BTreeSet<_>>().len(), actors.len());
    }

    #[test]
    fn a_writer_comes_back_from_its_bytes_and_names_its_kind() {
        let writers =
            [Writer::Device(Thumbprint([1; 32])), Writer::Session(person(4)), Writer::Counter(officer(5), person(4))];
        for (n, writer) in writers.into_iter().enumerate() {
            let bytes = to_bytes(&writer);
            assert_eq!(minicbor::decode::<Writer>(&bytes).unwrap(), writer);
            assert_eq!(bytes[1], n as u8, "the number of a kind is fixed for ever");
        }
        assert_eq!(writers.map(|w| w.word()), ["device", "session", "counter"]);
    }
}
