//! Who may do what: the only table. `LINES` says who may call a route; a route without a line, or a line without a route,
//! and the server does not start. `REACHES` says what a role of the office may do, and to whose dossiers. What a caller
//! may not know of is answered as if it were not there.

use actix_web::http::Method;
use dossier::decide::{Command, Officer};
use dossier::ids::UnitCode;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// What a member of staff is in one posting. Who has two tasks has two postings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Of the one-stop desk (cán bộ một cửa): it alone turns to the citizen (NĐ 61/2018 Đ.5.1(e)).
    OneStop,
    /// Prepares the decision (chuyên viên).
    Specialist,
    /// Answers for a unit and those beneath it (thủ trưởng đơn vị).
    UnitHead,
    /// Takes results over for the post (nhân viên bưu chính); opens no dossier.
    PostalClerk,
    /// Sees that nothing was altered, and who opened what (thanh tra); opens no dossier.
    Auditor,
    /// Enters units and staff (quản trị); opens no dossier.
    Administrator,
}

/// What is asked of the office.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    /// Sign in and out, and see who one is.
    BeThere,
    SeeInbox,
    Open,
    /// See identity numbers whole.
    Unmask,
    /// Open, with a reason, what is none of one's work.
    BreakGlass,
    /// Be told of that, as who answers for the dossier's unit.
    SeeAlerts,
    SeeCouriers,
    /// Write what a citizen at the counter says.
    AtCounter,
    /// Any command; which, is asked of the command itself.
    Command,
    Accept,
    Refuse,
    Forward,
    RequestSupplement,
    Resume,
    RequestPayment,
    Suspend,
    RecordOutcome,
    /// Propose that a result is taken back, and see what was proposed.
    Recall,
    /// Take it back, as another has proposed.
    ConfirmRecall,
    HandOver,
    Extend,
    HandToPost,
}

/// Whose dossiers a role may do it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Nobody,
    /// Of the unit of the posting.
    Unit,
    /// Of that unit and of all beneath it.
    Beneath,
    Everybody,
}
use Reach::{Beneath, Nobody, Unit};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Nothing is asked of the caller.
    Everybody,
    /// An enrolled device; of each dossier it is asked whether it is its person's.
    Device,
    /// The same, with the limits of an exchange; a refresh token does too.
    Exchange,
    /// The same, with a refresh token and nothing else.
    Renewal,
    /// Who has begun to sign in at the desk's pages, however far it is.
    Session,
    /// Who has a role that may do this at all; of each dossier it is asked whether the role reaches it.
    Staff(Act),
}

pub(crate) struct Line {
    pub method: &'static str,
    pub path: &'static str,
    pub who: Who,
}

const fn line(method: &'static str, path: &'static str, who: Who) -> Line {
    Line { method, path, who }
}

use Who::{Device, Everybody, Exchange, Renewal, Session, Staff as Office};

