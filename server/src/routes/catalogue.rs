//! Procedures as an app that lists them reads them.

use actix_web::get;
use actix_web::web::Json;
use dossier::procedure::{Catalogue, Text};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
pub(super) struct CatalogueWord {
    version: u32,
    procedures: Vec<ProcedureWord>,
    units: Vec<UnitWord>,
}

#[derive(Serialize, ToSchema)]
struct ProcedureWord {
    code: String,
    name: TextWord,
    /// What was not verified against a source of law.
    needs_legal_review: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct UnitWord {
    code: String,
    name: TextWord,
}

#[derive(Serialize, ToSchema)]
struct TextWord {
    vi: String,
    en: String,
}

impl From<&Text> for TextWord {
    fn from(text: &Text) -> Self {
        Self { vi: text.vi.clone(), en: text.en.clone() }
    }
}

/// The procedures and receiving units of the current catalogue.
#[utoipa::path(tag = "everybody", responses((status = 200, body = CatalogueWord)))]
#[get("/v1/catalogue")]
pub(crate) async fn catalogue() -> Json<CatalogueWord> {
    let current = Catalogue::built_in();
    let procedures = current.procedures().map(|procedure| ProcedureWord {
        code: procedure.code.to_string(),
        name: (&procedure.name).into(),
        needs_legal_review: procedure.needs_legal_review.clone(),
    });
    let units = current.units().iter().map(|unit| UnitWord { code: unit.code.to_string(), name: (&unit.name).into() });
    Json(CatalogueWord { version: current.version, procedures: procedures.collect(), units: units.collect() })
}
