//! One small form with every type of field, and everything that can be wrong in it.

use crate::layout::{FieldKey, PAPER_MAX, PaperInfo, PaperKind, Projection, Value};
use crate::procedure::{Catalogue, Finding, FindingCode, Places, Procedure, Severity, read};
use crate::written;
use ::time::macros::date;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

const FORM: &str = r#"
code = "9.000001"
name = { vi = "Thử", en = "Trial" }
result = { vi = "Giấy", en = "Paper" }
authority = { vi = "Xã", en = "Commune" }
form = { vi = "Tờ khai", en = "Form", source = "không có" }
channels = ["counter"]
allowance = { amount = 3, unit = "working_days" }
clock = "restart_from_zero"
post_in = false
post_out = true
presence_required = false
sources = ["không có"]
fee = { counter = 0 }
cases = []
components = [
  { id = "always", vi = "a", en = "a", required = true, copies = 1, files_max = 2 },
  { id = "sometimes", vi = "b", en = "b", required = true, copies = 1, when = { field = "proxy", yes = true } },
  { id = "shown", vi = "c", en = "c", required = true, originals = 1, at_counter = true },
  { id = "maybe", vi = "d", en = "d", required = false, copies = 1 },
]
fields = [
  { id = "name", type = "text", max = 5, vi = "a", en = "a", required = true },
  { id = "born", type = "date", min = "1900-01-01", past = true, vi = "a", en = "a", required = false },
  { id = "sex", type = "choice", choices = [{ id = "male", vi = "Nam", en = "Male" }, { id = "female", vi = "Nữ", en = "Female" }], vi = "a", en = "a", required = false },
  { id = "number", type = "citizen_number", born = "born", sex = "sex", vi = "a", en = "a", required = false },
  { id = "phone", type = "phone", vi = "a", en = "a", required = false },
  { id = "home", type = "address", vi = "a", en = "a", required = false },
  { id = "copies", type = "number", min = 1, max = 9, vi = "a", en = "a", required = false },
  { id = "story", type = "long_text", max = 20, vi = "a", en = "a", required = false },
  { id = "proxy", type = "yes_no", vi = "a", en = "a", required = false },
  { id = "proxy_name", type = "text", vi = "a", en = "a", required = true, when = { field = "proxy", yes = true } },
  { id = "proxy_kin", type = "choice", choices = [{ id = "child", vi = "Con", en = "Child" }, { id = "other", vi = "Khác", en = "Other" }], vi = "a", en = "a", required = false, when = { field = "proxy", yes = true } },
  { id = "proxy_other", type = "text", vi = "a", en = "a", required = true, when = { field = "proxy_kin", is = "other" } },
  { id = "until", type = "date", not_before = "born", vi = "a", en = "a", required = false },
  { id = "homes", type = "group", rows_min = 0, rows_max = 2, vi = "a", en = "a", fields = [
    { id = "from", type = "date", vi = "a", en = "a", required = true },
    { id = "to", type = "date", not_before = "from", vi = "a", en = "a", required = false },
    { id = "abroad", type = "yes_no", vi = "a", en = "a", required = false },
    { id = "country", type = "text", vi = "a", en = "a", required = true, when = { field = "abroad", yes = true } },
    { id = "wife", type = "text", vi = "a", en = "a", required = true, when = { field = "sex", is = "male" } },
  ] },
]
"#;

fn places() -> Arc<Places> {
    Arc::new(Catalogue::built_in().places().clone())
}

fn trial() -> Procedure {
    read::procedure("form.toml", written::table(FORM).expect("TOML"), &places()).expect("it is sound")
}

fn key(text: &str) -> FieldKey {
    text.parse().expect("a key")
}

/// A form that lacks nothing, with some values of its own.
fn with(values: &[(&str, Value)]) -> Projection {
    let mut dossier = Projection::default();
    dossier.form.insert(key("name"), vec!["An".into()]);
    for (field, value) in values {
        dossier.form.insert(key(field), vec![value.clone()]);
    }
    paper(&mut dossier, "always", 1, 1);
    dossier
}

fn paper(dossier: &mut Projection, component: &str, n: u8, size: u32) {
    let key = format!("{component}/{}", hex::encode([n; 32])).parse().expect("a key");
    dossier.papers.insert(key, PaperInfo { kind: PaperKind::Pdf, size, name: "a.pdf".to_owned() });
}