#[rustfmt::skip]
pub(crate) const LINES: &[Line] = &[
    line("GET",  "/",                                                    Everybody),
    line("GET",  "/.well-known/jwks.json",                               Everybody),
    line("GET",  "/assets/cbor.js",                                      Everybody),
    line("GET",  "/assets/hoso.css",                                     Everybody),
    line("GET",  "/assets/receipt.js",                                   Everybody),
    line("GET",  "/assets/verify.js",                                    Everybody),
    line("GET",  "/desk",                                                Office(Act::SeeInbox)),
    line("GET",  "/desk/dossiers/{dossier}",                             Office(Act::Open)),
    line("GET",  "/desk/dossiers/{dossier}/papers/{sha256}",             Office(Act::Open)),
    line("GET",  "/desk/dossiers/{dossier}/papers/{sha256}/original",    Office(Act::Open)),
    line("GET",  "/desk/alerts",                                         Office(Act::SeeAlerts)),
    line("POST", "/desk/alerts/{dossier}/{n}/seen",                      Office(Act::SeeAlerts)),
    line("GET",  "/desk/break-glass",                                    Office(Act::BreakGlass)),
    line("POST", "/desk/break-glass",                                    Office(Act::BreakGlass)),
    line("POST", "/desk/dossiers/{dossier}/unmask",                      Office(Act::Unmask)),
    line("POST", "/desk/dossiers/{dossier}/accept",                      Office(Act::Accept)),
    line("GET",  "/desk/dossiers/{dossier}/decisions",                   Office(Act::Command)),
    line("POST", "/desk/dossiers/{dossier}/decisions",                   Office(Act::Command)),
    line("GET",  "/desk/password",                                       Session),
    line("POST", "/desk/password",                                       Session),
    line("GET",  "/desk/sessions",                                       Office(Act::BeThere)),
    line("POST", "/desk/sessions/end",                                   Office(Act::BeThere)),
    line("GET",  "/desk/sign-in",                                        Everybody),
    line("POST", "/desk/sign-in",                                        Everybody),
    line("GET",  "/desk/sign-in/authenticator",                          Session),
    line("POST", "/desk/sign-in/authenticator",                          Session),
    line("GET",  "/desk/sign-in/code",                                   Session),
    line("POST", "/desk/sign-in/code",                                   Session),
    line("GET",  "/desk/sign-in/posting",                                Session),
    line("POST", "/desk/sign-in/posting",                                Session),
    line("POST", "/desk/sign-out",                                       Session),
    line("GET",  "/healthz",                                             Everybody),
    line("GET",  "/openapi.json",                                        Everybody),
    line("GET",  "/readyz",                                              Everybody),
    line("GET",  "/track",                                               Everybody),
    line("POST", "/track",                                               Everybody),
    line("GET",  "/v1/catalogue",                                        Everybody),
    line("GET",  "/v1/devices",                                          Device),
    line("POST", "/v1/devices",                                          Everybody),
    line("POST", "/v1/devices/{device}/lost",                            Device),
    line("POST", "/v1/devices/{device}/name",                            Device),
    line("POST", "/v1/devices/{device}/revoke",                          Device),
    line("PUT",  "/v1/dossiers/{dossier}/papers/{sha256}",               Device),
    line("GET",  "/v1/dossiers/{dossier}/readings",                      Device),
    line("GET",  "/v1/dossiers/{dossier}/receipts",                      Device),
    line("GET",  "/v1/dossiers/{dossier}/standing",                      Device),
    line("GET",  "/v1/log/checkpoint",                                   Everybody),
    line("GET",  "/v1/log/consistency",                                  Everybody),
    line("GET",  "/v1/log/key",                                          Everybody),
    line("GET",  "/v1/log/tile/{path}",                                  Everybody),
    line("GET",  "/v1/office/alerts",                                    Office(Act::SeeAlerts)),
    line("POST", "/v1/office/alerts/{dossier}/{n}/seen",                 Office(Act::SeeAlerts)),
    line("POST", "/v1/office/break-glass",                               Office(Act::BreakGlass)),
    line("POST", "/v1/office/dossiers/{dossier}/unmask",                 Office(Act::Unmask)),
    line("GET",  "/v1/office/couriers",                                  Office(Act::SeeCouriers)),
    line("PUT",  "/v1/office/counter/dossiers/{dossier}",                Office(Act::AtCounter)),
    line("POST", "/v1/office/counter/dossiers/{dossier}/hand-in",        Office(Act::AtCounter)),
    line("PUT",  "/v1/office/counter/dossiers/{dossier}/papers/{component}", Office(Act::AtCounter)),
    line("DELETE", "/v1/office/counter/dossiers/{dossier}/papers/{component}/{sha256}", Office(Act::AtCounter)),
    line("GET",  "/v1/office/dossiers/{dossier}",                        Office(Act::Open)),
    line("POST", "/v1/office/dossiers/{dossier}/commands",               Office(Act::Command)),
    line("GET",  "/v1/office/dossiers/{dossier}/papers/{sha256}",        Office(Act::Open)),
    line("GET",  "/v1/office/dossiers/{dossier}/recall",                 Office(Act::Recall)),
    line("GET",  "/v1/office/inbox",                                     Office(Act::SeeInbox)),
    line("POST", "/v1/office/sign-in",                                   Everybody),
    line("GET",  "/v1/server",                                           Everybody),
    line("POST", "/v1/sign-in",                                          Everybody),
    line("POST", "/v1/sign-in/finish",                                   Everybody),
    line("POST", "/v1/sign-out",                                         Device),
    line("POST", "/v1/sync",                                             Exchange),
    line("POST", "/v1/token",                                            Renewal),
    line("GET",  "/verify",                                              Everybody),
];

/// Whether a second factor must have been proved just now: before what cannot be undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Any,
    Fresh,
}
use Proof::{Any, Fresh};

