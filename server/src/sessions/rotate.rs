//! What becomes of a session when one of its refresh tokens is used. A phone on a bad line loses answers: so the token
//! before the newest one is good until the newest is used, which shows that its answer came. Only what is older than that
//! is a copy.

use super::IDLE_SECONDS;
use dossier::time::Timestamp;

/// All that is asked of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// Number of the newest token that was given.
    pub(super) newest: u32,
    pub(super) used_at: Timestamp,
    pub(super) ends_at: Timestamp,
    pub(super) ended: bool,
    pub(super) courier: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The token of this number is given, and is the newest from now on.
    Next(u32),
    /// The newest one is given again: its answer was lost.
    Again(u32),
    /// It has ended, for this reason.
    Over(&'static str),
    /// It was used after its successor: the session has to end.
    Reused,
}

pub(super) fn rotate(state: &State, presented: u32, now: Timestamp) -> Outcome {
    if state.ended {
        return Outcome::Over("ended");
    }
    if now >= state.ends_at {
        return Outcome::Over("its time is over");
    }
    // A courier's session is shorter than any absence that is asked about here.
    if !state.courier && now >= state.used_at.plus_seconds(IDLE_SECONDS) {
        return Outcome::Over("not used for too long");
    }
    match presented {
        // A number above what this server knows, with its MAC: it was given before the database was put back from a
        // backup. The phone is none the worse for it, and what it shows of the numbers is all that there is to go on.
        _ if presented >= state.newest => {
            presented.checked_add(1).map_or(Outcome::Over("no number is left"), Outcome::Next)
        }
        _ if presented + 1 == state.newest => Outcome::Again(state.newest),
        _ => Outcome::Reused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::MONDAY;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const DAY: i64 = 24 * 60 * 60;

    fn state(newest: u32) -> State {
        State { newest, used_at: MONDAY, ends_at: MONDAY.plus_seconds(90 * DAY), ended: false, courier: false }
    }

    #[test]
    fn the_newest_gives_the_next_the_one_before_the_newest_again_and_an_older_one_ends_it() {
        let table = [
            (1, 1, Outcome::Next(2)),
            (2, 2, Outcome::Next(3)),
            (2, 1, Outcome::Again(2)),
            (3, 1, Outcome::Reused),
            (9, 8, Outcome::Again(9)),
            (9, 7, Outcome::Reused),
            (9, 0, Outcome::Reused),
            // From before a restore.
            (2, 3, Outcome::Next(4)),
            (2, 4_000, Outcome::Next(4_001)),
            (2, u32::MAX, Outcome::Over("no number is left")),
        ];
        for (newest, presented, outcome) in table {
            assert_eq!(rotate(&state(newest), presented, MONDAY), outcome, "{presented} of {newest}");
            assert_eq!(rotate(&State { ended: true, ..state(newest) }, presented, MONDAY), Outcome::Over("ended"));
        }
    }

    #[test]
    fn a_citizen_may_be_away_for_a_week_and_a_courier_signs_in_every_day() {
        let goes_on = |state: State, at: Timestamp| matches!(rotate(&state, 1, at), Outcome::Next(_));
        let after = |seconds| MONDAY.plus_seconds(seconds);
        for (at, good) in [(7 * DAY, true), (30 * DAY - 1, true), (30 * DAY, false)] {
            assert_eq!(goes_on(state(1), after(at)), good, "{at}");
        }
        let used_lately = State { used_at: after(89 * DAY), ..state(1) };
        assert!(goes_on(used_lately, after(90 * DAY - 1)) && !goes_on(used_lately, after(90 * DAY)));
        let courier = State { ends_at: after(DAY), courier: true, ..state(1) };
        assert!(goes_on(courier, after(DAY - 1)) && !goes_on(courier, after(DAY)));
        // One that was put back from a backup has been away for as long as the backup is old.
        assert!(goes_on(State { used_at: after(-31 * DAY), courier: true, ..state(1) }, MONDAY));
    }

    /// Where something is lost between a phone that uses its token and keeps the answer.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Loss {
        Request,
        Answer,
        Nothing,
        /// The same request comes again, behind the first one.
        Twice,
    }

    fn loss() -> impl Strategy<Value = Loss> {
        prop_oneof![Just(Loss::Request), Just(Loss::Answer), Just(Loss::Nothing), Just(Loss::Twice)]
    }

    /// What a server does with a token, and what it answers; nothing where it signs out.
    fn serve(state: &mut State, presented: u32) -> Option<u32> {
        match rotate(state, presented, MONDAY) {
            Outcome::Next(number) | Outcome::Again(number) => {
                state.newest = number;
                Some(number)
            }
            Outcome::Over(_) => None,
            Outcome::Reused => {
                state.ended = true;
                None
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        #[test]
        fn no_loss_signs_anybody_out(losses in prop::collection::vec(loss(), 1..60)) {
            let (mut server, mut phone) = (state(1), 1);
            for loss in losses {
                if loss == Loss::Request {
                    continue;
                }
                let answer = serve(&mut server, phone);
                prop_assert!(answer.is_some(), "{server:?} {phone}");
                if loss == Loss::Twice {
                    prop_assert_eq!(serve(&mut server, phone), answer);
                }
                if loss != Loss::Answer {
                    phone = answer.unwrap_or(phone);
                }
            }
        }

        #[test]
        fn a_token_is_good_until_its_successor_was_used(picks in prop::collection::vec(any::<prop::sample::Index>(), 1..60)) {
            let (mut server, mut given, mut used) = (state(1), vec![1], BTreeSet::new());
            for pick in picks {
                let presented = given[pick.index(given.len())];
                let answer = serve(&mut server, presented);
                prop_assert_eq!(answer.is_none(), used.contains(&(presented + 1)), "{} of {:?}", presented, server);
                let Some(number) = answer else {
                    prop_assert!(server.ended);
                    prop_assert!(given.iter().all(|any| serve(&mut server, *any).is_none()), "nobody goes on");
                    return Ok(());
                };
                used.insert(presented);
                given.push(number);
            }
        }
    }
}
