//! The office's own people: how they prove who they are, for how long that holds, and in which posting they act.

pub(crate) mod admin;
pub(crate) mod import;
pub(crate) mod lockout;
pub(crate) mod login;
pub(crate) mod password;
pub(crate) mod posting;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod totp;
pub(crate) mod units;
