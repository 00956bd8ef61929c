//! The core for web pages and Node: a module of WebAssembly, the glue around it, and a `package.json`.

use crate::library::target;
use crate::{Failed, bindings, cross, need, run};
use std::path::Path;
use std::process::Command;

/// What the module is to weigh at most, and what of it is to travel.
const AIM: u64 = 2_400_000;
const AIM_COMPRESSED: u64 = 600_000;
/// What both were when they were last looked at.
const LAST: u64 = 2_371_021;
const LAST_COMPRESSED: u64 = 765_220;

/// Beyond those of the first WebAssembly: what the compiler uses, and every browser since 2021 knows.
const INSTRUCTIONS: [&str; 4] = ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "sign-ext"];

/// Makes the package and says what it weighs.
pub(crate) fn make() -> Result<String, Failed> {
    need("node", "Debian: nodejs")?;
    need("wasm-opt", "Debian: binaryen")?;
    let built = cross::wasm()?;
    let package = target().join("xtask/web");
    let _ = std::fs::remove_dir_all(&package);
    std::fs::create_dir_all(&package)?;
    bind(&built, &package)?;
    let module = package.join("mobile_core_bg.wasm");
    let enabled = INSTRUCTIONS.map(|name| format!("--enable-{name}"));
    run(Command::new("wasm-opt").arg("-Oz").args(enabled).arg(&module).arg("-o").arg(&module))?;
    std::fs::write(package.join("package.json"), PACKAGE)?;
    for host in ["fetch.js", "node.js"] {
        std::fs::copy(bindings::committed().join("web").join(host), package.join(host))?;
    }
    let bytes = std::fs::metadata(&module)?.len();
    let compressed = compressed(&module)?;
    for (name, now, last) in [("module", bytes, LAST), ("module compressed", compressed, LAST_COMPRESSED)] {
        if now > last + last * 3 / 100 {
            return Err(format!("the {name} has {now} bytes, it had {last}").into());
        }
    }
    let within = if bytes > AIM || compressed > AIM_COMPRESSED { "above" } else { "within" };
    let shown = package.display();
    Ok(format!(
        "{shown}: {within} its aims of {AIM} and {AIM_COMPRESSED} B\nfigure wasm {bytes} B\nfigure wasm_br {compressed} B"
    ))
}

const PACKAGE: &str = concat!(
    r#"{"name": "hoso-core", "version": ""#,
    env!("CARGO_PKG_VERSION"),
    r#"", "license": "Apache-2.0", "private": true, "type": "module", "main": "mobile_core.js", "types": "mobile_core.d.ts"}"#,
    "\n"
);

/// By brotli at its best, as servers send what does not change.
fn compressed(file: &Path) -> Result<u64, Failed> {
    let program = "const z = require('zlib'), f = require('fs'); \
                   console.log(z.brotliCompressSync(f.readFileSync(process.argv[1])).length)";
    let said = Command::new("node").args(["-e", program]).arg(file).output()?;
    Ok(String::from_utf8(said.stdout)?.trim().parse()?)
}

/// Writes the glue: an ES module that pages and Node load alike.
#[cfg(feature = "web")]
fn bind(built: &Path, package: &Path) -> Result<(), Failed> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen.input_path(built).web(true)?.typescript(true).remove_name_section(true).remove_producers_section(true);
    bindgen.generate(package)?;
    let glue = package.join("mobile_core.js");
    let mut text = std::fs::read_to_string(&glue)?;
    for (begins, is_right) in CHECKS {
        if text.matches(begins).count() != 1 {
            return Err(format!("the glue has another way than {begins:?} to take what a page passes in").into());
        }
        let checked = format!("{begins}    if (!({is_right})) throw new TypeError('an argument of another type');\n");
        text = text.replacen(begins, &checked, 1);
    }
    Ok(std::fs::write(glue, text)?)
}

/// Where the glue takes texts and bytes: of another type they would be taken for an address somewhere in the module.
#[cfg(feature = "web")]
const CHECKS: [(&str, &str); 2] = [
    ("function passStringToWasm0(arg, malloc, realloc) {\n", "typeof arg === 'string'"),
    ("function passArray8ToWasm0(arg, malloc) {\n", "arg instanceof Uint8Array"),
];

/// The tool that writes the glue is large; this program is built with it when it is asked to.
#[cfg(not(feature = "web"))]
fn bind(_: &Path, _: &Path) -> Result<(), Failed> {
    Err("built without the feature `web`".into())
}
