//! The core as a library that other languages load. `cargo build` makes none: a shared library at each build of the
//! workspace would cost everybody's time.

use crate::{Failed, root};
use std::path::PathBuf;
use std::process::Command;

/// What bindings are generated for; a library of other features has other functions.
pub(crate) const FEATURES: &str = "ffi";

/// Builds it unoptimised, with the metadata that the bindings are generated from.
pub(crate) fn for_this_machine() -> Result<PathBuf, Failed> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let arguments = ["rustc", "--quiet", "--locked", "--package", "mobile-core", "--lib", "--features", FEATURES];
    let built = Command::new(cargo)
        .current_dir(root())
        .args(arguments)
        .args(["--crate-type", "cdylib"])
        .arg("--target-dir")
        .arg(&target)
        .status()?;
    if !built.success() {
        return Err("cargo could not build mobile-core".into());
    }
    let name = format!("{}mobile_core{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Ok(target.join("debug").join(name))
}
