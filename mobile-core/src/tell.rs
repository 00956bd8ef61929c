//! What happened to a dossier and what it waits for, as sentences for its owner.

use dossier::act::Act;
use dossier::calendar::Calendar;
use dossier::deadline::{self, LateAnswer};
use dossier::decide::Course;
use dossier::delivery::FailureReason;
use dossier::event::{By, DueChange, Event, GradeShown, Proposer, Term, What};
use dossier::ids::UnitCode;
use dossier::procedure::{Allowance, Procedure};
use dossier::replica::{Intent, Queued, Replica};
use dossier::sentence::Sentence;
use dossier::status::Status;
use dossier::time::Timestamp;

use crate::shelf::Progress;

/// Who wrote it at the counter, if an officer did.
pub(crate) fn at_counter(event: &Event) -> Option<Sentence> {
    match &event.by {
        By::CitizenAtCounter(_, _, name, _) => Some(Sentence::new("event-at-counter").with("name", name.as_str())),
        _ => None,
    }
}

/// One of these events, as a line of the timeline.
pub(crate) fn event(event: &Event, events: &[Event]) -> Sentence {
    if let Some(late) = LateAnswer::of(event, events) {
        return late.event_sentence();
    }
    match &event.what {
        What::Submitted(_, _, unit, ..) => Sentence::new("event-submitted").with("unit", unit.to_string()),
        What::Supplemented(..) => Sentence::new("event-supplemented"),
        What::Withdrawn(..) => Sentence::new("event-withdrawn"),
        What::DeliveryChosen(_, choice) => Sentence::new("event-delivery-chosen").with("way", way(choice)),
        What::ReceiptConfirmed(..) => Sentence::new("event-receipt-confirmed"),
        What::Accepted(acceptance) => Sentence::new("event-accepted").with("code", acceptance.code.to_string()),
        What::Refused(reason) => Sentence::new("event-refused").with("reason", reason.clone()),
        What::Forwarded(_) => Sentence::new("event-forwarded"),
        What::SupplementRequested(request) => Sentence::new("event-supplement-requested")
            .with("reason", request.reason.clone())
            .with("until", request.until.to_string()),
        What::Resumed(..) => Sentence::new("event-resumed"),
        What::PaymentRequested(amount, reason) => {
            Sentence::new("event-payment-requested").with("amount", dong(*amount)).with("reason", reason.clone())
        }
        What::Suspended(reason) => Sentence::new("event-suspended").with("reason", reason.clone()),
        What::OutcomeRecorded(outcome) => Sentence::new("event-outcome")
            .with("granted", if outcome.granted { "yes" } else { "no" })
            .with("summary", outcome.summary.clone()),
        What::Recalled(reason, _, proposer) => recalled(reason, proposer.as_ref(), &event.by),
        What::HandedOver(_) => Sentence::new("event-handed-over"),
        What::Extended(apology, change) => {
            Sentence::new("event-extended").with("apology", apology.clone()).with("due", change.new.to_string())
        }
        What::HandedToPost(handover) => Sentence::new("event-handed-to-post").with("seal", handover.seal.clone()),
        What::DeliveryFailed(_, reason, _) => Sentence::new("event-delivery-failed").with("reason", word(*reason)),
        What::Delivered(_, grade, _) => Sentence::new("event-delivered").with("grade", grade_word(*grade)),
        What::DeliveryDisputed(..) => Sentence::new("event-delivery-disputed"),
    }
}

fn recalled(reason: &str, proposer: Option<&Proposer>, by: &By) -> Sentence {
    let (Some(proposer), By::Officer(_, _, officer)) = (proposer, by) else {
        return Sentence::new("event-recalled").with("reason", reason);
    };
    let sentence = Sentence::new("event-recalled-by-two").with("reason", reason);
    sentence.with("proposer", proposer.name.clone()).with("officer", officer.clone())
}

/// The due dates that an event set or moved.
pub(crate) fn due_changes(event: &Event) -> Vec<&DueChange> {
    match &event.what {
        What::Submitted(_, _, _, changes, _)
        | What::Supplemented(_, _, changes)
        | What::Resumed(_, changes)
        | What::Recalled(_, changes, _) => changes.iter().collect(),
        What::Accepted(acceptance) => vec![&acceptance.due],
        What::Extended(_, change) => vec![change],
        _ => Vec::new(),
    }
}

