//! An officer's command: allowed by the status table, written as one event.

use super::{Birth, Command, Course, DossierState, Officer, Rows, Rules, Serial};
use crate::act::DeliveryChoice;
use crate::allow;
use crate::deadline;
use crate::delivery::{Manifest, Parcel, RecipientCode};
use crate::event::{Acceptance, By, DueChange, Event, Handover, Outcome, Proposer, SupplementRequest, Term, What};
use crate::ids::{DossierCode, ManifestId, ParcelId, UnitCode};
use crate::procedure::{Channel, Procedure, is_readable};
use crate::sentence::Sentence;
use crate::status::{Action, Role};
use crate::time::Timestamp;

/// The longest text that an officer writes for a citizen, in characters.
pub const OFFICE_TEXT_MAX: usize = 4_000;

/// The most that a citizen is asked to pay at once, in đồng. No article that could be read sets a ceiling. The highest fee of
/// the catalogue is 200,000 đ, and what a household owes for land runs to hundreds of millions; above ten billion it
/// is a slip of the keys, which a citizen must not read as a debt.
pub const PAYMENT_MAX: u64 = 10_000_000_000;

/// Why a command was not carried out; nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRefused {
    /// Stable.
    pub code: &'static str,
    pub sentence: Sentence,
}

impl CommandRefused {
    fn new(code: &'static str, sentence: &'static str) -> Self {
        Self { code, sentence: Sentence::new(sentence) }
    }
}

/// Decides a command. `next_serial` is what the officer's unit would number an acceptance today; another acceptance
/// that takes it first has this one decided again.
pub fn command(
    state: &DossierState,
    command: &Command,
    officer: &Officer,
    next_serial: u32,
    rules: &Rules<'_>,
) -> Result<Rows, CommandRefused> {
    let Allowed { birth, procedure, course, unit, until } = allowed(state, command, officer, rules)?;
    // The mistake of one, or a favour that one was asked for, is not undone by the same one (four eyes).
    if let Command::Recall { proposer, .. } = command
        && proposer.staff == officer.staff
    {
        return Err(CommandRefused::new("own_proposal", "command-own-proposal"));
    }
    let desk = Desk { state, course: &course, procedure, unit: &unit, rules };
    let mut serial = None;
    let mut manifest = None;
    let what = match command {
        Command::Accept => {
            let taken = Serial { unit: unit.clone(), day: rules.now.day(), serial: next_serial };
            let acceptance = desk.accept(&taken)?;
            serial = Some(taken);
            What::Accepted(acceptance)
        }
        Command::Refuse { reason } => What::Refused(reason.clone()),
        Command::Forward { note } => What::Forwarded(note.clone()),
        Command::RequestSupplement { reason, fields, components, .. } => {
            // Which contents to mend is a part of the request (NĐ 61/2018 Đ.17.2, Đ.19.4, form 02): a reason alone does
            // not tell the citizen what to bring, and opens everything.
            if fields.is_empty() && components.is_empty() {
                return Err(CommandRefused::new("nothing_asked", "command-nothing-asked"));
            }
            if !allow::can_ask(procedure, fields, components) {
                return Err(CommandRefused::new("unknown_key", "command-unknown-key"));
            }
            let (fields, components) = (fields.clone(), components.clone());
            What::SupplementRequested(SupplementRequest { reason: reason.clone(), fields, components, until })
        }
        Command::Resume { note } => What::Resumed(note.clone(), desk.resumed()),
        Command::RequestPayment { amount, reason } => What::PaymentRequested(*amount, reason.clone()),
        Command::Suspend { reason } => What::Suspended(reason.clone()),
        Command::RecordOutcome { granted, number, summary } => {
            What::OutcomeRecorded(Outcome { granted: *granted, number: number.clone(), summary: summary.clone() })
        }
        // The office's own correction: it gains no time by it.
        Command::Recall { reason, proposer } => What::Recalled(reason.clone(), desk.recalled(), Some(proposer.clone())),
        Command::HandOver { recipient } => What::HandedOver(recipient.clone()),
        Command::Extend { apology, working_days } => desk.extend(apology, *working_days)?,
        Command::HandToPost { courier, tracking, seal } => {
            let (handover, list) = desk.hand_to_post(*courier, tracking.clone(), seal)?;
            manifest = Some(list);
            What::HandedToPost(handover)
        }
    };

    let by = By::Officer(officer.staff, officer.unit.clone(), officer.name.clone());
    let event = Event { seq: state.events.len() as u32 + 1, at: rules.now, by, what };
    Ok(Rows { serial, ..Rows::of(state, birth, vec![event]).listing(manifest) })
}

