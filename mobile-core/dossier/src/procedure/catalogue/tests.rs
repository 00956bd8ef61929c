//! The built-in catalogue as a whole, and every way in which a catalogue is refused.

use super::*;
use crate::layout::{FieldKey, Projection, Value};
use crate::procedure::{AllowanceUnit, Channel, ClockPolicy, Field, FieldKind, FindingCode, Severity};
use crate::written;
use ::time::macros::date;
use std::collections::BTreeSet;

const HEADING_TEXT: &str = include_str!("../../../data/catalogue/catalogue.toml");
const UNITS_TEXT: &str = include_str!("../../../data/catalogue/units.toml");
const PLACES_TEXT: &str = include_str!("../../../data/catalogue/places.toml");

/// A catalogue of files as people write them.
fn load(files: &[(&str, &str)]) -> Result<Catalogue, CatalogueError> {
    fn read<'a>((name, text): &(&'a str, &str)) -> Result<(&'a str, Table), CatalogueError> {
        Ok((*name, written::table(text).map_err(|why| wrong(name, "", why.to_string().trim()))?))
    }
    Catalogue::load(&files.iter().map(read).collect::<Result<Vec<_>, CatalogueError>>()?)
}

fn procedure(code: &str) -> &'static Procedure {
    Catalogue::built_in().procedure(&code.parse().expect("a code")).expect("it is in the catalogue")
}

/// A form filled with the examples of its fields, one row in each group.
fn filled(procedure: &Procedure) -> Projection {
    fn fill(form: &mut BTreeMap<FieldKey, Vec<Value>>, fields: &[Field], row: &str) {
        for field in fields {
            let id = &field.id;
            match (&field.kind, &field.example) {
                (FieldKind::Group { fields, .. }, _) => fill(form, fields, &format!("{id}/1/")),
                (_, Some(example)) => {
                    form.insert(format!("{row}{id}").parse().expect("a key"), vec![example.clone()]);
                }
                (_, None) => panic!("{id} has no example"),
            }
        }
    }
    let mut dossier = Projection::default();
    fill(&mut dossier.form, &procedure.fields, "");
    dossier
}

#[test]
fn the_built_in_catalogue_is_sound_and_holds_the_sixteen_procedures() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/catalogue");
    let text = |name: &str| std::fs::read_to_string(format!("{folder}/{name}")).expect("a file of the catalogue");
    let texts: Vec<_> = FILES.iter().map(|(name, _)| (*name, text(name))).collect();
    let files = texts.iter().map(|(name, text)| (*name, text.as_str()));
    let loaded = load(&files.collect::<Vec<_>>()).expect("it loads");
    let codes: Vec<_> = loaded.procedures().map(|p| p.code.to_string()).collect();
    let asked = [
        "1.000656", "1.000894", "1.001193", "1.001456", "1.001612", "1.004194", "1.004222", "1.004873", "1.012766",
        "2.000488", "2.000635", "2.000815", "2.000884", "2.000908", "2.001195", "3.000347",
    ];
    assert_eq!(codes, asked);
    let built_in = Catalogue::built_in();
    assert_eq!(built_in.version, loaded.version);
    assert!(built_in.procedures().eq(loaded.procedures()), "each file is named by the code that it holds");
}

#[test]
fn each_procedure_has_a_form_of_its_own() {
    let forms: BTreeSet<Vec<(&str, &str)>> = Catalogue::built_in()
        .procedures()
        .map(|p| p.fields.iter().map(|f| (f.id.as_str(), f.kind.name())).collect())
        .collect();
    assert!(forms.len() >= 12, "only {} distinct sets of fields", forms.len());
}

#[test]
fn each_form_filled_with_its_examples_lacks_only_papers() {
    for procedure in Catalogue::built_in().procedures() {
        let findings = procedure.findings_on(&filled(procedure), date!(2026 - 11 - 23));
        let surprising: Vec<_> = findings.iter().filter(|f| f.code != FindingCode::ComponentMissing).collect();
        assert!(surprising.is_empty(), "{}: {surprising:?}", procedure.code);
        let empty = procedure.findings(&Projection::default());
        assert!(empty.iter().any(|f| f.severity == Severity::Error), "{}: an empty form passes", procedure.code);
    }
}

