//! Settings: a TOML file (`--config`, or `./hoso.toml` if there is one), over it the environment (`HOSO_*`), over that
//! nothing. A key or variable that is not known is refused: a switch that does nothing is worse than none.

mod provider;

#[cfg(any(test, feature = "demo"))]
pub(crate) use provider::Secret;
pub(crate) use provider::{Claims, Provider, is_safe};

use crate::address::Address;
use crate::quota::Quotas;
use serde::Deserialize;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tracing_subscriber::EnvFilter;

/// What the variables of the identity provider begin with.
const PROVIDER: &str = "HOSO_PROVIDER_";

/// Read when no other file is named.
pub(crate) const DEFAULT_FILE: &str = "hoso.toml";

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where keys, papers and the default database lie.
    pub data: PathBuf,
    pub bind: SocketAddr,
    /// `sqlite://…` or `postgres://…`; by default SQLite in `data`.
    pub database: Option<String>,
    /// People reach the pages by HTTPS (a proxy ends it): cookies are sent over nothing else.
    pub https: bool,
    /// The address by which phones reach this server, `https://…`: proofs are for this address and no other. By default what
    /// each request's `Host` says; a proxy that changes it makes this setting necessary.
    pub public_url: Option<String>,
    /// Filter of the log, as `tracing` reads it.
    pub log: String,
    pub limits: Limits,
    /// Where citizens sign in; without one they come with codes from the office.
    pub provider: Option<Provider>,
    /// Everybody on this data is invented. Said on the command line alone (`--demo`).
    #[serde(skip)]
    pub demo: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Threads that serve requests.
    pub workers: usize,
    /// Connections that only read.
    pub readers: u32,
    /// Longest time for one request, in seconds.
    pub timeout_seconds: u64,
    /// Merges at the same time; each takes a thread and the memory of one document.
    pub merges: usize,
    /// How often entries get their places in the log and its size is signed.
    pub log_milliseconds: u64,
    /// Exchanges that wait for a merge; whoever comes then is asked to come back.
    pub queue: usize,
    /// Uploads in memory at the same time, 20 MiB each at the most.
    pub uploads: usize,
    /// Exchanges of one device in a minute.
    pub syncs_per_minute: u32,
    /// Changes that one person may send to one dossier in a day, and the operations in them.
    pub changes_per_day: u32,
    pub operations_per_day: u32,
    /// How many proxies of one's own stand in front, each of which adds to `X-Forwarded-For` whom it was asked by.
    pub proxies: u8,
}

impl Limits {
    pub(crate) fn quotas(&self) -> Quotas {
        Quotas::new(self.syncs_per_minute, self.changes_per_day, self.operations_per_day)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: "data".into(),
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: None,
            https: false,
            public_url: None,
            log: "info,sqlx=warn,sea_orm_migration=warn,actix_server=warn".into(),
            limits: Limits::default(),
            provider: None,
            demo: false,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        // A megabyte over a poor mobile line takes more than a minute.
        let (timeout_seconds, uploads) = (120, 8);
        let (syncs_per_minute, changes_per_day, operations_per_day) = (60, 500, 5_000);
        let (workers, readers, merges, queue, log_milliseconds) = (2, 4, 4, 64, 1_000);
        Self {
            workers,
            readers,
            timeout_seconds,
            merges,
            queue,
            log_milliseconds,
            uploads,
            syncs_per_minute,
            changes_per_day,
            operations_per_day,
            proxies: 0,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfigError {
    File {
        file: PathBuf,
        cause: String,
    },
    Line {
        file: PathBuf,
        line: usize,
        key: String,
        cause: String,
    },
    Variable {
        name: String,
        cause: String,
    },
    /// A setting that can be read and makes no sense.
    Value {
        name: &'static str,
        value: String,
        cause: String,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, cause } => write!(f, "{}: {cause}", file.display()),
            Self::Line { file, line, key, cause } => {
                write!(f, "{}, line {line}, key `{key}`: {cause}", file.display())
            }
            Self::Variable { name, cause } => write!(f, "environment variable {name}: {cause}"),
            Self::Value { name, value, cause } => {
                let variable = name.to_uppercase().replace('.', "_");
                write!(f, "setting `{name}` (HOSO_{variable}) is {value:?}: {cause}")
            }
        }
    }
}
impl std::error::Error for ConfigError {}

/// What each number may be; one that is not known to be right would be worked with until it does harm.
const RANGES: [(&str, u64, u64); 11] = [
    ("proxies", 0, 8),
    ("workers", 1, 256),
    ("readers", 1, 256),
    ("timeout_seconds", 1, 3_600),
    ("merges", 1, 1_024),
    ("queue", 1, 100_000),
    // An entry is in the log within a minute, as citizens are promised.
    ("log_milliseconds", 10, 60_000),
    ("uploads", 1, 1_024),
    ("syncs_per_minute", 1, 1_000_000),
    ("changes_per_day", 1, 1_000_000),
    ("operations_per_day", 1, 10_000_000),
];

fn range_of(name: &str) -> Option<&'static (&'static str, u64, u64)> {
    RANGES.iter().find(|(known, ..)| *known == name)
}