/// Why a due date is what it is.
pub(crate) fn due(change: &DueChange, at: Timestamp, unit: &UnitCode, procedure: &Procedure) -> Sentence {
    let calendar = Calendar::built_in();
    let allowance: &Allowance = match change.term {
        Term::Answer => &calendar.answer,
        Term::Result => &procedure.allowance,
    };
    deadline::explain(calendar, unit, allowance, change, at)
}

/// Why the running date is what it is; where none runs, since when the clock stands, or how it ended.
pub(crate) fn deadline(events: &[Event], procedure: &Procedure) -> Option<Sentence> {
    let unit = Course::of(events).unit?;
    let Some((term, _)) = deadline::Clock::of(events).running_due() else {
        return deadline::explain_still(Calendar::built_in(), &unit, procedure, events);
    };
    let mut changes = events.iter().rev().flat_map(|e| due_changes(e).into_iter().rev().map(|c| (e.at, c)));
    let (at, change) = changes.find(|(_, c)| c.term == term)?;
    Some(due(change, at, &unit, procedure))
}

/// What a dossier waits for, in one or two sentences.
pub(crate) fn why(replica: &Replica, procedure: &Procedure, now: Timestamp) -> Vec<Sentence> {
    let course = replica.course();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_string();
    let here = match Progress::of(replica) {
        _ if replica.to_see_to() > 0 => Some(to_see_to(replica)),
        _ if replica.is_held && !replica.outbox.is_empty() => {
            Some(Sentence::new("why-held").with("count", count(replica.outbox.len())))
        }
        Progress::Uploading { papers: left } => Some(Sentence::new("why-uploading").with("count", left.to_string())),
        Progress::Queued => Some(Sentence::new("why-queued").with("count", count(replica.outbox.len()))),
        Progress::Sent => Some(Sentence::new("why-sent")),
        Progress::Draft if !replica.outbox.is_empty() => {
            Some(Sentence::new("why-unsent").with("count", count(replica.outbox.len())))
        }
        _ => None,
    };
    let mut sentences: Vec<Sentence> = here.into_iter().collect();
    let waits = replica.waits_for_others();
    if waits > 0 {
        sentences.push(Sentence::new("why-waits-for-other-device").with("count", count(waits)));
    }
    if !replica.told_before().is_empty() {
        sentences.push(Sentence::new("why-told-before-restore").with("count", count(replica.told_before().len())));
    }
    // What waits on this phone is not the office's move yet: its next step would be a promise of ours.
    let waits = matches!(Progress::of(replica), Progress::Queued | Progress::Sent | Progress::Uploading { .. })
        && course.status == Status::Draft;
    // And "you have nothing to do" must not stand beside what the citizen has to see to.
    if !waits && replica.to_see_to() == 0 {
        sentences.push(next(replica, procedure, now));
    }
    sentences
}

/// With the number of all that was set aside, as a synchronisation counts it and as it is listed: what the citizen has
/// to see to and what only tells of it are one matter, and two numbers for it would look like two.
fn to_see_to(replica: &Replica) -> Sentence {
    let count = u32::try_from(replica.set_aside.len()).unwrap_or(u32::MAX);
    Sentence::new("why-set-aside").with("count", count.to_string())
}

/// What happens next, whose move it is, and by when: first what the citizen has to see to on this phone, else by what
/// the server has said.
pub(crate) fn next(replica: &Replica, procedure: &Procedure, now: Timestamp) -> Sentence {
    if replica.to_see_to() > 0 {
        return to_see_to(replica);
    }
    if has_confirmed(replica) {
        return Sentence::new("next-receipt-confirmed");
    }
    if let Some(act) = waiting_move(replica) {
        return Sentence::new("next-waits-to-be-sent").with("act", act);
    }
    let due = deadline::Clock::of(&replica.events).running_due().map(|(_, due)| due);
    replica.status().next_step(due, &dossier::allow::facts(&replica.events, procedure, now))
}

/// What the citizen has done that ends their move and waits to be sent.
fn waiting_move(replica: &Replica) -> Option<&'static str> {
    replica.outbox.iter().rev().find_map(|queued| match queued.intent {
        Intent::Act(_, Act::Withdraw(_)) => Some("withdraw"),
        Intent::Act(_, Act::Supplement(_)) => Some("supplement"),
        Intent::Act(_, Act::Submit(..)) => Some("submit"),
        _ => None,
    })
}

