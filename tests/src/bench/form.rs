//! Forms with seeded random answers, as the catalogue asks for them. What each kind of answer holds of entropy stands in
//! `help.txt`; whoever changes one changes the other.

use dossier::ids::ProcedureCode;
use dossier::layout::{FieldKey, Projection, Value};
use dossier::procedure::{Catalogue, Field, FieldKind, Procedure, Severity};
use rand::rngs::StdRng;
use rand::{Rng, RngExt as _, SeedableRng};
use std::collections::BTreeSet;

const FAMILIES: [&str; 14] =
    ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý"];
const MIDDLES: [&str; 12] =
    ["Văn", "Thị", "Hữu", "Đức", "Thu", "Minh", "Ngọc", "Quang", "Thanh", "Xuân", "Hồng", "Gia"];
const GIVEN: [&str; 30] = [
    "An", "Anh", "Bảo", "Bình", "Chi", "Cường", "Dung", "Dũng", "Giang", "Hà", "Hạnh", "Hiếu", "Hoa", "Hùng", "Hương",
    "Khoa", "Lan", "Linh", "Long", "Mai", "Nam", "Nga", "Phong", "Phúc", "Quân", "Sơn", "Thảo", "Trang", "Tuấn", "Yến",
];
const STREETS: [&str; 40] = [
    "Bạch Đằng",
    "Cát Bi",
    "Cát Cụt",
    "Cầu Đất",
    "Chùa Hàng",
    "Đà Nẵng",
    "Điện Biên Phủ",
    "Đồ Sơn",
    "Hai Bà Trưng",
    "Hàng Kênh",
    "Hồ Sen",
    "Hoàng Diệu",
    "Hoàng Văn Thụ",
    "Hùng Vương",
    "Kênh Dương",
    "Lạch Tray",
    "Lán Bè",
    "Lê Chân",
    "Lê Hồng Phong",
    "Lê Lai",
    "Lê Lợi",
    "Lương Khánh Thiện",
    "Lý Thường Kiệt",
    "Máy Tơ",
    "Mê Linh",
    "Minh Khai",
    "Ngô Gia Tự",
    "Ngô Quyền",
    "Nguyễn Đức Cảnh",
    "Nguyễn Trãi",
    "Phan Bội Châu",
    "Phan Chu Trinh",
    "Quang Trung",
    "Tam Bạc",
    "Thiên Lôi",
    "Tô Hiệu",
    "Trần Nguyên Hãn",
    "Trần Phú",
    "Văn Cao",
    "Võ Thị Sáu",
];

/// Registration of temporary residence, with one companion: 20 fields that are asked, one required component.
pub(crate) const TWENTY_FIELDS: &str = "1.004194";
/// Certificate of marital status: no paper is needed in the ordinary case.
pub(crate) const WITHOUT_PAPERS: &str = "1.004873";

pub(crate) fn procedure(code: &str) -> &'static Procedure {
    let code: ProcedureCode = code.parse().expect("a code of the catalogue");
    Catalogue::built_in().procedure(&code).expect("a code of the catalogue")
}

/// The same random answers for the same number.
pub(crate) fn seeded(number: u64) -> StdRng {
    StdRng::seed_from_u64(0x486f_536f ^ number)
}

/// A form that can be handed in, every field of it answered; what other fields or papers depend on keeps its example.
pub(crate) fn filled(procedure: &Procedure, rng: &mut StdRng) -> Vec<(FieldKey, Value)> {
    let mut decisive = decisive(&procedure.fields);
    decisive.extend(procedure.components.iter().filter_map(|c| c.when.as_ref()).map(|when| when.field.clone()));
    let asked: Vec<(FieldKey, Value)> = procedure.examples();
    // Two random days may stand in the wrong order; then all is drawn again.
    loop {
        let answer = |(key, example): &(FieldKey, Value)| {
            let field = procedure.field(key).expect("an example's field");
            let value = if decisive.contains(&field.id) { example.clone() } else { random(field, example, rng) };
            (key.clone(), value)
        };
        let form: Vec<_> = asked.iter().map(answer).collect();
        let projection = Projection {
            form: form.iter().map(|(k, v)| (k.clone(), vec![v.clone()])).collect(),
            ..Projection::default()
        };
        let wrong = |f: &dossier::procedure::Finding| f.severity == Severity::Error && f.component.is_none();
        if !procedure.findings(&projection).iter().any(wrong) {
            return form;
        }
    }
}

/// A value as somebody types it.
pub(crate) fn typed(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::YesNo(yes) => yes.to_string(),
    }
}

/// The first bytes of a photograph and then noise: what is measured does not depend on its size.
pub(crate) fn photograph(rng: &mut StdRng) -> Vec<u8> {
    let mut bytes = vec![0; 2_000];
    rng.fill_bytes(&mut bytes);
    bytes[..4].copy_from_slice(&[0xff, 0xd8, 0xff, 0xe0]);
    bytes
}

fn decisive(fields: &[Field]) -> BTreeSet<String> {
    let inner = fields.iter().filter_map(|field| match &field.kind {
        FieldKind::Group { fields, .. } => Some(decisive(fields)),
        _ => None,
    });
    let own = fields.iter().filter_map(|field| field.when.as_ref()).map(|when| when.field.clone());
    inner.flatten().chain(own).collect()
}

fn random(field: &Field, example: &Value, rng: &mut StdRng) -> Value {
    let (text, number) = match example {
        Value::Text(text) => (text.as_str(), 0),
        Value::Number(number) => ("", *number),
        Value::YesNo(_) => ("", 0),
    };
    let text = match &field.kind {
        FieldKind::Text { .. } if field.id.contains("name") => name(rng),
        FieldKind::Text { .. } if field.id.contains("email") => {
            format!("{}{}@example.vn", pick(&["an", "binh", "chi", "dung"], rng), rng.random_range(10_000..100_000))
        }
        FieldKind::Text { .. } | FieldKind::LongText { .. } => {
            format!("{} {}", pick(&STREETS, rng), rng.random_range(1..=200))
        }
        FieldKind::Date { .. } => {
            format!("{}-{:02}-{:02}", &text[..4], rng.random_range(1..=12), rng.random_range(1..=28))
        }
        FieldKind::Number { min, max } => {
            return Value::Number(if min < max { rng.random_range(*min..=(*max).min(min + 9)) } else { number });
        }
        FieldKind::Choice(choices) => choices[rng.random_range(0..choices.len())].id.clone(),
        FieldKind::CitizenNumber { .. } => {
            format!("0310{:02}{:06}", rng.random_range(50..100), rng.random_range(0..1_000_000))
        }
        FieldKind::Phone => format!("+849{:08}", rng.random_range(0..100_000_000)),
        FieldKind::Address => {
            let area = text.split_once('|').expect("an address").0;
            format!("{area}|Số {}, đường {}", rng.random_range(1..=200), pick(&STREETS, rng))
        }
        FieldKind::YesNo => return Value::YesNo(rng.random()),
        FieldKind::Group { .. } => unreachable!("a group has no value"),
    };
    Value::Text(text)
}

/// An invented person.
fn name(rng: &mut StdRng) -> String {
    format!("{} {} {}", pick(&FAMILIES, rng), pick(&MIDDLES, rng), pick(&GIVEN, rng))
}

fn pick<'a>(from: &[&'a str], rng: &mut StdRng) -> &'a str {
    from[rng.random_range(0..from.len())]
}