/// The cause, and for a number what it may be: one that cannot even be read (below zero, a word) is told the same.
fn with_range(name: &str, cause: String) -> String {
    match range_of(name) {
        Some((_, least, most)) => format!("{cause}; it must be a whole number from {least} to {most}"),
        None => cause,
    }
}

impl Config {
    /// Reads the named file (or the default one, if it is there) and the variables.
    pub(crate) fn read(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        let mut config = match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text)?,
            Err(e) if file.is_none() && e.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(e) => return Err(ConfigError::File { file: path.into(), cause: e.to_string() }),
        };
        for (name, value) in variables.filter(|(name, _)| name.starts_with("HOSO_")) {
            let setting = name.trim_start_matches("HOSO_").to_lowercase();
            let refused = |cause| ConfigError::Variable { name: name.clone(), cause: with_range(&setting, cause) };
            config.set(&name, &value).map_err(refused)?;
        }
        if let Some(provider) = &mut config.provider {
            provider.read_secret()?;
        }
        config.check()?;
        Ok(config)
    }

    /// Whether each value can be worked with; a limit of 0 would refuse everybody.
    fn check(&self) -> Result<(), ConfigError> {
        let limits = &self.limits;
        let numbers = [
            ("proxies", u64::from(limits.proxies)),
            ("workers", limits.workers as u64),
            ("readers", u64::from(limits.readers)),
            ("timeout_seconds", limits.timeout_seconds),
            ("merges", limits.merges as u64),
            ("queue", limits.queue as u64),
            ("log_milliseconds", limits.log_milliseconds),
            ("uploads", limits.uploads as u64),
            ("syncs_per_minute", u64::from(limits.syncs_per_minute)),
            ("changes_per_day", u64::from(limits.changes_per_day)),
            ("operations_per_day", u64::from(limits.operations_per_day)),
        ];
        for (name, value) in numbers {
            if let Some((_, least, most)) = range_of(name).filter(|(_, least, most)| !(least..=most).contains(&&value))
            {
                let cause = format!("it must be from {least} to {most}");
                return Err(ConfigError::Value { name, value: value.to_string(), cause });
            }
        }
        if self.data.as_os_str().is_empty() {
            return Err(ConfigError::Value { name: "data", value: String::new(), cause: "it names no folder".into() });
        }
        let known = |url: &String| ["sqlite:", "postgres:", "postgresql:"].iter().any(|s| url.starts_with(s));
        if !self.database.as_ref().is_none_or(known) {
            // The address may hold a password.
            let (value, cause) = ("…".into(), "it must begin with sqlite:// or postgres://".into());
            return Err(ConfigError::Value { name: "database", value, cause });
        }
        if let Some(provider) = &self.provider {
            provider.check()?;
        }
        if let Some(url) = self.public_url.as_ref().filter(|url| !is_address(url)) {
            let cause = "it must be http:// or https://, a host, perhaps a port and a path, and nothing else".into();
            return Err(ConfigError::Value { name: "public_url", value: url.clone(), cause });
        }
        let filter = log_filter(&self.log).map(|_| ());
        filter.map_err(|cause| ConfigError::Value { name: "log", value: self.log.clone(), cause })
    }

    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
            let key = text.lines().nth(line - 1).unwrap_or_default();
            // What stands behind "=" may be a secret and is not repeated.
            let key = key.split('=').next().unwrap_or_default().trim().to_owned();
            let cause = with_range(&key, e.message().lines().next().unwrap_or_default().to_owned());
            ConfigError::Line { file: file.into(), line, key, cause }
        })
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        fn read<T: std::str::FromStr<Err: fmt::Display>>(value: &str) -> Result<T, String> {
            value.parse().map_err(|e: T::Err| e.to_string())
        }
        match name {
            "HOSO_DATA" => self.data = value.into(),
            "HOSO_BIND" => self.bind = read(value)?,
            "HOSO_DATABASE" => self.database = Some(value.to_owned()),
            "HOSO_HTTPS" => self.https = read(value)?,
            "HOSO_PROXIES" => self.limits.proxies = read(value)?,
            "HOSO_PUBLIC_URL" => self.public_url = Some(value.to_owned()),
            "HOSO_LOG" => self.log = value.to_owned(),
            "HOSO_WORKERS" => self.limits.workers = read(value)?,
            "HOSO_READERS" => self.limits.readers = read(value)?,
            "HOSO_TIMEOUT_SECONDS" => self.limits.timeout_seconds = read(value)?,
            "HOSO_MERGES" => self.limits.merges = read(value)?,
            "HOSO_LOG_MILLISECONDS" => self.limits.log_milliseconds = read(value)?,
            "HOSO_QUEUE" => self.limits.queue = read(value)?,
            "HOSO_SYNCS_PER_MINUTE" => self.limits.syncs_per_minute = read(value)?,
            "HOSO_CHANGES_PER_DAY" => self.limits.changes_per_day = read(value)?,
            "HOSO_OPERATIONS_PER_DAY" => self.limits.operations_per_day = read(value)?,
            "HOSO_UPLOADS" => self.limits.uploads = read(value)?,
            _ if name.starts_with(PROVIDER) => {
                provider::set(self.provider.get_or_insert_default(), name.trim_start_matches(PROVIDER), value)?;
            }
            // Named for the command line, which has read it already.
            "HOSO_CONFIG" => {}
            _ => return Err("is not a setting of this program".into()),
        }
        Ok(())
    }

    pub(crate) fn database_url(&self) -> String {
        let default = || format!("sqlite://{}", self.data.join("hoso.db").display());
        self.database.clone().unwrap_or_else(default)
    }

    /// All settings, with no password in them.
    pub(crate) fn summary(&self) -> String {
        let Limits { workers, readers, timeout_seconds, merges, queue, log_milliseconds, uploads, .. } = &self.limits;
        let Limits { syncs_per_minute, changes_per_day, operations_per_day, proxies, .. } = &self.limits;
        let provider = match &self.provider {
            Some(provider) => provider.issuer.as_str(),
            None if self.demo => "at the demo's own provider",
            None => "by codes from the office",
        };
        format!(
            "data {} · database {} · bind {} · https {} · public address {} · proxies {} · log {} · workers {workers} · readers {readers} · timeout \
             {timeout_seconds} s · merges {merges} · queue {queue} · log every {log_milliseconds} ms · \
             uploads {uploads} · a device {syncs_per_minute} \
             syncs a minute · a dossier {changes_per_day} changes and {operations_per_day} operations a day · sign-in \
             {provider}",
            self.data.display(),
            without_password(&self.database_url()),
            self.bind,
            self.https,
            self.public_url.as_deref().unwrap_or("as asked"),
            proxies,
            self.log,
        )
    }
}

