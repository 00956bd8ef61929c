//! The status of a dossier: the national codes 1–10, and one total function that says what may follow what.
//! Source: the national portal's status table and its transitions (domain brief §3; NĐ 61/2018/NĐ-CP Đ.17–20).

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