/// What is found, as `code@place`.
fn found(dossier: &Projection) -> Vec<String> {
    let place = |f: &Finding| f.field.as_ref().map(ToString::to_string).or(f.component.clone()).unwrap_or_default();
    let findings = trial().findings_on(dossier, date!(2026 - 11 - 23));
    findings.iter().map(|f| format!("{}@{}", f.code.as_str(), place(f))).collect()
}

fn text(text: &str) -> Value {
    text.into()
}

#[test]
fn a_sound_form_has_no_findings() {
    assert_eq!(found(&with(&[])), [""; 0]);
    let all = with(&[
        ("born", text("1990-02-01")),
        ("sex", text("male")),
        ("number", text("031090000001")),
        ("phone", text("0912 345 678")),
        ("home", text("31/99901|Số 1")),
        ("copies", Value::Number(9)),
        ("story", text("một\nhai")),
        ("proxy", Value::YesNo(false)),
        ("until", text("1990-02-01")),
        ("homes/1/from", text("2000-01-01")),
        ("homes/1/wife", text("B")),
    ]);
    assert_eq!(found(&all), [""; 0]);
}

#[test]
fn each_fault_of_a_value_is_found_where_it_is() {
    let cases: &[(&str, Value, &[&str])] = &[
        ("name", text(""), &["required@name"]),
        ("name", text(" \n"), &["required@name"]),
        ("name", text("\u{200b}\u{2060} \u{feff}\u{fe0f}"), &["required@name"]),
        ("name", text("Nguyễn"), &["too_long@name"]),
        ("name", text("Nguyễ"), &[]),
        ("name", text("😀👍"), &["name_without_letters@name"]),
        ("name", text("123"), &["name_without_letters@name"]),
        ("name", text("Y 2"), &[]),
        ("name", text("A\u{202e}n"), &["direction_marks@name"]),
        ("name", text("A\u{2066}n"), &["direction_marks@name"]),
        ("story", text("một\u{200f}"), &["direction_marks@story"]),
        ("story", text("👍"), &[]),
        ("home", text("99/1|Số 1"), &["unknown_place@home"]),
        ("home", text("31/1|Số 1"), &["unknown_place@home"]),
        ("home", text("31/99901|Số\u{202e} 1"), &["direction_marks@home"]),
        ("name", Value::Number(1), &["wrong_type@name"]),
        ("name", Value::YesNo(true), &["wrong_type@name"]),
        ("born", Value::Number(1990), &["wrong_type@born"]),
        ("born", text("1/2/1990"), &["not_a_date@born"]),
        ("born", text("1990-02-30"), &["not_a_date@born"]),
        ("born", text("1990-2-01"), &["not_a_date@born"]),
        ("born", text("1990-02-01 "), &["not_a_date@born"]),
        ("born", text("١٩٩٠-٠٢-٠١"), &["not_a_date@born"]),
        ("born", text("1899-12-31"), &["date_out_of_range@born"]),
        ("born", text("2101-01-01"), &["date_out_of_range@born"]),
        ("born", text("2026-11-24"), &["date_in_future@born"]),
        ("born", text("2026-11-23"), &[]),
        ("until", text("2099-01-01"), &[]),
        ("sex", text("Nam"), &["unknown_choice@sex"]),
        ("sex", Value::YesNo(true), &["wrong_type@sex"]),
        ("number", text("03109000000"), &["not_a_citizen_number@number"]),
        ("number", Value::Number(31_090_000_001), &["wrong_type@number"]),
        ("phone", text("113"), &["not_a_phone@phone"]),
        ("home", text("31/99901|"), &["address_incomplete@home"]),
        ("home", text("Số 1, đường Ví Dụ"), &["address_incomplete@home"]),
        ("home", text("31/99901|Số 1"), &[]),
        ("home", text("31/00001|Số 1"), &["unknown_place@home"]),
        ("home", text("01/00004|Số 1"), &[]),
        ("home", text("30/99901|Số 1"), &["unknown_place@home"]),
        ("copies", Value::Number(0), &["number_out_of_range@copies"]),
        ("copies", Value::Number(i64::MAX), &["number_out_of_range@copies"]),
        ("copies", text("2"), &["wrong_type@copies"]),
        ("story", text("123456789012345678901"), &["too_long@story"]),
        ("proxy", text("yes"), &["wrong_type@proxy"]),
        ("stranger", text("x"), &["unknown_field@stranger"]),
        ("homes", text("x"), &["unknown_field@homes"]),
        ("homes/1/stranger", text("x"), &["required@homes/1/from", "unknown_field@homes/1/stranger"]),
    ];
    for (field, value, expected) in cases {
        assert_eq!(found(&with(&[(field, value.clone())])), *expected, "{field}");
    }
}

