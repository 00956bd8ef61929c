//! The story: two phones of one citizen, an officer, a courier. Each step says in a line what happens and what was
//! checked; the first surprise ends it.

use super::stage::{Person, Phone, Stage};
use super::tampered::Tampered;
use super::{Surprise, check, proof};
use crate::cli::print::say;
use dossier::layout::Value;
use dossier::procedure::Catalogue;
use dossier::wire::Verdict;
use mobile_core::{CardView, DoorProof, DoorRecipient, FieldInput, Http, PostalInput, Progress};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};

/// Giấy xác nhận tình trạng hôn nhân: three working days, the clock restarts after a supplement, the result can be posted.
const PROCEDURE: &str = "1.004873";

pub(super) const CITIZEN: Person = Person { name: "Nguyễn Văn Ví Dụ", number: "031090000001", courier: false };
const COURIER: Person = Person { name: "Phạm Thị Bưu Tá", number: "031185000002", courier: true };

pub(super) async fn play(stage: &Stage) -> Result<(), Surprise> {
    say!("Hồ Sơ: one dossier from a phone without signal to the desk, to the post and back.\n");
    let a = stage.phone("phone-a", &CITIZEN, Arc::new(Http::new()?)).await?;
    let b = stage.phone("phone-b", &CITIZEN, Arc::new(Http::new()?)).await?;
    sign_in(stage, &a, &b).await?;
    let courier = stage.phone("phone-courier", &COURIER, Arc::new(Http::new()?)).await?;

    let dossier = draft(stage, &a, &b).await?;
    disagree(stage, &a, &b, &dossier).await?;
    submit(stage, &a, &b, &dossier).await?;
    tamper(stage).await?;
    supplement(stage, &a, &dossier).await?;
    accept(stage, &a, &dossier).await?;
    finish(stage, &a, &dossier).await?;
    deliver(stage, &a, &courier, &dossier).await?;
    proof::receipts(stage, &a, &dossier).await?;
    shut_out(stage, &a, &b).await?;
    proof::edit(stage, &dossier).await?;
    say!("\nThe story is told: nothing was lost, nothing false got in.");
    Ok(())
}

async fn sign_in(stage: &Stage, a: &Phone, b: &Phone) -> Result<(), Surprise> {
    let person = |phone: &Phone| Ok::<_, Surprise>(phone.core.account()?.ok_or("nobody is signed in")?.person);
    stage.tell("Phones A and B", "the citizen signs in at the identity provider, in a browser, once on each phone");
    check(person(a)? == person(b)?, "the same citizen became two people")?;
    let again = stage.sign_in_again(a).await?;
    check(again == "sign_in_not_begun", format!("an old callback was answered {again}"))?;
    stage.checked("both phones are one person's; a callback that was used opens nothing");
    Ok(())
}

async fn draft(stage: &Stage, a: &Phone, b: &Phone) -> Result<String, Surprise> {
    a.offline();
    let dossier = a.core.new_draft(PROCEDURE)?;
    let mut fields = examples()?;
    // Divorced, so that the form asks for a paper: the judgment.
    let status = fields.iter_mut().find(|f| f.key == "marital_status").ok_or("the form does not ask for it")?;
    status.value = Some("divorced".into());
    a.core.set_fields(&dossier, &fields)?;
    stage.tell("Phone A", format!("on the ferry, no signal: drafts {PROCEDURE} and fills in {} fields", fields.len()));
    check(a.core.sync().await.is_err(), "a phone without network synchronised")?;
    let here = card(a, &dossier)?;
    check(here.progress == Progress::Draft && here.unsent > 0, "the draft is not told to be unsent")?;
    stage.checked(format!("saved on the phone, not sent: {:?}", a.core.why(&dossier)?));

    a.online();
    let sync = a.core.sync().await?;
    b.core.sync().await?;
    stage.tell("Phones A and B", "are online: A sends the draft, B, of the same citizen, receives it");
    check(form(a, &dossier)? == form(b, &dossier)?, "the two phones show different forms")?;
    stage.checked(format!(
        "both show the same {} fields; one round trip, {} B up, {} B down",
        form(b, &dossier)?.len(),
        sync.bytes_up,
        sync.bytes_down
    ));
    Ok(dossier)
}

