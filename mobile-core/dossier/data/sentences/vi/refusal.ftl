# Vì sao một việc không được phép lúc này.

refusal-not-your-role = Việc này không thuộc quyền của bạn.
refusal-ended = Hồ sơ đã kết thúc, không thay đổi được nữa.
refusal-locked = Hồ sơ đã nộp nên không sửa được. Phần sửa vẫn giữ trên máy bạn và dùng được khi cơ quan yêu cầu bổ sung.
refusal-too-early = Chưa từ chối được: công dân còn thời gian bổ sung đến { $until }.
refusal-asked-already = Đã yêu cầu bổ sung một lần khi tiếp nhận; pháp luật chỉ cho hướng dẫn một lần, đầy đủ.
refusal-extended-already = Đã xin lỗi và hẹn lại một lần; không được hẹn lại lần nữa.
refusal-with-post = Kết quả đang ở bưu chính nên không làm việc này được.
refusal-not-with-post = Bưu gửi này không ở bưu chính.
refusal-no-post = Thủ tục này không trả kết quả qua bưu chính, phải nhận tại bộ phận một cửa.
refusal-post-not-chosen = Công dân chưa chọn nhận kết quả qua bưu chính.
refusal-outcome-recorded = Đã có kết quả giải quyết nên không rút hồ sơ được nữa.

refusal-submit = Chỉ nộp được hồ sơ còn là bản nháp.
refusal-accept = Chỉ tiếp nhận được hồ sơ mới đăng ký.
refusal-refuse = Chỉ từ chối tiếp nhận được hồ sơ mới đăng ký, hoặc hồ sơ đã quá hạn bổ sung.
refusal-forward = Chỉ chuyển xử lý được hồ sơ đã tiếp nhận.
refusal-request-supplement = Chỉ yêu cầu bổ sung được hồ sơ mới đăng ký, đã tiếp nhận hoặc đang xử lý.
refusal-supplement = Chỉ bổ sung được khi cơ quan đang yêu cầu.
refusal-resume = Chỉ tiếp tục được hồ sơ đang chờ bổ sung, chờ nộp tiền hoặc đã dừng xử lý.
refusal-request-payment = Chỉ yêu cầu nộp tiền với hồ sơ đã tiếp nhận hoặc đang xử lý.
refusal-suspend = Chỉ dừng được hồ sơ đang xử lý.
refusal-withdraw = Bản nháp chưa nộp nên không có gì để rút.
refusal-record-outcome = Chỉ ghi kết quả cho hồ sơ đã tiếp nhận, đang xử lý, chờ nộp tiền hoặc đã dừng.
refusal-recall = Chỉ thu hồi được kết quả chưa trả.
refusal-hand-over = Chỉ trả kết quả khi hồ sơ đã xử lý xong.
refusal-extend = Chỉ hẹn lại khi hồ sơ đã tiếp nhận hoặc đang xử lý.
refusal-hand-to-post = Chỉ giao bưu chính khi hồ sơ đã xử lý xong.
refusal-choose-delivery = Chỉ chọn cách nhận kết quả sau khi nộp hồ sơ.