#[test]
fn a_field_is_asked_only_if_its_condition_is_met() {
    assert_eq!(found(&with(&[("proxy", Value::YesNo(true))])), ["required@proxy_name", "component_missing@sometimes"]);
    let unasked =
        with(&[("proxy", Value::YesNo(false)), ("proxy_kin", text("other")), ("proxy_name", Value::Number(1))]);
    assert_eq!(found(&unasked), [""; 0], "what depends on a field that is not asked is not asked either");
    let asked = with(&[("proxy", Value::YesNo(true)), ("proxy_name", text("B")), ("proxy_kin", text("other"))]);
    assert_eq!(found(&asked), ["required@proxy_other", "component_missing@sometimes"]);
    let procedure = trial();
    assert!(procedure.asks(&key("proxy_other"), &asked) && !procedure.asks(&key("proxy_other"), &unasked));
    assert!(!procedure.asks(&key("stranger"), &asked));
}

#[test]
fn rows_of_a_group_are_judged_each_by_itself() {
    let rows = with(&[
        ("sex", text("male")),
        ("homes/b/from", text("2000-01-01")),
        ("homes/b/to", text("1999-12-31")),
        ("homes/b/wife", text("C")),
        ("homes/a/abroad", Value::YesNo(true)),
        ("homes/a/wife", text("C")),
    ]);
    assert_eq!(found(&rows), ["required@homes/a/from", "required@homes/a/country", "date_order@homes/b/to"]);
    let row = |n: u8| (format!("homes/{n}/from"), text("2000-01-01"));
    let many: Vec<_> = (1..=3).map(row).collect();
    let many: Vec<_> = many.iter().map(|(k, v)| (k.as_str(), v.clone())).collect();
    assert_eq!(found(&with(&many)), ["too_many_rows@homes"]);
    let homes = FORM.replacen("rows_min = 0", "rows_min = 1", 1);
    let findings = read::procedure("form.toml", written::table(&homes).expect("TOML"), &places())
        .expect("it is sound")
        .findings(&with(&[]));
    assert_eq!(findings.iter().map(|f| f.code).collect::<Vec<_>>(), [FindingCode::TooFewRows]);
}

#[test]
fn a_citizen_number_that_does_not_fit_is_a_warning_only() {
    let doubtful = with(&[("born", text("2005-01-01")), ("sex", text("female")), ("number", text("031090000001"))]);
    let findings = trial().findings(&doubtful);
    assert_eq!(
        findings.iter().map(|f| f.message.id).collect::<Vec<_>>(),
        [
            "finding-citizen-number-doubt-century",
            "finding-citizen-number-doubt-sex",
            "finding-citizen-number-doubt-year"
        ]
    );
    assert!(findings.iter().all(|f| f.severity == Severity::Warning && f.code == FindingCode::CitizenNumberDoubt));
    assert_eq!(found(&with(&[("number", text("031090000001"))])), [""; 0], "nothing to compare with");
}

#[test]
fn two_values_are_shown_and_block_until_one_is_chosen() {
    let mut dossier = with(&[]);
    let mut two = |field: &str, a: Value, b: Value| {
        dossier.form.insert(key(field), vec![a, b]);
        let finding =
            trial().findings(&dossier).into_iter().find(|f| f.code == FindingCode::Conflict).expect("it is found");
        dossier.form.remove(&key(field));
        assert_eq!(finding.severity, Severity::Error);
        finding.message.args.into_iter().map(|(_, v)| v).collect::<Vec<_>>()
    };
    assert_eq!(two("story", text("một"), text("hai")), ["một", "hai"]);
    assert_eq!(two("born", text("1990-02-01"), text("1990-03-01")), ["01/02/1990", "01/03/1990"]);
    assert_eq!(two("sex", text("male"), text("female")), ["Nam", "Nữ"]);
    assert_eq!(two("copies", Value::Number(1), Value::Number(2)), ["1", "2"]);
    assert_eq!(two("home", text("31/99901|Số 1"), text("?")), ["Số 1 (31/99901)", "?"]);
    assert_eq!(two("proxy", Value::YesNo(true), Value::YesNo(false)), [""; 0]);
}

