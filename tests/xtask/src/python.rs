//! The wheel: the generated module, with the native library of this machine beside it.

use crate::library::{self, Build};
use crate::{Failed, bindings, need, run};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Makes it and gives its path.
pub(crate) fn make(build: Build) -> Result<PathBuf, Failed> {
    need("python3", "Debian: python3")?;
    let native = library::for_this_machine(build)?;
    let tree = tempfile::tempdir()?;
    let package = tree.path().join("hoso_core");
    fs::create_dir_all(&package)?;
    let from = bindings::committed().join("python");
    fs::copy(from.join("pyproject.toml"), tree.path().join("pyproject.toml"))?;
    for name in ["__init__.py", "mobile_core.py"] {
        fs::copy(from.join("hoso_core").join(name), package.join(name))?;
    }
    fs::copy(&native, package.join(native.file_name().ok_or("a library has a name")?))?;
    let wheels = library::target().join("xtask/python");
    let _ = fs::remove_dir_all(&wheels);
    let platform = format!("{}_{}", std::env::consts::OS, std::env::consts::ARCH);
    run(Command::new("python3")
        .args(["-m", "pip", "wheel", "--quiet", "--no-deps", "--disable-pip-version-check", "--wheel-dir"])
        .arg(&wheels)
        .arg(format!("--config-settings=--build-option=--plat-name={platform}"))
        .arg(tree.path()))?;
    let made = fs::read_dir(&wheels)?.next().ok_or("pip made no wheel")??;
    Ok(made.path())
}
