//! What is looked at of a library for Android before anybody loads it.

use crate::Failed;
use goblin::elf::Elf;
use goblin::elf::program_header::PT_LOAD;
use goblin::elf::sym::STB_WEAK;
use std::path::Path;

/// Android's page size since 15.
const PAGE: u64 = 16 * 1024;

/// What every phone from API level 26 on has.
const BIONIC: &str = include_str!("bionic26.txt");

pub(crate) struct Looked {
    pub(crate) bytes: u64,
    pub(crate) exports: usize,
    pub(crate) imports: usize,
}

/// Fails with the name of what is wrong.
pub(crate) fn look(path: &Path) -> Result<Looked, Failed> {
    let bytes = std::fs::read(path)?;
    let elf = Elf::parse(&bytes)?;
    for load in elf.program_headers.iter().filter(|header| header.p_type == PT_LOAD) {
        if load.p_align < PAGE {
            return Err(format!("a segment is aligned to {} bytes, not to {PAGE}", load.p_align).into());
        }
    }
    let dynamic = elf.dynamic.as_ref().ok_or("it is no dynamic library")?;
    if dynamic.dyns.iter().any(|entry| entry.d_tag == goblin::elf::dynamic::DT_TEXTREL) {
        return Err("its code has to be written to when it is loaded (TEXTREL)".into());
    }
    let name = |at| elf.dynstrtab.get_at(at).unwrap_or_default();
    let needed = elf.dynsyms.iter().filter(|symbol| symbol.is_import() && symbol.st_bind() != STB_WEAK);
    let imports: Vec<&str> = needed.map(|symbol| name(symbol.st_name)).collect();
    let known: Vec<&str> = BIONIC.lines().filter(|line| !line.starts_with('#')).collect();
    let unknown: Vec<&str> = imports.iter().copied().filter(|import| !known.contains(import)).collect();
    if !unknown.is_empty() {
        return Err(format!("a phone of API level 26 has no {}", unknown.join(", ")).into());
    }
    let exports = elf.dynsyms.iter().filter(|symbol| !symbol.is_import() && symbol.st_value > 0);
    let exports = exports.filter(|symbol| name(symbol.st_name).contains("mobile_core")).count();
    if exports == 0 {
        return Err("it exports nothing of the core".into());
    }
    Ok(Looked { bytes: bytes.len() as u64, exports, imports: imports.len() })
}
