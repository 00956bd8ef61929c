//! The core's views as text.

use super::table::{Words, table};
use crate::Client;
use crate::view::{
    CardView, DetailView, DeviceView, FindingView, KeptReceiptView, ListView, ParcelView, ProcedureView, ReadingView,
};
use std::fmt::Write as _;

pub(super) fn list(list: &ListView, words: Words) -> String {
    let header = [
        words.pick("Hồ sơ", "Dossier"),
        words.pick("Trạng thái", "Status"),
        words.pick("Hẹn trả", "Due"),
        words.pick("Trên máy này", "On this phone"),
        words.pick("Thủ tục", "Procedure"),
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(list.cards.iter().map(|card| {
        vec![
            card.code.clone().unwrap_or_else(|| short(&card.dossier)),
            status(card),
            card.due_text.clone().unwrap_or_else(|| "–".to_owned()),
            progress(card, words),
            card.procedure_name.clone(),
        ]
    }));
    format!("{}{}\n", table(&rows), list.freshness)
}

/// A line a device, its key's fingerprint first; a star marks the phone in the hand.
pub(super) fn devices(devices: &[DeviceView], words: Words) -> String {
    let header = [
        words.pick("Máy", "Device"),
        "",
        words.pick("Tên", "Name"),
        words.pick("Ghi nhận", "Since"),
        words.pick("Thấy lần cuối", "Last seen"),
        words.pick("Trạng thái", "State"),
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(devices.iter().map(|device| {
        vec![
            device.device.chars().take(16).collect(),
            if device.is_this { "*" } else { "" }.to_owned(),
            device.name.clone(),
            device.enrolled_at_text.clone(),
            device.last_seen_text.clone().unwrap_or_else(|| "–".to_owned()),
            words.device_state(&device.state).to_owned(),
        ]
    }));
    table(&rows)
}

pub(super) fn detail(view: &DetailView, words: Words) -> String {
    let card = &view.card;
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "{label}: {value}");
    };
    line(words.pick("Hồ sơ", "Dossier"), &card.dossier);
    line(words.pick("Thủ tục", "Procedure"), &format!("{} {}", card.procedure, card.procedure_name));
    if let Some(code) = &card.code {
        line(words.pick("Mã hồ sơ", "Official code"), code);
    }
    line(words.pick("Trạng thái", "Status"), &status(card));
    line(words.pick("Trên máy này", "On this phone"), &progress(card, words));
    if let Some(due) = &card.due_text {
        line(words.pick("Hạn", "Due"), due);
    }
    if let Some(behalf) = &view.behalf {
        line(words.pick("Nộp thay", "For somebody else"), behalf);
    }
    line(words.pick("Tiếp theo", "Next"), &view.next);
    if let Some(deadline) = &view.deadline {
        let label = match card.due_text {
            Some(_) => words.pick("Vì sao hạn đó", "Why that date"),
            None => words.pick("Thời hạn", "Term"),
        };
        line(label, deadline);
    }
    if let Some(secret) = &view.tracking_secret {
        line(words.pick("Mã tra cứu", "Tracking secret"), secret);
    }
    if let Some(parcel) = &view.parcel {
        line(words.pick("Bưu gửi", "Parcel"), &parcel.parcel);
        if let Some(number) = &parcel.tracking {
            line(words.pick("Số hiệu bưu gửi", "Tracking number"), number);
        }
        line(words.pick("Niêm phong", "Seal"), &parcel.seal);
    }
    if let Some(code) = &view.recipient_code {
        line(words.pick("Mã nhận, đọc cho bưu tá", "Code to tell the courier"), code);
    }
    text + &sections(view, words)
}

fn sections(view: &DetailView, words: Words) -> String {
    let mut text = String::new();
    if let Some(request) = &view.request {
        let asked: Vec<String> = request.fields.iter().chain(&request.components).map(|what| bullet(what)).collect();
        let title =
            format!("{} {}: {}", words.pick("Cần bổ sung đến", "Asked for until"), request.until_text, request.reason);
        section(&mut text, &title, &asked.concat());
    }
    let fields = view.fields.iter().map(|f| {
        let value = f.values.join(words.pick("  HOẶC  ", "  OR  "));
        let mark = match (f.conflict, f.unsent) {
            (true, _) => words.pick("! hai máy ghi khác nhau", "! two devices disagree"),
            (false, true) => words.pick("chưa gửi", "not sent"),
            (false, false) => "",
        };
        vec![format!("  {}", f.key), f.label.clone(), value, mark.to_owned()]
    });
    section(&mut text, words.pick("Tờ khai", "Form"), &table(&fields.collect::<Vec<_>>()));
    let papers = view.papers.iter().map(|p| {
        let size = format!("{} KiB", p.size.div_ceil(1024));
        let hash = p.sha256.chars().take(8).collect();
        let added = if p.added { words.pick("bổ sung", "added") } else { "" };
        vec![format!("  {}", p.component), p.component_name.clone(), p.name.clone(), size, hash, added.to_owned()]
    });
    section(&mut text, words.pick("Giấy tờ", "Papers"), &table(&papers.collect::<Vec<_>>()));
    let steps = view.timeline.iter().map(|step| {
        let reasons: String = step.deadlines.iter().map(|why| format!("      {why}\n")).collect();
        format!("  {}  {}\n{reasons}", step.at_text, step.text)
    });
    section(&mut text, words.pick("Đã diễn ra", "What happened"), &steps.collect::<String>());
    let labels: Vec<String> = view.not_handed_in.iter().map(|label| bullet(label)).collect();
    section(&mut text, words.pick("Sửa nhưng chưa nộp", "Changed, not handed in"), &labels.concat());
    let aside = view.set_aside.iter().map(|a| format!("  {}. {}: {}\n", a.number, a.what, a.reason));
    section(
        &mut text,
        words.pick("Máy chủ không nhận, giữ lại trên máy", "Not taken by the server, kept here"),
        &aside.collect::<String>(),
    );
    section(&mut text, words.pick("Cần xem lại", "To look at"), &finding_lines(&view.findings));
    let _ = writeln!(text, "\n{}", view.freshness);
    text
}

