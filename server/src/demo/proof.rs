//! What anybody can be shown afterwards: a receipt that was kept, verified without the server, and an edit of the
//! database that `verify` names.

use super::stage::{Phone, Stage};
use super::{Surprise, check};
use crate::auth::signature::{verify, verify_ed25519};
use crate::store::{Altered, Database as _, Failed, checkpoint};
use crate::{sequencer, verify::in_one_view};
use dossier::ids::DossierId;
use dossier::receipt::{InLog, Kept, Trust};
use std::time::Duration;

/// How often the log is asked for a proof before the story gives up, and how long it then waits.
const TRIES: u32 = 200;
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn receipts(stage: &Stage, phone: &Phone, dossier: &str) -> Result<(), Surprise> {
    for _ in 0..TRIES {
        let kept = phone.core.receipts(dossier)?;
        if !kept.is_empty() && kept.iter().all(|receipt| receipt.has_proof) {
            break;
        }
        place(stage).await?;
        phone.core.sync().await?;
        tokio::time::sleep(PAUSE).await;
    }
    phone.offline();
    let kept = phone.core.receipts(dossier)?;
    check(kept.len() == 4 && kept.iter().all(|receipt| receipt.has_proof), "receipts or their proofs are missing")?;
    let first = kept.first().ok_or("there is no receipt")?;
    let file = phone.core.export_receipt(dossier, first.seq)?;
    let shown = phone.core.verify_receipt(&file)?;
    check(shown.log == "shown" && shown.dossier == dossier, "the phone does not find its receipt in the log")?;
    let (receipts, logs) = (&[stage.app.keys.public()][..], &[sequencer::key(&stage.app)?][..]);
    let trust = Trust { receipts, logs, verify: &verify, verify_ed25519: &verify_ed25519 };
    let verified = Kept::read(&file)?.verify(&trust)?;
    let InLog::Shown(logged) = verified.log else { return Err("the log's proof does not hold".into()) };
    stage.tell("Phone A", format!("offline again: keeps {} receipts, each with its proof from the log", kept.len()));
    stage.checked(format!(
        "the file of the first ({} B) is good with nothing but the server's public keys: {:?}; entry {} of {} in the log",
        file.len(),
        first.kind,
        logged.index.saturating_add(1),
        logged.size
    ));
    phone.online();
    Ok(())
}

/// Somebody with SQL moves the day on which the dossier was handed in; then puts it back.
pub(super) async fn edit(stage: &Stage, dossier: &str) -> Result<(), Surprise> {
    let id: DossierId = dossier.parse()?;
    let at = format!("where dossier = x'{}' and seq = 1", hex::encode(id.bytes()));
    check(altered(stage).await?.is_empty(), "something is altered before anybody altered it")?;
    sql(stage, format!("update event set at = at + 86400000 {at}")).await?;
    let named = altered(stage).await;
    sql(stage, format!("update event set at = at - 86400000 {at}")).await?;
    let named = named?;
    let event = named.iter().find(|altered| altered.table == "event").ok_or("the edit was not found")?;
    check(event.row == format!("{id} 1"), "another event was named")?;
    stage.tell("Somebody with SQL", "makes the dossier handed in a day later, in the database itself");
    stage.checked(format!("`hoso verify` names it: {event}"));
    check(altered(stage).await?.is_empty(), "what was put back is still named")?;
    stage.checked("put back, everything is again as the server wrote it");
    Ok(())
}

/// Places what waits for the log, unless the server's own sequencer is at it.
async fn place(stage: &Stage) -> Result<(), Surprise> {
    match sequencer::round(&stage.app, "demo").await {
        Ok(_) | Err(Failed::Stale) => Ok(()),
        Err(failed) => Err(failed.into()),
    }
}

async fn altered(stage: &Stage) -> Result<Vec<Altered>, Surprise> {
    // Before the database, which may then only be ahead of it.
    let outside = checkpoint::read(&stage.app.config.data)?;
    Ok(in_one_view(&stage.app, outside.as_deref()).await?.altered)
}

async fn sql(stage: &Stage, statement: String) -> Result<(), Surprise> {
    let done = stage.app.db.write.execute_unprepared(&statement).await?;
    check(done.rows_affected() == 1, "there is no such event")
}
