//! The office's units as a tree: what is beneath a unit, and whether units that are to be entered make a tree at all.

use crate::store::postings::Unit;
use dossier::ids::UnitCode;
use std::collections::{BTreeMap, BTreeSet};

/// A desk that takes dossiers in; phones know its code from the catalogue (bộ phận một cửa).
pub(crate) const ONE_STOP: &str = "one-stop";
/// Whatever else has people: a committee, a department, a ward (cơ quan, phòng ban).
pub(crate) const AGENCY: &str = "agency";

/// All units beneath one, at any depth.
pub(crate) fn beneath(units: &[Unit], top: &UnitCode) -> BTreeSet<UnitCode> {
    let mut children: BTreeMap<&UnitCode, Vec<&UnitCode>> = BTreeMap::new();
    for unit in units {
        if let Some(parent) = &unit.parent {
            children.entry(parent).or_default().push(&unit.code);
        }
    }
    let (mut found, mut left) = (BTreeSet::new(), vec![top]);
    while let Some(unit) = left.pop() {
        for child in children.get(unit).into_iter().flatten() {
            if *child != top && found.insert((*child).clone()) {
                left.push(child);
            }
        }
    }
    found
}

/// The units that are above themselves.
pub(crate) fn in_circles(units: &BTreeMap<UnitCode, Option<UnitCode>>) -> BTreeSet<UnitCode> {
    let circles = units.keys().filter(|code| {
        let mut above = *code;
        for _ in 0..units.len() {
            match units.get(above) {
                Some(Some(parent)) if parent == *code => return true,
                Some(Some(parent)) => above = parent,
                _ => return false,
            }
        }
        // Beneath a circle, and not in it.
        false
    });
    circles.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> UnitCode {
        text.parse().unwrap()
    }

    fn unit(text: &str, parent: Option<&str>) -> Unit {
        Unit { code: code(text), parent: parent.map(code), name: text.into(), kind: AGENCY.into() }
    }

    #[test]
    fn beneath_is_at_any_depth_and_never_oneself_or_above() {
        let units = [
            unit("H24", None),
            unit("H24.1", Some("H24")),
            unit("H24.1.1", Some("H24.1")),
            // Not by its code: the tree is what was entered.
            unit("H24.9", Some("H24.1.1")),
            unit("H24.2", Some("H24")),
        ];
        let below = |top: &str| beneath(&units, &code(top)).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(below("H24"), ["H24.1", "H24.1.1", "H24.2", "H24.9"]);
        assert_eq!(below("H24.1"), ["H24.1.1", "H24.9"]);
        assert!(below("H24.9").is_empty() && below("H24.7").is_empty());
        // What could only come of altered rows ends all the same.
        let circle = [unit("H24", Some("H24.1")), unit("H24.1", Some("H24"))];
        assert_eq!(beneath(&circle, &code("H24")), BTreeSet::from([code("H24.1")]));
    }

    #[test]
    fn circles_are_found_and_what_hangs_beneath_them_is_not_one() {
        let tree = |pairs: &[(&str, Option<&str>)]| {
            let units = pairs.iter().map(|(unit, parent)| (code(unit), parent.map(code))).collect();
            in_circles(&units).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(tree(&[("H24", None), ("H24.1", Some("H24")), ("H25", None)]).is_empty());
        assert_eq!(tree(&[("H24", Some("H24"))]), ["H24"]);
        let two = [("H24", Some("H24.1")), ("H24.1", Some("H24")), ("H24.2", Some("H24.1"))];
        assert_eq!(tree(&two), ["H24", "H24.1"]);
    }
}
