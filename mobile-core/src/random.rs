//! Random bytes of the operating system.

/// Fills an array; an operating system without randomness is an error, not a guess.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
