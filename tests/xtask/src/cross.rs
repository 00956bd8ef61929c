//! Building for phones and browsers with this machine's own compiler: its standard library is built from source, so that no
//! other toolchain is needed. Without the Android NDK a stand-in links what can be checked and not loaded.

use crate::library::target;
use crate::{Failed, need, root, run};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The library that Android loads.
pub(crate) const LIBRARY: &str = "libmobile_core.so";

/// What could not be looked at, because the one thing is missing that a machine may lack.
#[derive(Debug)]
pub(crate) struct NotVerified(String);

impl fmt::Display for NotVerified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NOT VERIFIED: {}", self.0)
    }
}
impl std::error::Error for NotVerified {}

/// A copy of the toolchain by hard links, with the sources of its standard library.
struct Toolchain {
    folder: PathBuf,
}

impl Toolchain {
    fn make() -> Result<Self, Failed> {
        let version = said(Command::new("rustc").arg("--version"))?;
        let version = version.split(' ').nth(1).ok_or("rustc tells no version")?.to_owned();
        let folder = target().join("xtask").join(format!("toolchain-{version}"));
        let sources = folder.join("lib/rustlib/src/rust");
        if sources.exists() {
            return Ok(Self { folder });
        }
        need("apt-get", "Debian: apt")?;
        let unpacked = target().join("rust-src");
        let package = format!("rust-src={version}*");
        let script = root().join("tests/tools/debian");
        run(Command::new(script).arg(&unpacked).args(["trixie-backports", "=", &package]))
            .map_err(|why| NotVerified(format!("Debian's archive has no sources of rustc {version}: {why}")))?;
        let sysroot = said(Command::new("rustc").args(["--print", "sysroot"]))?;
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.parent().ok_or("it lies in a folder")?)?;
        // By hard links where it lies on the same disk.
        if run(Command::new("cp").args(["-al", sysroot.trim()]).arg(&folder)).is_err() {
            let _ = std::fs::remove_dir_all(&folder);
            run(Command::new("cp").args(["-a", sysroot.trim()]).arg(&folder))?;
        }
        std::fs::create_dir_all(sources.parent().ok_or("it lies in a folder")?)?;
        let own = std::fs::canonicalize(unpacked.join(format!("usr/src/rustc-{version}")))?;
        std::os::unix::fs::symlink(own, &sources)?;
        Ok(Self { folder })
    }

    fn cargo(&self) -> Command {
        // Not the shim of rustup: it sets paths under which the sources are looked for elsewhere.
        let mut cargo = Command::new(self.folder.join("bin/cargo"));
        cargo.current_dir(root()).env("RUSTC", self.folder.join("bin/rustc")).env("RUSTC_BOOTSTRAP", "1");
        for name in ["LD_LIBRARY_PATH", "RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "CARGO", "RUSTC_WRAPPER"] {
            cargo.env_remove(name);
        }
        cargo
    }

    fn lld(&self) -> PathBuf {
        self.folder.join("lib/rustlib").join(host()).join("bin/rust-lld")
    }
}

fn host() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// How mobile-core is built for something else than this machine.
struct Recipe<'a> {
    triple: &'a str,
    kind: &'static str,
    features: &'static str,
    /// Parts of the standard library.
    std: &'static str,
    flags: &'static [&'static str],
    /// What the linker, or what comes after it, takes out.
    strip: &'static str,
}

/// What phones carry: a panic must reach the app as an error.
const PHONE: Recipe<'static> =
    Recipe { triple: "", kind: "cdylib", features: "ffi", std: "std,panic_unwind", flags: LIGHT, strip: "symbols" };

/// Where in which source a panic came from is not carried about: it names folders of the machine that built it, and weighs.
const NO_PLACES: &str = "-Zlocation-detail=none";

/// What makes a library for phones lighter. Every function has an entry in the tables of unwinding, at about 32 bytes: the
/// compiler, which makes functions of what is repeated, does not count them.
const LIGHT: &[&str] = &[
    NO_PLACES,
    // A panic of a destructor ends the process, as one does that happens while another unwinds.
    "-Zpanic-in-drop=abort",
    "-Cllvm-args=-outliner-benefit-threshold=36",
    "-Cllvm-args=-machine-outliner-reruns=1",
];

/// What pages carry. There is no unwinding, and nobody to print to; names, and the newer instructions that are used, are read
/// by the tools that come next. The types of references are left out because not every `wasm-opt` reads them.
const PAGE: Recipe<'static> = Recipe {
    triple: "wasm32-unknown-unknown",
    kind: "cdylib",
    features: "web",
    std: "std",
    flags: &[
        NO_PLACES,
        "-Zunstable-options",
        "-Cpanic=immediate-abort",
        "-Ctarget-feature=-reference-types,-multivalue",
    ],
    strip: "none",
};

/// Builds by a recipe; the folder of what was made.
fn build(recipe: &Recipe<'_>, more: impl FnOnce(&Toolchain, &mut Command)) -> Result<PathBuf, Failed> {
    let toolchain = Toolchain::make()?;
    let Recipe { triple, kind, features, std, flags, strip } = recipe;
    let mut cargo = toolchain.cargo();
    cargo
        .args(["rustc", "--quiet", "--locked", "--package", "mobile-core", "--lib", "--features", features])
        .args(["--profile", "mobile", "--crate-type", kind, "--target", triple])
        // Beside those of `.cargo/config.toml`.
        .args(["--config", &format!("target.{triple}.rustflags={flags:?}")])
        .arg(format!("-Zbuild-std={std}"))
        .arg("-Zbuild-std-features=optimize_for_size")
        .env("CARGO_PROFILE_MOBILE_STRIP", strip)
        .arg("--target-dir")
        .arg(target().join("xtask/cross"));
    more(&toolchain, &mut cargo);
    run(&mut cargo)?;
    Ok(target().join("xtask/cross").join(triple).join("mobile"))
}

/// The module for web pages, before the glue is written.
pub(crate) fn wasm() -> Result<PathBuf, Failed> {
    Ok(build(&PAGE, |_, _| ())?.join("mobile_core.wasm"))
}

/// The library for an Android phone, by the NDK's linker or, without one, by a stand-in.
pub(crate) fn android(triple: &str, clang: Option<&Path>) -> Result<PathBuf, Failed> {
    let variable = format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace('-', "_"));
    let folder = build(&Recipe { triple, ..PHONE }, |toolchain, cargo| {
        let linker = clang.map_or_else(|| root().join("tests/tools/android-ld"), Path::to_owned);
        cargo.env(variable, linker).env("HOSO_RUST_LLD", toolchain.lld());
    })?;
    Ok(folder.join(LIBRARY))
}

/// The static library for an iPhone.
pub(crate) fn ios(triple: &str) -> Result<PathBuf, Failed> {
    Ok(build(&Recipe { triple, kind: "staticlib", ..PHONE }, |_, _| ())?.join("libmobile_core.a"))
}

fn said(command: &mut Command) -> Result<String, Failed> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{} failed", command.get_program().display()).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
