//! What a procedure costs. The amount can differ by channel, by case and by the number of copies.

use super::{Channel, Procedure, Text};
use crate::layout::{FieldKey, Projection, Value};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fee {
    /// Đồng for each offered channel; none where the amount is not known beforehand.
    pub amounts: BTreeMap<Channel, Option<u64>>,
    /// The amount is for one of something; this number field of the form says how many.
    pub times: Option<String>,
    pub note: Option<Text>,
}

impl Fee {
    pub fn of(&self, channel: Channel) -> Option<u64> {
        self.amounts.get(&channel).copied().flatten()
    }
}

impl Procedure {
    /// The fee in đồng of a dossier as it is filled in: that of the first case that holds, times the number asked for.
    pub fn fee_for(&self, channel: Channel, dossier: &Projection) -> Option<u64> {
        let case = self.cases.iter().find(|c| c.fees.is_some() && self.holds(c.when.as_ref(), dossier));
        let fees = case.and_then(|c| c.fees.as_ref()).unwrap_or(&self.fees);
        let amount = fees.of(channel)?;
        let Some(times) = &fees.times else { return Some(amount) };
        let key: FieldKey = times.parse().ok()?;
        match dossier.form.get(&key)?.first()? {
            Value::Number(n) => amount.checked_mul(u64::try_from(*n).ok()?),
            _ => None,
        }
    }
}
