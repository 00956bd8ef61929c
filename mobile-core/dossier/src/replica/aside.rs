//! What the server would not take, kept until the citizen has seen to it: an edit that came at the wrong time can be
//! brought back when the dossier is open to it again, for instance when the office asks for more (DESIGN §4).

use super::{Intent, Replica, WriteRefused};
use crate::ids::Thumbprint;
use crate::procedure::Procedure;
use crate::sentence::Sentence;
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
        self.set_aside.remove(n);
        Ok(())
    }

    /// The citizen has seen it and lets it go.
    pub fn dismiss(&mut self, n: usize) -> Result<(), WriteRefused> {
        if n >= self.set_aside.len() {
            return Err(WriteRefused { code: "not_set_aside", sentence: Sentence::new("write-not-set-aside") });
        }
        self.set_aside.remove(n);
        Ok(())
    }
}

impl SetAside {
    /// What a citizen reads about it: the reason and what can be done.
    pub fn sentence(&self) -> Sentence {
        match self.code.as_str() {
            "locked" => Sentence::new("aside-locked"),
            "content_changed" | "content_differs" => Sentence::new("aside-content-changed"),
            "conflict_unresolved" => Sentence::new("aside-conflict-unresolved"),
            "has_findings" => Sentence::new("aside-has-findings"),
            "unknown_unit" => Sentence::new("aside-unknown-unit"),
            "not_found" => Sentence::new("aside-not-found"),
            "dossier_full" => Sentence::new("aside-dossier-full"),
            "wrong_status" | "ended" | "outcome_recorded" | "with_post" | "no_post" => Sentence::new("aside-not-now"),
            code => Sentence::new("aside-refused").with("code", code),
        }
    }
}
