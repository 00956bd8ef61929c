//! Each command as calls of the core.

use super::args::{Command, Way};
use super::table::Words;
use super::{Trouble, show};
use crate::view::PaperView;
use crate::{BehalfInput, Client, DoorProof, DoorRecipient, FieldInput, PostalInput};
use dossier::layout::PAPER_MAX;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

pub(super) async fn enrol(client: &Client, server: &str, code: &str, name: Option<&str>) -> Result<String, Trouble> {
    let account = client.enrol(server, code).await?;
    if let Some(name) = name {
        client.name_device(&client.device(), name).await?;
    }
    Ok(Words(client.language()).enrolled(&account.server, account.courier))
}

pub(super) async fn begin_sign_in(client: &Client, server: &str, redirect: Option<&str>) -> Result<String, Trouble> {
    Ok(Words(client.language()).sign_in_at(&client.begin_sign_in(server, redirect).await?.url))
}

pub(super) async fn finish_sign_in(client: &Client, callback: &str) -> Result<String, Trouble> {
    let account = client.finish_sign_in(callback).await?;
    Ok(Words(client.language()).enrolled(&account.server, account.courier))
}

pub(super) async fn devices(client: &Client) -> Result<String, Trouble> {
    Ok(show::devices(&client.devices().await?, Words(client.language())))
}

pub(super) async fn name_device(client: &Client, device: &str, name: &str) -> Result<String, Trouble> {
    client.name_device(&device_of(client, device).await?, name).await?;
    Ok(Words(client.language()).done())
}

pub(super) async fn revoke_device(client: &Client, device: &str) -> Result<String, Trouble> {
    client.revoke_device(&device_of(client, device).await?).await?;
    Ok(Words(client.language()).done())
}

pub(super) async fn report_lost(client: &Client, device: &str) -> Result<String, Trouble> {
    client.report_lost(&device_of(client, device).await?).await?;
    Ok(Words(client.language()).done())
}

pub(super) async fn sign_out(client: &Client) -> Result<String, Trouble> {
    client.sign_out().await?;
    Ok(Words(client.language()).signed_out())
}

async fn device_of(client: &Client, part: &str) -> Result<String, Trouble> {
    only(part, client.devices().await?.into_iter().map(|device| (device.device, None)))
}

pub(super) async fn sync(client: &Client) -> Result<String, Trouble> {
    Ok(Words(client.language()).synced(&client.sync().await?))
}

pub(super) async fn readings(client: &Client, dossier: &str) -> Result<String, Trouble> {
    let readings = client.readings(&dossier_of(client, dossier)?).await?;
    Ok(show::readings(&readings, Words(client.language())))
}