async fn disagree(stage: &Stage, a: &Phone, b: &Phone, dossier: &str) -> Result<(), Surprise> {
    stage.clock(0, 9, 0);
    a.offline();
    b.offline();
    a.core.set_field(dossier, "applicant_phone", Some("0912 000 001"))?;
    a.core.set_field(dossier, "applicant_name", Some("Nguyễn Văn Ví Dụ A"))?;
    b.core.set_field(dossier, "applicant_address", Some("31/99902|Số 9, đường Minh Họa"))?;
    b.core.set_field(dossier, "applicant_name", Some("Nguyễn Văn Ví Dụ B"))?;
    stage.tell("Phones A and B", "both offline: each changes a field of its own, and both change the applicant's name");
    for phone in [a, b] {
        phone.online();
        phone.core.sync().await?;
    }
    a.core.sync().await?;
    check(form(a, dossier)? == form(b, dossier)?, "the two phones show different forms")?;
    let detail = a.core.detail(dossier)?;
    let name = detail.fields.iter().find(|f| f.key == "applicant_name").ok_or("the name is gone")?;
    check(name.conflict && name.values.len() == 2, "the name is not in conflict")?;
    stage.checked(format!("after both were online they agree; the name has both values: {:?}", name.values));
    let finding = detail.findings.iter().find(|f| f.code == "conflict").ok_or("no finding tells of the two names")?;
    stage.checked(format!("a finding says so: {:?}", finding.message));
    Ok(())
}

async fn submit(stage: &Stage, a: &Phone, b: &Phone, dossier: &str) -> Result<(), Surprise> {
    stage.clock(0, 9, 30);
    a.offline();
    for (component, name) in required(dossier, a)? {
        a.core.add_paper(dossier, &component, &name, JPEG)?;
    }
    let unit = a.core.units().first().ok_or("there are no units")?.code.clone();
    let refused = a.core.submit(dossier, &unit).err().ok_or("a dossier in conflict was submitted")?;
    stage.tell("Phone A", "offline again: photographs the papers and wants to submit");
    stage.checked(format!("refused while the name has two values: {:?}", refused.message(a.core.language())));
    a.core.set_field(dossier, "applicant_name", Some("Nguyễn Văn Ví Dụ"))?;
    a.core.submit(dossier, &unit)?;
    stage.tell("Phone A", "the citizen chooses a name and submits, still offline");
    check(card(a, dossier)?.status == 0, "it counts as submitted before the server has it")?;
    stage.checked(format!("the phone does not pretend: {:?}", a.core.why(dossier)?));
    a.online();
    let sync = a.core.sync().await?;
    check(card(a, dossier)?.status == 1, "the submission did not arrive")?;
    check(sync.uploaded > 0, "the papers were not uploaded")?;
    stage.tell("Phone A", format!("back online: papers first ({} uploaded), then the submission", sync.uploaded));
    b.core.sync().await?;
    check(card(b, dossier)?.status == 1, "phone B does not know of the submission")?;
    check(b.core.set_field(dossier, "applicant_name", Some("Muộn")).is_err(), "phone B could still edit")?;
    let inbox = stage.inbox().await?;
    check(inbox["dossiers"][0]["dossier"] == dossier, "the dossier is not in the inbox")?;
    stage.checked("status 1; it is in the unit's inbox; phone B can no longer edit it");
    Ok(())
}

/// A third phone, whose software was tampered with.
async fn tamper(stage: &Stage) -> Result<(), Surprise> {
    let server = stage.server();
    let line = Arc::new(Tampered {
        line: Http::new()?,
        key: stage.key_of("phone-tampered"),
        server,
        verdict: Mutex::new(None),
    });
    let phone = stage.phone("phone-tampered", &CITIZEN, line.clone()).await?;
    let dossier = phone.core.new_draft(PROCEDURE)?;
    phone.core.set_field(&dossier, "applicant_name", Some("Kẻ Phá"))?;
    stage.tell("A tampered phone", "sends a well-signed change that uses operation numbers a second time");
    // The phone's own core sees an answer to a question that it did not ask.
    check(phone.core.sync().await.is_err(), "the core took an answer to another question")?;
    let verdict = line.verdict.lock().unwrap_or_else(PoisonError::into_inner).clone();
    check(
        matches!(&verdict, Some(Verdict::Refused(code)) if code == "start_op"),
        format!("the verdict is {verdict:?}"),
    )?;
    stage.checked("refused by name: start_op; nothing of it is in the store");
    let out = phone.core.sync().await;
    check(out.is_err_and(|e| e.code() == "device_suspended"), "a device that attacked came again")?;
    check(card(&phone, &dossier)?.unsent > 0, "what a suspended phone holds is gone")?;
    stage.checked("no client of ours can make such a change: the device is suspended, and keeps what it holds");
    Ok(())
}

