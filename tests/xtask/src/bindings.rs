//! The sources for other languages, generated from the library itself.

use crate::library::{self, Build};
use crate::{Failed, root};
use std::fs;
use std::path::{Path, PathBuf};
use uniffi_bindgen::bindings::{GenerateOptions, TargetLanguage, generate as generate_sources};

/// What is generated, and where it lies among the packages.
const PLACES: [(&str, &str); 5] = [
    ("vn/hoso/core/mobile_core.kt", "kotlin/lib/src/main/kotlin/vn/hoso/core/mobile_core.kt"),
    ("HosoCore.swift", "swift/Sources/HosoCore/HosoCore.swift"),
    ("HosoCoreFFI.h", "swift/Sources/HosoCoreFFI/HosoCoreFFI.h"),
    ("HosoCoreFFI.modulemap", "swift/Sources/HosoCoreFFI/module.modulemap"),
    ("mobile_core.py", "python/hoso_core/mobile_core.py"),
];

/// Where they are kept.
pub(crate) fn committed() -> PathBuf {
    root().join("mobile-core/bindings")
}

pub(crate) fn generate(out: &Path) -> Result<(), Failed> {
    let source = utf8(library::for_this_machine(Build::Debug)?)?;
    let made = tempfile::tempdir()?;
    let out_dir = utf8(made.path().to_owned())?;
    let languages = vec![TargetLanguage::Kotlin, TargetLanguage::Swift, TargetLanguage::Python];
    generate_sources(GenerateOptions {
        languages,
        source: source.into(),
        out_dir: out_dir.into(),
        crate_filter: Some("mobile_core".into()),
        ..GenerateOptions::default()
    })?;
    for (from, to) in PLACES {
        let text = fs::read_to_string(made.path().join(from)).map_err(|e| format!("{from}: {e}"))?;
        let to = out.join(to);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(to, tidy(&text))?;
    }
    Ok(())
}

/// Without blanks at the ends of lines, which the generator leaves and editors take away.
fn tidy(text: &str) -> String {
    let lines: String = text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    format!("{}\n", lines.trim_end())
}

fn utf8(path: PathBuf) -> Result<String, Failed> {
    path.into_os_string().into_string().map_err(|_| "the path is not UTF-8".into())
}
