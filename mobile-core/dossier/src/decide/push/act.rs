//! What an act of a push means now: the event that it becomes, or why it does not.

use super::Judging;
use crate::act::{Act, DeliveryChoice};
use crate::allow;
use crate::deadline;
use crate::event::{Term, What};
use crate::ids::{ActId, ChangeHash, ContentHash, PaperHash};
use crate::layout::{Frozen, PAPERS_BYTES_MAX, PAPERS_MAX, Projection};
use crate::procedure::Severity;
use crate::status::Role;
use std::collections::BTreeSet;

pub(super) struct Taken {
    pub(super) what: What,
    pub(super) frozen: Option<(ContentHash, Vec<u8>)>,
}

pub(super) enum NotTaken {
    Refused(&'static str),
    Lacking(Vec<PaperHash>),
}

impl Judging<'_> {
    /// What an act means now: the event it becomes, or why it does not.
    pub(super) fn act(&mut self, id: ActId, act: Act, parents: &[ChangeHash]) -> Result<Taken, NotTaken> {
        let facts = allow::facts(&self.all_events(), self.procedure, self.rules.now);
        self.course
            .status
            .after(allow::action(&act), Role::Citizen, &facts)
            .map_err(|not| NotTaken::Refused(not.code))?;
        let (calendar, now) = (self.rules.calendar, self.rules.now);
        let what = match act {
            Act::Submit(content, unit, behalf) => {
                if self.rules.catalogue.unit(&unit).is_none() {
                    return Err(NotTaken::Refused("unknown_unit"));
                }
                let frozen = self.handed_in(content, parents)?;
                let answer = deadline::start(calendar, &unit, Term::Answer, &calendar.answer, now);
                let result = deadline::start(calendar, &unit, Term::Result, &self.procedure.allowance, now);
                return Ok(Taken { what: What::Submitted(id, content, unit, vec![answer, result], behalf), frozen });
            }
            Act::Supplement(content) => {
                let frozen = self.handed_in(content, parents)?;
                if !self.course.is_answered_by(&content) {
                    return Err(NotTaken::Refused("nothing_supplied"));
                }
                let dues = self.clocks_go_on();
                return Ok(Taken { what: What::Supplemented(id, content, dues), frozen });
            }
            Act::Withdraw(reason) => What::Withdrawn(id, reason),
            Act::ChooseDelivery(choice) => {
                if let DeliveryChoice::ByPost(to) = &choice
                    && let Some(fault) = to.fault(self.rules.catalogue.places())
                {
                    return Err(NotTaken::Refused(fault.code()));
                }
                What::DeliveryChosen(id, choice)
            }
            Act::ConfirmDelivery(parcel) => {
                if self.course.handover(&parcel).is_none() {
                    return Err(NotTaken::Refused("unknown_parcel"));
                }
                What::ReceiptConfirmed(id, parcel)
            }
        };
        Ok(Taken { what, frozen: None })
    }

    /// The frozen version of an act that the server had taken before a restore: it was judged then, by the hour and the
    /// rules of then.
    pub(super) fn again(&mut self, parents: &[ChangeHash]) -> Result<Option<(ContentHash, Vec<u8>)>, NotTaken> {
        let content = match self.lost.first().map(|event| &event.what) {
            Some(What::Submitted(_, content, ..) | What::Supplemented(_, content, _)) => *content,
            _ => return Ok(None),
        };
        let at_parents = self.gate.project_at(parents).map_err(|refusal| NotTaken::Refused(refusal.code()))?;
        self.frozen_at(&at_parents, content)
    }

    /// The frozen version that a submit or supplement speaks of: form and papers at its parents, not at the heads.
    fn handed_in(
        &mut self,
        content: ContentHash,
        parents: &[ChangeHash],
    ) -> Result<Option<(ContentHash, Vec<u8>)>, NotTaken> {
        let at_parents = self.gate.project_at(parents).map_err(|refusal| NotTaken::Refused(refusal.code()))?;
        if at_parents.form.values().any(|values| values.len() > 1) {
            return Err(NotTaken::Refused("conflict_unresolved"));
        }
        if self.procedure.findings_on(&at_parents, self.rules.now.day()).iter().any(|f| f.severity == Severity::Error) {
            return Err(NotTaken::Refused("has_findings"));
        }
        within_paper_limits(&at_parents)?;
        self.frozen_at(&at_parents, content)
    }

    /// What was handed in, if it is this content and every paper that it names is stored.
    fn frozen_at(
        &self,
        at_parents: &Projection,
        content: ContentHash,
    ) -> Result<Option<(ContentHash, Vec<u8>)>, NotTaken> {
        let frozen = Frozen::of(at_parents, self.birth.open.catalogue);
        let bytes = frozen.bytes();
        if frozen.hash() != content {
            return Err(NotTaken::Refused("content_differs"));
        }
        let named: BTreeSet<PaperHash> = at_parents.papers.keys().map(|k| k.hash).collect();
        let lacking: Vec<PaperHash> = named.difference(&self.state.papers).copied().collect();
        if lacking.is_empty() { Ok(Some((content, bytes))) } else { Err(NotTaken::Lacking(lacking)) }
    }

    fn clocks_go_on(&self) -> Vec<crate::event::DueChange> {
        let Some(unit) = &self.course.unit else { return Vec::new() };
        crate::decide::resumed(&self.all_events(), self.procedure, unit, self.rules)
    }
}

fn within_paper_limits(projection: &Projection) -> Result<(), NotTaken> {
    let bytes: u64 = projection.papers.values().map(|p| u64::from(p.size)).sum();
    if projection.papers.len() > PAPERS_MAX || bytes > PAPERS_BYTES_MAX {
        return Err(NotTaken::Refused("too_many_papers"));
    }
    Ok(())
}
