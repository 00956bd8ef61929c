//! What an app shows: flat records of plain values, every text already in the client's language. Times are
//! milliseconds since 1970 by the server's clock, with the same moment written beside them.

use crate::shelf::Progress;
use dossier::sentence::Sentence;

/// Where a sign-in goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct SignInView {
    /// To be opened in the person's own browser, not in a window of the app (RFC 8252).
    pub url: String,
    /// Comes back with the callback.
    pub state: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct AccountView {
    /// Its address.
    pub server: String,
    /// The person's id at that server.
    pub person: String,
    /// May deliver parcels.
    pub courier: bool,
}

/// One of a person's devices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct DeviceView {
    /// The fingerprint of its key.
    pub device: String,
    /// As its owner calls it.
    pub name: String,
    /// Milliseconds since 1970, and the same for people.
    pub enrolled_at: i64,
    /// The same moment for people.
    pub enrolled_at_text: String,
    /// When it last signed in or renewed its tokens.
    pub last_seen: Option<i64>,
    /// The same moment for people.
    pub last_seen_text: Option<String>,
    /// The one that asks.
    pub is_this: bool,
    /// `active`, `suspended`, `revoked` or `lost`.
    pub state: String,
}

/// A procedure of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct ProcedureView {
    /// The national code, to be passed to `new_draft`.
    pub code: String,
    /// For people.
    pub name: String,
    /// Only at the counter, in person.
    pub presence_required: bool,
    /// The result can come by post.
    pub post_out: bool,
    /// Its form, in the order in which it is asked.
    pub fields: Vec<FieldSpecView>,
    /// The papers that belong to it.
    pub components: Vec<ComponentView>,
}

/// A field of a form before anybody has filled it in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct FieldSpecView {
    /// The field's id; in a repeated group `group`, `*` and `field` parted by slashes, where the star stands for a row of the
    /// app's choosing.
    pub key: String,
    /// For people.
    pub label: String,
    /// `text`, `long_text`, `date`, `number`, `choice`, `citizen_number`, `phone`, `address`, `yes_no` or `group`.
    pub kind: String,
    /// Must be filled in before handing in, where it is asked.
    pub required: bool,
    /// Of a field that is a choice.
    pub choices: Vec<ChoiceView>,
    /// What to write, where that has to be said.
    pub help: Option<String>,
    /// Made up, in the form that the field takes.
    pub example: Option<String>,
}

/// One of the answers that can be given.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct ChoiceView {
    /// To be passed back.
    pub id: String,
    /// For people.
    pub label: String,
}

/// A paper that belongs to a dossier.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct ComponentView {
    /// To be passed to `add_paper`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Must be there before handing in, where it is asked.
    pub required: bool,
}

/// A unit that receives dossiers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct UnitView {
    /// To be passed to `submit`.
    pub code: String,
    /// For people.
    pub name: String,
}

/// All dossiers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct ListView {
    /// What moved last comes first.
    pub cards: Vec<CardView>,
    /// How old all of this is: "cập nhật lúc …".
    pub freshness: String,
}

/// A dossier as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct CardView {
    /// Its id, to be passed back.
    pub dossier: String,
    /// The code of its procedure.
    pub procedure: String,
    /// For people.
    pub procedure_name: String,
    /// The national code; 0 for a draft.
    pub status: u8,
    /// `draft`, `submitted`, `accepted`, …: stable, for programs.
    pub status_key: String,
    /// The status for people.
    pub status_name: String,
    /// The official code, once accepted.
    pub code: Option<String>,
    /// When the office has to answer. Milliseconds since 1970 by the server's clock.
    pub due: Option<i64>,
    /// The same moment for people.
    pub due_text: Option<String>,
    /// When something happened last. Milliseconds since 1970 by the server's clock.
    pub moved_at: Option<i64>,
    /// How far what the citizen did has come.
    pub progress: Progress,
    /// The same for people.
    pub progress_text: String,
    /// Changes that the server has not acknowledged.
    pub unsent: u32,
}

