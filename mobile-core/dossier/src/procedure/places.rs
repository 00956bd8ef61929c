//! The places that addresses name: provinces, and the wards of those provinces whose wards the data has.

use super::Text;

/// A province or city of the first level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Province {
    /// Two digits of the statistics office.
    pub code: String,
    pub name: Text,
}

/// A ward with its province, as an address field offers it; `code` is `province/ward`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    pub code: String,
    pub name: Text,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    pub provinces: Vec<Province>,
    pub areas: Vec<Area>,
    /// What officers are shown as not verified.
    pub needs_legal_review: Vec<String>,
}

/// Why a place is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownPlace {
    Province,
    /// The data has wards of this province, and this is not one of them.
    Ward,
}

impl Places {
    /// Judges a `province/ward`. Of a province without wards in the data, every ward is believed.
    pub fn judge(&self, area: &str) -> Result<(), UnknownPlace> {
        let province = area.split('/').next().unwrap_or_default();
        if !self.provinces.iter().any(|known| known.code == province) {
            return Err(UnknownPlace::Province);
        }
        let mut wards = self.areas.iter().filter(|known| known.code.split('/').next() == Some(province)).peekable();
        if wards.peek().is_none() || wards.any(|known| known.code == area) { Ok(()) } else { Err(UnknownPlace::Ward) }
    }

    /// What is unknown of an area that has not even the form of one.
    pub fn judge_misshapen(&self, area: &str) -> UnknownPlace {
        self.judge(area).err().unwrap_or(UnknownPlace::Ward)
    }
}

impl UnknownPlace {
    /// The finding's sentence.
    pub fn sentence_id(self) -> &'static str {
        match self {
            Self::Province => "finding-unknown-place-province",
            Self::Ward => "finding-unknown-place-ward",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procedure::Catalogue;

    #[test]
    fn a_place_is_of_a_known_province_and_a_known_ward_where_wards_are_known() {
        let places = Catalogue::built_in().places();
        assert_eq!(places.provinces.len(), 34, "since 2025-07-01");
        assert_eq!(places.judge("31/99901"), Ok(()));
        assert_eq!(places.judge("31/00001"), Err(UnknownPlace::Ward));
        assert_eq!(places.judge("01/00004"), Ok(()), "no wards of Hà Nội are in the data");
        // Hải Dương is a part of Hải Phòng now.
        for no_longer in ["30/99901", "00/99901", "99/99901", "", "/"] {
            assert_eq!(places.judge(no_longer), Err(UnknownPlace::Province), "{no_longer:?}");
        }
    }
}