/// Whether an officer may propose that a result is taken back, for another to decide: what that decision would be refused
/// for is told at once.
pub fn propose_recall(
    state: &DossierState,
    reason: &str,
    officer: &Officer,
    rules: &Rules<'_>,
) -> Result<Proposer, CommandRefused> {
    let proposer = Proposer { staff: officer.staff, name: officer.name.clone() };
    let recall = Command::Recall { reason: reason.to_owned(), proposer: proposer.clone() };
    allowed(state, &recall, officer, rules)?;
    Ok(proposer)
}

/// What a command is decided with, once nothing speaks against it.
struct Allowed<'a> {
    birth: &'a Birth,
    procedure: &'a Procedure,
    course: Course,
    unit: UnitCode,
    until: Timestamp,
}

fn allowed<'a>(
    state: &'a DossierState,
    command: &Command,
    officer: &Officer,
    rules: &Rules<'a>,
) -> Result<Allowed<'a>, CommandRefused> {
    let not_found = || CommandRefused::new("not_found", "command-not-found");
    let birth = state.birth.as_ref().ok_or_else(not_found)?;
    let procedure = rules.catalogue.procedure(&birth.open.procedure).ok_or_else(not_found)?;
    let course = Course::of(&state.events);
    let unit = course.unit.clone().filter(|unit| *unit == officer.unit).ok_or_else(not_found)?;

    well_written(command)?;
    let until = match command {
        Command::RequestSupplement { working_days, .. } => {
            rules.calendar.citizens_term(&unit, rules.now, u32::from(*working_days))
        }
        _ => rules.now,
    };
    course
        .status
        .after(action(command, until), Role::Officer, &allow::facts(&state.events, procedure, rules.now))
        .map_err(|not| CommandRefused { code: not.code, sentence: not.sentence })?;
    Ok(Allowed { birth, procedure, course, unit, until })
}

fn action(command: &Command, until: Timestamp) -> Action {
    match command {
        Command::Accept => Action::Accept,
        Command::Refuse { .. } => Action::Refuse,
        Command::Forward { .. } => Action::Forward,
        Command::RequestSupplement { .. } => Action::RequestSupplement { until },
        Command::Resume { .. } => Action::Resume,
        Command::RequestPayment { .. } => Action::RequestPayment,
        Command::Suspend { .. } => Action::Suspend,
        Command::RecordOutcome { .. } => Action::RecordOutcome,
        Command::Recall { .. } => Action::Recall,
        Command::HandOver { .. } => Action::HandOver,
        Command::Extend { .. } => Action::Extend,
        Command::HandToPost { .. } => Action::HandToPost,
    }
}

/// What the citizen is to read must be there and be readable (NĐ 61/2018 Đ.17, Đ.19: every refusal, request and
/// apology has its reason).
fn well_written(command: &Command) -> Result<(), CommandRefused> {
    let required: &[&str] = match command {
        Command::Refuse { reason }
        | Command::RequestSupplement { reason, .. }
        | Command::RequestPayment { reason, .. }
        | Command::Suspend { reason }
        | Command::Recall { reason, .. } => &[reason],
        Command::RecordOutcome { summary, .. } => &[summary],
        Command::HandOver { recipient } => &[recipient],
        Command::Extend { apology, .. } => &[apology],
        Command::HandToPost { seal, .. } => &[seal],
        Command::Accept | Command::Forward { .. } | Command::Resume { .. } => &[],
    };
    let optional: &[&str] = match command {
        Command::Forward { note } | Command::Resume { note } => &[note],
        _ => &[],
    };
    if !required.iter().all(|text| is_readable(text)) {
        return Err(match command {
            Command::HandToPost { .. } => CommandRefused::new("seal_required", "command-seal-required"),
            _ => CommandRefused::new("text_required", "command-text-required"),
        });
    }
    if required.iter().chain(optional).any(|text| text.chars().count() > OFFICE_TEXT_MAX) {
        return Err(CommandRefused::new("text_too_long", "command-text-too-long"));
    }
    match command {
        Command::RequestSupplement { working_days, .. } | Command::Extend { working_days, .. }
            if !(1..=60).contains(working_days) =>
        {
            Err(CommandRefused::new("days_out_of_range", "command-days-out-of-range"))
        }
        Command::RequestPayment { amount, .. } if !(1..=PAYMENT_MAX).contains(amount) => {
            Err(CommandRefused::new("amount_out_of_range", "command-amount-out-of-range"))
        }
        _ => Ok(()),
    }
}

