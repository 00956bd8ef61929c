//! Who makes changes of a citizen's dossier, whose they are, and by which key they are believed.

use super::{Device, Officer};
use crate::event::By;
use crate::ids::{Actor, DossierId, Epoch, PersonId, ServerLine, Thumbprint, Writer};

/// A device of the citizen, or the server, for an officer who writes what a citizen at the counter says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// Whose dossier it must be.
    pub person: PersonId,
    /// The key that signs for the changes: the device's, or the server's own.
    pub key: Thumbprint,
    /// As events name it.
    pub by: By,
    line: ServerLine,
}

impl Author {
    pub fn of(device: &Device) -> Self {
        let key = device.thumbprint;
        Self { person: device.person, key, by: By::Citizen(key), line: ServerLine { key, incarnation: 0 } }
    }

    /// The citizen is the one who transacts; officer and citizen are both named (I34).
    pub fn at_counter(officer: &Officer, citizen: PersonId, line: ServerLine) -> Self {
        let by = By::CitizenAtCounter(officer.staff, officer.unit.clone(), officer.name.clone(), citizen);
        Self { person: citizen, key: line.key, by, line }
    }

    /// Under which name the changes stand in a dossier.
    pub fn actor(&self, dossier: &DossierId, epoch: Epoch) -> Actor {
        let writer = self.by.writer().unwrap_or(Writer::Device(self.key));
        writer.actor(dossier, epoch, &self.line)
    }
}
