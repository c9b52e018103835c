"""Japanese."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "パラメ 重み 学習可能 学習パラメ",
    "ops": "演算量 乗算 積和 計算量",
    "connections": "結合 接続",
    "bytes": "メモリ バイト 容量",
    "features": "特徴 ニューロン 活性",
    "shape": "出力 入力 形状 サイズ フィルタ チャネル チャンネル 次元 ストライド パディング カーネル クラス",
    "percent": "パーセント 割合",
}
FAMILIES = {
    "conv": "畳み込み 畳込み コンボリューション", "depthwise": "深さ方向", "pointwise": "点ごと",
    "linear": "全結合 線形", "batchnorm": "バッチ正規化", "norm": "正規化 層正規化",
    "embedding": "埋め込み 埋込み 位置", "attention": "アテンション 注意機構", "ffn": "フィードフォワード",
    "pool": "プーリング", "flatten": "平坦", "dropout": "ドロップアウト",
    "block": "層 ブロック レイヤ",
}  # fmt: skip
EXACT = ""
TOTAL = "合計 総 全部で 全体 総計 総数"
ALL = "全部 すべて"
TOTAL_STARTS = "総 合計"
ORDINALS = in_order("最初") | in_order("最後 最終|最後から二番目 最後から2番目 最後から二つ目", back=True)
MULTIPLIERS = {"万": 10**4, "億": 10**8, "千": 10**3, "百万": 10**6}
RELATIONS = {"約": "≈", "およそ": "≈", "ほぼ": "≈"}
OPERATORS = {"足す": "+", "掛ける": "*", "かける": "*", "引く": "-", "割る": "/"}
NUMBERS = {"一つ": 1, "二つ": 2}
NOTHING = "無し なし"
EACH = "毎 各 それぞれ"
ONE = "一つの ひとつの 1つの"
THINGS = "エポック 枚 サンプル 画像 フレーム 年 時間 件"
GATE = "ゲート"
RESULT = "結果 答え"
WOULD = "もし 仮に なら だったら しない場合 節約"
IF = "もし 仮に なら だったら"
OTHER = "通常 普通 代わり 標準"
COMPARED = "比べ 比較"
OR = "それとも あるいは または"
OF = ""
AND = "と および 及び"
WITH = "込み 含む あり 有り 込"
WITHOUT = "無 なし 無し"
SETTINGS = "ストライド パディング"
WEIGHTS = "重み"
BIASES = "バイアス"
ABOUT = "程度 ほど"
PARTS = {"パッチ": "patch", "位置": "pos wpe", "トークン": "tok wte word", "単語": "word wte tok"}
BLOCKS = {
    "expert": "エキスパート 専門家", "encoder": "エンコーダ", "decoder": "デコーダ", "generator": "生成器 ジェネレータ",
    "discriminator": "識別器",
}  # fmt: skip
NUMBER = "数"
DIRECTION = "方向"
ACTIVE = "アクティブ"
STATISTICS = "平均 分散"
SAYS = "論文 によれば"
DENIED = "最初は 間違え 忘れ"
NOT = ""
STEPS = "ステップ"
TRANSPOSED = "転置 逆畳"
FROZEN = "凍結 学習不可 非学習"
TRAINABLE = "学習可能"
NUMBERED = "表 図 章"
NETWORK = "モデル ネットワーク"
RETRACTED = "待って 訂正"
MISTAKEN = "忘れ 無視 見落と"