/// What each role may do, in the order of `Role`.
#[rustfmt::skip]
const REACHES: &[(Act, Proof, [Reach; 6])] = &[
    //                                OneStop  Specialist UnitHead PostalClerk Auditor Administrator
    (Act::BeThere,           Any,   [Unit,   Unit,   Unit,    Unit,   Unit,   Unit]),
    (Act::SeeInbox,          Any,   [Unit,   Unit,   Beneath, Unit,   Nobody, Nobody]),
    (Act::Open,              Any,   [Unit,   Unit,   Beneath, Nobody, Nobody, Nobody]),
    (Act::Unmask,            Any,   [Unit,   Unit,   Unit,    Nobody, Nobody, Nobody]),
    (Act::BreakGlass,        Any,   [Reach::Everybody, Reach::Everybody, Reach::Everybody, Nobody, Nobody, Nobody]),
    (Act::SeeAlerts,         Any,   [Nobody, Nobody, Beneath, Nobody, Reach::Everybody, Nobody]),
    (Act::SeeCouriers,       Any,   [Unit,   Nobody, Unit,    Unit,   Nobody, Nobody]),
    (Act::AtCounter,         Any,   [Unit,   Nobody, Nobody,  Nobody, Nobody, Nobody]),
    (Act::Command,           Any,   [Unit,   Unit,   Unit,    Unit,   Nobody, Nobody]),
    (Act::Accept,            Any,   [Unit,   Nobody, Nobody,  Nobody, Nobody, Nobody]),
    (Act::Refuse,            Fresh, [Unit,   Nobody, Nobody,  Nobody, Nobody, Nobody]),
    (Act::Forward,           Any,   [Unit,   Nobody, Unit,    Nobody, Nobody, Nobody]),
    (Act::RequestSupplement, Any,   [Unit,   Nobody, Nobody,  Nobody, Nobody, Nobody]),
    (Act::Resume,            Any,   [Unit,   Unit,   Unit,    Nobody, Nobody, Nobody]),
    (Act::RequestPayment,    Any,   [Unit,   Nobody, Nobody,  Nobody, Nobody, Nobody]),
    (Act::Suspend,           Any,   [Unit,   Unit,   Unit,    Nobody, Nobody, Nobody]),
    (Act::RecordOutcome,     Fresh, [Unit,   Unit,   Unit,    Nobody, Nobody, Nobody]),
    (Act::Recall,            Any,   [Unit,   Nobody, Unit,    Nobody, Nobody, Nobody]),
    (Act::ConfirmRecall,     Fresh, [Nobody, Nobody, Unit,    Nobody, Nobody, Nobody]),
    (Act::HandOver,          Fresh, [Unit,   Nobody, Nobody,  Nobody, Nobody, Nobody]),
    (Act::Extend,            Any,   [Unit,   Nobody, Unit,    Nobody, Nobody, Nobody]),
    (Act::HandToPost,        Fresh, [Unit,   Nobody, Nobody,  Unit,   Nobody, Nobody]),
];

/// A member of staff in one posting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Staff {
    pub officer: Officer,
    pub role: Role,
    /// The units beneath that of the posting.
    pub beneath: BTreeSet<UnitCode>,
    /// A second factor was proved just now.
    pub fresh: bool,
}

impl Staff {
    /// Whether the role may do it to anybody's dossier.
    pub(crate) fn may(&self, act: Act) -> bool {
        reach(self.role, act) != Nobody
    }

    /// The units whose dossiers the role may do it to; `None` for all there are.
    pub(crate) fn units(&self, act: Act) -> Option<BTreeSet<UnitCode>> {
        let own = BTreeSet::from([self.officer.unit.clone()]);
        match reach(self.role, act) {
            Nobody => Some(BTreeSet::new()),
            Unit => Some(own),
            Beneath => Some(&own | &self.beneath),
            Reach::Everybody => None,
        }
    }

    /// Whether the role may do it to a dossier that is at this unit; one that is at none is nobody's yet.
    pub(crate) fn reaches(&self, act: Act, unit: Option<&UnitCode>) -> bool {
        unit.is_some_and(|unit| self.units(act).is_none_or(|units| units.contains(unit)))
    }
}

fn reach(role: Role, act: Act) -> Reach {
    let row = REACHES.iter().find(|(known, ..)| *known == act);
    row.map_or(Nobody, |(_, _, reaches)| reaches[role as usize])
}

/// Whether it cannot be undone, so that it is asked anew who does it.
pub(crate) fn is_final(act: Act) -> bool {
    REACHES.iter().any(|(known, proof, _)| *known == act && *proof == Fresh)
}

/// The line of a route, by the pattern that its address matched. A table of addresses says what stands in them, not how
/// much of it.
pub(crate) fn line_of(method: &Method, pattern: &str) -> Option<&'static Line> {
    let pattern = pattern.replace(":.*}", "}");
    LINES.iter().find(|line| line.method == method.as_str() && line.path == pattern)
}

/// Whether the table has a line for this address at all, with whatever method.
pub(crate) fn knows(pattern: &str) -> bool {
    let pattern = pattern.replace(":.*}", "}");
    LINES.iter().any(|line| line.path == pattern)
}

