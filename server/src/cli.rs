//! The command line: `hoso serve` (what no command means), and what is done beside a running server on the same data.

mod admin;
pub(crate) mod print;
mod verify_receipt;

use crate::app::{self, App, Clock};
use crate::auth::policy::Role;
use crate::auth::token;
use crate::config::{Config, log_filter};
use crate::enrolment;
use crate::name::named;
use crate::seal::random;
use crate::store::{self, people, suspension};
use crate::{rebuild, restore, routes, verify};
use clap::{Args, Parser, Subcommand};
use dossier::decide::Officer;
use dossier::ids::{CitizenNumber, StaffId, Thumbprint, UnitCode};
use dossier::log::Book;
use dossier::procedure::Catalogue;
use print::say;
use std::ffi::OsString;
use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use verify_receipt::VerifyReceipt;

#[derive(Parser)]
#[command(name = "hoso", about = "Hồ Sơ: the hub for desks, phones and the post", version)]
struct Line {
    /// Settings; by default ./hoso.toml, if it is there.
    #[arg(long, global = true, env = "HOSO_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves phones and pages until it is stopped.
    Serve(Serve),
    /// Computes again what can be computed from the truth.
    Rebuild,
    /// Looks whether anything that is stored was altered, and names it; with an exit code of 1 if so.
    Verify {
        /// A checkpoint that was kept elsewhere (`/v1/log/checkpoint`); by default the one in the data folder.
        #[arg(long)]
        checkpoint: Option<PathBuf>,
    },
    /// Says that the database was put back from a backup: begins another life of the server, which phones notice, to
    /// bring back what they have. Refused while a server runs on the data.
    Restored,
    /// Prints a single-use code that binds a device to a person.
    Enrol(Enrol),
    /// Prints an access token for a member of staff.
    Token(Token),
    /// Ends a device's access; what it has handed in stays.
    Revoke {
        /// The device's thumbprint, 64 hexadecimal digits, as the log names it.
        device: Thumbprint,
        /// For good, and what is on it is deleted when it comes again.
        #[arg(long)]
        lost: bool,
    },
    /// Lists the devices: thumbprint, person, since when, last seen, and what keeps it out.
    Devices,
    /// Lists what was refused of a device, and whether its own signature for the worst of it is kept.
    Refused {
        /// The device's thumbprint, 64 hexadecimal digits.
        device: Thumbprint,
    },
    /// Lets a device in again that was suspended for what it sent.
    Reinstate {
        /// The device's thumbprint, 64 hexadecimal digits.
        device: Thumbprint,
    },
    /// Tells what a receipt shows, without server or network.
    VerifyReceipt(VerifyReceipt),
    /// The keys that the server signs with.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Units, accounts and postings of the office.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Prints the description of the HTTP interface.
    Openapi,
    /// Plays the whole story with invented people, on a server and a database of its own.
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// Prints what the authenticator of an invented member of staff shows now, for `serve --demo`.
    #[cfg(feature = "demo")]
    DemoCode {
        /// One of those that `hoso serve --demo` names.
        login: String,
    },
}

#[derive(Args, Default)]
struct Serve {
    /// With invented people, who sign in at a provider of the server's own, on data of their own.
    #[cfg(feature = "demo")]
    #[arg(long)]
    demo: bool,
}

impl Serve {
    fn demo(&self) -> bool {
        #[cfg(feature = "demo")]
        return self.demo;
        #[cfg(not(feature = "demo"))]
        false
    }
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Puts a new signing key in place of the old one. A running server takes it up; phones follow by themselves, and
    /// tokens that the old key signed are taken until they run out.
    Rotate,
}

#[cfg(feature = "demo")]
#[derive(Args)]
struct Demo {
    /// Leaves the server up afterwards, to look at.
    #[arg(long)]
    stay: bool,
    /// Keeps what the story made in this folder, which must not be there yet.
    #[arg(long)]
    keep: Option<PathBuf>,
}

#[derive(Args)]
struct Enrol {
    /// As it stands on the identity card.
    #[arg(long, value_parser = named)]
    name: String,
    /// 12 digits, or the 9 of the old card.
    #[arg(long)]
    citizen_number: String,
    /// The person delivers for the post.
    #[arg(long)]
    courier: bool,
}

