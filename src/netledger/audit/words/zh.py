"""Chinese, in both scripts."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "参数 參數 权重 權重 可训练参数 可學習參數",
    "ops": "计算量 計算量 运算量 運算量 浮点运算 乘法 乘加",
    "connections": "连接 連接",
    "bytes": "显存 内存 記憶體 存储 字节 顯存",
    "features": "特征 节点 節點 神经元 神經元 激活值 像素",
    "shape": "输出 形状 尺寸 輸入 輸出 形狀 输入 大小 个通道 通道 步长 卷积核大小 维度 类 類 个类 個類",
    "percent": "百分",
}
FAMILIES = {
    "conv": "卷积 卷積", "depthwise": "逐通道 深度卷积", "pointwise": "逐点",
    "linear": "全连接 全連接 线性 線性", "lstm": "长短期", "batchnorm": "批归一化 批標準化 批量归一化",
    "norm": "归一化 層歸一化 层归一化", "embedding": "词嵌入 嵌入 词表 位置", "attention": "注意力", "ffn": "前馈 前饋",
    "pool": "池化", "flatten": "展平", "dropout": "激活", "head": "输出头 分类头",
    "block": "层 層 块 塊 模块",
}  # fmt: skip
EXACT = ""
TOTAL = "总 總 合计 合計 共 总计 總計 全部 一共 整个 总共 总和 總和"
ALL = "全部 全都"
TOTAL_STARTS = "总 總 总参 合计 合計"
ORDINALS = in_order("首个 首個 首层 首層") | in_order("最后 最後 末层 末層|倒数第二 倒數第二", back=True)
MULTIPLIERS = {
    "万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8, "千": 10**3, "百万": 10**6, "千万": 10**7, "十亿": 10**9,
    "百萬": 10**6, "万亿": 10**12,
}  # fmt: skip
RELATIONS = {"约": "≈", "約": "≈", "大约": "≈", "大約": "≈", "等于": "=", "等於": "=", "大概": "≈"}
OPERATORS = {"加": "+", "乘": "*", "乘以": "*", "减": "-", "除以": "/", "加上": "+"}
NUMBERS = {"一": 1, "两": 2, "三": 3}
NOTHING = "无 無 没有 沒有"
EACH = "每 各 每个 每個 每层 每層"
ONE = "一 一个 一個 一层 一層 单 单个 單個 单层"
THINGS = "轮 张 張 帧 幀 样本 樣本 图片 圖片 图像 圖像 幅 年 小时 小時 天 用户"
GATE = "门 門"
RESULT = "结果 結果 答案"
WOULD = "如果 假如 若是 假设 要是 假設"
IF = "如果 假如 若是 假设 要是 假設"
OTHER = "普通 标准 常规 而不是 標準"
COMPARED = "相比 比起 对比 對比 比较 比較"
OR = "还是 或者 還是 抑或"
OF = ""
AND = "和 与 及 以及 與"
WITH = "含 包含 带 包括 加 帶"
WITHOUT = "无 無 不含 没有 沒有 不用 不使用 不带 不帶"
SETTINGS = "步长 步幅 填充"
WEIGHTS = "权重 權重"
BIASES = "偏置 偏差"
ABOUT = "左右"
PARTS = {"图像块": "patch", "补丁": "patch", "位置": "pos wpe", "词": "word wte tok", "段": "type segment token_type"}
BLOCKS = {
    "expert": "专家 專家", "encoder": "编码器 編碼器", "decoder": "解码器 解碼器", "generator": "生成器",
    "discriminator": "判别器",
}  # fmt: skip
NUMBER = "数量 个数 數量 数目 數目"
DIRECTION = "方向 单向"
ACTIVE = "激活 活跃 活躍"
STATISTICS = "均值 方差"
SAYS = "论文 論文 据说"
DENIED = "一开始 起初 写错 算错 漏了 忘了"
NOT = "不是 而不是 並非 并非"
STEPS = "步 时间步"
TRANSPOSED = "转置 轉置 反卷积 反卷積 上卷积"
FROZEN = "冻结 凍結 不可训练 不可訓練"
TRAINABLE = "可训练 可訓練"
NUMBERED = "表 图 章"
NETWORK = "模型 网络 網路"
RETRACTED = "等等 不对 更正"
MISTAKEN = "忽略 忘了 忘记 漏掉 漏了 忽視 忘記"
