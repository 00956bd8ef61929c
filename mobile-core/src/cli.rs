//! The `phone` program: the same core that an app embeds, from a command line. Everything works without network except
//! `enrol`, signing in and `sync`.

mod args;
mod demo;
mod play;
mod show;
mod table;

use crate::{Client, Error, ErrorKind, FileKey, Http, Offline, Outside, SystemClock, Transport};
use args::{Args, Command};
use clap::Parser;
use dossier::sentence::Language;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

/// What can be wrong with a command beside the core's own errors.
enum Trouble {
    Core(Error),
    /// An id's beginning that fits no dossier or parcel, or several.
    Which(usize),
    File(std::io::Error),
    /// A file or folder that is to be written.
    Unwritable(std::io::Error),
    /// `field=value` without "=".
    NotAnAssignment,
    /// Signing in at a demo that is none, or as nobody of its people.
    NoDemo,
}

/// Runs one command and prints to standard output. Exit codes: 0 done; 1 refused or needs its user; 2 not a command;
/// 3 may work later (no network); 4 neither.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(told) => {
            let code = if told.use_stderr() { 2 } else { 0 };
            // Nothing can be done about a closed terminal.
            let _ = told.print();
            return ExitCode::from(code);
        }
    };
    let language = args.lang.into();
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => match runtime.block_on(play(&args, language)) {
            Ok(text) => print(&text),
            Err(trouble) => {
                eprintln!("{}", trouble.message(language));
                ExitCode::from(trouble.exit_code())
            }
        },
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(4)
        }
    }
}

/// 128 and the number of SIGPIPE: what a shell shows of a program that was ended by it.
const PIPE_CLOSED: u8 = 141;

/// Whoever reads may stop (`phone list | head -1`); what was asked for is done all the same.
fn print(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(PIPE_CLOSED),
        Err(e) => {
            eprintln!("{e}");
            ExitCode::from(4)
        }
    }
}

async fn play(args: &Args, language: Language) -> Result<String, Trouble> {
    let transport: Arc<dyn Transport> =
        if args.offline { Arc::new(Offline) } else { Arc::new(Http::new().map_err(Error::from)?) };
    let client = open(args, transport.clone(), language)?;
    match &args.command {
        Command::SignIn { server, demo: Some(number), .. } => {
            let callback = demo::sign_in(&client, transport.as_ref(), server, number).await?;
            play::finish_sign_in(&client, &callback).await
        }
        Command::SignIn { server, redirect_uri, demo: None } => {
            play::begin_sign_in(&client, server, redirect_uri.as_deref()).await
        }
        Command::FinishSignIn { callback } => play::finish_sign_in(&client, callback).await,
        Command::Enrol { server, code, name } => play::enrol(&client, server, code, name.as_deref()).await,
        Command::Sync => play::sync(&client).await,
        Command::Readings { dossier } => play::readings(&client, dossier).await,
        Command::Devices => play::devices(&client).await,
        Command::NameDevice { device, name } => play::name_device(&client, device, name).await,
        Command::RevokeDevice { device } => play::revoke_device(&client, device).await,
        Command::Lost { device } => play::report_lost(&client, device).await,
        Command::SignOut => play::sign_out(&client).await,
        local => play::local(&client, local),
    }
}

fn open(args: &Args, transport: Arc<dyn Transport>, language: Language) -> Result<Client, Trouble> {
    std::fs::create_dir_all(&args.home).map_err(Trouble::Unwritable)?;
    // The name is checked before it becomes a part of the key's path.
    crate::account::file(&args.home, &args.account)?;
    let keys = FileKey::open(&args.home.join(format!("{}.pem", args.account))).map_err(Error::from)?;
    let outside = Outside { keys: Arc::new(keys), transport, clock: Arc::new(SystemClock::default()) };
    Ok(Client::open(&args.home, &args.account, outside, language)?)
}

impl Trouble {
    fn message(&self, language: Language) -> String {
        match self {
            Self::Core(error) => error.message(language) + table::Words(language).next_step(error.code()),
            Self::Which(found) => table::Words(language).which(*found),
            Self::File(error) => table::Words(language).file(error.kind()).to_owned(),
            Self::Unwritable(error) => table::Words(language).unwritable(error.kind()).to_owned(),
            Self::NotAnAssignment => table::Words(language).assignment().to_owned(),
            Self::NoDemo => table::Words(language).no_demo().to_owned(),
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Core(error) => match error.kind() {
                ErrorKind::NeedsUser => 1,
                ErrorKind::Retryable => 3,
                ErrorKind::Fatal => 4,
            },
            Self::Which(_) | Self::File(_) | Self::Unwritable(_) | Self::NoDemo => 1,
            Self::NotAnAssignment => 2,
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}
impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

#[cfg(test)]
mod tests;