#[test]
fn an_unverified_field_set_is_marked_for_review() {
    for procedure in Catalogue::built_in().procedures() {
        let marks = &procedure.needs_legal_review;
        assert!(marks.iter().any(|path| path == "fields"), "{}: {marks:?}", procedure.code);
    }
    for unit in Catalogue::built_in().units() {
        assert!(unit.needs_legal_review.iter().any(|path| path == "code"), "{}", unit.code);
    }
}

#[test]
fn the_law_of_each_kind_of_procedure_is_in_the_data() {
    let (birth, marriage) = (procedure("1.001193"), procedure("1.000894"));
    assert_eq!(birth.allowance.unit, AllowanceUnit::SameDay);
    assert_eq!(birth.clock, ClockPolicy::NoChange);
    assert!(marriage.presence_required && !marriage.post_in && !marriage.post_out);
    assert_eq!(marriage.extension.as_ref().map(|e| e.allowance.amount), Some(5), "the law says 5, a data set says 3");
    assert_eq!(procedure("1.004873").clock, ClockPolicy::RestartFromZero);
    assert!(procedure("2.000908").post_in && procedure("2.000908").post_out);
    let residence = procedure("1.004222");
    assert_eq!((residence.fee(Channel::Counter), residence.fee(Channel::Online)), (Some(20_000), Some(10_000)));
    assert_eq!(residence.fee(Channel::Post), None);
    assert_eq!(procedure("2.000815").fee(Channel::Counter), None, "it depends on the pages");
}

#[test]
fn a_fee_follows_the_case_and_the_number_of_copies() {
    let mut extract = filled(procedure("2.000635"));
    assert_eq!(procedure("2.000635").fee_for(Channel::Online, &extract), Some(16_000));
    extract.form.remove(&"copies".parse().expect("a key"));
    assert_eq!(procedure("2.000635").fee_for(Channel::Online, &extract), None);

    let record = procedure("2.000488");
    let mut dossier = filled(record);
    for (who, fee) in [("none", 200_000), ("student", 100_000), ("exempt", 0)] {
        dossier.form.insert("reduction".parse().expect("a key"), vec![who.into()]);
        assert_eq!(record.fee_for(Channel::Post, &dossier), Some(fee), "{who}");
    }
}

#[test]
fn the_first_unit_is_the_one_of_the_demonstration() {
    let units = Catalogue::built_in().units();
    assert!(units.len() >= 3);
    assert_eq!(units[0].code.as_str(), "H24.61.01");
    assert_eq!(Catalogue::built_in().unit(&units[2].code), Some(&units[2]));
    assert_eq!(Catalogue::built_in().unit(&"H99".parse().expect("a unit")), None);
    assert_eq!(Catalogue::built_in().areas()[0].code, "31/99901");
}

#[test]
fn keys_are_those_of_the_form_and_of_the_rows_of_its_groups() {
    let record = procedure("2.000488");
    let key = |text: &str| text.parse::<FieldKey>().expect("a key");
    assert!(record.allows_key(&key("person_name")));
    assert!(record.allows_key(&key("residences/01j9/place")));
    assert_eq!(record.field(&key("residences/1/place")).map(|f| &f.kind), Some(&FieldKind::Address));
    for stranger in ["residences", "place", "residences/1/person_name", "person_name/1/place", "nothing"] {
        assert!(!record.allows_key(&key(stranger)), "{stranger}");
    }
}

const GOOD: &str = r#"
code = "9.000001"
name = { vi = "Thử", en = "Trial" }
result = { vi = "Giấy", en = "Paper" }
authority = { vi = "Xã", en = "Commune" }
form = { vi = "Tờ khai", en = "Form", source = "không có" }
channels = ["counter", "post"]
allowance = { amount = 3, unit = "working_days" }
clock = "restart_from_zero"
post_in = true
post_out = true
presence_required = false
sources = ["không có"]
needs_legal_review = ["fee.post", "fields.born"]
fee = { counter = 1000, post = "unknown" }
extension = { allowance = { amount = 5, unit = "working_days" }, reason = { vi = "a", en = "b" } }
cases = [{ id = "first", vi = "Một", en = "One" }]
components = [{ id = "paper", vi = "Giấy", en = "Paper", required = true, copies = 1, when = { field = "wanted", yes = true } }]