pub(super) fn local(client: &Client, command: &Command) -> Result<String, Trouble> {
    let words = Words(client.language());
    match command {
        Command::Catalogue { procedure: None } => Ok(show::catalogue(client)),
        Command::Catalogue { procedure: Some(code) } => Ok(show::procedure(&client.procedure(code)?, words)),
        Command::Draft { procedure } => Ok(format!("{}\n", client.new_draft(procedure)?)),
        Command::Set { dossier, fields } => {
            let fields = fields.iter().map(|text| assignment(text)).collect::<Result<Vec<_>, _>>()?;
            client.set_fields(&dossier_of(client, dossier)?, &fields)?;
            Ok(words.saved())
        }
        Command::Example { dossier } => example(client, &dossier_of(client, dossier)?),
        Command::Paper { dossier, component, file } => {
            let bytes = at_most(file, u64::from(PAPER_MAX) + 1)?;
            let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            client.add_paper(&dossier_of(client, dossier)?, component, &name, &bytes)?;
            Ok(words.saved())
        }
        Command::RemovePaper { dossier, paper } => {
            let dossier = dossier_of(client, dossier)?;
            let (component, sha256) = paper_of(client.detail(&dossier)?.papers, paper)?;
            client.remove_paper(&dossier, &component, &sha256)?;
            Ok(words.saved())
        }
        Command::Findings { dossier } => {
            let found = client.findings(&dossier_of(client, dossier)?)?;
            Ok(show::findings(&found, words))
        }
        Command::Submit { dossier, unit, behalf, authority, reference } => {
            let units = client.units();
            let unit = unit.clone().or_else(|| units.first().map(|u| u.code.clone())).unwrap_or_default();
            let dossier = dossier_of(client, dossier)?;
            match (behalf.clone(), authority.clone()) {
                (Some(owner), Some(authority)) => {
                    let behalf = BehalfInput { owner, authority, reference: reference.clone() };
                    client.submit_for(&dossier, &unit, &behalf)?;
                }
                _ => client.submit(&dossier, &unit)?,
            }
            Ok(words.queued())
        }
        Command::Supplement { dossier } => {
            client.supplement(&dossier_of(client, dossier)?)?;
            Ok(words.queued())
        }
        Command::Withdraw { dossier, reason } => {
            client.withdraw(&dossier_of(client, dossier)?, reason)?;
            Ok(words.queued())
        }
        Command::Deliver { dossier, way } => deliver(client, &dossier_of(client, dossier)?, way),
        Command::Received { dossier, parcel } => {
            let dossier = dossier_of(client, dossier)?;
            let parcel = match parcel {
                Some(part) => {
                    let shown = client.detail(&dossier)?.parcel.map(|parcel| (parcel.parcel, parcel.tracking));
                    Some(only(part, shown.into_iter()).unwrap_or_else(|_| part.clone()))
                }
                None => None,
            };
            client.confirm_receipt(&dossier, parcel.as_deref())?;
            Ok(words.queued())
        }
        Command::BringBack { dossier, number } => {
            client.bring_back(&dossier_of(client, dossier)?, *number)?;
            Ok(words.queued())
        }
        Command::GoOnWithout { dossier } => {
            client.go_on_without(&dossier_of(client, dossier)?)?;
            Ok(words.queued())
        }
        Command::Dismiss { dossier, number } => {
            client.dismiss(&dossier_of(client, dossier)?, *number)?;
            Ok(words.saved())
        }
        Command::List => Ok(show::list(&client.list()?, words)),
        Command::Show { dossier } => Ok(show::detail(&client.detail(&dossier_of(client, dossier)?)?, words)),
        Command::Why { dossier } => {
            let id = dossier_of(client, dossier)?;
            Ok(client.why(&id)? + "\n" + &show::what_to_do(&client.detail(&id)?, words))
        }
        Command::Receipts { dossier } => Ok(show::receipts(&client.receipts(&dossier_of(client, dossier)?)?, words)),
        Command::Receipt { dossier, number, file } => {
            let receipt = client.export_receipt(&dossier_of(client, dossier)?, *number)?;
            std::fs::write(file, receipt).map_err(Trouble::Unwritable)?;
            Ok(words.written())
        }
        Command::Verify { file } => {
            let shown = client.verify_receipt(&at_most(file, 1 << 20)?)?;
            Ok(shown.sentences.iter().map(|sentence| format!("{sentence}\n")).collect())
        }
        Command::LogReport { file } => match client.log_report()? {
            Some(report) => {
                std::fs::write(file, report).map_err(Trouble::Unwritable)?;
                Ok(words.written())
            }
            None => Ok(words.no_report()),
        },
        Command::Manifest => Ok(show::manifest(&client.manifest()?, words)),
        Command::Delivered { parcel, code, unconfirmed, identity, proxy, recipient_signed: _ } => {
            let proof = match (code, unconfirmed) {
                (Some(code), _) => DoorProof::Code { code: code.clone() },
                (None, Some(reason)) => DoorProof::Unconfirmed { reason: reason.clone() },
                // One of the three was given: what is left is the recipient's signature.
                (None, None) => DoorProof::RecipientSigned,
            };
            let identity = identity.clone();
            let recipient = match proxy.clone() {
                Some(authorisation) => DoorRecipient::Proxy { identity, authorisation },
                None => DoorRecipient::Owner { identity },
            };
            client.confirm_delivery(&parcel_of(client, parcel)?, &proof, &recipient, None)?;
            Ok(words.queued())
        }
        Command::Failed { parcel, reason: Some(reason) } => {
            client.failed_attempt(&parcel_of(client, parcel)?, reason, None)?;
            Ok(words.queued())
        }
        Command::Failed { reason: None, .. } => Ok(reasons(client)),
        Command::Enrol { .. }
        | Command::SignIn { .. }
        | Command::FinishSignIn { .. }
        | Command::Sync
        | Command::Readings { .. }
        | Command::Devices
        | Command::NameDevice { .. }
        | Command::RevokeDevice { .. }
        | Command::Lost { .. }
        | Command::SignOut => unreachable!("these are played with the network, above"),
    }
}

