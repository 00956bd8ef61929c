//! What a citizen declares and what was handed in: both are hashed, so other bytes would be another act or content.

use crate::{check, check_growing, named, uuid};
use dossier::act::{Act, Authority, Behalf, DeliveryChoice, PostalAddress};
use dossier::ids::{ContentHash, PaperHash, ParcelId};
use dossier::layout::{Frozen, PaperInfo, PaperKey, PaperKind, Value};

pub(crate) fn by_post() -> DeliveryChoice {
    DeliveryChoice::ByPost(PostalAddress {
        recipient: "Nguyễn Thị Hồng Ánh".into(),
        phone: "0912345678".parse().unwrap(),
        area: "01/00004".into(),
        line: "12 Phan Đình Phùng".into(),
    })
}

pub(crate) fn behalf() -> Behalf {
    Behalf {
        owner: "Nguyễn Văn Bé".into(), authority: Authority::Written, reference: "số 12 ngày 01/11/2026".into()
    }
}

fn act_name(act: &Act) -> &'static str {
    match act {
        Act::Submit(_, _, None) => "submit",
        Act::Submit(_, _, Some(_)) => "submit_for",
        Act::Supplement(_) => "supplement",
        Act::Withdraw(_) => "withdraw",
        Act::ChooseDelivery(DeliveryChoice::AtCounter) => "at_counter",
        Act::ChooseDelivery(DeliveryChoice::ByPost(_)) => "by_post",
        Act::ConfirmDelivery(_) => "confirm_delivery",
    }
}

#[test]
fn every_act_is_written_as_it_always_was() {
    let all = [
        Act::Submit(ContentHash([1; 32]), "H24.1".parse().unwrap(), None),
        Act::Submit(ContentHash([1; 32]), "H24.1".parse().unwrap(), Some(behalf())),
        Act::Supplement(ContentHash([2; 32])),
        Act::Withdraw("Tôi nộp nhầm.".into()),
        Act::ChooseDelivery(DeliveryChoice::AtCounter),
        Act::ChooseDelivery(by_post()),
        Act::ConfirmDelivery(ParcelId::from_bytes(uuid(3))),
    ];
    check(include_str!("../samples/wire_1/act.txt"), &named(&all, act_name));
}

fn value_name(value: &Value) -> &'static str {
    match value {
        Value::Text(_) => "text",
        Value::Number(_) => "number",
        Value::YesNo(_) => "yes_no",
    }
}

fn kind_name(kind: PaperKind) -> &'static str {
    match kind {
        PaperKind::Jpeg => "a.jpg",
        PaperKind::Png => "b.png",
        PaperKind::Pdf => "c.pdf",
    }
}

#[test]
fn what_was_handed_in_is_frozen_as_it_always_was() {
    let values: [Value; 3] = ["Huế".into(), Value::Number(-3), Value::YesNo(true)];
    let paper = |n, kind| {
        let key = PaperKey { component: "birth_certificate".into(), hash: PaperHash([n; 32]) };
        (key, PaperInfo { kind, size: 10_485_760, name: kind_name(kind).into() })
    };
    let all = Frozen {
        layout: 1,
        catalogue: 70_000,
        form: values.into_iter().map(|value| (value_name(&value).parse().unwrap(), value)).collect(),
        papers: vec![paper(1, PaperKind::Jpeg), paper(2, PaperKind::Png), paper(3, PaperKind::Pdf)],
    };
    let nothing = Frozen { layout: 1, catalogue: 1, form: Default::default(), papers: Vec::new() };
    check_growing(include_str!("../samples/wire_1/frozen.txt"), &[("all", all), ("nothing", nothing)]);
}