[[fields]]
id = "born"
type = "date"
vi = "Ngày sinh"
en = "Born"
required = true
example = "1990-01-02"

[[fields]]
id = "sex"
type = "choice"
vi = "Giới tính"
en = "Sex"
required = true
choices = [{ id = "male", vi = "Nam", en = "Male" }, { id = "female", vi = "Nữ", en = "Female" }]

[[fields]]
id = "wanted"
type = "yes_no"
vi = "Cần?"
en = "Wanted?"
required = true

[[fields]]
id = "copies"
type = "number"
min = 1
max = 9
vi = "Số bản"
en = "Copies"
required = false

[[fields]]
id = "number"
type = "citizen_number"
born = "born"
sex = "sex"
vi = "Số"
en = "Number"
required = false

[[fields]]
id = "rows"
type = "group"
rows_min = 0
rows_max = 2
vi = "Dòng"
en = "Rows"
fields = [{ id = "from", type = "date", vi = "Từ", en = "From", required = true, when = { field = "sex", one_of = ["male"] } }]
"#;

fn loading(procedures: &[(&str, &str)]) -> Result<Catalogue, CatalogueError> {
    let beside = [(HEADING, HEADING_TEXT), (UNITS, UNITS_TEXT), (PLACES, PLACES_TEXT)];
    load(&beside.iter().chain(procedures).copied().collect::<Vec<_>>())
}

