//! What the server would not take, kept until the citizen has seen to it: an edit that came at the wrong time can be
//! brought back when the dossier is open to it again, for instance when the office asks for more (DESIGN §4).

use super::{Intent, Replica, WriteRefused};
use crate::act::Act;
use crate::event::{Event, What};
use crate::ids::Thumbprint;
use crate::procedure::Procedure;
use crate::sentence::Sentence;
use crate::time::Timestamp;
use minicbor::{Decode, Encode};

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct SetAside {
    #[n(0)]
    pub intent: Intent,
    /// The server's stable code, or `content_changed` for an act whose content is no longer what was declared.
    #[n(1)]
    pub code: String,
}

impl Replica {
    /// Whether the `n`-th of what was set aside could be done now. An act is never brought back: it declares what the
    /// citizen saw then, and is said anew.
    pub fn can_bring_back(&self, n: usize, procedure: &Procedure) -> bool {
        self.set_aside.get(n).is_some_and(|aside| match &aside.intent {
            Intent::Act(..) => false,
            edit => self.local().is_ok_and(|local| edit.check(self, &local, procedure).is_ok()),
        })
    }

    /// Does the `n`-th of what was set aside again, in the dossier as it is now. Refused again, it stays where it is.
    pub fn bring_back(&mut self, n: usize, device: &Thumbprint, procedure: &Procedure) -> Result<(), WriteRefused> {
        let Some(aside) = self.set_aside.get(n).filter(|aside| !matches!(aside.intent, Intent::Act(..))) else {
            return Err(WriteRefused { code: "not_set_aside", sentence: Sentence::new("write-not-set-aside") });
        };
        let intent = aside.intent.clone();
        self.write(device, intent, procedure)?;
        self.see_to(n);
        Ok(())
    }

    /// The citizen has seen it and lets it go.
    pub fn dismiss(&mut self, n: usize) -> Result<(), WriteRefused> {
        if n >= self.set_aside.len() {
            return Err(WriteRefused { code: "not_set_aside", sentence: Sentence::new("write-not-set-aside") });
        }
        self.see_to(n);
        Ok(())
    }

    /// Takes out the `n`-th. A handing-in that lost against the other phone's only told of the edits beside it; with the
    /// last of them it goes too, for it says of them that they are kept.
    fn see_to(&mut self, n: usize) {
        let seen = self.set_aside.remove(n);
        let is_edit = |aside: &SetAside| !matches!(aside.intent, Intent::Act(..));
        if is_edit(&seen) && !self.set_aside.iter().any(is_edit) {
            let events = &self.events;
            self.set_aside.retain(|aside| aside.elsewhere(events).is_none());
        }
    }
}

/// A handing-in of this phone that lost against the one of the owner's other phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// When the other one was taken.
    pub at: Timestamp,
    /// It said what this one said.
    pub same: bool,
}

impl Replica {
    /// Whether another phone had handed in when the `n`-th of what was set aside came.
    pub fn handed_in_elsewhere(&self, n: usize) -> Option<Elsewhere> {
        self.set_aside.get(n).and_then(|aside| aside.elsewhere(&self.events))
    }

    /// Whether the citizen has to see to the `n`-th. A handing-in that another phone made does not ask for anything:
    /// not where both said the same, and not where what differs stands beside it, set aside too. In a dossier that has
    /// ended nothing is left to be done about anything: what is kept only tells of itself.
    pub fn needs_seeing_to(&self, n: usize) -> bool {
        let edits = || self.set_aside.iter().any(|aside| !matches!(aside.intent, Intent::Act(..)));
        let ended = self.status().is_terminal();
        self.set_aside.get(n).is_some() && !ended && self.handed_in_elsewhere(n).is_none_or(|it| !it.same && !edits())
    }

    /// How many of what was set aside the citizen has to see to.
    pub fn to_see_to(&self) -> usize {
        (0..self.set_aside.len()).filter(|n| self.needs_seeing_to(*n)).count()
    }

