# Tên các trạng thái theo Cổng Dịch vụ công quốc gia, và câu "tiếp theo là gì, ai làm, đến khi nào".

status-draft = Bản nháp
status-submitted = Mới đăng ký
status-accepted = Được tiếp nhận
status-refused = Không được tiếp nhận
status-processing = Đang xử lý
status-waiting-for-citizen = Yêu cầu bổ sung giấy tờ
status-waiting-for-payment = Yêu cầu thực hiện nghĩa vụ tài chính
status-withdrawn = Công dân yêu cầu rút hồ sơ
status-suspended = Dừng xử lý
status-finished = Đã xử lý xong
status-handed-over = Đã trả kết quả

next-draft = Hồ sơ chưa nộp, vẫn là bản nháp của bạn. Khi đã đủ, bạn bấm nộp; chưa có thời hạn nào chạy.
next-submitted = Bộ phận một cửa đang kiểm tra hồ sơ { $when ->
    [before] và phải trả lời chậm nhất lúc { $due }.
    [after] và đã trễ hạn trả lời ({ $due }).
   *[none] và sẽ trả lời bạn.
 } Bạn chưa phải làm gì.
next-accepted = Hồ sơ đã được tiếp nhận, cơ quan sắp xử lý. { $when ->
    [before] Hẹn trả kết quả lúc { $due }.
    [after] Đã quá ngày hẹn trả ({ $due }): cơ quan phải xin lỗi và hẹn lại.
   *[none] Chưa có ngày hẹn trả.
 } Bạn chưa phải làm gì.
next-processing = Cơ quan đang xử lý hồ sơ. { $when ->
    [before] Hẹn trả kết quả lúc { $due }.
    [after] Đã quá ngày hẹn trả ({ $due }): cơ quan phải xin lỗi và hẹn lại.
   *[none] Chưa có ngày hẹn trả.
 } Bạn chưa phải làm gì.
next-waiting-for-citizen = { $when ->
    [after] Hạn bổ sung ({ $due }) đã qua, cơ quan có thể từ chối hồ sơ; bạn vẫn bổ sung được cho đến lúc đó.
   *[before] Đến lượt bạn: bổ sung theo yêu cầu, chậm nhất lúc { $due }.
 } Thời hạn giải quyết đang dừng.
next-waiting-for-payment = Đến lượt bạn: nộp khoản tiền đã thông báo. Thời hạn giải quyết đang dừng cho đến khi cơ quan ghi nhận.
next-suspended = Cơ quan đã dừng xử lý, lý do ghi trong thông báo. Thời hạn giải quyết đang dừng; cơ quan sẽ báo bạn khi tiếp tục.
next-refused = Hồ sơ kết thúc tại đây, lý do ghi trong thông báo. Bạn có thể nộp hồ sơ mới.
next-withdrawn = Bạn đã rút hồ sơ; hồ sơ kết thúc tại đây. Bạn có thể nộp hồ sơ mới.
next-finished = Đã có kết quả. Đến lượt bạn: mang giấy tiếp nhận đến bộ phận một cửa để nhận{ $post ->
    [offered] , hoặc chọn nhận qua bưu chính.
   *[not-offered] .
 }
next-finished-to-post = Đã có kết quả. Bộ phận một cửa sẽ giao cho bưu chính để chuyển đến địa chỉ bạn đã chọn.
next-finished-with-post = Bưu chính đang giữ kết quả và sẽ giao đến bạn. Bạn chuẩn bị giấy tờ tùy thân và mã nhận.
next-finished-attempt-failed = Bưu tá đã đến mà chưa giao được và sẽ báo bạn lần giao sau. Bạn để ý điện thoại, chuẩn bị giấy tờ tùy thân và mã nhận.
next-receipt-confirmed = Bạn đã xác nhận nhận được kết quả. Hồ sơ kết thúc khi có ghi nhận của bưu tá; bạn không phải làm gì thêm.
next-handed-over = Bạn đã nhận kết quả. Không còn việc gì phải làm.