#[test]
fn papers_are_missed_counted_and_weighed() {
    let mut none = with(&[]);
    none.papers.clear();
    assert_eq!(found(&none), ["component_missing@always"]);

    let mut many = with(&[]);
    (2..=3).for_each(|n| paper(&mut many, "always", n, 1));
    paper(&mut many, "stranger", 9, 1);
    assert_eq!(found(&many), ["too_many_papers@always", "unknown_component@stranger"]);

    let mut heavy = with(&[]);
    paper(&mut heavy, "always", 2, PAPER_MAX + 1);
    assert_eq!(found(&heavy), ["paper_too_large@always"]);

    let mut all = with(&[]);
    (0..10).for_each(|n| paper(&mut all, "maybe", n, PAPER_MAX));
    assert_eq!(found(&all), ["too_many_papers@maybe", "papers_too_large@"]);
    (10..20).for_each(|n| paper(&mut all, "maybe", n, 1));
    assert_eq!(found(&all), ["too_many_papers@maybe", "too_many_papers@", "papers_too_large@"]);
}

#[test]
fn findings_print_no_values() {
    let mut dossier = with(&[("home", text("Số 1, đường Ví Dụ"))]);
    dossier.form.insert(key("story"), vec![text("bí mật"), text("khác")]);
    let findings = trial().findings(&dossier);
    assert_eq!(format!("{findings:?}"), "[Error address_incomplete at home, Error conflict at story]");
}

#[test]
fn every_finding_has_its_sentence_in_both_languages() {
    let vi = include_str!("../../../data/sentences/vi/finding.ftl");
    let en = include_str!("../../../data/sentences/en/finding.ftl");
    let ids = |text: &'static str| -> Vec<&str> {
        text.lines().filter_map(|l| l.split_once(" = ")).map(|(id, _)| id).collect()
    };
    assert_eq!(ids(vi), ids(en));
    for code in FindingCode::ALL {
        let id = format!("finding-{}", code.as_str().replace('_', "-"));
        assert!(ids(vi).iter().any(|known| known.starts_with(&id)), "{id}");
    }
}

/// Any value, sound or not, for any key of the built-in forms.
fn any_value() -> impl Strategy<Value = Value> {
    const TEXTS: &[&str] = &["", "male", "one", "1990-02-01", "031090000001", "31/99901|x", "\u{202e}\0", "proxy"];
    prop_oneof![
        any::<i64>().prop_map(Value::Number),
        any::<bool>().prop_map(Value::YesNo),
        prop::sample::select(TEXTS).prop_map(Value::from),
        ".{0,12}".prop_map(Value::Text),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_is_written_the_findings_come_and_are_the_same_twice(
        place in 0..16usize,
        rows in prop::collection::vec(("[a-z0-9]{1,3}", any::<prop::sample::Index>(), prop::collection::vec(any_value(), 1..3)), 0..30),
    ) {
        let procedure = Catalogue::built_in().procedures().nth(place).expect("16 procedures");
        let mut form = BTreeMap::new();
        for (row, at, values) in rows {
            let field = at.get(&procedure.fields);
            let name = match &field.kind {
                crate::procedure::FieldKind::Group { fields, .. } => format!("{}/{row}/{}", field.id, at.get(fields).id),
                _ => field.id.clone(),
            };
            form.insert(key(&name), values);
        }
        let dossier = Projection { form, ..Projection::default() };
        let findings = procedure.findings(&dossier);
        prop_assert_eq!(&findings, &procedure.findings(&dossier));
        prop_assert!(findings.iter().all(|f| f.field.is_some() || f.component.is_some()));
        for values in dossier.form.iter().filter(|(k, v)| v.len() > 1 && procedure.asks(k, &dossier)) {
            prop_assert!(findings.iter().any(|f| f.field.as_ref() == Some(values.0) && f.code == FindingCode::Conflict));
        }
    }
}