/// One dossier in full. `Debug` is not derived: it holds what people wrote.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct DetailView {
    /// As the list shows it.
    pub card: CardView,
    /// What is filled in, in the order of the form.
    pub fields: Vec<FieldView>,
    /// What is attached.
    pub papers: Vec<PaperView>,
    /// Every place of the form and every component, in their order, and whether it can be edited now.
    pub places: Vec<PlaceView>,
    /// What happened, oldest first.
    pub timeline: Vec<StepView>,
    /// Why the due date is what it is; where no term runs, since when the clock stands, or how it ended.
    pub deadline: Option<String>,
    /// What happens next, whose move it is, and by when.
    pub next: String,
    /// What must or should be mended before it is handed in.
    pub findings: Vec<FindingView>,
    /// Labels of what was changed since the last handing-in and is in no office's hands.
    pub not_handed_in: Vec<String>,
    /// What the server would not take, with the reason.
    pub set_aside: Vec<AsideView>,
    /// What the office asks for, while it does.
    pub request: Option<RequestView>,
    /// The parcel that is on its way, or came last.
    pub parcel: Option<PostView>,
    /// What the recipient tells the courier at the door, while a parcel is on the road.
    pub recipient_code: Option<String>,
    /// With the official code it opens the public tracking page.
    pub tracking_secret: Option<String>,
    /// For whom it was handed in, and by what right, in words; where it was for somebody else.
    pub behalf: Option<String>,
    /// How old all of this is, in words.
    pub freshness: String,
}

/// A parcel as its recipient knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct PostView {
    /// Its id, to be passed to `confirm_receipt`.
    pub parcel: String,
    /// The post's own number.
    pub tracking: Option<String>,
    /// The number of the seal on it.
    pub seal: String,
}

/// A place that a citizen may fill in: a field by its key, with a star for the row in a repeated group, or a component by
/// its id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct PlaceView {
    /// A field's key or a component's id.
    pub key: String,
    /// Papers are attached here, else a value is written.
    pub is_component: bool,
    /// Why it cannot be edited now; `None` where it can.
    pub locked: Option<String>,
}

/// A field that is filled in.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct FieldView {
    /// To be passed to `set_fields`.
    pub key: String,
    /// For people.
    pub label: String,
    /// One, or several where devices disagree.
    pub values: Vec<String>,
    /// Devices filled it in differently: one has to be written again.
    pub conflict: bool,
    /// Not acknowledged by the server.
    pub unsent: bool,
}

/// A paper that is attached.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct PaperView {
    /// What it is for.
    pub component: String,
    /// The same for people.
    pub component_name: String,
    /// Of the file, as it was given.
    pub name: String,
    /// `image/jpeg`, `image/png` or `application/pdf`.
    pub media_type: String,
    /// In bytes.
    pub size: u32,
    /// In hexadecimal; to be passed to `remove_paper`.
    pub sha256: String,
    /// Its bytes are on this phone.
    pub here: bool,
    /// It came after the office asked for more.
    pub added: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct StepView {
    /// Milliseconds since 1970 by the server's clock.
    pub at: i64,
    /// The same moment for people.
    pub at_text: String,
    /// What, for people.
    pub text: String,
    /// How it moved a due date, and why.
    pub deadlines: Vec<String>,
}

/// Something that must or should be mended.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct FindingView {
    /// Stable, for programs.
    pub code: String,
    /// The key of the field that it is about.
    pub field: Option<String>,
    /// The id of the component that it is about.
    pub component: Option<String>,
    /// The field's or the paper's name for people, where the form has it.
    pub label: Option<String>,
    /// Must be mended before handing in.
    pub is_error: bool,
    /// For people.
    pub message: String,
}

impl FindingView {
    /// Where it is, for people, and the name that `set_field` takes.
    pub(crate) fn place(&self) -> String {
        let key = self.field.as_ref().or(self.component.as_ref());
        match (&self.label, key) {
            (Some(label), Some(key)) => format!("{label} ({key})"),
            (None, Some(key)) => key.clone(),
            _ => String::new(),
        }
    }

    /// One that stands alone: a message that says "this field" does not say which.
    pub(crate) fn sentence(&self) -> Sentence {
        match self.place() {
            place if place.is_empty() => Sentence::new("finding-of-all").with("finding", self.message.clone()),
            place => Sentence::new("finding-at").with("place", place).with("finding", self.message.clone()),
        }
    }
}

/// Something that the server would not take; it is kept here.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct AsideView {
    /// From 1, for `bring_back` and `dismiss`; the numbers move up when one goes.
    pub number: u32,
    /// What was done, for people.
    pub what: String,
    /// Why, for programs.
    pub code: String,
    /// Why, for people.
    pub reason: String,
    /// The dossier is open to it now.
    pub can_bring_back: bool,
    /// The citizen has to see to it; else it only tells, and goes by itself.
    pub needs_you: bool,
}

