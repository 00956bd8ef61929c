//! How the result is received, and the recipient's own confirmation.

use super::{Client, dossier_id, parse};
use crate::error::Error;
use crate::storage::Batch;
use dossier::act::{Act, DeliveryChoice, PostalAddress};
use dossier::ids::{ActId, ParcelId};
use dossier::procedure::clean_line;
use dossier::replica::Intent;
use dossier::sentence::Sentence;

/// Where the post brings a result. Not `Debug`: it says where somebody lives.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Deserialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct PostalInput {
    /// Who receives it.
    pub recipient: String,
    /// Theirs, for the courier.
    pub phone: String,
    /// `province/ward` as in address fields.
    pub area: String,
    /// House, street, hamlet.
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

    /// The recipient has the parcel, its seal intact; without a parcel, the one that is on its way or came last.
    pub fn confirm_receipt(&self, dossier: &str, parcel: Option<&str>) -> Result<(), Error> {
        let named: Option<ParcelId> = parcel.map(parse).transpose()?;
        let id = ActId(self.new_id()?);
        self.write(&dossier_id(dossier)?, Batch::default(), |replica, _| {
            let course = replica.course();
            let parcel = named.or(course.on_the_road).or(course.delivered);
            let parcel = parcel.ok_or_else(|| Error::refused("no_parcel", Sentence::new("write-no-parcel")))?;
            Ok(Intent::Act(id, Act::ConfirmDelivery(parcel)))
        })
    }
}
