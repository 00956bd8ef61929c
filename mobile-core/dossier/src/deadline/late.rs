//! An answer to a request for more that came after its term. It is taken as long as the office has not refused: no
//! article that could be read makes it void, a dossier ends at 3 only by the office's own refusal (domain brief §3.2),
//! and what was written in time without signal must not be lost. But everybody is told that it was late, and by how much.
//!
//! Nothing is stored for it: the request holds its term, and the supplement's event the moment it came.

use crate::event::{Event, What};
use crate::sentence::Sentence;
use crate::time::Timestamp;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateAnswer {
    /// Until when the answer was asked for.
    pub until: Timestamp,
    /// When it reached the server.
    pub came: Timestamp,
}

const MINUTE: i64 = 60 * 1000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl LateAnswer {
    /// If `event`, one of these, is a supplement that came after the term of the request that it answers.
    pub fn of(event: &Event, events: &[Event]) -> Option<Self> {
        if !matches!(event.what, What::Supplemented(..)) {
            return None;
        }
        let until = events.iter().rev().filter(|e| e.seq < event.seq).find_map(|e| match &e.what {
            What::SupplementRequested(request) => Some(request.until),
            _ => None,
        })?;
        (event.at > until).then_some(Self { until, came: event.at })
    }

    /// "3 days after the term of …". In plain days and hours, as people count how late they are.
    pub fn sentence(&self) -> Sentence {
        self.fill(Sentence::new("late-by"))
    }

    /// The timeline's line for such a supplement.
    pub fn event_sentence(&self) -> Sentence {
        self.fill(Sentence::new("event-supplemented-late"))
    }

    fn fill(&self, sentence: Sentence) -> Sentence {
        let late = self.came.0.saturating_sub(self.until.0);
        let (amount, unit) = match late {
            DAY.. => (late / DAY, "days"),
            HOUR.. => (late / HOUR, "hours"),
            _ => ((late / MINUTE).max(1), "minutes"),
        };
        sentence.with("amount", amount.to_string()).with("unit", unit).with("until", self.until.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{By, SupplementRequest};
    use crate::ids::{ActId, ContentHash};
    use crate::sentence::Language;

    const UNTIL: Timestamp = Timestamp(1_795_395_600_000);

    fn events(came: Timestamp) -> [Event; 2] {
        let asked = SupplementRequest { reason: "x".into(), fields: vec![], components: vec![], until: UNTIL };
        let answer = What::Supplemented(ActId::from_bytes([1; 16]), ContentHash([1; 32]), vec![]);
        let event = |seq, at, what| Event { seq, at, by: By::Server, what };
        [event(1, UNTIL.plus_seconds(-86_400), What::SupplementRequested(asked)), event(2, came, answer)]
    }

    #[test]
    fn an_answer_is_late_only_after_the_last_moment_of_its_term() {
        let late = |came| {
            let events = events(came);
            LateAnswer::of(&events[1], &events)
        };
        assert_eq!(late(UNTIL), None);
        assert_eq!(late(Timestamp(UNTIL.0 + 1)), Some(LateAnswer { until: UNTIL, came: Timestamp(UNTIL.0 + 1) }));
        let both = events(UNTIL.plus_seconds(86_400));
        assert_eq!(LateAnswer::of(&both[0], &both), None, "a request is no answer");
    }

    #[test]
    fn how_late_is_said_in_the_largest_unit_that_fits() {
        let said =
            |seconds, language| LateAnswer { until: UNTIL, came: UNTIL.plus_seconds(seconds) }.sentence().say(language);
        let cases = [
            (1, "1 phút", "1 minute"),
            (3_599, "59 phút", "59 minutes"),
            (3_600, "1 giờ", "1 hour"),
            (86_399, "23 giờ", "23 hours"),
            (86_400, "1 ngày", "1 day"),
            (10 * 86_400 + 5, "10 ngày", "10 days"),
        ];
        for (seconds, vi, en) in cases {
            let (in_vi, in_en) = (said(seconds, Language::Vietnamese), said(seconds, Language::English));
            assert!(in_vi.contains(vi) && in_vi.contains("08:00 23/11/2026"), "{in_vi}");
            assert!(in_en.contains(&format!("{en} after")), "{in_en}");
        }
    }
}