#[test]
fn a_catalogue_with_a_missing_or_contradictory_value_is_refused_by_file_and_path() {
    loading(&[("good.toml", GOOD)]).expect("what each case breaks is sound");
    // (a piece of the good file, what stands there instead, path, problem)
    let broken = [
        ("code = \"9.000001\"", "", "code", "is missing"),
        ("9.000001", "9.1", "code", "ProcedureCode"),
        ("vi = \"Thử\", ", "", "name.vi", "is missing"),
        ("\"Trial\"", "\" \"", "name.en", "is empty"),
        ("\"Trial\"", "7", "name.en", "is not a text"),
        ("{ vi = \"Xã\", en = \"Commune\" }", "\"Xã\"", "authority", "is not a table"),
        (", source = \"không có\" }", " }", "form.source", "is missing"),
        ("[\"counter\", \"post\"]", "[]", "channels", "are missing"),
        ("\"counter\", \"post\"", "\"counter\", \"pigeon\"", "channels", "unknown variant"),
        ("\"counter\", \"post\"", "\"counter\", \"post\", \"post\"", "channels", "twice"),
        ("amount = 3", "amount = 0", "allowance.amount", "is 0"),
        ("amount = 3", "amount = -3", "allowance", "invalid value"),
        ("amount = 3, unit = \"working_days\"", "amount = 3, unit = \"same_day\"", "allowance.amount", "same day"),
        ("amount = 3, unit = \"working_days\"", "amount = 3, unit = \"moons\"", "allowance", "unknown variant"),
        ("allowance = { amount = 5, ", "allowance = { amount = 0, ", "extension.allowance.amount", "is 0"),
        ("allowance = { amount = 5, ", "allowance = { amount = 2, ", "extension.allowance.amount", "the whole time"),
        ("restart_from_zero", "sometimes", "clock", "unknown variant"),
        ("post_in = true", "", "post_in", "is missing"),
        ("post_in = true", "post_in = \"yes\"", "post_in", "neither true nor false"),
        ("post_in = true", "post_in = false", "post_in", "contradicts the channels"),
        ("presence_required = false", "presence_required = true", "post_in", "contradicts presence_required"),
        ("sources = [\"không có\"]", "sources = []", "sources", "are missing"),
        ("fields.born\"]", "fields.birth\"]", "needs_legal_review", "leads nowhere"),
        ("counter = 1000, ", "", "fee.counter", "is missing"),
        ("counter = 1000", "counter = 1000, online = 1", "fee.online", "not offered"),
        ("counter = 1000", "counter = -1", "fee.counter", "neither an amount"),
        ("post = \"unknown\"", "post = \"free\"", "fee.post", "neither an amount"),
        ("post = \"unknown\"", "post = 0, times = \"copies\"", "fee.times", "always asked"),
        ("cases = [", "case = [", "cases", "is missing"),
        ("components = [", "papers = [", "components", "is missing"),
        ("choices = [", "choice = [", "fields.sex.choices", "is missing"),
        ("en = \"One\" }]", "en = \"One\" }, { id = \"first\", vi = \"a\", en = \"b\" }]", "cases.first", "twice"),
        ("en = \"One\" }", "en = \"One\", fee = { counter = 0, post = 0 } }", "cases.first", "no condition"),
        ("copies = 1, when", "when", "components.paper", "no original"),
        ("copies = 1, when", "copies = 1, files_max = 0, when", "components.paper.files_max", "is 0"),
        ("copies = 1, when", "copies = 1, colour = 1, when", "components.paper.colour", "not a known key"),
        ("field = \"wanted\"", "field = \"wish\"", "components.paper.when.field", "no earlier field"),
        ("field = \"wanted\"", "field = \"rows\"", "components.paper.when.field", "no earlier field"),
        ("yes = true", "is = 7", "components.paper.when", "cannot have"),
        ("yes = true", "no = true", "components.paper.when.field", "needs one of"),
        ("id = \"sex\"\n", "id = \"born\"\n", "fields.born", "twice"),
        ("id = \"sex\"\n", "id = \"Sex\"\n", "fields.Sex.id", "is not an id"),
        (
            "id = \"born\"\n",
            "id = \"born\"\nwhen = { field = \"wanted\", yes = true }\n",
            "fields.born.when.field",
            "earlier",
        ),
        ("type = \"yes_no\"", "type = \"maybe\"", "fields.wanted.type", "not a known type"),
        ("type = \"date\"\n", "type = \"date\"\nmin = \"2000-02-30\"\n", "fields.born.min", "is not a day"),
        ("type = \"date\"\n", "type = \"date\"\nmin = \"2101-01-01\"\n", "fields.born.min", "after max"),
        ("type = \"date\"\n", "type = \"date\"\nnot_before = \"sex\"\n", "fields.born.not_before", "no date"),
        ("type = \"date\"\n", "type = \"text\"\nmax = 10001\n", "fields.born.max", "from 1 to"),
        ("example = \"1990-01-02\"", "example = \"2/1/1990\"", "fields.born.example", "not_a_date"),
        ("min = 1\n", "min = 10\n", "fields.copies.min", "above max"),
        ("min = 1\n", "", "fields.copies.min", "is missing"),
        (", { id = \"female\", vi = \"Nữ\", en = \"Female\" }", "", "fields.sex.choices", "fewer than two"),
        ("{ id = \"female\"", "{ id = \"male\"", "fields.sex.choices.male", "twice"),
        ("{ id = \"female\"", "{ id = \"woman\"", "fields.number.sex", "male and female"),
        ("born = \"born\"\n", "born = \"copies\"\n", "fields.number.born", "no date"),
        ("born = \"born\"\n", "", "fields.number.sex", "`born`"),
        ("rows_max = 2", "rows_max = 0", "fields.rows", "no number of rows"),
        ("rows_min = 0", "rows_min = 3", "fields.rows", "no number of rows"),
        ("one_of = [\"male\"]", "one_of = [\"man\"]", "fields.rows.fields.from.when", "cannot have"),
        ("one_of = [\"male\"]", "one_of = []", "fields.rows.fields.from.when", "cannot have"),
        (
            "fields = [{ id = \"from\", type = \"date\"",
            "fields = [{ id = \"from\", type = \"group\", fields = [], rows_min = 1, rows_max = 1",
            "fields.rows.fields.from.required",
            "not a known key",
        ),
        ("rows_max = 2", "rows_max = 2\nrequired = true", "fields.rows.required", "not a known key"),
        ("code =", "codes = 1\ncode =", "codes", "not a known key"),
        ("code =", "code", "", "TOML parse error"),
    ];
    for (piece, instead, path, problem) in broken {
        assert!(GOOD.contains(piece), "{piece:?} is not in the good file");
        let text = GOOD.replacen(piece, instead, 1);
        let error = loading(&[("bad.toml", &text)]).expect_err(&format!("{piece:?} → {instead:?} is accepted"));
        assert_eq!(error.file, "bad.toml");
        assert_eq!(error.path, path, "{piece:?} → {instead:?}: {error}");
        assert!(error.problem.contains(problem), "{piece:?} → {instead:?}: {error}");
    }
}

