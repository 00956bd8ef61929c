//! A phone whose software was tampered with: it signs with its own key, as it may, a change that no honest phone makes.
//! The change uses operation numbers of the dossier's first change again; the document library alone would take it and
//! never load the dossier again (measured).

use super::Surprise;
use dossier::exchange::{ANSWER_MAX, BODY_MAX, change_hash, pack, push_leaf, push_message, unpack};
use dossier::ids::{ServerId, Signature};
use dossier::merkle;
use dossier::wire::{Blob, SignedAnswer, SyncAnswer, SyncRequest, Verdict, to_bytes};
use mobile_core::{FileKey, Http, HttpRequest, HttpResponse, KeyStore as _, Transport, TransportError};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Changes the change in what passes through, signs it anew, and keeps the server's verdict.
pub(super) struct Tampered {
    pub(super) line: Http,
    pub(super) key: PathBuf,
    pub(super) server: ServerId,
    pub(super) verdict: Mutex<Option<Verdict>>,
}

#[async_trait::async_trait]
impl Transport for Tampered {
    async fn request(&self, mut request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let tampered = request.url.ends_with("/v1/sync").then(|| self.tamper(&request.body)).transpose();
        let tampered = tampered.map_err(|e| TransportError::Failed { reason: e.told().to_owned() })?;
        if let Some(body) = tampered.flatten() {
            request.body = body;
            let response = self.line.request(request).await?;
            *self.verdict.lock().unwrap_or_else(PoisonError::into_inner) = verdict(&response.body);
            return Ok(response);
        }
        self.line.request(request).await
    }
}

impl Tampered {
    /// `None` for a request without changes.
    fn tamper(&self, packed: &[u8]) -> Result<Option<Vec<u8>>, Surprise> {
        let mut request: SyncRequest = minicbor::decode(&unpack(packed, BODY_MAX)?)?;
        let Some(change) = request.dossiers.first_mut().and_then(|push| push.changes.first_mut()) else {
            return Ok(None);
        };
        *change = Blob(reuse_operation_numbers(&change.0)?);
        let leaves: Vec<_> = request.dossiers.iter().map(|push| push_leaf(&self.server, push)).collect();
        let key = FileKey::open(&self.key)?;
        let signature = key.sign(push_message(&self.server, &merkle::root(&leaves)))?;
        request.signature = Some(Signature::try_from(signature.as_slice())?);
        Ok(Some(pack(&to_bytes(&request))))
    }
}

/// The number of a change's first operation stands after dependencies, actor and sequence number; here all of them
/// take one byte. The checksum is made right again.
fn reuse_operation_numbers(change: &[u8]) -> Result<Vec<u8>, Surprise> {
    let mut bytes = change.to_vec();
    let length = bytes.iter().skip(9).take_while(|b| **b >= 0x80).count() + 1;
    let dependencies = 9 + length;
    let one = *bytes.get(dependencies).ok_or("the change is cut short")?;
    let start_op = dependencies + 1 + usize::from(one) * 32 + 1 + 16 + 1;
    *bytes.get_mut(start_op).ok_or("the change is cut short")? = 1;
    let hash = change_hash(&bytes);
    bytes[4..8].copy_from_slice(&hash.0[..4]);
    Ok(bytes)
}

fn verdict(packed: &[u8]) -> Option<Verdict> {
    let signed: SignedAnswer = minicbor::decode(&unpack(packed, ANSWER_MAX).ok()?).ok()?;
    let answer: SyncAnswer = minicbor::decode(&signed.body).ok()?;
    answer.verdicts.first()?.first().cloned()
}
