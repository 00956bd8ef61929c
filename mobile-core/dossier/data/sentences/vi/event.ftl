# Dòng thời gian của một hồ sơ, mỗi sự kiện một câu.
event-submitted = Đã nộp đến đơn vị { $unit }.
event-supplemented = Đã bổ sung hồ sơ.
event-supplemented-late = Đã bổ sung hồ sơ, { late-by }; vẫn được nhận vì cơ quan chưa từ chối.
event-withdrawn = Đã rút hồ sơ.
event-delivery-chosen = { $way ->
    [post] Đã chọn nhận kết quả qua bưu chính.
   *[counter] Đã chọn nhận kết quả tại bộ phận một cửa.
 }
event-receipt-confirmed = Người nhận xác nhận đã nhận bưu gửi.
event-accepted = Được tiếp nhận, mã hồ sơ { $code }.
event-refused = Không được tiếp nhận: { $reason }
event-forwarded = Đã chuyển xử lý.
event-supplement-requested = Cơ quan yêu cầu bổ sung đến { $until }: { $reason }
event-resumed = Tiếp tục xử lý.
event-payment-requested = Cơ quan yêu cầu nộp { $amount }: { $reason }
event-suspended = Dừng xử lý: { $reason }
event-outcome = { $granted ->
    [yes] Đã có kết quả: { $summary }
   *[no] Không được giải quyết: { $summary }
 }
event-recalled = Kết quả được thu hồi để xử lý lại: { $reason }
event-recalled-by-two = Kết quả được thu hồi để xử lý lại, do { $proposer } đề nghị và { $officer } quyết định: { $reason }
event-handed-over = Đã trả kết quả tại bộ phận một cửa.
event-extended = Cơ quan xin lỗi và hẹn lại { $due }: { $apology }
event-handed-to-post = Kết quả đã niêm phong (số { $seal }) và giao cho bưu chính.
event-delivery-failed = Bưu tá chưa giao được: { failure-reason }
event-delivered = Bưu chính đã giao kết quả{ $grade ->
    [a] , người nhận xác nhận trên điện thoại.
    [b] , bằng mã nhận.
   *[c] ; việc giao sẽ được xác minh thêm.
 }
event-delivery-disputed = Có một ghi nhận khác về việc giao bưu gửi này; cơ quan sẽ xem lại.

# Trả lời muộn bao nhiêu so với hạn bổ sung.
late-by = muộn { $amount } { $unit ->
    [days] ngày
    [hours] giờ
   *[minutes] phút
 } so với hạn { $until }

failure-reason = { $reason ->
    [no_or_bad_address] không có hoặc sai địa chỉ
    [moved_no_forwarding] người nhận đã chuyển đi, không có địa chỉ mới
    [not_found_at_address] không tìm thấy người nhận tại địa chỉ
    [not_collected_after_two_notices] đã mời hai lần mà không đến nhận
    [refused] người nhận từ chối
    [unreachable_phone] không liên lạc được qua điện thoại
    [rescheduled_by_recipient] người nhận hẹn lại
    [wrong_person_no_authorisation] người nhận thay không có ủy quyền
    [id_missing_or_mismatch] không có giấy tờ tùy thân hoặc không khớp
    [fee_unpaid] chưa trả cước
    [force_majeure] bất khả kháng
   *[absent] người nhận vắng nhà
 }

# Việc bưu tá đã ghi ở một bưu gửi.
record-delivered = { $at } đã giao{ $sent ->
    [no] {" "}(chưa gửi về máy chủ)
    [disputed] {" "}(có ghi nhận khác trước đó)
    [refused] {" "}(máy chủ không nhận: { refused-by-server })
   *[yes] {""}
 }
record-failed = { $at } chưa giao được: { failure-reason }{ $sent ->
    [no] {" "}(chưa gửi về máy chủ)
    [disputed] {" "}(có ghi nhận khác trước đó)
    [refused] {" "}(máy chủ không nhận: { refused-by-server })
   *[yes] {""}
 }
event-behalf = { $authority ->
    [written] Nộp thay cho { $owner } theo văn bản ủy quyền { $reference }.
    [guardian] Nộp thay cho { $owner } với tư cách cha, mẹ hoặc người giám hộ. { $reference }
    [organisation] Nộp thay cho { $owner } với tư cách người đại diện, theo { $reference }.
   *[other] Nộp thay cho { $owner }.
}
event-at-counter = Cán bộ { $name } ghi tại quầy theo lời công dân.