#[derive(Args)]
struct Token {
    /// The name that citizens are shown.
    #[arg(long, value_parser = named)]
    staff: String,
    /// The unit whose dossiers the officer sees; by default the catalogue's first.
    #[arg(long)]
    unit: Option<UnitCode>,
    /// one-stop, specialist, unit-head, postal-clerk, auditor or administrator.
    #[arg(long, default_value_t = Role::OneStop)]
    role: Role,
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=60))]
    minutes: u16,
}

/// Of a line that tells what was wrong, in characters: its beginning names the argument, its end says why.
const LINE_MAX: usize = 300;

/// What is wrong with a line, each of its own lines cut where it only repeats what was typed.
fn short(told: &str) -> String {
    let cut = |line: &str| match line.char_indices().nth(LINE_MAX) {
        Some((at, _)) => {
            let end = line.char_indices().rev().nth(LINE_MAX / 2).map_or(at, |(end, _)| end.max(at));
            format!("{} … {}\n", &line[..at], &line[end..])
        }
        None => format!("{line}\n"),
    };
    told.lines().map(cut).collect()
}

/// Why a command failed, for the person who gave it.
struct Failed(String);

impl<E: fmt::Display> From<E> for Failed {
    fn from(cause: E) -> Self {
        Self(cause.to_string())
    }
}

/// Runs one command line; what `main` is.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let line = match Line::try_parse_from(arguments) {
        Ok(line) => line,
        Err(help) => {
            // A broken pipe is nothing to report.
            if help.use_stderr() {
                let _ = std::io::stderr().write_all(short(&help.to_string()).as_bytes());
            } else {
                let _ = help.print();
            }
            return ExitCode::from(u8::from(help.use_stderr()) * 2);
        }
    };
    match carry_out(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(cause)) => {
            eprintln!("hoso: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(line: Line) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match line.command.unwrap_or(Command::Serve(Serve::default())) {
        Command::Openapi => {
            say!("{}", routes::openapi().to_pretty_json()?);
            Ok(())
        }
        Command::VerifyReceipt(asked) => verify_receipt::run(&asked, line.config.as_deref()),
        #[cfg(feature = "demo")]
        Command::DemoCode { login } => {
            let person = crate::demo::staff::PEOPLE.iter().find(|person| person.login == login);
            say!("{}", person.ok_or(Failed("nobody of the demo has this login".into()))?.code(Clock::System.now()));
            Ok(())
        }
        #[cfg(feature = "demo")]
        Command::Demo(asked) => {
            // The story prints itself, the device that it suspends too; of the server only what goes wrong.
            log("warn,server::suspension=error")?;
            let told = runtime.block_on(crate::demo::run(asked.stay, asked.keep));
            told.map_err(|surprise| Failed(format!("the story went otherwise: {}", surprise.told())))
        }
        command => {
            let config = Config::read(line.config.as_deref(), std::env::vars())?;
            log(&config.log)?;
            runtime.block_on(on_data(config, command))
        }
    }
}

