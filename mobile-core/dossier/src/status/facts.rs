//! What the status table must know from other dimensions: time, delivery, custody, what happened once already.

use crate::act::DeliveryChoice;
use crate::event::{Event, What};
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub now: Timestamp,
    /// The procedure lets its result be posted (`post_out`).
    pub post_allowed: bool,
    /// The procedure asks the citizen to come in person.
    pub presence_required: bool,
    /// The citizen's last choice is to receive the result by post.
    pub by_post_chosen: bool,
    /// More was asked for before acceptance (NĐ 61/2018 Đ.15.3: once and completely).
    pub intake_supplement_asked: bool,
    /// An apology with a new date was given (Đ.19.9: at most once).
    pub extended: bool,
    /// A parcel was handed to the post and is neither delivered nor known to be back.
    pub with_post: bool,
    /// A delivery of that parcel was tried in vain.
    pub attempt_failed: bool,
    /// The post delivered the result, on a proof that the server checked.
    pub postal_delivery_recorded: bool,
}

impl Facts {
    /// What the events tell; the procedure and the clock say the rest.
    pub fn of(events: &[Event], now: Timestamp, post_allowed: bool, presence_required: bool) -> Self {
        let mut facts = Self::none(now, post_allowed, presence_required);
        let mut accepted = false;
        for event in events {
            match &event.what {
                What::Accepted(_) => accepted = true,
                What::SupplementRequested(_) => facts.intake_supplement_asked |= !accepted,
                What::Extended(..) => facts.extended = true,
                What::DeliveryChosen(_, choice) => {
                    facts.by_post_chosen = matches!(choice, DeliveryChoice::ByPost(_));
                }
                What::HandedToPost(_) => (facts.with_post, facts.attempt_failed) = (true, false),
                What::DeliveryFailed(..) => facts.attempt_failed = true,
                What::Delivered(..) => (facts.with_post, facts.postal_delivery_recorded) = (false, true),
                // The result left the post by the counter: the parcel had come back.
                What::HandedOver(_) => facts.with_post = false,
                _ => {}
            }
        }
        facts
    }

    /// Nothing has happened yet.
    pub fn none(now: Timestamp, post_allowed: bool, presence_required: bool) -> Self {
        Self {
            now,
            post_allowed,
            presence_required,
            by_post_chosen: false,
            intake_supplement_asked: false,
            extended: false,
            with_post: false,
            attempt_failed: false,
            postal_delivery_recorded: false,
        }
    }

    /// Whether the result may travel by post at all (I22: not where presence is required).
    pub(super) fn postable(&self) -> bool {
        self.post_allowed && !self.presence_required
    }

    /// Whether the time to answer a request has passed.
    pub(super) fn is_past(&self, until: Timestamp) -> bool {
        self.now > until
    }
}
