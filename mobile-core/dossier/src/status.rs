//! The status of a dossier: the national codes 1–10, and one total function that says what may follow what.
//! Source: the national portal's status table and its transitions (domain brief §3; NĐ 61/2018/NĐ-CP Đ.17–20).

mod action;
mod after;
mod facts;
#[cfg(test)]
mod table;
mod words;

pub use action::{Action, NotAllowed, Role};
pub use facts::Facts;

use crate::event::{Event, What};
use crate::time::Timestamp;

/// Where a dossier stands. Computed from events; nobody writes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Still the citizen's own; has no national code.
    Draft,
    /// 1 Mới đăng ký.
    Submitted,
    /// 2 Được tiếp nhận.
    Accepted,
    /// 3 Không được tiếp nhận.
    Refused,
    /// 4 Đang xử lý.
    Processing,
    /// 5 Yêu cầu bổ sung giấy tờ; `from` is where an answer leads back to.
    WaitingForCitizen { from: Stage, until: Timestamp },
    /// 6 Yêu cầu thực hiện nghĩa vụ tài chính.
    WaitingForPayment,
    /// 7 Công dân yêu cầu rút hồ sơ.
    Withdrawn,
    /// 8 Dừng xử lý.
    Suspended,
    /// 9 Đã xử lý xong.
    Finished,
    /// 10 Đã trả kết quả.
    HandedOver,
}

/// The stages from which the office may wait for the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Submitted,
    Accepted,
    Processing,
}

impl Status {
    /// Where these events have led. They were judged when they were written; here they are only followed.
    pub fn of(events: &[Event]) -> Self {
        events.iter().fold(Self::Draft, |status, event| status.following(&event.what))
    }

    fn following(self, what: &What) -> Self {
        match what {
            What::Submitted(..) => Self::Submitted,
            What::Accepted(_) => Self::Accepted,
            What::Refused(_) => Self::Refused,
            What::Forwarded(_) | What::Recalled(..) => Self::Processing,
            What::SupplementRequested(request) => match self.stage() {
                Some(from) => Self::WaitingForCitizen { from, until: request.until },
                None => self,
            },
            What::Supplemented(..) | What::Resumed(..) => match self {
                Self::WaitingForCitizen { from, .. } => from.into(),
                _ => Self::Processing,
            },
            What::PaymentRequested(..) => Self::WaitingForPayment,
            What::Suspended(_) => Self::Suspended,
            What::Withdrawn(..) => Self::Withdrawn,
            What::OutcomeRecorded(_) => Self::Finished,
            What::HandedOver(_) | What::Delivered(..) => Self::HandedOver,
            // Other dimensions: the date, the way of delivery and custody move without the status.
            What::Extended(..)
            | What::DeliveryChosen(..)
            | What::ReceiptConfirmed(..)
            | What::HandedToPost(_)
            | What::DeliveryFailed(..)
            | What::DeliveryDisputed(..) => self,
        }
    }

    /// The national code 1–10; 0 for a draft, which has none.
    pub fn code(&self) -> u8 {
        match self {
            Self::Draft => 0,
            Self::Submitted => 1,
            Self::Accepted => 2,
            Self::Refused => 3,
            Self::Processing => 4,
            Self::WaitingForCitizen { .. } => 5,
            Self::WaitingForPayment => 6,
            Self::Withdrawn => 7,
            Self::Suspended => 8,
            Self::Finished => 9,
            Self::HandedOver => 10,
        }
    }

    /// The stable word for programs.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Processing => "processing",
            Self::WaitingForCitizen { .. } => "waiting_for_citizen",
            Self::WaitingForPayment => "waiting_for_payment",
            Self::Withdrawn => "withdrawn",
            Self::Suspended => "suspended",
            Self::Finished => "finished",
            Self::HandedOver => "handed_over",
        }
    }

    /// 3, 7 and 10: nothing leads away from them.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn | Self::HandedOver)
    }

    /// The stage from which the office may turn to the citizen now.
    pub(crate) fn stage(&self) -> Option<Stage> {
        match self {
            Self::Submitted => Some(Stage::Submitted),
            Self::Accepted => Some(Stage::Accepted),
            Self::Processing => Some(Stage::Processing),
            _ => None,
        }
    }
}

impl From<Stage> for Status {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Submitted => Self::Submitted,
            Stage::Accepted => Self::Accepted,
            Stage::Processing => Self::Processing,
        }
    }
}
