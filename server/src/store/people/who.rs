//! What is sealed of a person. Rows that the office wrote have name and number alone; what an identity provider vouched for
//! stands behind them.

use crate::keys::Keys;
use crate::name::is_same;
use crate::seal::Place;
use crate::store::Failed;
use dossier::ids::{CitizenNumber, PersonId};
use dossier::wire::to_bytes;
use minicbor::{Decode, Encode};

#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(super) struct Who {
    #[n(0)]
    pub name: String,
    #[n(1)]
    pub number: CitizenNumber,
    #[n(2)]
    pub vouched: Option<Vouched>,
    /// The name before the last one: a register that writes another name than the office did is right, and what the
    /// office wrote is not as if it had never been.
    #[n(3)]
    pub formerly: Option<String>,
}

/// What is kept of what an identity provider says, beside name and number; of all else it says nothing is kept.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Vouched {
    /// The provider's own name for the person.
    #[n(0)]
    pub subject: String,
    #[n(1)]
    pub assurance: u8,
    /// `yyyy`, `yyyy-mm` or `yyyy-mm-dd`: not everybody knows the day.
    #[n(2)]
    pub birth: Option<String>,
}

impl Who {
    pub(super) fn open(keys: &Keys, id: &PersonId, sealed: &[u8]) -> Result<Self, Failed> {
        let plain = keys.store.open(place(id), sealed)?;
        minicbor::decode(&plain).map_err(|_| Failed::Unreadable("person"))
    }

    pub(super) fn seal(&self, keys: &Keys, id: &PersonId) -> Vec<u8> {
        keys.store.seal(place(id), &to_bytes(self))
    }

    /// The same person as a provider vouches for them now; `None` if it says nothing new. The spelling of a name stays as
    /// long as it is the same name.
    pub(super) fn with(&self, name: &str, vouched: &Vouched) -> Option<Self> {
        let mut next = Self { vouched: Some(vouched.clone()), ..self.clone() };
        // A provider that leaves out what it said once takes nothing back.
        let known = self.vouched.as_ref().and_then(|before| before.birth.clone());
        if let Some(vouched) = next.vouched.as_mut().filter(|vouched| vouched.birth.is_none()) {
            vouched.birth = known;
        }
        if !is_same(&self.name, name) {
            next.formerly = Some(std::mem::replace(&mut next.name, name.to_owned()));
        }
        (next != *self).then_some(next)
    }
}

fn place(id: &PersonId) -> Place<'_> {
    Place { kind: "person", owner: id.bytes(), row: b"" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_the_office() -> Who {
        let number = "031090000123".parse().unwrap();
        Who { name: "Nguyễn Văn Ví Dụ".into(), number, vouched: None, formerly: None }
    }

    fn vouched(birth: Option<&str>) -> Vouched {
        Vouched { subject: "t-1".into(), assurance: 2, birth: birth.map(str::to_owned) }
    }

    #[test]
    fn a_person_whom_the_office_entered_is_written_and_read_as_before() {
        let before = to_bytes(&("Nguyễn Văn Ví Dụ", "031090000123"));
        assert!(minicbor::decode::<Who>(&before).unwrap() == by_the_office());
        assert_eq!(to_bytes(&by_the_office()), before);
    }

    #[test]
    fn who_is_vouched_for_again_is_not_written_again() {
        let once = by_the_office().with("NGUYỄN VĂN VÍ DỤ", &vouched(Some("1990-05-01"))).unwrap();
        assert_eq!((once.name.as_str(), &once.formerly), ("Nguyễn Văn Ví Dụ", &None), "the same name in capitals");
        assert!(once.with("Nguyễn Văn Ví Dụ", &vouched(Some("1990-05-01"))).is_none());
        assert!(once.with("Nguyễn Văn Ví Dụ", &vouched(None)).is_none(), "what was said once is not taken back");
        assert!(once.with("Nguyễn Văn Ví Dụ", &Vouched { assurance: 3, ..vouched(None) }).is_some());
        let read: Who = minicbor::decode(&to_bytes(&once)).unwrap();
        assert!(read == once);
    }

    #[test]
    fn another_name_takes_the_place_of_the_office_s_which_is_kept() {
        let renamed = by_the_office().with("Nguyễn Thị Minh Họa", &vouched(None)).unwrap();
        assert_eq!(renamed.name, "Nguyễn Thị Minh Họa");
        assert_eq!(renamed.formerly.as_deref(), Some("Nguyễn Văn Ví Dụ"));
        let again = renamed.with("Nguyễn Thị Minh Họa", &vouched(None));
        assert!(again.is_none(), "the name before is not lost by signing in again");
    }
}
