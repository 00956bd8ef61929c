//! Short stories of phones, the hub, its desk and the post, in memory: the whole decision and exchange without a server.

mod desk;
mod old_changes;
mod post;
mod restore;
mod story;
mod world;
