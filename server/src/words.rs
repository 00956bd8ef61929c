//! What people read of values that have no sentence of their own: a status by its code, an event, a form's fields.

use crate::auth::policy::Role;
use dossier::calendar::Calendar;
use dossier::deadline::LateAnswer;
use dossier::decide::Course;
use dossier::event::{By, Event, What};
use dossier::ids::UnitCode;
use dossier::layout::{Frozen, Value};
use dossier::procedure::{Catalogue, Field, FieldKind, Procedure};
use dossier::sentence::{Language, Sentence};

/// The name of a national status code; 0 is a draft.
pub(crate) fn status(code: u8) -> Sentence {
    Sentence::new(match code {
        1 => "status-submitted",
        2 => "status-accepted",
        3 => "status-refused",
        4 => "status-processing",
        5 => "status-waiting-for-citizen",
        6 => "status-waiting-for-payment",
        7 => "status-withdrawn",
        8 => "status-suspended",
        9 => "status-finished",
        10 => "status-handed-over",
        _ => "status-draft",
    })
}

/// What somebody is in a posting, in both languages.
pub(crate) fn role(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::OneStop => ("cán bộ một cửa", "one-stop officer"),
        Role::Specialist => ("chuyên viên", "specialist"),
        Role::UnitHead => ("thủ trưởng đơn vị", "head of unit"),
        Role::PostalClerk => ("nhân viên bưu chính", "postal clerk"),
        Role::Auditor => ("thanh tra", "auditor"),
        Role::Administrator => ("quản trị", "administrator"),
    }
}

/// A unit by its name, if the catalogue has one for it.
pub(crate) fn unit(code: &UnitCode) -> String {
    Catalogue::built_in().unit(code).map_or_else(|| code.to_string(), |unit| unit.name.vi.clone())
}

/// How far a status is on the way to a result, of five steps; `None` where the way has ended without one.
pub(crate) fn step(code: u8) -> Option<u8> {
    match code {
        1 => Some(1),
        2 => Some(2),
        4..=6 | 8 => Some(3),
        9 => Some(4),
        10 => Some(5),
        _ => None,
    }
}

/// What happened, without what was said; an answer that came after its term says so.
pub(crate) fn event(event: &Event, events: &[Event]) -> String {
    let name = match (&event.what, &event.by) {
        (What::Recalled(_, _, Some(proposer)), By::Officer(_, _, officer)) => {
            format!("{} ({} đề nghị, {officer} quyết định)", name(&event.what), proposer.name)
        }
        (_, By::CitizenAtCounter(_, _, officer, _)) => format!("{} (ghi tại quầy: {officer})", name(&event.what)),
        _ => name(&event.what).to_owned(),
    };
    match LateAnswer::of(event, events) {
        Some(late) => format!("{name} ({})", late.sentence().say(Language::Vietnamese)),
        None => name,
    }
}

fn name(what: &What) -> &'static str {
    match what {
        What::Submitted(..) => "Nộp hồ sơ",
        What::Supplemented(..) => "Bổ sung hồ sơ",
        What::Withdrawn(..) => "Rút hồ sơ",
        What::DeliveryChosen(..) => "Chọn cách nhận kết quả",
        What::ReceiptConfirmed(..) => "Người nhận xác nhận đã nhận",
        What::Accepted(_) => "Tiếp nhận",
        What::Refused(_) => "Từ chối tiếp nhận",
        What::Forwarded(_) => "Chuyển xử lý",
        What::SupplementRequested(_) => "Yêu cầu bổ sung",
        What::Resumed(..) => "Tiếp tục xử lý",
        What::PaymentRequested(..) => "Yêu cầu thực hiện nghĩa vụ tài chính",
        What::Suspended(_) => "Dừng xử lý",
        What::OutcomeRecorded(_) => "Có kết quả",
        What::Recalled(..) => "Thu hồi kết quả",
        What::HandedOver(_) => "Trả kết quả",
        What::Extended(..) => "Xin lỗi và hẹn lại",
        What::HandedToPost(_) => "Giao cho bưu chính",
        What::DeliveryFailed(..) => "Phát không thành công",
        What::Delivered(..) => "Đã phát",
        What::DeliveryDisputed(..) => "Bản ghi phát mâu thuẫn",
    }
}

/// For whom a dossier was handed in, if for somebody else.
pub(crate) fn behalf(events: &[Event]) -> Option<String> {
    Course::of(events).behalf.map(|behalf| behalf.sentence().say(Language::Vietnamese))
}

