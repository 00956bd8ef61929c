//! Invented people of an invented office: who the demo signs in, and who somebody who looks at it can be. Their passwords
//! and the keys of their authenticators stand here for everybody to read, so no server has them unless it is asked to.

use super::Surprise;
use crate::app::App;
use crate::auth::policy::Role;
use crate::commit;
use crate::staff::password::{Password, hash_here};
use crate::staff::units::{AGENCY, ONE_STOP};
use crate::staff::{sign_in, totp};
use crate::store::accounts;
use crate::store::postings::{self, Posted, Unit};
use dossier::ids::{StaffId, UnitCode};
use dossier::procedure::Catalogue;
use dossier::time::Timestamp;
use uuid::Uuid;

/// Of all of them.
pub(crate) const PASSWORD: &str = "mot bong hoa giay do";

/// The unit above the catalogue's desks.
const TOP: &str = "H24";

pub(crate) struct Invented {
    pub login: &'static str,
    pub name: &'static str,
    pub role: Role,
}

pub(crate) const OFFICER: Invented = Invented { login: "le.canbo", name: "Lê Thị Cán Bộ", role: Role::OneStop };

/// One of each role, all of the first desk.
pub(crate) const PEOPLE: [Invented; 6] = [
    OFFICER,
    Invented { login: "tran.chuyenvien", name: "Trần Văn Chuyên Viên", role: Role::Specialist },
    Invented { login: "vu.thutruong", name: "Vũ Thị Thủ Trưởng", role: Role::UnitHead },
    Invented { login: "do.buucuc", name: "Đỗ Văn Bưu Cục", role: Role::PostalClerk },
    Invented { login: "ngo.thanhtra", name: "Ngô Thị Thanh Tra", role: Role::Auditor },
    Invented { login: "ho.quantri", name: "Hồ Văn Quản Trị", role: Role::Administrator },
];

impl Invented {
    /// The key of the authenticator: twenty bytes that begin with the login.
    pub(crate) fn key(&self) -> [u8; totp::KEY] {
        let mut key = [b'.'; totp::KEY];
        key.iter_mut().zip(self.login.bytes()).for_each(|(to, from)| *to = from);
        key
    }

    /// What the authenticator shows at a moment.
    pub(crate) fn code(&self, now: Timestamp) -> String {
        totp::code(&self.key(), totp::step(now))
    }

    fn staff(&self) -> StaffId {
        StaffId(self.id(b"staff"))
    }

    fn id(&self, kind: &[u8]) -> Uuid {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(kind.iter().chain(self.login.as_bytes())).for_each(|(to, from)| *to = *from);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// Enters them all, with their units; who is there already stays as they are.
pub(crate) async fn seed(app: &App) -> Result<(), Surprise> {
    let first = units(app).await?;
    for person in &PEOPLE {
        if accounts::by_login(&app.db.read, person.login).await?.is_none() {
            enter(app, person, &first).await?;
        }
    }
    Ok(())
}

/// The catalogue's desks beneath one unit; gives the first of them.
async fn units(app: &App) -> Result<UnitCode, Surprise> {
    let there = postings::units(&app.db.read).await?;
    let top = Unit { code: TOP.parse()?, parent: None, name: "Hải Phòng (minh họa)".into(), kind: AGENCY.into() };
    let desks = Catalogue::built_in().units();
    let beneath = desks.iter().map(|desk| Unit {
        code: desk.code.clone(),
        parent: Some(top.code.clone()),
        name: desk.name.vi.clone(),
        kind: ONE_STOP.into(),
    });
    for unit in std::iter::once(top.clone()).chain(beneath) {
        if !there.iter().any(|known| known.code == unit.code) {
            postings::put_unit(&app.db.write, &unit, false).await?;
        }
    }
    Ok(desks.first().ok_or("the catalogue has no units")?.code.clone())
}

async fn enter(app: &App, person: &Invented, unit: &UnitCode) -> Result<(), Surprise> {
    let (staff, now) = (person.staff(), app.clock.now());
    let hash = hash_here(&app.keys, &staff, &Password::typed(PASSWORD));
    let posted = Posted {
        id: person.id(b"posting"),
        staff,
        unit: unit.clone(),
        role: person.role.word().into(),
        starts_at: now,
        ends_at: None,
        stands_in_for: None,
    };
    let tx = commit::begin(app).await?;
    accounts::insert(&tx, &staff, (person.login, person.name), (&hash, now), now).await?;
    accounts::set_password(&tx, &staff, &hash, None).await?;
    postings::insert(&tx, &app.keys, &posted, (None, now)).await?;
    tx.commit().await?;
    // A code of long ago, so that today's serve.
    Ok(sign_in::bind(app, &staff, (&person.key(), 0), &recovery_codes()).await?)
}

/// The same for each of them: the demo's clock stands still, and a code of it serves once.
pub(crate) fn recovery_codes() -> Vec<String> {
    (1..=10).map(|n| format!("AAAA-AAAA-AAAA-{n:04}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests::server;
    use std::collections::BTreeSet;

    #[tokio::test]
    async fn there_is_one_of_each_role_and_seeding_twice_is_seeding_once() {
        let (_dir, app) = server().await;
        seed(&app).await.unwrap();
        let first = accounts::all(&app.db.read).await.unwrap();
        seed(&app).await.unwrap();
        assert!(first == accounts::all(&app.db.read).await.unwrap() && first.len() == PEOPLE.len());
        let roles: BTreeSet<Role> = PEOPLE.iter().map(|person| person.role).collect();
        assert_eq!(roles.len(), Role::ALL.len());
        for person in &PEOPLE {
            assert_eq!(Password::typed(PASSWORD).check(person.login, person.name), Ok(()), "{}", person.login);
            let proved = sign_in::with_code(&app, &person.staff(), &person.code(app.clock.now())).await.unwrap();
            assert!(proved.is_some(), "{}", person.login);
        }
    }
}
