//! What the fuzz targets do. A target is a function from bytes to nothing that panics when a promise is broken.

pub mod attacks;
pub mod catalogue;
pub mod chunk;
pub mod cose;
pub mod forge;
pub mod gate;
pub mod prescan;
pub mod script;
pub mod stage;
pub mod watch;
pub mod wire;
