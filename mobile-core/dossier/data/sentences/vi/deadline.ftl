# Vì sao hạn là ngày giờ này. $term: answer = hạn trả lời, result = ngày hẹn trả.

deadline-counted = { $term ->
    [answer] Hạn trả lời
   *[result] Hẹn trả
 } { $due }: { $again ->
    [yes] tính lại từ đầu
   *[no] tính
 } { $amount } { $unit ->
    [working-days] ngày làm việc
    [working-hours] giờ làm việc
   *[calendar-days] ngày
 } từ { $from }{ received-outside }{ $weekend ->
    [yes] , bỏ qua thứ bảy, chủ nhật
   *[no] {""}
 }{ $days-off ->
    [none] {""}
   *[some] , bỏ qua ngày nghỉ { $days-off }
 }{ $made-up ->
    [none] {""}
   *[some] , tính cả ngày làm bù { $made-up }
 }{ $rolled ->
    [yes] , ngày cuối rơi vào lúc nghỉ nên chuyển sang giờ mở cửa kế tiếp
   *[no] {""}
 }{ $projected ->
    [yes] . Lịch nghỉ năm đó mới là dự kiến
   *[no] {""}
 }.
deadline-same-day = { $term ->
    [answer] Hạn trả lời
   *[result] Hẹn trả
 } { $due }:{ $again ->
    [yes] { " " }tính lại từ đầu,
   *[no] {""}
 } giải quyết { $late ->
    [yes] trong ngày làm việc tiếp theo, vì nhận từ { $limit } trở đi
   *[no] ngay trong ngày, trước giờ đóng cửa
 }; tính từ { $from }{ received-outside }.
deadline-resumed = { $term ->
    [answer] Hạn trả lời
   *[result] Hẹn trả
 } chuyển từ { $old } sang { $due }: đồng hồ đã dừng, cộng thêm đúng thời gian làm việc đã dừng.
deadline-unmoved = { $term ->
    [answer] Hạn trả lời
   *[result] Hẹn trả
 } vẫn là { $due }: theo quy định của thủ tục này, thời gian chờ không làm đổi hạn.
deadline-standing = Thời hạn { $term ->
    [answer] trả lời
   *[result] giải quyết
 } đang dừng từ { $since }; khi dừng, hạn là { $due }{ $rest ->
    [late]  và đã quá hạn
    [days] , còn { $days } ngày{ $hours ->
        [0] {""}
       *[other] {" "}{ $hours } giờ
     } làm việc
    [hours] , còn { $hours } giờ làm việc
   *[minutes] , còn { $minutes } phút
 }. { $goes-on ->
    [restart] Khi tiếp tục, thời hạn được tính lại từ đầu.
    [resume] Khi tiếp tục, phần còn lại được tính tiếp.
   *[unmoved] Ngày hẹn giữ nguyên; nếu qua ngày đó trong lúc chờ thì thời hạn được tính lại.
 }
deadline-ended = { $how ->
    [refused] Bị từ chối lúc { $at }
    [withdrawn] Đã rút lúc { $at }
   *[result] Có kết quả lúc { $at }
 }; { $term ->
    [answer] hạn trả lời là
   *[result] hẹn trả kết quả
 } { $due }{ $kept ->
    [late] : trễ hạn.
    [stood] , khi đó thời hạn đang dừng.
   *[in-time] : trong hạn.
 }
deadline-extended = Hẹn trả chuyển từ { $old } sang { $due }: cơ quan đã xin lỗi và hẹn lại, mỗi hồ sơ chỉ một lần.
deadline-extended-late = Hẹn trả chuyển từ { $old } sang { $due }: cơ quan đã xin lỗi và hẹn lại, nhưng muộn hơn quy định (phải trước hạn ít nhất một ngày).

# Vì sao không tính ngay từ lúc nhận.
received-outside = { $outside ->
    [hours] { " " }(nhận ngoài giờ lúc { $received })
    [saturday] { " " }(nhận lúc { $received } là thứ bảy)
    [sunday] { " " }(nhận lúc { $received } là chủ nhật)
    [holiday] { " " }(nhận lúc { $received } là { holiday-name })
   *[no] {""}
 }
holiday-name = { $holiday ->
    [new_year] ngày nghỉ Tết Dương lịch
    [tet] ngày nghỉ Tết Nguyên đán
    [hung_kings] ngày nghỉ Giỗ Tổ Hùng Vương
    [reunification] ngày nghỉ Chiến thắng 30/4
    [labour_day] ngày nghỉ Quốc tế Lao động 1/5
    [national_day] ngày nghỉ Quốc khánh
    [culture_day] Ngày Văn hóa Việt Nam
    [swapped] ngày nghỉ hoán đổi
   *[other] ngày nghỉ
 }