async fn supplement(stage: &Stage, a: &Phone, dossier: &str) -> Result<(), Surprise> {
    stage.clock(0, 10, 0);
    stage.tell("Officer", "opens the dossier");
    let opened = stage.open(dossier).await?;
    let numbers = opened["form"].as_array().into_iter().flatten().filter_map(|field| field["value"].as_str());
    check(numbers.filter(|value| value.starts_with('•')).count() > 0, "the officer sees identity numbers whole")?;
    let readings = a.core.readings(dossier).await?;
    check(readings.len() == 1 && readings[0].purpose == "handling", "the citizen does not see who opened it")?;
    stage.checked(format!("identity numbers are masked, and the citizen sees who looked: {:?}", readings[0].sentence));
    let ask = json!({"command": "request_supplement", "reason": "Nơi cư trú chưa khớp với giấy tờ, đề nghị ghi lại.",
        "fields": ["applicant_address"], "components": [], "working_days": 5});
    stage.command(dossier, ask).await?;
    a.core.sync().await?;
    let detail = a.core.detail(dossier)?;
    let request = detail.request.ok_or("the phone does not show the request")?;
    check(detail.card.status == 5 && detail.card.due.is_none(), "the clock did not stop")?;
    stage.tell("Officer", "asks, once and completely, for what is missing; the clock stops");
    stage.checked(format!("the citizen reads: {:?}, until {}", request.reason, request.until_text));

    stage.clock(2, 14, 0);
    a.offline();
    check(
        a.core.set_field(dossier, "applicant_name", Some("Khác")).is_err(),
        "a field that was not asked for is open",
    )?;
    a.core.set_field(dossier, "applicant_address", Some("31/99901|Số 1, đường Ví Dụ"))?;
    a.core.supplement(dossier)?;
    a.online();
    a.core.sync().await?;
    let detail = a.core.detail(dossier)?;
    check(detail.card.status == 1, "the supplement did not lead back to the desk")?;
    let moved = detail.timeline.last().ok_or("the timeline is empty")?;
    check(!moved.deadlines.is_empty(), "the dates did not move")?;
    let dues = stage.last_dues(dossier).await?;
    check(
        !dues.is_empty() && dues.iter().all(|d| d.old.is_some_and(|old| old != d.new)),
        "old and new dates are the same",
    )?;
    stage.tell("Phone A", "two days later answers the request, offline, then online");
    for due in dues {
        let old = due.old.map(|old| old.to_string()).unwrap_or_default();
        stage.checked(format!("{:?} term: due date was {old}, is now {}", due.term, due.new));
    }
    Ok(())
}

async fn accept(stage: &Stage, a: &Phone, dossier: &str) -> Result<(), Surprise> {
    stage.clock(2, 15, 30);
    let answer = stage.command(dossier, json!({"command": "accept"})).await?;
    a.core.sync().await?;
    let detail = a.core.detail(dossier)?;
    let code = detail.card.code.clone().ok_or("the phone has no code")?;
    let secret = detail.tracking_secret.clone().ok_or("the phone has no tracking secret")?;
    check(answer["code"] == json!(code) && detail.card.status == 2, "desk and phone show different codes")?;
    stage.tell("Officer", format!("accepts: official code {code}"));
    stage.checked(format!("the phone explains the date: {:?}", detail.deadline.unwrap_or_default()));
    let page = stage.track(&code, &secret).await?;
    check(page.contains(&code) && !page.contains(CITIZEN.name), "the tracking page shows too little or too much")?;
    check(!stage.track(&code, "0000000000").await?.contains(&code), "a wrong secret opens the tracking page")?;
    stage.checked("the public page shows code and progress for the right secret, and no name; nothing for a wrong one");
    Ok(())
}

async fn finish(stage: &Stage, a: &Phone, dossier: &str) -> Result<(), Surprise> {
    stage.clock(3, 9, 0);
    stage.command(dossier, json!({"command": "forward", "note": "Chuyển công chức tư pháp - hộ tịch"})).await?;
    stage.clock(4, 10, 0);
    let outcome =
        json!({"command": "record_outcome", "granted": true, "number": "01/XN-VD", "summary": "Đã cấp giấy xác nhận."});
    stage.command(dossier, outcome).await?;
    stage.tell("Officer", "forwards it, and the outcome is recorded");
    a.offline();
    a.core.choose_post(
        dossier,
        &PostalInput {
            recipient: CITIZEN.name.into(),
            phone: "0912000001".into(),
            area: "31/99901".into(),
            line: "Số 1, đường Ví Dụ".into(),
        },
    )?;
    a.online();
    a.core.sync().await?;
    check(card(a, dossier)?.status == 9, "the outcome did not arrive")?;
    stage.tell("Phone A", "the citizen wants the result by post");
    stage.checked(format!("status 9; the phone says: {:?}", a.core.detail(dossier)?.next));
    Ok(())
}

