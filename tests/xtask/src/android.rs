//! The library for Android phones: with the NDK it is put where Gradle takes it from; without, it is only looked at.

use crate::{Failed, bindings, cross, elf};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// The phones that the figures are about.
pub(crate) const ARM: &str = "aarch64-linux-android";
/// What the library for them is to weigh at most, stripped, as the stand-in links it.
const AIM: u64 = 3_000_000;
/// What it weighed when it was last looked at: more than three in a hundred above that has to be seen by somebody.
const LAST: u64 = 2_957_176;

/// Builds it for a phone, and tells what was made.
pub(crate) fn make(triple: &str) -> Result<String, Failed> {
    let abi = abi(triple)?;
    let clang = std::env::var_os("ANDROID_NDK_HOME").map(|ndk| clang(ndk, triple)).transpose()?;
    let library = cross::android(triple, clang.as_deref())?;
    let elf::Looked { bytes, exports, imports } = elf::look(&library)?;
    let looked = format!("{exports} exports, {imports} imports");
    if clang.is_some() {
        let folder = bindings::committed().join("kotlin/lib/src/main/jniLibs").join(abi);
        fs::create_dir_all(&folder)?;
        let place = folder.join(cross::LIBRARY);
        fs::copy(&library, &place)?;
        return Ok(format!("{}: {looked}, {bytes} B", place.display()));
    }
    let shown = library.display();
    let stand_in =
        "linked by a stand-in, no phone loads it: ANDROID_NDK_HOME names the folder of Android's NDK (r27 or later)";
    if triple != ARM {
        return Ok(format!("{shown}: {looked}, {bytes} B; {stand_in}"));
    }
    if bytes > LAST + LAST * 3 / 100 {
        return Err(format!("{shown} has {bytes} bytes, it had {LAST}").into());
    }
    let aim = if bytes > AIM { "above its aim" } else { "within its aim" };
    Ok(format!("{shown}: {looked}, {aim} of {AIM} B; {stand_in}\nfigure android_so {bytes} B"))
}

/// How Gradle names it.
fn abi(triple: &str) -> Result<&'static str, Failed> {
    match triple {
        ARM => Ok("arm64-v8a"),
        "x86_64-linux-android" => Ok("x86_64"),
        _ => Err(format!("{triple} is not built for: {ARM}, x86_64-linux-android").into()),
    }
}

/// The NDK's linker for API level 26; it has one folder, of the machine that it runs on.
fn clang(ndk: OsString, triple: &str) -> Result<PathBuf, Failed> {
    let machines = PathBuf::from(ndk).join("toolchains/llvm/prebuilt");
    let machine = fs::read_dir(&machines).ok().and_then(|mut entries| entries.next()?.ok());
    let clang =
        machine.map(|machine| machine.path().join(format!("bin/{triple}26-clang"))).filter(|clang| clang.exists());
    clang.ok_or_else(|| {
        format!("no {triple}26-clang below {}: ANDROID_NDK_HOME names no NDK", machines.display()).into()
    })
}
