//! What people read of values that have no sentence of their own: a status by its code, an event, a form's fields.

use dossier::deadline::LateAnswer;
use dossier::event::{Event, What};
use dossier::layout::{Frozen, Value};
use dossier::procedure::{Catalogue, Field, Procedure};
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
    let name = name(&event.what);
    match LateAnswer::of(event, events) {
        Some(late) => format!("{name} ({})", late.sentence().say(Language::Vietnamese)),
        None => name.to_owned(),
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

/// A handed-in form in the order of the procedure's fields: key, label, value as people write it.
pub(crate) fn fields(procedure: &Procedure, frozen: &Frozen) -> Vec<(String, String, String)> {
    let place = |key: &dossier::layout::FieldKey| {
        let name = key.in_group().map_or(key.as_str(), |(group, ..)| group);
        procedure.fields.iter().position(|field| field.id == name)
    };
    let mut form: Vec<_> = frozen.form.iter().collect();
    form.sort_by_key(|(key, _)| (place(key), (*key).clone()));
    let shown = form.into_iter().map(|(key, written)| {
        let field = procedure.field(key);
        let label = field.map_or_else(|| key.to_string(), |field| field.label.vi.clone());
        (key.to_string(), label, value(field, written))
    });
    shown.collect()
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

/// A place of a procedure's entry in the catalogue, as an officer calls it.
pub(crate) fn place(path: &str) -> String {
    Sentence::new("desk-not-reviewed").with("place", path.replace('.', "-")).say(Language::Vietnamese)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_that_nobody_has_checked_has_a_name_that_officers_know() {
        for procedure in Catalogue::built_in().procedures() {
            for path in &procedure.needs_legal_review {
                assert_ne!(place(path), path.replace('.', "-"));
            }
        }
    }
}
