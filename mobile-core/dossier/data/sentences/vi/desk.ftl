# Cán bộ đọc trên trang của bộ phận một cửa.

desk-not-reviewed = { $place ->
    [allowance] Thời hạn giải quyết
    [authority] Cơ quan có thẩm quyền
    [calendar-answer] Thời hạn trả lời tiếp nhận
    [calendar-hours] Giờ làm việc của bộ phận một cửa
    [calendar-year-2027] Ngày nghỉ năm 2027 (dự kiến)
    [calendar-years-2018-2026] Ngày nghỉ từ năm 2018 đến năm 2026
    [catalogue-rule_set] Bộ quy tắc của danh mục
    [cases] Các trường hợp của thủ tục
    [channels] Cách thức nộp hồ sơ
    [clock] Cách tính thời hạn khi phải chờ bổ sung
    [code] Mã thủ tục
    [components] Thành phần hồ sơ
    [extension] Việc gia hạn
    [fee] Phí, lệ phí
    [fields] Các mục của tờ khai
    [form-source] Căn cứ của mẫu tờ khai
    [name] Tên thủ tục
    [places-areas] Danh mục xã, phường, đặc khu
    [places-provinces] Danh mục tỉnh, thành phố
    [post_in] Việc nhận hồ sơ qua bưu chính
    [sources] Văn bản làm căn cứ
    [unit-code] Mã đơn vị
    [unit-name] Tên đơn vị
    [unit-support_phone] Số điện thoại hỗ trợ của đơn vị
   *[other] { $place }
}
