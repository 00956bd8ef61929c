//! The rows of the tables, as `migrations` lays them. Which table is truth, derived or scratch is said there.

/// Declares one entity; `key` marks the primary key's columns.
macro_rules! entity {
    ($module:ident, $table:literal, { $($key:ident: $kt:ty),+ }, { $($field:ident: $ft:ty),* $(,)? }) => {
        pub(crate) mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub(crate) struct Model {
                $(#[sea_orm(primary_key, auto_increment = false)] pub $key: $kt,)+
                $(pub $field: $ft,)*
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub(crate) enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(server_info, "server_info", { id: i16 }, { server: Uuid, incarnation: i64 });
entity!(log_key, "log_key", { public_key: Vec<u8> }, { since: i64 });
entity!(person, "person", { id: Uuid }, {
    sealed: Vec<u8>, lookup: Vec<u8>, courier: bool, created_at: i64, version: i64, tip: Option<Vec<u8>>,
});
entity!(device, "device", { thumbprint: Vec<u8> }, {
    person: Uuid, public_key: Vec<u8>, name: Vec<u8>, enrolled_at: i64, revoked_at: Option<i64>,
    lost_at: Option<i64>,
});
entity!(device_past, "device_past", { thumbprint: Vec<u8>, enrolled_at: i64 }, {
    person: Uuid, name: Vec<u8>, revoked_at: i64,
});
entity!(suspension, "suspension", { device: Vec<u8>, at: i64 }, { code: String, ended_at: Option<i64> });
entity!(enrolment, "enrolment", { code: Vec<u8> }, {
    person: Uuid, expires_at: i64, used_at: Option<i64>, proof: Option<Vec<u8>>,
});
entity!(session, "session", { id: Uuid }, {
    person: Uuid, device: Vec<u8>, next: i64, begun_at: i64, used_at: i64, ends_at: i64, ended_at: Option<i64>,
    end_reason: Option<String>,
});
entity!(revocation, "revocation", { id: i16 }, { epoch: i64 });
entity!(sign_in, "sign_in", { state: Vec<u8> }, {
    kept: Vec<u8>, expires_at: i64, used_at: Option<i64>, outcome: Option<Vec<u8>>,
});
entity!(staff, "staff", { id: Uuid }, { name: String, unit: String, role: String });
entity!(office_unit, "office_unit", { code: String }, { parent: Option<String>, name: String, kind: String });
entity!(account, "account", { id: Uuid }, {
    login: String, name: String, password: Option<String>, one_time_until: Option<i64>, totp: Option<Vec<u8>>,
    totp_step: Option<i64>, failures: i32, tries: i32, locked_until: Option<i64>, signed_in_at: Option<i64>,
    tokens_since: Option<i64>,
    provider_subject: Option<String>, created_at: i64, disabled_at: Option<i64>,
});
entity!(recovery_code, "recovery_code", { staff: Uuid, lookup: Vec<u8> }, { used_at: Option<i64> });
entity!(posting, "posting", { id: Uuid }, {
    staff: Uuid, unit: String, role: String, starts_at: i64, ends_at: Option<i64>, stands_in_for: Option<Uuid>,
    entered_by: Option<Uuid>, entered_at: i64, proof: Vec<u8>,
});
entity!(desk_session, "desk_session", { id: Vec<u8> }, {
    staff: Uuid, posting: Option<Uuid>, begun_at: i64, seen_at: i64, stepped_up_at: Option<i64>, ended_at: Option<i64>,
    totp_new: Option<Vec<u8>>, tries: i32, tries_since: Option<i64>,
});
entity!(recall_proposal, "recall_proposal", { dossier: Uuid }, { sealed: Vec<u8> });

entity!(dossier, "dossier", { dossier: Uuid }, {
    version: i64, owner: Uuid, layout: i16, procedure: String, catalogue: i32, data_key: Vec<u8>,
    document: Option<Vec<u8>>, tip: Option<Vec<u8>>,
});
entity!(change, "change", { dossier: Uuid, hash: Vec<u8> }, {
    version: i64, position: i32, actor: Vec<u8>, device: Vec<u8>, epoch: i64, seq: i64, body: Vec<u8>,
});
entity!(taken_back, "taken_back", { dossier: Uuid, version: i64 }, { body: Vec<u8> });
entity!(evidence, "evidence", { dossier: Uuid, version: i64 }, { device: Vec<u8>, body: Vec<u8> });
entity!(event, "event", { dossier: Uuid, seq: i64 }, { version: i64, at: i64, body: Vec<u8> });
entity!(frozen, "frozen", { dossier: Uuid, content: Vec<u8> }, { version: i64, body: Vec<u8> });
entity!(paper, "paper", { dossier: Uuid, sha256: Vec<u8> }, {
    kind: i16, size: i32, stored_at: i64, version: i64,
});
entity!(refused, "refused", { dossier: Uuid, hash: Vec<u8>, device: Vec<u8> }, {
    code: String, attack: bool, at: i64, proof: Option<Vec<u8>>,
});

entity!(card, "card", { dossier: Uuid }, {
    owner: Uuid, procedure: String, status: i16, unit: Option<String>, code: Option<String>,
    submitted_at: Option<i64>, due: Option<i64>, moved_at: Option<i64>, tracking: Option<Vec<u8>>,
});
entity!(audience, "audience", { person: Uuid }, { n: i64 });
entity!(feed, "feed", { person: Uuid, n: i64 }, { dossier: Uuid, version: i64, origin: Option<Vec<u8>> });
entity!(serial, "serial", { unit: String, day: i32 }, { last: i64 });
entity!(command, "command", { dossier: Uuid, command: Uuid }, {
    body: Vec<u8>, answer: Vec<u8>, at: i64, version: i64,
});

entity!(manifest, "manifest", { dossier: Uuid, manifest: Uuid }, {
    version: i64, courier: Uuid, body: Vec<u8>, signature: Vec<u8>,
});
entity!(parcel, "parcel", { parcel: Uuid }, { dossier: Uuid, manifest: Uuid, courier: Uuid });
entity!(delivery_record, "delivery_record", { dossier: Uuid, hash: Vec<u8> }, {
    parcel: Uuid, courier: Uuid, device: Vec<u8>, counter: i64, body: Vec<u8>, signature: Vec<u8>, disputed: bool,
    at: i64, version: i64,
});
entity!(reading, "reading", { dossier: Uuid, n: i64 }, {
    at: i64, staff: Uuid, unit: String, break_glass: bool, body: Vec<u8>, tip: Vec<u8>, seen_at: Option<i64>,
    seen_by: Option<Uuid>,
});
entity!(record_chain, "record_chain", { device: Vec<u8> }, { counter: i64, hash: Vec<u8> });

entity!(waiting_entry, "waiting_entry", { book: Uuid, kind: i16, n: i64 }, {
    salt: Vec<u8>, digest: Vec<u8>, commitment: Vec<u8>,
});
entity!(entry, "entry", { leaf: i64 }, {
    kind: i16, book: Uuid, n: i64, salt: Vec<u8>, digest: Vec<u8>, commitment: Vec<u8>,
});
entity!(tile, "tile", { level: i16, place: i64 }, { hashes: Vec<u8> });
entity!(log_head, "log_head", { id: i16 }, { size: i64, checkpoint: String, holder: String, fence: i64, until: i64 });
entity!(refused_record, "refused_record", { device: Vec<u8>, hash: Vec<u8> }, {
    code: String, at: i64, counter: Option<i64>,
});