/// What needs the data folder.
async fn on_data(mut config: Config, command: Command) -> Result<(), Failed> {
    let app = match command {
        Command::Serve(asked) => {
            config.demo = asked.demo();
            let folder = |e| Failed(format!("cannot use the data folder {}: {e}", config.data.display()));
            // Held until this process ends; taken first, so that no other life begins once this one was read.
            let (serving, others) = restore::serving(&config.data).map_err(folder)?;
            if others == restore::Others::Serve {
                tracing::info!("another server runs on the same data");
            }
            let app = App::open(config, Clock::System).await?;
            restore::must_not_be_older(&app).await?;
            restore::take_over(&app, others).await?;
            // Beside another server it would hold up whoever writes there.
            if others == restore::Others::None {
                app.db.settle(true).await?;
            }
            return serve(&app, serving).await;
        }
        _ => App::open_existing(config, Clock::System).await?,
    };
    match command {
        Command::Rebuild => {
            let rebuild::Rebuilt { dossiers, left } = rebuild::rebuild(&app).await?;
            for altered in &left {
                say!("LEFT {altered}");
            }
            say!("{dossiers} dossiers");
            match left.as_slice() {
                [] => Ok(()),
                [first, ..] => {
                    Err(Failed(format!("{} rows are not as they were written, the first: {first}", left.len())))
                }
            }
        }
        Command::Verify { checkpoint } => verified(&app, checkpoint).await,
        Command::Restored => {
            say!("incarnation {}", restore::restored(&app).await?);
            Ok(())
        }
        Command::Enrol(asked) => enrol(&app, &asked).await,
        Command::Token(asked) => staff_token(&app, &asked).await,
        Command::Devices => devices(&app).await,
        Command::Refused { device } => {
            for (line, signed) in crate::suspension::refused(&app, &device).await? {
                let kind = if line.attack { "attack" } else { "" };
                let proof = match signed {
                    Some(true) => "signed by the device",
                    Some(false) => "ALTERED: the kept signature is not the device's",
                    None => "",
                };
                say!("{}  {}  {}  {}  {kind}  {proof}", line.at, line.dossier, line.hash, line.code);
            }
            Ok(())
        }
        Command::Reinstate { device } => {
            if !crate::suspension::end(&app, &device).await? {
                return Err(Failed(format!("no device {device} that is suspended")));
            }
            say!("{device} may come again");
            Ok(())
        }
        Command::Keys(KeysCommand::Rotate) => {
            say!("{}", app.keys.rotate(&app.info.server, app.clock.now())?.thumbprint().jkt());
            Ok(())
        }
        Command::Admin(asked) => admin::run(&app, asked).await,
        Command::Revoke { device, lost } => revoke(&app, &device, lost).await,
        // The others are no matter of the data folder.
        _ => Ok(()),
    }
}

/// Prints what was looked at and each row that is not as it was written.
async fn verified(app: &App, checkpoint: Option<PathBuf>) -> Result<(), Failed> {
    // Read before the database, which may then only be ahead of it.
    let outside = match checkpoint {
        Some(file) => Some(std::fs::read_to_string(&file).map_err(|e| Failed(format!("{}: {e}", file.display())))?),
        None => store::checkpoint::read(&app.config.data)?,
    };
    let report = verify::in_one_view(app, outside.as_deref()).await?;
    for altered in &report.altered {
        say!("ALTERED {altered}");
    }
    for (book, commits) in &report.unprotected {
        let (kind, id) = match book {
            Book::Dossier(id) => ("dossier", id.to_string()),
            Book::Person(id) => ("person", id.to_string()),
            Book::Readings(id) => ("readings of dossier", id.to_string()),
        };
        say!("UNPROTECTED {kind} {id}: its first {commits} commits are older than the log");
    }
    let verify::Report { entries, dossiers, people, unprotected, .. } = report;
    let older: u64 = unprotected.values().sum();
    say!("looked at {dossiers} dossiers, {people} people, {entries} entries; {older} commits older than the log");
    if outside.is_none() {
        say!("no checkpoint from outside the database: that nothing was cut off its end is not shown");
    }
    match report.altered.len() {
        0 => Ok(()),
        count => Err(Failed(format!("{count} alterations, the first: {}", report.altered[0]))),
    }
}

/// The log goes to standard error; standard output is for what was asked for.
fn log(filter: &str) -> Result<(), Failed> {
    let filter = log_filter(filter)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    // In a test process it may have been set before.
    let _ = log.try_init();
    // A panic's text may repeat what somebody wrote; where it happened is enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic was caught or ended a thread");
    }));
    Ok(())
}

