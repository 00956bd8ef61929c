//! `cargo xtask`: builds what cargo alone does not, the bindings and packages of mobile-core.

mod android;
mod bindings;
mod cross;
mod elf;
mod jvm;
mod library;
mod python;
mod web;
mod xcframework;

use clap::{Parser, Subcommand};
use library::Build;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds the bindings and packages of mobile-core.")]
struct Line {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Generates the sources for Kotlin, Swift and Python into mobile-core/bindings.
    Bindings {
        /// Into this folder instead, laid out the same.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Builds the native library for this machine and prints where it lies.
    Library {
        /// Quickly instead of small.
        #[arg(long)]
        debug: bool,
    },
    /// Makes the jar for the JVM and prints the class path of a program that uses it.
    Jvm {
        #[arg(long)]
        debug: bool,
    },
    /// Compiles a Kotlin program against that jar: SOURCE… into JAR.
    Kotlin {
        #[arg(long)]
        jar: PathBuf,
        sources: Vec<PathBuf>,
    },
    /// Builds the library for Android phones (arm64-v8a) and looks at it; with `ANDROID_NDK_HOME` it can be loaded, and is put
    /// where Gradle takes it from.
    Android {
        /// For emulators: x86_64-linux-android.
        #[arg(long, default_value = android::ARM)]
        target: String,
    },
    /// Builds the static library for iPhones and puts an XCFramework together.
    Ios {
        /// For the simulator on Apple's own processors too.
        #[arg(long)]
        simulator: bool,
    },
    /// Makes the wheel for Python and prints where it lies.
    Python {
        #[arg(long)]
        debug: bool,
    },
    /// Makes the package for web pages and Node, and says what it weighs.
    Wasm,
}

/// Why a task could not be done, in a sentence.
type Failed = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match done(Line::parse().task) {
        Ok(made) => {
            #[allow(clippy::print_stdout)]
            {
                println!("{made}");
            }
            ExitCode::SUCCESS
        }
        Err(failed) => {
            eprintln!("{failed}");
            if failed.is::<cross::NotVerified>() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    }
}

/// Does it; what was made, for the last line.
fn done(task: Task) -> Result<String, Failed> {
    let shown = |path: PathBuf| path.display().to_string();
    match task {
        Task::Bindings { out } => {
            let out = out.unwrap_or_else(bindings::committed);
            bindings::generate(&out)?;
            Ok(shown(out))
        }
        Task::Library { debug } => library::for_this_machine(Build::of(debug)).map(shown),
        Task::Jvm { debug } => jvm::make(Build::of(debug)),
        Task::Kotlin { jar, sources } => {
            jvm::compile(&sources, &[jvm::jar()], &jar)?;
            Ok(shown(jar))
        }
        Task::Android { target } => android::make(&target),
        Task::Ios { simulator } => {
            let slices = xcframework::Slice::ALL.into_iter().take(if simulator { 2 } else { 1 });
            let built = slices.map(|slice| Ok((slice, cross::ios(slice.triple())?)));
            let framework = xcframework::place();
            xcframework::make(&built.collect::<Result<Vec<_>, Failed>>()?, &framework)?;
            Ok(shown(framework))
        }
        Task::Python { debug } => python::make(Build::of(debug)).map(shown),
        Task::Wasm if cfg!(feature = "web") => web::make(),
        Task::Wasm => with_web(),
    }
}

/// The same once more by a program that has the tool for it, which others need not build.
fn with_web() -> Result<String, Failed> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["run", "--quiet", "--locked", "--package", "xtask", "--features", "web", "--", "wasm"];
    let done =
        Command::new(cargo).current_dir(root()).args(arguments).stderr(std::process::Stdio::inherit()).output()?;
    let said = String::from_utf8(done.stdout)?.trim_end().to_owned();
    if done.status.success() { Ok(said) } else { Err("there is no package for web pages".into()) }
}

/// The project's folder.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Whether a program is there; else how to get it.
fn need(program: &str, from: &str) -> Result<(), Failed> {
    match Command::new(program).arg("--version").output() {
        Ok(_) => Ok(()),
        Err(why) => Err(format!("{program}: {why} ({from})").into()),
    }
}

fn run(command: &mut Command) -> Result<(), Failed> {
    let done = command.output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    Err(format!("{} failed:\n{said}", command.get_program().display()).into())
}