    /// What asks for nothing goes by itself once the dossier has moved on.
    pub(super) fn forget_what_asks_for_nothing(&mut self) {
        let last = self.events.last().map(|e| e.at);
        let events = &self.events;
        self.set_aside.retain(|aside| !aside.elsewhere(events).is_some_and(|it| it.same && last > Some(it.at)));
    }

    /// What a citizen reads about the `n`-th: the reason and what can be done. `differing` names what differs from what
    /// was handed in elsewhere, if that is known.
    pub fn aside_sentence(&self, n: usize, differing: &str) -> Option<Sentence> {
        let aside = self.set_aside.get(n)?;
        let elsewhere = self.handed_in_elsewhere(n);
        // The reasons of before speak of what can still be done.
        if self.status().is_terminal() && !elsewhere.is_some_and(|it| it.same) {
            return Some(Sentence::new("aside-ended"));
        }
        let Some(Elsewhere { at, same }) = elsewhere else { return Some(aside.sentence()) };
        let id = if same { "aside-handed-in-elsewhere" } else { "aside-handed-in-differently" };
        let act = if matches!(aside.intent, Intent::Act(_, Act::Supplement(_))) { "supplement" } else { "submit" };
        let sentence = Sentence::new(id).with("at", at.to_string()).with("act", act);
        if same {
            return Some(sentence);
        }
        let what = if differing.is_empty() { "none" } else { differing };
        Some(sentence.with("what", what))
    }
}

impl SetAside {
    /// The other phone's handing-in, of the same kind and under another id, told by the events.
    fn elsewhere(&self, events: &[Event]) -> Option<Elsewhere> {
        let Intent::Act(id, act) = &self.intent else { return None };
        events.iter().rev().find_map(|event| match (&event.what, act) {
            (What::Submitted(other, handed_in, ..), Act::Submit(content, ..))
            | (What::Supplemented(other, handed_in, _), Act::Supplement(content))
                if other != id =>
            {
                Some(Elsewhere { at: event.at, same: handed_in == content })
            }
            _ => None,
        })
    }