/// The owner has confirmed the parcel that is on the road, whether or not that was sent yet.
fn has_confirmed(replica: &Replica) -> bool {
    let course = replica.course();
    let Some(parcel) = course.on_the_road.filter(|_| course.status == Status::Finished) else { return false };
    let waits = |queued: &Queued| matches!(queued.intent, Intent::Act(_, Act::ConfirmDelivery(p)) if p == parcel);
    course.confirmed.contains(&parcel) || replica.outbox.iter().any(waits)
}

pub(crate) fn progress(progress: Progress) -> Sentence {
    match progress {
        Progress::Draft => Sentence::new("progress-draft"),
        Progress::Queued => Sentence::new("progress-queued"),
        Progress::Uploading { papers: left } => Sentence::new("progress-uploading").with("left", left.to_string()),
        Progress::Acknowledged => Sentence::new("progress-acknowledged"),
        Progress::NeedsYou => Sentence::new("progress-needs-you"),
        Progress::Refused => Sentence::new("progress-refused"),
        Progress::Sent => Sentence::new("progress-sent"),
    }
}

/// How old what is shown is.
pub(crate) fn freshness(beacon: Option<Timestamp>) -> Sentence {
    match beacon {
        Some(at) => Sentence::new("freshness-at").with("at", at.to_string()),
        None => Sentence::new("freshness-never"),
    }
}

/// A reason of a failed attempt, as people read it.
pub(crate) fn failure(reason: FailureReason) -> Sentence {
    Sentence::new("failure-reason").with("reason", word(reason))
}

/// Stable words for the reasons of a failed attempt, in the order of `FailureReason`.
pub(crate) const FAILURES: [(FailureReason, &str); 12] = [
    (FailureReason::NoOrBadAddress, "no_or_bad_address"),
    (FailureReason::MovedNoForwarding, "moved_no_forwarding"),
    (FailureReason::NotFoundAtAddress, "not_found_at_address"),
    (FailureReason::NotCollectedAfterTwoNotices, "not_collected_after_two_notices"),
    (FailureReason::Refused, "refused"),
    (FailureReason::Absent, "absent"),
    (FailureReason::UnreachablePhone, "unreachable_phone"),
    (FailureReason::RescheduledByRecipient, "rescheduled_by_recipient"),
    (FailureReason::WrongPersonNoAuthorisation, "wrong_person_no_authorisation"),
    (FailureReason::IdMissingOrMismatch, "id_missing_or_mismatch"),
    (FailureReason::FeeUnpaid, "fee_unpaid"),
    (FailureReason::ForceMajeure, "force_majeure"),
];

pub(crate) fn word(reason: FailureReason) -> &'static str {
    FAILURES.iter().find(|(r, _)| *r == reason).map_or("absent", |(_, word)| word)
}

fn grade_word(grade: GradeShown) -> &'static str {
    match grade {
        GradeShown::A => "a",
        GradeShown::B => "b",
        GradeShown::C => "c",
    }
}

fn way(choice: &dossier::act::DeliveryChoice) -> &'static str {
    match choice {
        dossier::act::DeliveryChoice::AtCounter => "counter",
        dossier::act::DeliveryChoice::ByPost(_) => "post",
    }
}

/// 50000 → `50.000 đ`.
fn dong(amount: u64) -> String {
    let digits = amount.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('.');
        }
        text.push(c);
    }
    text + " đ"
}

#[cfg(test)]
mod tests {
    use super::*;
    use dossier::sentence::Language;

    #[test]
    fn every_reason_of_a_failed_attempt_has_its_own_word_in_both_languages() {
        for language in Language::ALL {
            let said: std::collections::BTreeSet<_> = FAILURES.iter().map(|(r, _)| failure(*r).say(language)).collect();
            assert_eq!(said.len(), FAILURES.len(), "{said:?}");
        }
    }

    #[test]
    fn money_is_written_in_groups() {
        assert_eq!(dong(0), "0 đ");
        assert_eq!(dong(8_000), "8.000 đ");
        assert_eq!(dong(1_234_567), "1.234.567 đ");
    }
}
