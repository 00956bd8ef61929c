# Cán bộ đọc trên trang của bộ phận một cửa.

desk-not-reviewed = { $place ->
    [allowance] Thời hạn giải quyết
    [authority] Cơ quan có thẩm quyền
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
    [post_in] Việc nhận hồ sơ qua bưu chính
    [sources] Văn bản làm căn cứ
   *[other] { $place }
}