async fn deliver(stage: &Stage, a: &Phone, courier: &Phone, dossier: &str) -> Result<(), Surprise> {
    stage.clock(4, 14, 0);
    let couriers = stage.couriers().await?;
    let person = couriers[0]["person"].as_str().ok_or("there is no courier")?.to_owned();
    let hand = json!({"command": "hand_to_post", "courier": person, "tracking": "RR123456785VN", "seal": "NP-0001"});
    stage.command(dossier, hand).await?;
    // A courier's session lasts a day.
    stage.sign_in(courier, &COURIER).await?;
    courier.core.sync().await?;
    a.core.sync().await?;
    let parcels = courier.core.manifest()?;
    let parcel = parcels.first().ok_or("the courier has no parcel")?.parcel.clone();
    let code = a.core.detail(dossier)?.recipient_code.ok_or("the recipient has no code")?;
    stage.tell("Officer and courier", format!("hand over a sealed parcel ({}) against a signed list", parcels[0].seal));
    stage.checked("the list names recipient and address, and nothing of what is inside");

    courier.offline();
    stage.clock(4, 16, 0);
    courier.core.failed_attempt(&parcel, "absent", None)?;
    stage.clock(7, 9, 0);
    let wrong = courier.core.confirm_delivery(&parcel, &DoorProof::Code { code: "0000000000".into() }, &owner(), None);
    check(wrong.is_err(), "a wrong code was taken")?;
    courier.core.confirm_delivery(&parcel, &DoorProof::Code { code }, &owner(), None)?;
    stage.tell("Courier", "no signal on the road: one attempt fails; on Monday the recipient tells the code");
    stage.checked("both records are signed, chained and saved on the phone; a wrong code was refused at the door");

    stage.clock(7, 11, 0);
    courier.online();
    // What was recorded after the session's end waits for the next one.
    let told = courier.core.sync().await;
    check(matches!(&told, Err(e) if e.code() == "sign_in_again"), "a courier's session outlives its day")?;
    stage.sign_in(courier, &COURIER).await?;
    courier.core.sync().await?;
    a.core.sync().await?;
    let detail = a.core.detail(dossier)?;
    check(detail.card.status == 10, format!("the dossier ends in status {}", detail.card.status))?;
    let course = stage.course(dossier).await?;
    check(course.delivered.is_some() && course.on_the_road.is_none(), "the parcel is still on the road")?;
    stage.tell("Courier", "is online again and signs in for the day: the delivery is proven and the dossier is closed");
    stage.checked(format!(
        "code 10 ({}); the citizen's timeline has {} entries:",
        detail.card.status_name,
        detail.timeline.len()
    ));
    for step in &detail.timeline {
        say!("        {}  {}", step.at_text, step.text);
    }
    Ok(())
}

/// The citizen has lost sight of the other phone.
async fn shut_out(stage: &Stage, a: &Phone, b: &Phone) -> Result<(), Surprise> {
    b.core.sync().await?;
    let devices = a.core.devices().await?;
    let other = devices.iter().find(|device| device.device == b.core.device()).ok_or("phone B is not in the list")?;
    check(other.state == "active" && other.last_seen.is_some(), "the list does not say when phone B was there")?;
    a.core.revoke_device(&other.device).await?;
    stage.tell("Phone A", "the other phone is gone: the citizen shuts it out");
    let shut = b.core.sync().await.err().ok_or("a phone that was shut out came in")?;
    check(shut.code() == "sign_in_again", format!("phone B was told {}", shut.code()))?;
    check(!b.core.list()?.cards.is_empty(), "what phone B holds is gone")?;
    check(a.core.sync().await.is_ok(), "phone A was shut out with it")?;
    stage.checked(format!("phone B is locked and keeps what it holds: {:?}", shut.message(b.core.language())));
    Ok(())
}

/// A small photograph.
const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xff, 0xd9];

fn owner() -> DoorRecipient {
    DoorRecipient::Owner { identity: "citizen_card".into() }
}

fn card(phone: &Phone, dossier: &str) -> Result<CardView, Surprise> {
    Ok(phone.core.detail(dossier)?.card)
}

/// What a phone shows of the form: keys and all their values.
fn form(phone: &Phone, dossier: &str) -> Result<Vec<(String, Vec<String>)>, Surprise> {
    let fields = phone.core.detail(dossier)?.fields;
    Ok(fields.into_iter().map(|f| (f.key, f.values)).collect())
}

fn examples() -> Result<Vec<FieldInput>, Surprise> {
    let procedure = Catalogue::built_in().procedure(&PROCEDURE.parse()?).ok_or("the procedure is gone")?;
    let text = |value: Value| match value {
        Value::Text(text) => text,
        Value::Number(number) => number.to_string(),
        Value::YesNo(yes) => yes.to_string(),
    };
    let examples = procedure.examples().into_iter();
    Ok(examples.map(|(key, value)| FieldInput { key: key.to_string(), value: Some(text(value)) }).collect())
}

/// The components that the dossier lacks a paper for, with a name for the photograph.
fn required(dossier: &str, phone: &Phone) -> Result<Vec<(String, String)>, Surprise> {
    let findings = phone.core.findings(dossier)?;
    let missing = findings.into_iter().filter_map(|f| f.component);
    Ok(missing.map(|component| (component.clone(), format!("{component}.jpg"))).collect())
}
