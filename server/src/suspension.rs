//! A device that sends, under its own signature, what no client of ours can make is shut out until somebody has looked.
//! A breaker stands before it: should a library or a release of ours make honest phones look hostile, a few are shut
//! out and the rest are only reported. What the device sent was refused in any case.

use crate::app::App;
use crate::auth::signature;
use crate::commit;
use crate::revocation;
use crate::store::{Failed, people, refused as diary, sessions, suspension as table};
use dossier::decide::RefusedChange;
use dossier::ids::Thumbprint;
use dossier::time::Timestamp;

const HOUR: i64 = 60 * 60;
/// So many devices are suspended in an hour at the most, or one in a thousand of those that are bound, if that is more.
const MOST: u64 = 5;

/// Lets a device in again; false if it was not suspended.
pub(crate) async fn end(app: &App, device: &Thumbprint) -> Result<bool, Failed> {
    let Some(person) = people::owner_of(&app.db.read, device).await? else { return Ok(false) };
    let tx = commit::begin(app).await?;
    if !table::end(&tx, device, app.clock.now()).await? {
        return Ok(false);
    }
    sessions::move_epoch(&tx).await?;
    commit::person(&tx, person).await?;
    tx.commit().await?;
    revocation::acted(app).await;
    Ok(true)
}

/// What was refused of a device, and of the worst of it whether what is kept shows that the device signed for it: to be
/// looked at before it is let in again.
pub(crate) async fn refused(app: &App, device: &Thumbprint) -> Result<Vec<(diary::Line, Option<bool>)>, Failed> {
    let key = people::device_keys(&app.db.read).await?.remove(device);
    let signed = |line: &diary::Line| {
        let (proof, server) = (line.proof.as_ref()?, &app.info.server);
        let holds = |key| proof.holds(server, &line.dossier, key, &signature::verify) && proof.hash() == line.hash;
        Some(key.as_ref().is_some_and(holds))
    };
    let lines = diary::of(&app.db.read, &app.keys, device).await?;
    Ok(lines.into_iter().map(|line| (signed(&line), line)).map(|(signed, line)| (line, signed)).collect())
}

/// Suspends a device whose signed push held an attack (`dossier::admit::Refusal::is_attack`).
pub(crate) async fn consider(
    app: &App,
    device: &Thumbprint,
    refused: &[RefusedChange],
    now: Timestamp,
) -> Result<(), Failed> {
    let Some(attack) = refused.iter().find(|change| change.attack) else { return Ok(()) };
    // In one transaction that writes: of two at the same moment the second one counts the first.
    let tx = commit::begin(app).await?;
    let suspended = table::is_suspended(&tx, device).await?;
    let lately = table::count_after(&tx, now.plus_seconds(-HOUR)).await?;
    let most = most(table::active(&tx).await?);
    if !suspended && lately < most {
        table::insert(&tx, device, attack.code, now).await?;
        if let Some(person) = people::owner_of(&tx, device).await? {
            commit::person(&tx, person).await?;
        }
        sessions::move_epoch(&tx).await?;
        tx.commit().await?;
        revocation::acted(app).await;
        tracing::warn!(%device, code = attack.code, lately, most, "device suspended");
        return Ok(());
    }
    tx.rollback().await?;
    if !suspended {
        let (code, text) = (attack.code, "ALERT: an attack, and too many devices were suspended in this hour already");
        tracing::error!(%device, code, lately, most, "{text}");
    }
    Ok(())
}

fn most(active: u64) -> u64 {
    MOST.max(active / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::{MONDAY, server};
    use dossier::ids::ChangeHash;

    fn refused(attack: bool) -> Vec<RefusedChange> {
        vec![RefusedChange { hash: ChangeHash([1; 32]), code: "start_op", attack }]
    }

    async fn is_out(app: &App, n: u8) -> bool {
        table::is_suspended(&app.db.read, &Thumbprint([n; 32])).await.unwrap()
    }

    #[tokio::test]
    async fn five_devices_are_suspended_in_an_hour_and_the_sixth_is_reported() {
        let (_dir, app) = server().await;
        let attack = async |n: u8, seconds: i64| {
            consider(&app, &Thumbprint([n; 32]), &refused(true), MONDAY.plus_seconds(seconds)).await.unwrap();
        };
        for n in 1..=6 {
            attack(n, i64::from(n)).await;
            attack(n, i64::from(n)).await;
            assert_eq!(is_out(&app, n).await, n <= 5, "{n}");
        }
        // One that was let in again counts: the breaker guards against a fault of ours.
        assert!(table::end(&app.db.write, &Thumbprint([1; 32]), MONDAY.plus_seconds(60)).await.unwrap());
        attack(6, HOUR).await;
        assert!(!is_out(&app, 6).await && !is_out(&app, 1).await);
        attack(6, HOUR + 1).await;
        assert!(is_out(&app, 6).await, "the first one was an hour ago");
    }

    #[tokio::test]
    async fn what_an_honest_phone_can_meet_suspends_nobody() {
        let (_dir, app) = server().await;
        consider(&app, &Thumbprint([1; 32]), &refused(false), MONDAY).await.unwrap();
        assert!(!is_out(&app, 1).await);
    }

    #[test]
    fn of_many_devices_one_in_a_thousand() {
        assert_eq!([0, 999, 5_999, 6_000, 2_000_000].map(most), [5, 5, 5, 6, 2_000]);
    }
}