/// Identity numbers, whole or with all but their last digits hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbers {
    Masked,
    Whole,
}

/// So many digits of an identity number tell two people apart and find nobody.
const DIGITS_SHOWN: usize = 3;

/// A handed-in form in the order of the procedure's fields: key, label, value as people write it.
pub(crate) fn fields(procedure: &Procedure, frozen: &Frozen, numbers: Numbers) -> Vec<(String, String, String)> {
    let place = |key: &dossier::layout::FieldKey| {
        let name = key.in_group().map_or(key.as_str(), |(group, ..)| group);
        procedure.fields.iter().position(|field| field.id == name)
    };
    let mut form: Vec<_> = frozen.form.iter().collect();
    form.sort_by_key(|(key, _)| (place(key), (*key).clone()));
    let shown = form.into_iter().map(|(key, written)| {
        let field = procedure.field(key);
        let label = field.map_or_else(|| key.to_string(), |field| field.label.vi.clone());
        let hidden = numbers == Numbers::Masked && field.is_some_and(is_number);
        let said = value(field, written);
        (key.to_string(), label, if hidden { masked(&said) } else { said })
    });
    shown.collect()
}

/// The identity numbers of a form, whole.
pub(crate) fn numbers(procedure: &Procedure, frozen: &Frozen) -> Vec<(String, String)> {
    let form = frozen.form.iter().filter(|(key, _)| procedure.field(key).is_some_and(is_number));
    form.map(|(key, written)| (key.to_string(), value(procedure.field(key), written))).collect()
}

fn is_number(field: &Field) -> bool {
    matches!(field.kind, FieldKind::CitizenNumber { .. })
}

fn masked(number: &str) -> String {
    let hidden = number.chars().count().saturating_sub(DIGITS_SHOWN);
    number.chars().enumerate().map(|(at, c)| if at < hidden { '•' } else { c }).collect()
}

/// A value whose field the procedure no longer has is shown as it stands.
fn value(field: Option<&Field>, value: &Value) -> String {
    match (field, value) {
        (Some(field), _) => field.shown(value, Catalogue::built_in(), Language::Vietnamese),
        (None, Value::Text(text)) => text.clone(),
        (None, Value::Number(number)) => number.to_string(),
        (None, Value::YesNo(yes)) => yes.to_string(),
    }
}

/// All that a dossier rests on and nobody has compared with a legal text: places of its procedure's entry, and of the data
/// about its unit, addresses, rules and working days, each behind the name of what it is of.
pub(crate) fn not_reviewed(procedure: &Procedure, unit: Option<&UnitCode>) -> Vec<String> {
    let catalogue = Catalogue::built_in();
    let unit = unit.and_then(|code| catalogue.unit(code)).map_or(&[][..], |unit| &unit.needs_legal_review);
    let elsewhere = [
        ("unit", unit),
        ("places", &catalogue.places().needs_legal_review),
        ("catalogue", &catalogue.needs_legal_review),
        ("calendar", &Calendar::built_in().needs_legal_review),
    ];
    // The calendar's marks say why, behind a colon.
    let short = |mark: &String| mark.split(':').next().unwrap_or_default().replace(' ', "-");
    let named = |(of, marks): (&str, &[String])| marks.iter().map(|m| format!("{of}.{}", short(m))).collect::<Vec<_>>();
    procedure.needs_legal_review.iter().cloned().chain(elsewhere.into_iter().flat_map(named)).collect()
}

/// Such a place, as an officer calls it.
pub(crate) fn place(path: &str) -> String {
    Sentence::new("desk-not-reviewed").with("place", path.replace('.', "-")).say(Language::Vietnamese)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_number_the_last_three_digits_are_shown() {
        assert_eq!(masked("031090000123"), "•••••••••123");
        assert_eq!(masked("123456789"), "••••••789");
        assert_eq!(masked("12"), "12");
    }

    #[test]
    fn every_place_that_nobody_has_checked_has_a_name_that_officers_know() {
        let catalogue = Catalogue::built_in();
        for (procedure, unit) in catalogue.procedures().flat_map(|p| catalogue.units().iter().map(move |u| (p, u))) {
            let all = not_reviewed(procedure, Some(&unit.code));
            for path in &all {
                assert_ne!(place(path), path.replace('.', "-"));
            }
            for of in ["unit.", "places.", "catalogue.", "calendar."] {
                assert!(all.iter().any(|path| path.starts_with(of)), "{of} of {}", procedure.code);
            }
        }
    }
}