async fn serve(app: &Arc<App>, _serving: restore::Serving) -> Result<(), Failed> {
    #[cfg(feature = "demo")]
    if app.config.demo {
        crate::demo::seed(app).await.map_err(|surprise| Failed(surprise.told().to_owned()))?;
    }
    let running = app::serve(app, true)?;
    let url = format!("http://{}", running.address);
    let data = app.config.data.canonicalize()?;
    say!("Hồ Sơ: {url}");
    say!("  desk      {url}/desk");
    say!("  tracking  {url}/track");
    say!("  API       {url}/openapi.json");
    say!("  data      {}", data.display());
    say!("  settings  {}", app.config.summary());
    #[cfg(feature = "demo")]
    if app.config.demo {
        let somebody = crate::demo::provider::CITIZENS[0].number;
        say!("  DEMO      everybody here is invented: phone sign-in --server {url} [--demo {somebody}]");
        say!(
            "            at the desk: password `{}`, a code of `hoso demo-code LOGIN`, and for LOGIN",
            crate::demo::staff::PASSWORD
        );
        for person in &crate::demo::staff::PEOPLE {
            say!("              {:18} {} ({})", person.login, person.name, person.role);
        }
    }
    running.ended().await?;
    Ok(app.db.settle(true).await?)
}

async fn revoke(app: &App, device: &Thumbprint, lost: bool) -> Result<(), Failed> {
    if lost {
        if !enrolment::lose(app, device).await? {
            return Err(Failed(format!("no device {device}, or it is reported lost already")));
        }
        say!("{device} is shut out for good, and deletes what it keeps when it comes again");
        return Ok(());
    }
    if !enrolment::revoke(app, device).await? {
        return Err(Failed(format!("no device {device}, or it is shut out already")));
    }
    say!("{device} is shut out");
    Ok(())
}

async fn devices(app: &App) -> Result<(), Failed> {
    for line in suspension::devices(&app.db.read).await? {
        let state = match (line.lost_at, line.revoked_at, line.suspended) {
            (Some(at), _, _) => format!("lost {at}"),
            (None, Some(at), _) => format!("revoked {at}"),
            (None, None, Some((code, at))) => format!("suspended {at} ({code})"),
            (None, None, None) => "active".to_owned(),
        };
        let seen = line.last_seen.map_or_else(|| "never".to_owned(), |at| at.to_string());
        say!("{}  {}  {}  seen {seen}  {state}", line.thumbprint, line.person, line.enrolled_at);
    }
    Ok(())
}

async fn enrol(app: &App, asked: &Enrol) -> Result<(), Failed> {
    let number: CitizenNumber = asked.citizen_number.parse()?;
    let name = asked.name.as_str();
    // A slip in the number would bind this phone to somebody else's dossiers.
    if let Some(known) = people::find_person(&app.db.read, &app.keys, &number).await?
        && people::is_named_otherwise(&app.db.read, &app.keys, &known, name).await?
    {
        return Err(Failed("this citizen number is entered under another name; look at both again".into()));
    }
    say!("{}", enrolment::make_code(app, name, &number, asked.courier).await?);
    Ok(())
}

async fn staff_token(app: &App, asked: &Token) -> Result<(), Failed> {
    let catalogue = Catalogue::built_in();
    let unit = match &asked.unit {
        Some(code) => catalogue.unit(code).ok_or(Failed(format!("the catalogue has no unit {code}")))?,
        None => catalogue.units().first().ok_or(Failed("the catalogue has no units".into()))?,
    };
    let new = StaffId(uuid::Builder::from_random_bytes(random()).into_uuid());
    let staff = people::staff_member(&app.db.write, new, (&asked.staff, &unit.code, asked.role.word())).await?;
    let officer = Officer { staff, unit: unit.code.clone(), name: asked.staff.clone() };
    say!("{}", token::for_staff(&app.keys, &app.info.server, (&officer, asked.role), asked.minutes, app.clock.now()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_not_repeated_endlessly() {
        let line = |name: &str| {
            let typed = ["hoso", "enrol", "--name", name, "--citizen-number", "1"];
            short(&Line::try_parse_from(typed).err().map(|error| error.to_string()).unwrap_or_default())
        };
        let told = line(&"ế".repeat(100_000));
        assert!(told.len() < 2_000 && told.contains("--name") && told.contains("100000 characters"), "{told}");
        assert_eq!(short(&"e".repeat(LINE_MAX)), "e".repeat(LINE_MAX) + "\n");
        assert!(short(&"e".repeat(LINE_MAX + 1)).contains(" … "));
    }

    #[test]
    fn the_command_line_is_whole() {
        use clap::CommandFactory as _;
        Line::command().debug_assert();
    }
}
