//! How the result is received, and the recipient's own confirmation.

use super::{Client, parse};
use crate::error::Error;
use dossier::act::{Act, DeliveryChoice, PostalAddress};
use dossier::procedure::clean_line;

/// Where the post brings a result. Not `Debug`: it says where somebody lives.
#[derive(Clone, PartialEq, Eq)]
pub struct PostalInput {
    pub recipient: String,
    pub phone: String,
    /// `province/ward` as in address fields.
    pub area: String,
    pub line: String,
}

impl Client {
    /// The result is fetched at the counter.
    pub fn choose_counter(&self, dossier: &str) -> Result<(), Error> {
        self.act(dossier, Act::ChooseDelivery(DeliveryChoice::AtCounter))
    }

    /// The result comes by post.
    pub fn choose_post(&self, dossier: &str, to: &PostalInput) -> Result<(), Error> {
        let address = PostalAddress {
            recipient: clean_line(&to.recipient),
            phone: parse(&to.phone)?,
            area: clean_line(&to.area),
            line: clean_line(&to.line),
        };
        self.act(dossier, Act::ChooseDelivery(DeliveryChoice::ByPost(address)))
    }

    /// The recipient has the parcel, its seal intact.
    pub fn confirm_receipt(&self, dossier: &str, parcel: &str) -> Result<(), Error> {
        self.act(dossier, Act::ConfirmDelivery(parse(parcel)?))
    }
}
