mod checkpoint;
mod entry;
mod tree;

use crate::ids::{DossierId, PersonId, ServerId};
use uuid::Uuid;

const SERVER: ServerId = ServerId(Uuid::from_u128(0x0193_5a00_0000_7000_8000_0000_0000_0001));
const DOSSIER: DossierId = DossierId(Uuid::from_u128(0x0193_5a00_0000_7000_8000_0000_0000_0002));
const PERSON: PersonId = PersonId(Uuid::from_u128(0x0193_5a00_0000_7000_8000_0000_0000_0003));
