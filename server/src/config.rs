//! Settings: a TOML file (`--config`, or `./hoso.toml` if there is one), over it the environment (`HOSO_*`), over that
//! nothing. A key or variable that is not known is refused: a switch that does nothing is worse than none.

use serde::Deserialize;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

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
    /// Filter of the log, as `tracing` reads it.
    pub log: String,
    pub limits: Limits,
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
    /// Uploads in memory at the same time, 20 MiB each at the most.
    pub uploads: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: "data".into(),
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            database: None,
            https: false,
            log: "info,sqlx=warn,sea_orm_migration=warn,actix_server=warn".into(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        // A megabyte over a poor mobile line takes more than a minute.
        Self { workers: 2, readers: 4, timeout_seconds: 120, merges: 4, uploads: 8 }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConfigError {
    File { file: PathBuf, cause: String },
    Line { file: PathBuf, line: usize, key: String, cause: String },
    Variable { name: String, cause: String },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, cause } => write!(f, "{}: {cause}", file.display()),
            Self::Line { file, line, key, cause } => {
                write!(f, "{}, line {line}, key `{key}`: {cause}", file.display())
            }
            Self::Variable { name, cause } => write!(f, "environment variable {name}: {cause}"),
        }
    }
}
impl std::error::Error for ConfigError {}

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
            config.set(&name, &value).map_err(|cause| ConfigError::Variable { name, cause })?;
        }
        Ok(config)
    }

    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|e| {
            let at = e.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
            let key = text.lines().nth(line - 1).unwrap_or_default();
            // What stands behind "=" may be a secret and is not repeated.
            let key = key.split('=').next().unwrap_or_default().trim().to_owned();
            let cause = e.message().lines().next().unwrap_or_default().to_owned();
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
            "HOSO_LOG" => self.log = value.to_owned(),
            "HOSO_WORKERS" => self.limits.workers = read(value)?,
            "HOSO_READERS" => self.limits.readers = read(value)?,
            "HOSO_TIMEOUT_SECONDS" => self.limits.timeout_seconds = read(value)?,
            "HOSO_MERGES" => self.limits.merges = read(value)?,
            "HOSO_UPLOADS" => self.limits.uploads = read(value)?,
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
        let Limits { workers, readers, timeout_seconds, merges, uploads } = &self.limits;
        format!(
            "data {} · database {} · bind {} · https {} · log {} · workers {workers} · readers {readers} · timeout \
             {timeout_seconds} s · merges {merges} · uploads {uploads}",
            self.data.display(),
            without_password(&self.database_url()),
            self.bind,
            self.https,
            self.log,
        )
    }
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

    fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
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