#[test]
fn a_procedure_may_ask_for_no_papers_and_have_no_cases_and_an_extension_of_another_unit() {
    let lists = GOOD.lines().map(|line| match line.split(" = ").next() {
        Some(list @ ("cases" | "components")) => format!("{list} = []\n"),
        _ => format!("{line}\n"),
    });
    let text = lists.collect::<String>().replacen("amount = 5, unit = \"working", "amount = 2, unit = \"calendar", 1);
    let catalogue = loading(&[("good.toml", &text)]).expect("it says so");
    let procedure = catalogue.procedures().next().expect("one");
    assert!(procedure.components.is_empty() && procedure.cases.is_empty());
}

#[test]
fn a_catalogue_that_is_not_whole_is_refused() {
    let refused = |files: &[(&str, &str)]| load(files).expect_err("it is not whole").to_string();
    assert_eq!(refused(&[(UNITS, UNITS_TEXT), ("a", GOOD)]), "catalogue.toml: is missing");
    assert_eq!(refused(&[(HEADING, HEADING_TEXT), ("a", GOOD)]), "units.toml: is missing");
    assert_eq!(refused(&[(HEADING, HEADING_TEXT), (UNITS, UNITS_TEXT), ("a", GOOD)]), "places.toml: is missing");
    assert_eq!(
        refused(&[(HEADING, HEADING_TEXT), (UNITS, UNITS_TEXT), (PLACES, PLACES_TEXT)]),
        "catalogue.toml: there is no procedure beside it"
    );
    assert_eq!(
        loading(&[("a.toml", GOOD), ("b.toml", GOOD)]).expect_err("two files").to_string(),
        "b.toml: code: 9.000001 has another file already"
    );
    let headings = [
        ("version = 0", "version: is 0"),
        ("version = 1", "valid_from: is missing"),
        ("version = 1\nvalid_from = \"soon\"", "valid_from: \"soon\" is not a day (yyyy-mm-dd)"),
        ("version = 1\nvalid_from = \"2026-07-01\"", "rule_set: is missing"),
    ];
    for (text, problem) in headings {
        assert_eq!(refused(&[(HEADING, text), (UNITS, UNITS_TEXT), ("a", GOOD)]), format!("catalogue.toml: {problem}"));
    }
    let units = [
        ("", "units: is missing".to_owned()),
        ("units = []", "units: are missing".to_owned()),
        (&UNITS_TEXT.replacen("H24.61.02", "H24.61.01", 1), "units.H24.61.01: is there twice".to_owned()),
        (
            &UNITS_TEXT.replacen("0225 000 0001", "113", 1),
            "units.0.support_phone: \"113\" is not a PhoneNumber".to_owned(),
        ),
    ];
    for (text, problem) in units {
        assert_eq!(refused(&[(HEADING, HEADING_TEXT), (UNITS, text), ("a", GOOD)]), format!("units.toml: {problem}"));
    }
    let places = [
        ("needs_legal_review = []\nareas = []".to_owned(), "provinces: is missing"),
        ("needs_legal_review = []\nprovinces = []\nareas = []".to_owned(), "provinces: are missing"),
        (PLACES_TEXT.replacen("\"04\"", "\"4\"", 1), "provinces: \"4\" is not two digits"),
        (PLACES_TEXT.replacen("\"04\"", "\"01\"", 1), "provinces.01: is there twice"),
        (PLACES_TEXT.replacen("31/99901", "31-99901", 1), "areas: \"31-99901\" is not province/ward"),
        (PLACES_TEXT.replacen("31/99901", "32/99901", 1), "areas: \"32/99901\" is of no province beside it"),
    ];
    for (text, problem) in places {
        let files = [(HEADING, HEADING_TEXT), (UNITS, UNITS_TEXT), (PLACES, text.as_str()), ("a", GOOD)];
        assert_eq!(refused(&files), format!("places.toml: {problem}"));
    }
}