    /// The reason and what can be done, by the code alone.
    fn sentence(&self) -> Sentence {
        match self.code.as_str() {
            "locked" => Sentence::new("aside-locked"),
            "content_changed" | "content_differs" => Sentence::new("aside-content-changed"),
            "conflict_unresolved" => Sentence::new("aside-conflict-unresolved"),
            "has_findings" => Sentence::new("aside-has-findings"),
            "nothing_supplied" => Sentence::new("write-nothing-supplied"),
            "too_many_papers" => Sentence::new("write-too-many-papers"),
            "unknown_unit" => Sentence::new("aside-unknown-unit"),
            "unknown_parcel" | "not_with_post" => Sentence::new("refusal-not-with-post"),
            "recipient_missing" => Sentence::new("write-recipient-missing"),
            "address_incomplete" => Sentence::new("finding-address-incomplete"),
            "unknown_place" => Sentence::new("aside-unknown-place"),
            "not_found" => Sentence::new("aside-not-found"),
            "dossier_full" => Sentence::new("aside-dossier-full"),
            "too_large" | "text_too_long" | "too_many_operations" => Sentence::new("aside-too-large"),
            "no_post" => Sentence::new("refusal-no-post"),
            "with_post" => Sentence::new("refusal-with-post"),
            "outcome_recorded" => Sentence::new("refusal-outcome-recorded"),
            "ended" => Sentence::new("refusal-ended"),
            "wrong_status" | "not_your_role" | "too_early" | "asked_already" | "extended_already"
            | "post_not_chosen" => Sentence::new("aside-not-now"),
            // The forms of app and server are not of one version.
            "not_in_catalogue" | "unknown_procedure" | "unknown_catalogue" | "unknown_layout"
            | "opened_differently" => Sentence::new("aside-other-forms"),
            // This phone and the server do not agree about what was sent before.
            "already"
            | "missing_dependency"
            | "forked"
            | "sequence_gap"
            | "own_previous_missing"
            | "start_op"
            | "too_many_actors"
            | "too_many_dependencies"
            | "act_repeated" => Sentence::new("aside-out-of-step"),
            // What an app that is in order never sends.
            code => Sentence::new("aside-refused").with("code", code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ContentHash;
    use crate::sentence::Language;
    use std::collections::BTreeSet;

    /// Every stable code that a pushed change can be refused with, read from where they are written.
    fn codes() -> BTreeSet<&'static str> {
        let refusals = include_str!("../admit/refusal.rs").split("=> \"").skip(1);
        let status = include_str!("../status/action.rs").split("Self::new(\"").skip(1);
        let elsewhere = include_str!("../status/action.rs").split("NotAllowed::new(\"").skip(1);
        let opening = include_str!("../decide/push.rs").split("Err(\"").skip(1);
        let whole = include_str!("../decide/push.rs").split("refuse_all(push, \"").skip(1);
        let acts = include_str!("../decide/push/act.rs").split("Refused(\"").skip(1);
        let addresses = include_str!("../act.rs").split("=> \"").skip(1);
        let replays = include_str!("absorb.rs").split("queued, \"").skip(1);
        let all = refusals
            .chain(status)
            .chain(elsewhere)
            .chain(opening)
            .chain(whole)
            .chain(acts)
            .chain(addresses)
            .chain(replays);
        let codes: BTreeSet<&str> = all.filter_map(|rest| rest.split('"').next()).collect();
        codes
            .into_iter()
            .filter(|code| !code.is_empty() && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
            .collect()
    }

    #[test]
    fn every_code_of_a_refusal_has_its_reason_and_what_can_be_done_in_both_languages() {
        let codes = codes();
        assert!(codes.len() > 60 && codes.contains("content_changed") && codes.contains("unknown_place"), "{codes:?}");
        let technical: BTreeSet<&str> = codes
            .iter()
            .copied()
            .filter(|code| {
                let aside = SetAside { intent: Intent::SetFields(Vec::new()), code: (*code).to_owned() };
                for language in Language::ALL {
                    let said = aside.sentence().say(language);
                    assert!(said.len() > 30 && !said.starts_with("aside-"), "{code}: {said}");
                }
                aside.sentence().id == "aside-refused"
            })
            .collect();
        // An honest phone can be refused with none of these.
        let honest: Vec<_> = technical.iter().filter(|code| HONEST.contains(code)).collect();
        assert!(honest.is_empty(), "{honest:?} need a sentence of their own");
    }

    /// What `Refusal::is_attack` does not call an attack, and whatever an act can be refused for.
    const HONEST: [&str; 14] = [
        "too_large",
        "already",
        "missing_dependency",
        "forked",
        "dossier_full",
        "text_too_long",
        "too_many_operations",
        "too_many_actors",
        "not_in_catalogue",
        "locked",
        "act_repeated",
        "wrong_status",
        "has_findings",
        "unknown_catalogue",
    ];

    #[test]
    fn an_act_of_this_phone_itself_was_not_made_elsewhere() {
        let id = crate::ids::ActId::from_bytes([1; 16]);
        let content = ContentHash([1; 32]);
        let aside = SetAside { intent: Intent::Act(id, Act::Supplement(content)), code: "wrong_status".into() };
        let event = |act| Event {
            seq: 1,
            at: Timestamp(5),
            by: crate::event::By::Server,
            what: What::Supplemented(act, content, Vec::new()),
        };
        assert_eq!(aside.elsewhere(&[event(id)]), None);
        let other = crate::ids::ActId::from_bytes([2; 16]);
        assert_eq!(aside.elsewhere(&[event(other)]), Some(Elsewhere { at: Timestamp(5), same: true }));
    }
}
