//! `hoso admin`: units, accounts and postings of the office, by the operator of the machine.

use super::Failed;
use super::print::say;
use crate::app::App;
use crate::auth::policy::Role;
use crate::name::named;
use crate::staff::admin::{self, OneTime};
use crate::staff::import::people::{begin, day};
use crate::staff::login::Login;
use crate::store::postings::Posted;
use clap::{Args, Subcommand};
use dossier::ids::UnitCode;
use std::path::{Path, PathBuf};
use time::Date;

#[derive(Subcommand)]
pub(super) enum Admin {
    /// Enters the first administrator and prints a one-time password; only while there is none.
    CreateFirst {
        #[arg(long)]
        login: Login,
        /// As citizens would be shown it.
        #[arg(long, value_parser = named)]
        name: String,
    },
    /// Enters one unit, or what is now so of it.
    AddUnit {
        code: String,
        #[arg(long)]
        name: String,
        /// The unit above it.
        #[arg(long, default_value = "")]
        parent: String,
        /// `one-stop`, a desk that takes dossiers in (its code is one of the catalogue's), or `agency`.
        #[arg(long, default_value = "one-stop")]
        kind: String,
    },
    /// Enters a list of units, whole or not at all; the same list twice changes nothing.
    ///
    /// UTF-8, with the columns code,parent,name,kind in any order, parted by commas or semicolons. `parent` is the unit
    /// above, or empty; `kind` is one-stop or agency.
    ImportUnits { file: PathBuf },
    /// Enters a list of staff, whole or not at all; the same list twice changes nothing. Prints a one-time password for
    /// each new account, this once.
    ///
    /// UTF-8, with the columns login,name,unit,role,starts,ends in any order, parted by commas or semicolons. Each line is
    /// a posting: who has two tasks has two lines. `role` is one-stop, specialist, unit-head, postal-clerk, auditor or
    /// administrator. `starts` and `ends` are the first and the last day, as in 2026-11-23; `ends` may be empty, and
    /// another `ends` for a posting that is there is taken.
    ImportStaff { file: PathBuf },
    /// Lets somebody stand in for another who is on leave.
    StandIn(StandIn),
    /// Ends somebody's posting now, and the sessions in it.
    EndPosting {
        login: Login,
        #[arg(long)]
        unit: UnitCode,
        #[arg(long)]
        role: Role,
    },
    /// Shuts an account, and ends its sessions.
    Disable { login: Login },
    /// Prints a one-time password in place of one that was forgotten; ends the sessions, lifts a lock.
    ResetPassword { login: Login },
    /// Takes an authenticator away that was lost; the next sign-in binds another. Ends the sessions.
    ResetTotp { login: Login },
    /// Ends all sessions of an account, and what its programs are signed in with.
    EndSessions { login: Login },
    /// Lists accounts and postings.
    Staff,
}

#[derive(Args)]
pub(super) struct StandIn {
    /// Who stands in.
    login: Login,
    /// Who is on leave.
    #[arg(long = "for")]
    other: Login,
    #[arg(long)]
    unit: UnitCode,
    /// What they are there.
    #[arg(long)]
    role: Role,
    /// The first day, as in 2026-11-23.
    #[arg(long, value_parser = day)]
    from: Date,
    /// The last day.
    #[arg(long, value_parser = day)]
    to: Date,
}

pub(super) async fn run(app: &App, asked: Admin) -> Result<(), Failed> {
    match asked {
        Admin::CreateFirst { login, name } => tell(&admin::create_first(app, &login, &name).await?),
        Admin::AddUnit { code, name, parent, kind } => {
            let new = admin::add_unit(app, &[code.clone(), parent, name, kind]).await?;
            say!("{code} {}", if new { "is entered" } else { "was there" });
        }
        Admin::ImportUnits { file } => {
            let (new, altered) = admin::import_units(app, &read(&file)?).await?;
            say!("{new} new units, {altered} altered");
        }
        Admin::ImportStaff { file } => {
            let did = admin::import_staff(app, &read(&file)?).await?;
            say!("{} new accounts, {} new postings, {} other ends", did.accounts.len(), did.postings, did.ends);
            did.accounts.iter().for_each(tell);
        }
        Admin::StandIn(asked) => stand_in(app, &asked).await?,
        Admin::EndPosting { login, unit, role } => {
            admin::end_posting(app, &login, &unit, role).await?;
            say!("{login} is no {role} of {unit} any more");
        }
        Admin::Disable { login } => {
            admin::disable(app, &login).await?;
            say!("{login} is disabled");
        }
        Admin::ResetPassword { login } => tell(&admin::reset_password(app, &login).await?),
        Admin::ResetTotp { login } => {
            admin::reset_totp(app, &login).await?;
            say!("{login} binds an authenticator at the next sign-in");
        }
        Admin::EndSessions { login } => say!("{} sessions ended", admin::end_sessions(app, &login).await?),
        Admin::Staff => staff(app).await?,
    }
    Ok(())
}

async fn stand_in(app: &App, asked: &StandIn) -> Result<(), Failed> {
    let Some(after) = asked.to.next_day() else { return Err(Failed("there is no day after it".into())) };
    let days = (begin(asked.from), begin(after));
    admin::stand_in(app, (&asked.login, &asked.other), (&asked.unit, asked.role), days).await?;
    say!("{} stands in for {}", asked.login, asked.other);
    Ok(())
}

async fn staff(app: &App) -> Result<(), Failed> {
    let now = app.clock.now();
    for (account, postings) in admin::staff(app).await? {
        let state = match account.locked_until {
            _ if account.disabled => "disabled",
            Some(until) if now < until => "locked",
            _ if account.totp.is_none() => "never signed in",
            _ => "active",
        };
        say!("{}  {}  {}  {state}", account.login, account.staff, account.name);
        postings.iter().for_each(|posted| say!("  {}", line(posted)));
    }
    Ok(())
}

fn line(posted: &Posted) -> String {
    let until = posted.ends_at.map_or_else(String::new, |end| format!(" to {end}"));
    let stands_in = if posted.stands_in_for.is_some() { ", standing in" } else { "" };
    format!("{} {} from {}{until}{stands_in}", posted.unit, posted.role, posted.starts_at)
}

fn tell(one_time: &OneTime) {
    say!("{}  {}", one_time.login, one_time.password);
}

fn read(file: &Path) -> Result<Vec<u8>, Failed> {
    std::fs::read(file).map_err(|cause| Failed(format!("{}: {cause}", file.display())))
}
