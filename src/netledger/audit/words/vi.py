"""Vietnamese."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "tham trọng",
    "ops": "phép",
    "connections": "",
    "bytes": "nhớ",
    "features": "nơ-ron nơron",
    "shape": "kích kênh bước",
    "percent": "",
}
FAMILIES = {
    "conv": "chập", "depthwise": "", "pointwise": "", "linear": "đầy", "batchnorm": "chuẩn-lô",
    "norm": "", "embedding": "nhúng", "attention": "chú", "ffn": "", "pool": "gộp", "flatten": "phẳng",
    "block": "lớp tầng khối",
}  # fmt: skip
EXACT = "tham trọng phép nhớ kích kênh bước chập đầy nhúng chú gộp phẳng lớp tầng khối"
TOTAL = "tổng"
ALL = "hết"
TOTAL_STARTS = ""
ORDINALS = in_order(
    "thứ_nhất đầu_tiên|thứ_hai|thứ_ba|thứ_tư|thứ_năm|thứ_sáu|thứ_bảy|thứ_tám|thứ_chín|thứ_mười"
) | in_order("cuối cuối_cùng|áp_chót kế_cuối gần_cuối", back=True)
MULTIPLIERS = {"triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9, "nghìn": 10**3, "ngàn": 10**3}
RELATIONS = {"khoảng": "≈", "xấp xỉ": "≈", "bằng": "="}
OPERATORS = {"nhân": "*", "cộng": "+", "trừ": "-", "chia": "/"}
NUMBERS = in_order("một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười")
NOTHING = "không"
EACH = "mỗi"
ONE = "một"
THINGS = "epoch ảnh mẫu năm giờ ngày"
GATE = "cổng"
RESULT = "kết đáp"
WOULD = "sẽ nếu"
IF = "nếu giả"
OTHER = "thay thường chuẩn"
COMPARED = "so_với so_sánh"
OR = "hay hoặc"
OF = "trong"
AND = "và"
WITH = "có gồm với"
WITHOUT = "không"
SETTINGS = "bước"
WEIGHTS = "trọng"
BIASES = "chệch"
ABOUT = "khoảng"
PARTS = {"vị": "pos wpe", "từ": "word wte tok"}
BLOCKS = {"expert": "chuyên gia"}
NUMBER = "số"
DIRECTION = "hướng chiều"
ACTIVE = "kích"
STATISTICS = "trung"
SAYS = "theo"
DENIED = "sai nhầm quên"
NOT = "không"
STEPS = ""
TRANSPOSED = ""
FROZEN = ""
TRAINABLE = ""
NUMBERED = "bảng hình chương"
NETWORK = "mạng mô"
RETRACTED = "khoan"
MISTAKEN = "bỏ quên"