/// What the office asks for.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct RequestView {
    /// In the officer's words.
    pub reason: String,
    /// The names of the fields that are open for it.
    pub fields: Vec<String>,
    /// The names of the papers that are asked for.
    pub components: Vec<String>,
    /// Until when it can be handed in. Milliseconds since 1970 by the server's clock.
    pub until: i64,
    /// The same moment for people.
    pub until_text: String,
}

/// One synchronisation, in numbers. What was sent is counted in single things that somebody did: each change, each
/// paper and each of a courier's records once, however often it travelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct SyncView {
    /// Questions that were asked.
    pub round_trips: u32,
    /// `accepted`, `set_aside`, and what the server still waits with (an act whose paper is on another phone).
    pub sent: u32,
    /// The server has them; some perhaps since an earlier exchange whose answer was lost.
    pub accepted: u32,
    /// The server would not take them: changes and records are kept on this phone, with the reason.
    pub set_aside: u32,
    /// Of `accepted`, those that are papers.
    pub uploaded: u32,
    /// Dossiers with news from elsewhere.
    pub news: u32,
    /// Dossiers whose news could not be read; also not when they came whole.
    pub unreadable: u32,
    /// What went wrong with single papers or records, as stable codes.
    pub problems: Vec<String>,
    /// Receipts that came with the proof that they stand in the log. They are asked for after the exchange; what that
    /// costs is not in its round trips and bytes.
    pub receipts: u32,
    /// What is to be said of the server's log, in words.
    pub log_notes: Vec<String>,
    /// Bodies only.
    pub bytes_up: u64,
    /// The same from the server.
    pub bytes_down: u64,
    /// How old everything is now, in words.
    pub freshness: String,
}

/// A parcel of a courier. Not `Debug`: it names the recipient.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct ParcelView {
    /// Its id, to be passed back.
    pub parcel: String,
    /// The official code of the dossier that it comes from.
    pub dossier_code: String,
    /// The post's own number.
    pub tracking: Option<String>,
    /// The number of the seal on it.
    pub seal: String,
    /// Whose it is.
    pub recipient: String,
    /// Theirs.
    pub phone: String,
    /// Theirs.
    pub address: String,
    /// What this phone has recorded of it, oldest first.
    pub records: Vec<String>,
    /// Recorded as delivered on this phone.
    pub is_delivered: bool,
}

/// One time that a member of staff looked into a dossier.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct ReadingView {
    /// Milliseconds since 1970 by the server's clock.
    pub at: i64,
    /// The same moment for people.
    pub at_text: String,
    /// Of the member of staff.
    pub name: String,
    /// Where they work.
    pub unit: String,
    /// `one-stop`, `specialist`, `unit-head`, …
    pub role: String,
    /// `handling`, `supervising`, `break_glass` or `unmasking`.
    pub purpose: String,
    /// SHA-256 of the paper that was opened, in hexadecimal.
    pub paper: Option<String>,
    /// In the reader's own words, where one had to be given.
    pub reason: Option<String>,
    /// All of it in words, without the reason.
    pub sentence: String,
}

/// A receipt that this phone keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
#[cfg_attr(feature = "ffi", uniffi::export(Display))]
pub struct KeptReceiptView {
    /// Number of the event in the dossier.
    pub seq: u32,
    /// What it is for, in words.
    pub kind: String,
    /// Milliseconds since 1970 by the server's clock.
    pub at: i64,
    /// The same moment for people.
    pub at_text: String,
    /// `HS1:…`, for a QR code.
    pub text: String,
    /// The proof that it stands in the log is kept with it.
    pub has_proof: bool,
}

/// What a receipt shows, checked on this phone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[cfg_attr(feature = "web", derive(serde::Serialize), serde(rename_all = "camelCase"))]
pub struct ReceiptView {
    /// Of which dossier.
    pub dossier: String,
    /// `submission`, `supplement`, `acceptance` or `delivery`.
    pub subject: String,
    /// The official code, on the receipt of an acceptance.
    pub code: Option<String>,
    /// `device`, `session` or `counter`.
    pub writer: String,
    /// When the office took it. Milliseconds since 1970 by the server's clock.
    pub at: i64,
    /// The same moment for people.
    pub at_text: String,
    /// Which of the server's keys signed it.
    pub key: String,
    /// `none`, `not_given` or `listed`.
    pub papers: String,
    /// How many papers it lists.
    pub paper_count: u32,
    /// `not_given`, `not_checked` or `shown`.
    pub log: String,
    /// From 1, of `log_size`; where the log was shown.
    pub log_place: Option<u64>,
    /// How many entries the log had.
    pub log_size: Option<u64>,
    /// All of it in words, a sentence for each statement.
    pub sentences: Vec<String>,
}
