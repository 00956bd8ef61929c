//! The core as a library that other languages load. `cargo build` makes none: a shared library at each build of the
//! workspace would cost everybody's time.

use crate::{Failed, root};
use std::path::PathBuf;
use std::process::Command;

/// What bindings are generated for; a library of other features has other functions.
const FEATURES: &str = "ffi";

/// How it is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// Quickly, with the metadata that the bindings are generated from.
    Debug,
    /// Small, as phones carry it.
    Mobile,
}

impl Build {
    pub(crate) fn of(debug: bool) -> Self {
        if debug { Self::Debug } else { Self::Mobile }
    }
}

/// Where cargo, and what is made here, lies.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

pub(crate) fn for_this_machine(build: Build) -> Result<PathBuf, Failed> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let (profile, folder) = match build {
        Build::Debug => ("dev", "debug"),
        Build::Mobile => ("mobile", "mobile"),
    };
    let arguments = ["rustc", "--quiet", "--locked", "--package", "mobile-core", "--lib", "--features", FEATURES];
    let built = Command::new(cargo)
        .current_dir(root())
        .args(arguments)
        .args(["--crate-type", "cdylib", "--profile", profile])
        .arg("--target-dir")
        .arg(target())
        .status()?;
    if !built.success() {
        return Err("cargo could not build mobile-core".into());
    }
    let name = format!("{}mobile_core{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Ok(target().join(folder).join(name))
}