/// What is logged. A word alone is a level: as a target, which the library would take it for, a level that was misspelt
/// would switch the log off and say nothing.
pub(crate) fn log_filter(text: &str) -> Result<EnvFilter, String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    for directive in text.split(',').map(str::trim) {
        let plain = directive.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-'));
        if plain && !LEVELS.contains(&directive.to_ascii_lowercase().as_str()) {
            return Err(format!("`{directive}` is no level ({}); a target is given with one", LEVELS.join(", ")));
        }
    }
    EnvFilter::try_new(text).map_err(|e| e.to_string())
}

/// Whether it is an address that phones can be told.
fn is_address(url: &str) -> bool {
    Address::parse(url).is_some() && !url.contains(['?', '#'])
}

/// A URL without what may be secret in it: user, password and options.
fn without_password(url: &str) -> String {
    let url = url.split('?').next().unwrap_or_default();
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://…@{place}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("hoso.toml");
        std::fs::write(&file, text).unwrap();
        Config::read(Some(&file), variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn a_variable_goes_over_the_file() {
        let config = read("bind = \"127.0.0.1:1\"\n[limits]\nworkers = 3\n", &[("HOSO_BIND", "127.0.0.1:2")]).unwrap();
        assert_eq!((config.bind.port(), config.limits.workers), (2, 3));
    }

    #[test]
    fn an_error_names_line_and_key_and_not_the_value() {
        let cases = [
            ("data = \"d\"\nbnid = \"x\"\n", 2, "bnid"),
            ("[limits]\nworkers = \"hunter2\"\n", 2, "workers"),
            ("bind = \"nowhere\"\n", 1, "bind"),
            ("data = \"d\"\n\nlog = \n", 3, "log"),
        ];
        for (text, line, key) in cases {
            match read(text, &[]).unwrap_err() {
                ConfigError::Line { line: l, key: k, .. } => assert_eq!((l, k.as_str()), (line, key)),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn a_variable_that_is_not_known_or_not_readable_is_refused_by_name() {
        for (name, value) in [("HOSO_BNID", "x"), ("HOSO_WORKERS", "many")] {
            let refused = read("", &[(name, value)]).unwrap_err().to_string();
            assert!(refused.contains(name) && !refused.contains("many"), "{refused}");
        }
    }

    #[test]
    fn every_number_has_its_range_on_both_sides() {
        let ranges: [(&str, u64, u64); 11] = [
            ("proxies", 0, 8),
            ("workers", 1, 256),
            ("readers", 1, 256),
            ("timeout_seconds", 1, 3_600),
            ("merges", 1, 1_024),
            ("log_milliseconds", 10, 60_000),
            ("uploads", 1, 1_024),
            ("queue", 1, 100_000),
            ("syncs_per_minute", 1, 1_000_000),
            ("changes_per_day", 1, 1_000_000),
            ("operations_per_day", 1, 10_000_000),
        ];
        for (name, least, most) in ranges {
            let below = least.checked_sub(1).map(|value| (value, false));
            for (value, ok) in [(least, true), (most, true), (most + 1, false)].into_iter().chain(below) {
                let read = read(&format!("[limits]\n{name} = {value}\n"), &[]);
                assert_eq!(read.is_ok(), ok, "{name} {value}");
                let Err(refused) = read.map_err(|e| e.to_string()) else { continue };
                let said = [name.to_owned(), format!("{value:?}"), format!("from {least} to {most}")];
                assert!(said.iter().all(|word| refused.contains(word)), "{refused}");
                let variable = format!("HOSO_{}", name.to_uppercase());
                let refused = super::tests::read("", &[(&variable, &value.to_string())]).unwrap_err().to_string();
                assert!(refused.contains(&variable), "{refused}");
            }
        }
    }

    #[test]
    fn a_number_that_cannot_be_read_is_told_its_range_too() {
        for (name, least, most) in RANGES {
            for bad in ["-1", "many", "1.5", "", "99999999999999999999999"] {
                let told = format!("a whole number from {least} to {most}");
                let variable = format!("HOSO_{}", name.to_uppercase());
                let refused = read("", &[(&variable, bad)]).unwrap_err().to_string();
                assert!(refused.contains(&variable) && refused.contains(&told), "{refused}");
            }
            let refused = read(&format!("[limits]\n{name} = -1\n"), &[]).unwrap_err().to_string();
            assert!(refused.contains(name) && refused.contains(&format!("from {least} to {most}")), "{refused}");
        }
    }

    #[test]
    fn a_filter_that_is_none_is_refused_by_name() {
        for bad in ["", "inof", "info,", "info,sqlx", "sqlx=loud", "a=b=c", "info,[x"] {
            let refused = read("", &[("HOSO_LOG", bad)]).expect_err(bad).to_string();
            assert!(refused.contains("HOSO_LOG") && refused.contains(&format!("{bad:?}")), "{refused}");
        }
        for good in ["info", "WARN", "off", "info,sqlx=warn", "server::app=debug", "info,[request{id=a}]=debug"] {
            assert!(read("", &[("HOSO_LOG", good)]).is_ok(), "{good}");
        }
    }

    #[test]
    fn an_empty_folder_and_an_unknown_database_are_refused() {
        assert!(read("data = \"\"\n", &[]).unwrap_err().to_string().contains("HOSO_DATA"));
        let refused = read("", &[("HOSO_DATABASE", "mysql://u:hunter2@h/d")]).unwrap_err().to_string();
        assert!(refused.contains("HOSO_DATABASE") && !refused.contains("hunter2"), "{refused}");
    }

    #[test]
    fn a_public_address_is_a_whole_one() {
        for bad in
            ["", "dvc.example", "ftp://dvc.example", "https://", "https://u:hunter@h", "https://h/?a", "https://h#a"]
        {
            assert!(
                read("", &[("HOSO_PUBLIC_URL", bad)]).unwrap_err().to_string().contains("HOSO_PUBLIC_URL"),
                "{bad}"
            );
        }
        for good in ["https://dvc.example", "https://dvc.example:8443/hoso/", "http://[::1]:8080"] {
            assert_eq!(read("", &[("HOSO_PUBLIC_URL", good)]).unwrap().public_url.as_deref(), Some(good));
        }
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let missing = Config::read(Some(Path::new("/nowhere/hoso.toml")), std::iter::empty());
        assert!(matches!(missing, Err(ConfigError::File { .. })));
    }

    #[test]
    fn the_summary_holds_no_password() {
        let url = "postgres://hoso:pa@ss@db/hoso?password=pass";
        let config = Config { database: Some(url.into()), ..Config::default() };
        assert!(!config.summary().contains("pass") && config.summary().contains("postgres://…@db/hoso"));
    }
}
