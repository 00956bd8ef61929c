//! What can be typed.

use clap::{ArgGroup, Parser, Subcommand, ValueEnum};
use dossier::sentence::Language;
use std::path::PathBuf;

/// A phone on the command line: dossiers written offline, exchanged when there is a network.
#[derive(Debug, Parser)]
#[command(name = "phone", version)]
pub(super) struct Args {
    /// The folder that is this phone's storage.
    #[arg(long, global = true, env = "PHONE_HOME", default_value = "phone")]
    pub(super) home: PathBuf,
    /// One of the people who use this phone.
    #[arg(long, global = true, default_value = "me")]
    pub(super) account: String,
    /// As if there were no network.
    #[arg(long, global = true)]
    pub(super) offline: bool,
    #[arg(long, global = true, value_enum, default_value = "vi")]
    pub(super) lang: Lang,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Lang {
    Vi,
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Vi => Self::Vietnamese,
            Lang::En => Self::English,
        }
    }
}

/// A dossier or a parcel is named by its id or by the beginning or end of it, as long as only one fits.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Bind this phone to a person at a server, with the code from `hoso enrol`.
    Enrol {
        #[arg(long, env = "PHONE_SERVER")]
        server: String,
        code: String,
        /// What you call this phone among your devices.
        #[arg(long)]
        name: Option<String>,
    },
    /// Sign in with an identity account: prints the address to open in a browser.
    SignIn {
        #[arg(long, env = "PHONE_SERVER")]
        server: String,
        /// Where the browser is to come back to, of the addresses that the office has registered.
        #[arg(long, value_name = "ADDRESS")]
        redirect_uri: Option<String>,
        /// At a demo server: sign in as the invented citizen of this number, without a browser.
        #[arg(long, value_name = "NUMBER")]
        demo: Option<String>,
    },
    /// Bind this phone to the person who signed in, with the address that the browser came back to.
    FinishSignIn { callback: String },
    /// Your devices at the server: which there are, and when each was last there.
    Devices,
    /// Call one of your devices otherwise.
    NameDevice { device: String, name: String },
    /// Shut one of your devices out, this one too; what is on it stays there.
    RevokeDevice { device: String },
    /// Report one of your devices lost: it is shut out for good, and what your account keeps on it is deleted when it next
    /// comes to the server, also what it has not sent.
    Lost { device: String },
    /// Sign this phone out; everything on it stays.
    SignOut,
    /// The procedures, or the form of one.
    Catalogue { procedure: Option<String> },
    /// Begin a dossier.
    Draft { procedure: String },
    /// Fill in fields; an empty value empties one.
    Set {
        dossier: String,
        #[arg(required = true, value_name = "FIELD=VALUE")]
        fields: Vec<String>,
    },
    /// Fill in the made-up examples of the form.
    Example { dossier: String },
    /// Add a paper: JPEG, PNG or PDF.
    Paper { dossier: String, component: String, file: PathBuf },
    /// Take a paper out again: its component, the beginning of its SHA-256 as `show` prints it, or both with "/" between.
    RemovePaper { dossier: String, paper: String },
    /// What is missing or doubtful.
    Findings { dossier: String },
    /// Hand in to a unit; without one, to the catalogue's first.
    Submit {
        dossier: String,
        /// The code of a receiving unit, such as H24.61.01.
        #[arg(long)]
        unit: Option<String>,
        /// For somebody else: whose matter it is, by name.
        #[arg(long = "for", value_name = "NAME", requires = "authority")]
        behalf: Option<String>,
        /// By what right.
        #[arg(long, requires = "behalf", value_parser = ["written", "guardian", "organisation"])]
        authority: Option<String>,
        /// The paper that shows it: number, day, who made it out.
        #[arg(long, requires = "behalf", default_value = "")]
        reference: String,
    },
    /// Hand in again what the office asked for.
    Supplement { dossier: String },
    /// Take the dossier back; it ends there.
    Withdraw {
        dossier: String,
        /// What the office reads.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Choose how the result is received.
    Deliver {
        dossier: String,
        #[command(subcommand)]
        way: Way,
    },
    /// Confirm that a parcel was received, its seal intact; without one, the parcel that `show` names.
    Received { dossier: String, parcel: Option<String> },
    /// Do again what was set aside, now that the dossier is open to it.
    BringBack { dossier: String, number: u32 },
    /// Let go what was set aside.
    Dismiss { dossier: String, number: u32 },
    /// Do not wait for your other device to bring back what a restored server lost.
    GoOnWithout { dossier: String },
    /// The dossiers on this phone.
    List,
    /// One dossier in full.
    Show { dossier: String },
    /// What a dossier waits for.
    Why { dossier: String },
    /// Exchange with the server.
    Sync,
    /// Who of the office looked into a dossier, when and why; asks the server.
    Readings { dossier: String },
    /// The receipts of a dossier that this phone keeps, with the text of each QR code.
    Receipts { dossier: String },
    /// Write a receipt into a file for others (.hoso).
    Receipt { dossier: String, number: u32, file: PathBuf },
    /// What a receipt shows, with the keys that this phone pinned: a file, or one with the text of a QR code.
    Verify { file: PathBuf },
    /// Write the report of a log that contradicted itself into a file.
    LogReport { file: PathBuf },
    /// A courier's parcels.
    Manifest,
    /// Record a delivery, with one of the three ways to prove it. A record is signed and cannot be taken back.
    #[command(group(ArgGroup::new("proof").required(true).args(["code", "recipient_signed", "unconfirmed"])))]
    Delivered {
        parcel: String,
        /// The recipient's code.
        #[arg(long)]
        code: Option<String>,
        /// The recipient's own phone confirms it (`received`); the server takes the record only if it has.
        #[arg(long)]
        recipient_signed: bool,
        /// Neither: why. The office verifies it later.
        #[arg(long, value_name = "REASON")]
        unconfirmed: Option<String>,
        #[arg(long, default_value = "citizen_card", value_parser = ["citizen_card", "old_identity_card", "passport"])]
        identity: String,
        /// Somebody else received it, with this written authorisation.
        #[arg(long)]
        proxy: Option<String>,
    },
    /// Record an attempt that failed; without a reason, the reasons.
    Failed {
        parcel: String,
        #[arg(long)]
        reason: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Way {
    /// Fetch it at the one-stop desk.
    Counter,
    /// Have it brought by the public post.
    Post {
        /// Who receives it, by name.
        #[arg(long)]
        recipient: String,
        /// Where the courier reaches them.
        #[arg(long)]
        phone: String,
        /// `province/ward` by the codes of the statistics office, such as 31/99901.
        #[arg(long)]
        area: String,
        /// House, street, hamlet.
        #[arg(long)]
        line: String,
    },
}