fn deliver(client: &Client, dossier: &str, way: &Way) -> Result<String, Trouble> {
    match way {
        Way::Counter => client.choose_counter(dossier)?,
        Way::Post { recipient, phone, area, line } => {
            let to = PostalInput {
                recipient: recipient.clone(),
                phone: phone.clone(),
                area: area.clone(),
                line: line.clone(),
            };
            client.choose_post(dossier, &to)?;
        }
    }
    Ok(Words(client.language()).queued())
}

/// The examples of the catalogue are made up and valid: with them a form is complete but for its papers.
fn example(client: &Client, dossier: &str) -> Result<String, Trouble> {
    client.set_fields(dossier, &client.examples(&client.detail(dossier)?.card.procedure)?)?;
    Ok(Words(client.language()).saved())
}

fn reasons(client: &Client) -> String {
    let mut text = String::new();
    for reason in client.failure_reasons() {
        let _ = writeln!(text, "{:34}{}", reason.id, reason.label);
    }
    text
}

fn assignment(text: &str) -> Result<FieldInput, Trouble> {
    let (key, value) = text.split_once('=').ok_or(Trouble::NotAnAssignment)?;
    let value = (!value.is_empty()).then(|| value.to_owned());
    Ok(FieldInput { key: key.to_owned(), value })
}

fn dossier_of(client: &Client, part: &str) -> Result<String, Trouble> {
    let cards = client.list()?.cards;
    only(part, cards.into_iter().map(|card| (card.dossier, card.code)))
}

fn parcel_of(client: &Client, part: &str) -> Result<String, Trouble> {
    only(part, client.manifest()?.into_iter().map(|parcel| (parcel.parcel, parcel.tracking)))
}

/// The one paper of a dossier that a text means.
fn paper_of(papers: Vec<PaperView>, part: &str) -> Result<(String, String), Trouble> {
    let by_hash = |paper: &PaperView, hash: &str| !hash.is_empty() && paper.sha256.starts_with(hash);
    let fits = |paper: &PaperView| match part.split_once('/') {
        Some((component, hash)) => paper.component == component && by_hash(paper, hash),
        None => paper.component == part || by_hash(paper, part),
    };
    let mut found: Vec<PaperView> = papers.into_iter().filter(fits).collect();
    match found.len() {
        1 => Ok(found.remove(0)).map(|PaperView { component, sha256, .. }| (component, sha256)),
        n => Err(Trouble::Which(n)),
    }
}

/// The one id that a text begins or ends, or whose other name it is. Ids begin with a time, so that those of one
/// morning begin alike: the end of one tells more.
fn only(part: &str, ids: impl Iterator<Item = (String, Option<String>)>) -> Result<String, Trouble> {
    let fits = |id: &str, other: &Option<String>| {
        !part.is_empty() && (id.starts_with(part) || id.ends_with(part) || other.as_deref() == Some(part))
    };
    let mut found: Vec<String> = ids.filter(|(id, other)| fits(id, other)).map(|(id, _)| id).collect();
    found.dedup();
    match found.len() {
        1 => Ok(found.remove(0)),
        n => Err(Trouble::Which(n)),
    }
}

/// A file's beginning: what is longer is refused by its length, and none is longer than the memory.
fn at_most(file: &Path, bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    File::open(file)?.take(bytes).read_to_end(&mut read)?;
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_an_id_names_it_only_when_nothing_else_fits() {
        let ids = || [("aa11", None), ("aa22", Some("H-1"))].map(|(id, o)| (id.to_owned(), o.map(str::to_owned)));
        let pick = |part: &str| only(part, ids().into_iter());
        assert!(matches!(pick("aa1"), Ok(id) if id == "aa11"));
        assert!(matches!(pick("22"), Ok(id) if id == "aa22"));
        assert!(matches!(pick("H-1"), Ok(id) if id == "aa22"));
        assert!(matches!(pick("aa"), Err(Trouble::Which(2))));
        assert!(matches!(pick(""), Err(Trouble::Which(0))));
    }
}
