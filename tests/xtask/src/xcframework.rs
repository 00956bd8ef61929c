//! An XCFramework without Xcode: a folder with a static library and its headers for each kind of device, and a list of them.
//! Only a Mac shows that it is taken.

use crate::{Failed, bindings};
use std::fs;
use std::path::{Path, PathBuf};

/// For which devices a library is.
#[derive(Clone, Copy)]
pub(crate) enum Slice {
    Device,
    Simulator,
}

impl Slice {
    pub(crate) const ALL: [Self; 2] = [Self::Device, Self::Simulator];

    pub(crate) fn triple(self) -> &'static str {
        match self {
            Self::Device => "aarch64-apple-ios",
            Self::Simulator => "aarch64-apple-ios-sim",
        }
    }

    /// How Xcode names it.
    fn folder(self) -> &'static str {
        match self {
            Self::Device => "ios-arm64",
            Self::Simulator => "ios-arm64-simulator",
        }
    }

    fn variant(self) -> &'static str {
        match self {
            Self::Device => "",
            Self::Simulator => "<key>SupportedPlatformVariant</key><string>simulator</string>",
        }
    }
}

const LIBRARY: &str = "libmobile_core.a";

/// Beside `Package.swift`, which looks for it there.
pub(crate) fn place() -> PathBuf {
    bindings::committed().join("swift/HosoCoreFFI.xcframework")
}

/// Puts it together anew.
pub(crate) fn make(slices: &[(Slice, PathBuf)], to: &Path) -> Result<(), Failed> {
    let headers = bindings::committed().join("swift/Sources/HosoCoreFFI");
    let _ = fs::remove_dir_all(to);
    for (slice, library) in slices {
        // A folder of its own for the module: two frameworks in one app would have one `module.modulemap`.
        let own = to.join(slice.folder()).join("Headers/HosoCoreFFI");
        fs::create_dir_all(&own)?;
        for name in ["HosoCoreFFI.h", "module.modulemap"] {
            fs::copy(headers.join(name), own.join(name))?;
        }
        fs::copy(library, to.join(slice.folder()).join(LIBRARY))?;
    }
    let listed: String = slices.iter().map(|(slice, _)| listed(*slice)).collect();
    fs::write(to.join("Info.plist"), HEAD.to_owned() + &listed + TAIL)?;
    Ok(())
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
<key>AvailableLibraries</key>
<array>
"#;
const TAIL: &str = "</array>
<key>CFBundlePackageType</key><string>XFWK</string>
<key>XCFrameworkFormatVersion</key><string>1.0</string>
</dict>
</plist>
";

fn listed(slice: Slice) -> String {
    let (folder, variant) = (slice.folder(), slice.variant());
    format!(
        "<dict><key>BinaryPath</key><string>{LIBRARY}</string><key>HeadersPath</key><string>Headers</string>\
         <key>LibraryIdentifier</key><string>{folder}</string><key>LibraryPath</key><string>{LIBRARY}</string>\
         <key>SupportedArchitectures</key><array><string>arm64</string></array>\
         <key>SupportedPlatform</key><string>ios</string>{variant}</dict>\n"
    )
}

#[test]
fn each_library_is_listed_and_lies_where_the_list_says() {
    let made = tempfile::tempdir().unwrap();
    let (library, to) = (made.path().join("a"), made.path().join("x.xcframework"));
    fs::write(&library, "a library").unwrap();
    make(&Slice::ALL.map(|slice| (slice, library.clone())), &to).unwrap();
    let list = fs::read_to_string(to.join("Info.plist")).unwrap();
    let named = |key: &str| -> Vec<String> {
        let before = format!("<key>{key}</key><string>");
        let rest = list.split(&before).skip(1);
        rest.filter_map(|rest| rest.split('<').next()).map(str::to_owned).collect()
    };
    let (folders, libraries, headers) = (named("LibraryIdentifier"), named("LibraryPath"), named("HeadersPath"));
    assert_eq!(folders, ["ios-arm64", "ios-arm64-simulator"]);
    for ((folder, library), headers) in folders.iter().zip(&libraries).zip(&headers) {
        assert_eq!(fs::read(to.join(folder).join(library)).unwrap(), b"a library");
        assert!(to.join(folder).join(headers).join("HosoCoreFFI/module.modulemap").exists());
    }
}