/// A dossier on an officer's desk.
struct Desk<'a> {
    state: &'a DossierState,
    course: &'a Course,
    procedure: &'a Procedure,
    unit: &'a UnitCode,
    rules: &'a Rules<'a>,
}

impl Desk<'_> {
    /// The term counts from acceptance; the date that was announced at submission stays on record as the old one.
    fn accept(&self, serial: &Serial) -> Result<Acceptance, CommandRefused> {
        let content = self.course.content.ok_or(CommandRefused::new("not_found", "command-not-found"))?;
        let (calendar, allowance) = (self.rules.calendar, &self.procedure.allowance);
        let mut due = deadline::start(calendar, self.unit, Term::Result, allowance, self.rules.now);
        due.old = deadline::Clock::of(&self.state.events).due(Term::Result);
        Ok(Acceptance {
            code: DossierCode::new(&serial.unit, serial.day, serial.serial),
            due,
            rule_set: self.rules.catalogue.rule_set.clone(),
            catalogue: self.rules.catalogue.version,
            content,
            tracking_secret: RecipientCode::from_entropy(&self.rules.entropy_at(0)),
            fee: self.procedure.fee(Channel::Online),
        })
    }

    fn resumed(&self) -> Vec<DueChange> {
        super::resumed(&self.state.events, self.procedure, self.unit, self.rules)
    }

    fn recalled(&self) -> Vec<DueChange> {
        let stopped = deadline::Clock::of(&self.state.events).stopped();
        stopped.into_iter().map(|stopped| deadline::unmoved(self.rules.calendar, stopped)).collect()
    }

    fn extend(&self, apology: &str, working_days: u16) -> Result<What, CommandRefused> {
        let clock = deadline::Clock::of(&self.state.events);
        let old = clock.due(Term::Result).ok_or(CommandRefused::new("no_due_date", "command-no-due-date"))?;
        let change = deadline::extend(self.rules.calendar, self.unit, old, working_days, self.rules.now);
        if change.new <= self.rules.now {
            return Err(CommandRefused::new("due_in_the_past", "command-due-in-the-past"));
        }
        Ok(What::Extended(apology.to_owned(), change))
    }

    fn hand_to_post(
        &self,
        courier: crate::ids::PersonId,
        tracking: Option<crate::ids::TrackingNumber>,
        seal: &str,
    ) -> Result<(Handover, Manifest), CommandRefused> {
        if !matches!(self.course.delivery, Some(DeliveryChoice::ByPost(_))) {
            return Err(CommandRefused::new("post_not_chosen", "command-post-not-chosen"));
        }
        let handover = Handover {
            parcel: ParcelId(self.rules.uuid_at(1)),
            manifest: ManifestId(self.rules.uuid_at(2)),
            courier,
            tracking,
            seal: seal.trim().to_owned(),
            code: RecipientCode::from_entropy(&self.rules.entropy_at(3)),
        };
        let list = list(self.course, &handover, self.rules.now);
        let list = list.ok_or(CommandRefused::new("not_found", "command-not-found"))?;
        Ok((handover, list))
    }
}

/// The courier's list of a handover: the same whenever it is made from the same course. `None` where nothing goes by post.
pub(super) fn list(course: &Course, handover: &Handover, issued_at: Timestamp) -> Option<Manifest> {
    let Some(DeliveryChoice::ByPost(to)) = &course.delivery else { return None };
    let item = Parcel {
        id: handover.parcel,
        dossier_code: course.acceptance.as_ref()?.code.clone(),
        tracking: handover.tracking.clone(),
        seal: handover.seal.clone(),
        recipient: to.recipient.clone(),
        phone: to.phone.clone(),
        address: format!("{} ({})", to.line, to.area),
        commitment: handover.code.commit(&handover.parcel),
    };
    Some(Manifest { id: handover.manifest, courier: handover.courier, issued_at, parcels: vec![item] })
}
