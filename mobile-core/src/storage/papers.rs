//! Papers as the phone keeps them: addressed by content, in sealed pieces, so that one can be read or sent in parts
//! and no large run of pages has to be found for it.

use super::{Batch, Kind, StorageError, Store};
use dossier::ids::{DossierId, PaperHash};

/// Large enough that the seal costs nothing, small enough for a page run.
const PIECE: usize = 256 * 1024;

/// Adds a paper's bytes to a batch.
pub(crate) fn put_paper(batch: &mut Batch, hash: &PaperHash, bytes: &[u8]) {
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    batch.put(Kind::Paper, hash.bytes(), size.to_be_bytes());
    for (index, piece) in bytes.chunks(PIECE).enumerate() {
        batch.put(Kind::Piece, &piece_id(hash, index), piece);
    }
}

/// A paper's bytes, if the phone has them.
pub(crate) fn read_paper(store: &Store, hash: &PaperHash) -> Result<Option<Vec<u8>>, StorageError> {
    let Some(size) = paper_size(store, hash)? else { return Ok(None) };
    let pieces = store.all(Kind::Piece, hash.bytes())?;
    let bytes: Vec<u8> = pieces.into_iter().flat_map(|(_, piece)| piece).collect();
    if bytes.len() == size { Ok(Some(bytes)) } else { Err(StorageError::Damaged(format!("paper/{hash}"))) }
}

/// Notes that a dossier's paper is to be brought to the server, where the owner's other devices can take it up.
pub(crate) fn put_upload(batch: &mut Batch, dossier: &DossierId, hash: &PaperHash) {
    batch.put(Kind::Upload, &upload_id(dossier, hash), []);
}

pub(crate) fn remove_upload(batch: &mut Batch, dossier: &DossierId, hash: &PaperHash) {
    batch.remove(Kind::Upload, &upload_id(dossier, hash));
}

/// What is still to be brought to the server.
pub(crate) fn uploads(store: &Store) -> Result<Vec<(DossierId, PaperHash)>, StorageError> {
    let read = |id: Vec<u8>| {
        let (dossier, hash) = id.split_first_chunk::<16>()?;
        Some((DossierId::from_bytes(*dossier), PaperHash(hash.try_into().ok()?)))
    };
    let damaged = || StorageError::Damaged("upload".into());
    store.ids(Kind::Upload)?.into_iter().map(|id| read(id).ok_or_else(damaged)).collect()
}

fn upload_id(dossier: &DossierId, hash: &PaperHash) -> Vec<u8> {
    [dossier.bytes().as_slice(), hash.bytes()].concat()
}

fn paper_size(store: &Store, hash: &PaperHash) -> Result<Option<usize>, StorageError> {
    let Some(bytes) = store.get(Kind::Paper, hash.bytes())? else { return Ok(None) };
    let size = bytes.try_into().map_err(|_| StorageError::Damaged(format!("paper/{hash}")))?;
    Ok(Some(u32::from_be_bytes(size) as usize))
}

fn piece_id(hash: &PaperHash, index: usize) -> Vec<u8> {
    [hash.bytes().as_slice(), &(index as u32).to_be_bytes()].concat()
}
