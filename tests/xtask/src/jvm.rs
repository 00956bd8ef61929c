//! The jar for the JVM: the classes, and the native library of this machine where JNA looks for it.

use crate::library::{self, Build};
use crate::{Failed, bindings, need, root, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// As Debian's package has it.
const JNA: &str = "/usr/share/java/jna.jar";

/// Where JNA looks for the library in a jar.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
const PLATFORM: &str = "linux-x86-64";
#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
const PLATFORM: &str = "linux-aarch64";
#[cfg(target_os = "macos")]
const PLATFORM: &str = if cfg!(target_arch = "aarch64") { "darwin-aarch64" } else { "darwin-x86-64" };

fn compiler() -> PathBuf {
    root().join("tests/tools/kotlin/node_modules/kotlin-compiler/lib")
}

/// Where it is made.
pub(crate) fn jar() -> PathBuf {
    library::target().join("xtask/hoso-core-jvm.jar")
}

/// What programs that use the jar have on their class path beside it.
fn beside() -> Vec<PathBuf> {
    let own = ["kotlin-stdlib.jar", "kotlinx-coroutines-core-jvm.jar"].map(|name| compiler().join(name));
    own.into_iter().chain([PathBuf::from(JNA)]).collect()
}

/// Makes the jar, and gives the class path of a program that uses it.
pub(crate) fn make(build: Build) -> Result<String, Failed> {
    let jar = jar();
    let sources = ["lib", "jvm"].map(|part| bindings::committed().join("kotlin").join(part).join("src/main/kotlin"));
    compile(&sources, &[], &jar)?;
    let native = library::for_this_machine(build)?;
    let name = native.file_name().ok_or("a library has a name")?.display();
    // A jar is a zip, and Python's own module adds to one without a JDK.
    run(Command::new("python3")
        .args(["-c", "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'a', 8).write(sys.argv[2], sys.argv[3])"])
        .args([&jar, &native])
        .arg(format!("{PLATFORM}/{name}")))?;
    let all: Vec<String> = [jar].into_iter().chain(beside()).map(|path| path.display().to_string()).collect();
    Ok(all.join(":"))
}

/// Compiles Kotlin sources, against these jars too, into a jar.
pub(crate) fn compile(sources: &[PathBuf], against: &[PathBuf], jar: &Path) -> Result<(), Failed> {
    need("java", "Debian: default-jre-headless")?;
    need("python3", "Debian: python3")?;
    if !compiler().join("kotlin-compiler.jar").exists() {
        return Err("no Kotlin compiler: npm ci --prefix tests/tools/kotlin".into());
    }
    if !Path::new(JNA).exists() {
        return Err("no JNA (Debian: libjna-java libjna-jni)".into());
    }
    if let Some(folder) = jar.parent() {
        fs::create_dir_all(folder)?;
    }
    let parts = ["kotlin-compiler", "kotlin-stdlib", "kotlin-script-runtime", "kotlin-reflect", "annotations-13.0"];
    let parts = parts.map(|name| compiler().join(format!("{name}.jar")));
    let path = |jars: Vec<PathBuf>| {
        let jars: Vec<String> = jars.iter().map(|jar| jar.display().to_string()).collect();
        jars.join(":")
    };
    run(Command::new("java")
        .args(["-Xmx2g", "-cp", &path([&parts[..], &beside()].concat())])
        .args(["org.jetbrains.kotlin.cli.jvm.K2JVMCompiler", "-nowarn", "-no-stdlib", "-no-reflect"])
        .args(["-jvm-target", "17", "-cp", &path([&beside(), against].concat()), "-d"])
        .arg(jar)
        .args(sources))
}