pub(super) fn findings(found: &[FindingView], words: Words) -> String {
    if found.is_empty() {
        return words.pick("Không có gì phải sửa.\n", "Nothing to mend.\n").to_owned();
    }
    finding_lines(found)
}

/// The commands for what was set aside.
pub(super) fn what_to_do(view: &DetailView, words: Words) -> String {
    let id = short(&view.card.dossier);
    let mut text = String::new();
    for aside in &view.set_aside {
        let number = aside.number;
        if aside.can_bring_back {
            let _ = writeln!(text, "  phone bring-back {id} {number}  {}", words.pick("làm lại", "do it again"));
        }
        let _ = writeln!(text, "  phone dismiss {id} {number}  {}", words.pick("bỏ đi", "let it go"));
    }
    text
}

pub(super) fn catalogue(client: &Client) -> String {
    let procedures = client.catalogue();
    table(&procedures.iter().map(|p| vec![p.code.clone(), p.name.clone()]).collect::<Vec<_>>())
}

pub(super) fn procedure(procedure: &ProcedureView, words: Words) -> String {
    let must = |required: bool| if required { words.pick("bắt buộc", "required") } else { "" };
    let fields = procedure.fields.iter().map(|f| {
        let choices: Vec<&str> = f.choices.iter().map(|choice| choice.id.as_str()).collect();
        let kind = if choices.is_empty() { f.kind.clone() } else { choices.join("|") };
        vec![format!("  {}", f.key), f.label.clone(), kind, must(f.required).to_owned()]
    });
    let components =
        procedure.components.iter().map(|c| vec![format!("  {}", c.id), c.name.clone(), must(c.required).to_owned()]);
    let mut text = format!("{} {}\n", procedure.code, procedure.name);
    section(&mut text, words.pick("Tờ khai", "Form"), &table(&fields.collect::<Vec<_>>()));
    section(&mut text, words.pick("Thành phần hồ sơ", "Components"), &table(&components.collect::<Vec<_>>()));
    text
}

pub(super) fn manifest(parcels: &[ParcelView], words: Words) -> String {
    if parcels.is_empty() {
        return words.pick("Không có bưu gửi nào.\n", "No parcels.\n").to_owned();
    }
    let mut text = String::new();
    for p in parcels {
        let _ = write!(text, "{}  {}  {}: {}", p.parcel, p.dossier_code, words.pick("niêm phong", "seal"), p.seal);
        if let Some(number) = &p.tracking {
            let _ = write!(text, "  {}: {number}", words.pick("số hiệu", "tracking number"));
        }
        text.push('\n');
        let _ = writeln!(text, "  {}, {}\n  {}", p.recipient, p.phone, p.address);
        text.extend(p.records.iter().map(|record| bullet(record)));
    }
    text
}

pub(super) fn readings(read: &[ReadingView], words: Words) -> String {
    if read.is_empty() {
        return words.pick("Chưa có ai mở hồ sơ này.\n", "Nobody has opened this dossier yet.\n").to_owned();
    }
    let mut text = String::new();
    for reading in read {
        let _ = writeln!(text, "{}  {}", reading.at_text, reading.sentence);
        if let Some(reason) = &reading.reason {
            let _ = writeln!(text, "  {}: {reason}", words.pick("lý do", "reason"));
        }
    }
    text
}

pub(super) fn receipts(kept: &[KeptReceiptView], words: Words) -> String {
    if kept.is_empty() {
        return words.pick("Chưa có biên nhận nào trên máy.\n", "No receipts on this phone yet.\n").to_owned();
    }
    let mut text = String::new();
    for receipt in kept {
        let proof = match receipt.has_proof {
            true => words.pick("có chứng minh trong nhật ký", "with the log's proof"),
            false => words.pick("chưa có chứng minh trong nhật ký", "without the log's proof yet"),
        };
        let _ = writeln!(text, "{}. {} ({proof})\n   {}", receipt.seq, receipt.kind, receipt.text);
    }
    text
}

fn section(text: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        let _ = write!(text, "\n{title}\n{body}");
    }
}

fn bullet(what: &str) -> String {
    format!("  - {what}\n")
}

fn finding_lines(found: &[FindingView]) -> String {
    let line = |f: &FindingView| {
        let place = Some(f.place()).filter(|place| !place.is_empty()).unwrap_or_else(|| "–".to_owned());
        vec![format!("  {}", if f.is_error { "✗" } else { "?" }), place, f.message.clone()]
    };
    table(&found.iter().map(line).collect::<Vec<_>>())
}

fn status(card: &CardView) -> String {
    match card.status {
        0 => card.status_name.clone(),
        code => format!("{code} {}", card.status_name),
    }
}

fn progress(card: &CardView, words: Words) -> String {
    match card.unsent {
        0 => card.progress_text.clone(),
        n => format!("{} ({n} {})", card.progress_text, words.pick("chưa gửi", "unsent")),
    }
}

/// The end of an id is what tells two of one morning apart.
fn short(id: &str) -> String {
    id.rsplit('-').next().unwrap_or(id).to_owned()
}
