//! Who is asking. Every route learns person, device, member of staff and unit from here and from nothing else: a verified
//! token, and for devices a proof (DPoP, RFC 9449) that the caller holds the key that the token is bound to; or, on the
//! desk's pages, a session.

pub(crate) mod admit;
pub(crate) mod browser;
pub(crate) mod caller;
pub(crate) mod code;
pub(crate) mod dpop;
mod extract;
mod form;
pub(crate) mod nonce;
pub(crate) mod policy;
pub(crate) mod refresh;
pub(crate) mod replays;
pub(crate) mod signature;
pub(crate) mod token;
pub(crate) mod whence;

pub(crate) use caller::PhoneCaller;
pub(crate) use extract::{DeskCaller, ExchangeCaller, RenewingCaller, SessionCaller};
pub(crate) use form::DeskForm;
