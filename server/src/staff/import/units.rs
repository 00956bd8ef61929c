//! A list of units, held against what is entered: code, parent, name, kind.

use super::{Wrong, of, table, wrong};
use crate::name::named;
use crate::staff::units::{AGENCY, ONE_STOP, in_circles};
use crate::store::postings::Unit;
use dossier::ids::UnitCode;
use dossier::procedure::Catalogue;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const COLUMNS: [&str; 4] = ["code", "parent", "name", "kind"];

/// Units that are to be entered or altered, and whether each is there already.
pub(crate) fn plan(bytes: &[u8], there: &[Unit]) -> Result<Vec<(Unit, bool)>, Vec<Wrong>> {
    let mut faults = Vec::new();
    let (mut read, mut seen) = (Vec::new(), BTreeSet::new());
    for (line, fields) in table(bytes, COLUMNS)? {
        match unit(&fields) {
            Err(why) => faults.extend(why.into_iter().map(|why| wrong(line, why))),
            Ok(unit) if !seen.insert(unit.code.clone()) => faults.push(wrong(line, "code: it is in the list twice")),
            Ok(unit) => read.push((line, unit)),
        }
    }
    // Above a unit stands one of the list or one that was entered before; a list may move units.
    let mut tree: BTreeMap<UnitCode, Option<UnitCode>> =
        there.iter().map(|unit| (unit.code.clone(), unit.parent.clone())).collect();
    tree.extend(read.iter().map(|(_, unit)| (unit.code.clone(), unit.parent.clone())));
    let circles = in_circles(&tree);
    for (line, unit) in &read {
        if unit.parent.as_ref().is_some_and(|parent| !tree.contains_key(parent)) {
            faults.push(wrong(*line, "parent: no such unit"));
        } else if circles.contains(&unit.code) {
            faults.push(wrong(*line, "parent: the unit would be above itself"));
        }
    }
    if !faults.is_empty() {
        faults.sort_by_key(|wrong| wrong.line);
        return Err(faults);
    }
    let known = |unit: &Unit| there.iter().find(|there| there.code == unit.code);
    let new = read.into_iter().map(|(_, unit)| (known(&unit).cloned(), unit));
    Ok(new.filter(|(there, unit)| there.as_ref() != Some(unit)).map(|(there, unit)| (unit, there.is_some())).collect())
}

/// A line's unit, or all that is wrong with it.
pub(crate) fn unit([code, parent, name, kind]: &[String; 4]) -> Result<Unit, Vec<String>> {
    let mut faults = Vec::new();
    let mut keep = |field: &str, why: String| faults.push(of(field, why));
    let code: Option<UnitCode> = code.parse().map_err(|_| keep("code", "it is not a unit's code".into())).ok();
    let parent: Option<UnitCode> = match parent.as_str() {
        "" => None,
        parent => parent.parse().map_err(|_| keep("parent", "it is not a unit's code".into())).ok(),
    };
    let name = named(name).map_err(|why| keep("name", why)).ok();
    match (kind.as_str(), &code) {
        // Phones hand dossiers in to the catalogue's desks; at any other nothing would ever arrive.
        (ONE_STOP, Some(code)) if Catalogue::built_in().unit(code).is_none() => {
            keep("code", "the catalogue has no such one-stop desk".into());
        }
        (ONE_STOP | AGENCY, _) => {}
        _ => keep("kind", format!("it is {ONE_STOP} or {AGENCY}")),
    }
    match (code, name) {
        (Some(code), Some(name)) if faults.is_empty() => Ok(Unit { code, parent, name, kind: kind.clone() }),
        _ => Err(faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, there: &[Unit]) -> Vec<String> {
        plan(text.as_bytes(), there).unwrap_err().iter().map(ToString::to_string).collect()
    }

    const GOOD: &str = "code,parent,name,kind\nH24.61.01,H24,Một cửa phường Minh Họa,one-stop\nH24,,Hải Phòng,agency\n";

    #[test]
    fn a_list_is_entered_once_and_moves_units_that_are_there() {
        let first = plan(GOOD.as_bytes(), &[]).unwrap();
        assert!(first.len() == 2 && first.iter().all(|(_, is_there)| !is_there));
        let there: Vec<Unit> = first.into_iter().map(|(unit, _)| unit).collect();
        assert_eq!(plan(GOOD.as_bytes(), &there), Ok(vec![]), "the same list twice");
        let moved = "code,parent,name,kind\nH24.61.01,,Một cửa phường Minh Họa,one-stop\n";
        let plan = plan(moved.as_bytes(), &there).unwrap();
        assert!(matches!(&plan[..], [(unit, true)] if unit.parent.is_none()));
    }

    #[test]
    fn everything_that_is_wrong_is_named_with_its_line() {
        let text = "code,parent,name,kind\n\
                    h24,,Thường,agency\n\
                    H24.1,H99,Mồ côi,agency\n\
                    H24.2,,Một,agency\n\
                    H24.2,,Hai,agency\n\
                    H24.3,H24.4,Vòng,agency\n\
                    H24.4,H24.3,Tròn,agency\n\
                    H24.5,,,office\n\
                    H24.6,,Kín\u{202e},agency\n\
                    H24.7,,Không có trong danh mục,one-stop\n";
        let long = format!("{text}H24.8,,{},agency\n", "e".repeat(201));
        assert_eq!(
            said(&long, &[]),
            [
                "line 2: code: it is not a unit's code",
                "line 3: parent: no such unit",
                "line 5: code: it is in the list twice",
                "line 6: parent: the unit would be above itself",
                "line 7: parent: the unit would be above itself",
                "line 8: name: it is empty",
                "line 8: kind: it is one-stop or agency",
                "line 9: name: it holds control or direction characters",
                "line 10: code: the catalogue has no such one-stop desk",
                "line 11: name: it has 201 characters; a name has at most 200",
            ]
        );
    }

    #[test]
    fn a_circle_through_units_that_are_there_is_one() {
        let there: Vec<Unit> = plan(GOOD.as_bytes(), &[]).unwrap().into_iter().map(|(unit, _)| unit).collect();
        let text = "code,parent,name,kind\nH24,H24.61.01,Hải Phòng,agency\n";
        assert_eq!(said(text, &there), ["line 2: parent: the unit would be above itself"]);
    }
}
