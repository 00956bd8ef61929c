//! What the events of a dossier add up to, in one pass: everything a decision has to know about its past.

use crate::act::{Behalf, DeliveryChoice};
use crate::event::{Acceptance, Event, Handover, SupplementRequest, What};
use crate::ids::{ContentHash, ParcelId, UnitCode};
use crate::status::Status;
use crate::time::Timestamp;

#[derive(Clone, Debug)]
pub struct Course {
    pub status: Status,
    /// The unit it was handed in to.
    pub unit: Option<UnitCode>,
    pub submitted_at: Option<Timestamp>,
    /// For whom, if not for the one who handed it in.
    pub behalf: Option<Behalf>,
    /// The newest frozen version that was handed in.
    pub content: Option<ContentHash>,
    pub acceptance: Option<Acceptance>,
    pub delivery: Option<DeliveryChoice>,
    /// The newest request for more, answered or not.
    pub supplement: Option<SupplementRequest>,
    pub handovers: Vec<Handover>,
    /// The parcel that is with the post now.
    pub on_the_road: Option<ParcelId>,
    pub delivered: Option<ParcelId>,
    /// Parcels whose receipt the recipient's own phone confirmed.
    pub confirmed: Vec<ParcelId>,
    pub moved_at: Option<Timestamp>,
}

impl Course {
    pub fn of(events: &[Event]) -> Self {
        let mut course = Self {
            status: Status::of(events),
            unit: None,
            submitted_at: None,
            behalf: None,
            content: None,
            acceptance: None,
            delivery: None,
            supplement: None,
            handovers: Vec::new(),
            on_the_road: None,
            delivered: None,
            confirmed: Vec::new(),
            moved_at: events.last().map(|e| e.at),
        };
        for event in events {
            course.take(event);
        }
        course
    }

    fn take(&mut self, event: &Event) {
        match &event.what {
            What::Submitted(_, content, unit, _, behalf) => {
                self.behalf = behalf.clone();
                self.unit = Some(unit.clone());
                self.submitted_at = Some(event.at);
                self.content = Some(*content);
            }
            What::Supplemented(_, content, _) => {
                self.content = Some(*content);
            }
            What::Accepted(acceptance) => self.acceptance = Some(acceptance.clone()),
            What::DeliveryChosen(_, choice) => self.delivery = Some(choice.clone()),
            What::ReceiptConfirmed(_, parcel) => self.confirmed.push(*parcel),
            What::SupplementRequested(request) => self.supplement = Some(request.clone()),
            What::HandedToPost(handover) => {
                self.handovers.push(handover.clone());
                self.on_the_road = Some(handover.parcel);
            }
            What::Delivered(parcel, ..) => {
                self.delivered = Some(*parcel);
                self.on_the_road = None;
            }
            What::Withdrawn(..)
            | What::PaymentRequested(..)
            | What::Suspended(_)
            | What::Resumed(..)
            | What::Refused(_)
            | What::Forwarded(_)
            | What::OutcomeRecorded(_)
            | What::Recalled(..)
            | What::HandedOver(_)
            | What::Extended(..)
            | What::DeliveryFailed(..)
            | What::DeliveryDisputed(..) => {}
        }
    }

    /// Whether a content answers the newest request. Only what was asked for could be changed since, so one that is
    /// what the office has brings nothing; a request that named nothing, as they once could, is answered by anything.
    pub fn is_answered_by(&self, content: &ContentHash) -> bool {
        let names = |asked: &SupplementRequest| !asked.fields.is_empty() || !asked.components.is_empty();
        !self.supplement.as_ref().is_some_and(names) || self.content.as_ref() != Some(content)
    }

    /// The handover of a parcel, if it is one of this dossier's.
    pub fn handover(&self, parcel: &ParcelId) -> Option<&Handover> {
        self.handovers.iter().find(|h| h.parcel == *parcel)
    }
}