/// Of all routes that are served, those without a line, and lines without a route.
pub(crate) fn gaps(served: impl Iterator<Item = String>) -> Vec<String> {
    let routes: BTreeSet<String> = served.collect();
    let lines: BTreeSet<String> = LINES.iter().map(|line| format!("{} {}", line.method, line.path)).collect();
    routes.symmetric_difference(&lines).cloned().collect()
}

impl Act {
    pub(crate) fn of(command: &Command) -> Self {
        match command {
            Command::Accept => Self::Accept,
            Command::Refuse { .. } => Self::Refuse,
            Command::Forward { .. } => Self::Forward,
            Command::RequestSupplement { .. } => Self::RequestSupplement,
            Command::Resume { .. } => Self::Resume,
            Command::RequestPayment { .. } => Self::RequestPayment,
            Command::Suspend { .. } => Self::Suspend,
            Command::RecordOutcome { .. } => Self::RecordOutcome,
            // Who carries it out is the one who agrees.
            Command::Recall { .. } => Self::ConfirmRecall,
            Command::HandOver { .. } => Self::HandOver,
            Command::Extend { .. } => Self::Extend,
            Command::HandToPost { .. } => Self::HandToPost,
        }
    }
}

impl Role {
    pub(crate) const ALL: [Self; 6] =
        [Self::OneStop, Self::Specialist, Self::UnitHead, Self::PostalClerk, Self::Auditor, Self::Administrator];

    /// The stable word, in tokens, tables and on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::OneStop => "one-stop",
            Self::Specialist => "specialist",
            Self::UnitHead => "unit-head",
            Self::PostalClerk => "postal-clerk",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|role| role.word() == word);
        known.ok_or_else(|| format!("a role is one of {}", Self::ALL.map(Self::word).join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::{openapi, served};

    fn staff(role: Role) -> Staff {
        let officer = Officer {
            staff: dossier::ids::StaffId(uuid::Uuid::from_u128(1)),
            unit: "H24.1".parse().unwrap(),
            name: "Lê Thị Cán Bộ".into(),
        };
        Staff { officer, role, beneath: BTreeSet::from(["H24.1.1".parse().unwrap()]), fresh: true }
    }

    #[test]
    fn every_route_has_one_line_and_every_line_a_route() {
        assert_eq!(gaps(served(&openapi())), Vec::<String>::new());
        let lines: BTreeSet<_> = LINES.iter().map(|line| (line.method, line.path)).collect();
        assert_eq!(lines.len(), LINES.len());
    }

    #[test]
    fn a_route_without_a_line_is_named() {
        let mut api = openapi();
        let item = api.paths.paths.get("/track").unwrap().clone();
        api.paths.paths.insert("/v1/forgotten".into(), item);
        assert_eq!(gaps(served(&api)), ["GET /v1/forgotten", "POST /v1/forgotten"]);
        api.paths.paths.remove("/v1/forgotten");
        api.paths.paths.remove("/verify");
        assert_eq!(gaps(served(&api)), ["GET /verify"]);
    }

    #[test]
    fn only_a_head_reaches_the_units_beneath_and_nobody_a_unit_above() {
        let (own, beneath, above): (UnitCode, UnitCode, UnitCode) =
            ("H24.1".parse().unwrap(), "H24.1.1".parse().unwrap(), "H24".parse().unwrap());
        for role in Role::ALL {
            let staff = staff(role);
            let opens = matches!(role, Role::OneStop | Role::Specialist | Role::UnitHead);
            assert_eq!(staff.reaches(Act::Open, Some(&own)), opens, "{role}");
            assert_eq!(staff.reaches(Act::Open, Some(&beneath)), role == Role::UnitHead, "{role}");
            assert!(!staff.reaches(Act::Open, Some(&above)) && !staff.reaches(Act::Open, None), "{role}");
            assert!(!staff.reaches(Act::Accept, Some(&beneath)), "{role}");
        }
    }

    #[test]
    fn every_act_has_a_row_and_every_role_its_word() {
        for role in Role::ALL {
            assert_eq!(role.word().parse(), Ok(role));
            assert_eq!(Role::ALL[role as usize], role, "rows are in this order");
        }
        assert!("officer".parse::<Role>().is_err());
        let acts: BTreeSet<_> = REACHES.iter().map(|(act, ..)| *act).collect();
        assert_eq!(acts.len(), REACHES.len());
    }

    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for (act, proof, reaches) in REACHES {
            let reaches: Vec<String> = reaches.iter().map(|reach| format!("{reach:?}")).collect();
            table += &format!("{:<18} {:<6} {}\n", format!("{act:?}"), format!("{proof:?}"), reaches.join(" "));
        }
        insta::assert_snapshot!(table);
    }
}
