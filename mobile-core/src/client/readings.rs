//! Who of the staff looked into a dossier. The server is asked each time: what was looked at a minute ago is what counts.

use super::{Client, dossier_id};
use crate::api::Call;
use crate::error::Error;
use crate::view::ReadingView;
use dossier::reading::{Looked, Reading};

impl Client {
    /// Who of the staff looked into a dossier, the first one first. Needs a network.
    pub async fn readings(&self, dossier: &str) -> Result<Vec<ReadingView>, Error> {
        let id = dossier_id(dossier)?;
        let answer = self.asked(Call::get(&format!("/v1/dossiers/{id}/readings"))).await?;
        let readings: Vec<Reading> = minicbor::decode(&answer.body).map_err(|_| Error::malformed())?;
        Ok(readings.iter().map(|reading| self.reading_view(reading)).collect())
    }

    fn reading_view(&self, reading: &Reading) -> ReadingView {
        ReadingView {
            at: reading.at.0,
            at_text: reading.at.to_string(),
            name: reading.name.clone(),
            unit: reading.unit.to_string(),
            role: reading.role.clone(),
            purpose: reading.purpose.word().to_owned(),
            paper: match reading.looked {
                Looked::Paper(hash) => Some(hash.to_string()),
                Looked::Dossier | Looked::Numbers => None,
            },
            reason: reading.purpose.reason().map(str::to_owned),
            sentence: self.say(&reading.sentence()),
        }
    }
}
