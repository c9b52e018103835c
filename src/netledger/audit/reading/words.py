"""What the words around a number mean, in the languages that people write them in.

A word is matched by its beginning, lower case. Adding a word is adding it to a line here.
"""

from __future__ import annotations

_QUANTITIES = {
    "params": "param weight learnable trainable coefficient 参数 參數 パラメ 파라미터 매개변수 paramètre "
    "parámetro parâmetro "
    "парамет gewicht poids peso вес 가중치 权重 權重 重み wts #param biases",
    "ops": "flop gflop mflop tflop mac macs gmac mmac mult mults multiplication operation ops op computation "
    "comput compute "
    "cost 计算量 計算量 연산 演算 operaci operaç opérat операц rechen madds multiply-add multiply-acc multi-add",
    "connections": "connection 连接 連接 verbindung conexion conexõ connexion соединен 연결",
    "bytes": "memory byte bytes mb mib gb gib kb kib bit bits ram vram 显存 内存 記憶體 메모리 メモリ "
    "speicher mémoire memoria "
    "memória памят disk storage",
    "features": "feature features activation activations neuron neurons pixel pixels 特征 特徴 특징 뉴런 "
    "神经元 neurona "
    "nœud нейрон elements values",
    "shape": "output shape size dim dimension volume resolution 输出 形状 尺寸 출력 出力 크기 ausgabe ausgang "
    "größe sortie salida "
    "saída выход размер taille tamaño tamanho stride pad padding kernel filter-size input 输入 입력 入力 out_shape "
    "kernel_size filters filter kernels channels units unit maps heads classes actions padding 个通道 필터 フィルタ",
    "percent": "percent % prozent pourcent",
}  # fmt: skip

_FAMILIES = {
    "conv": "conv cnv convolution convolutional 卷积 卷積 畳み込み 합성곱 콘볼루션 faltung свёрт сверт convolu",
    "depthwise": "depthwise dw dwconv",
    "pointwise": "pointwise pw pwconv",
    "linear": "fc dense linear affine fully fully-connected ip classifier 全连接 全連接 全結合 전결합 "
    "완전연결 댄스 vollverbunden "
    "dicht полносвяз densa dense-layer mlp",
    "lstm": "lstm bilstm bi-lstm bidirectional-lstm",
    "gru": "gru bigru bi-gru",
    "rnn": "rnn simplernn simple_rnn",
    "batchnorm": "bn batchnorm batch_norm batchnormalization batch_normalization batch-norm "
    "batch_normalization 批归一化 배치",
    "norm": "ln layernorm layer_norm rmsnorm norm layer-norm groupnorm instancenorm 归一化 정규화",
    "embedding": "embedding embed emb wte wpe token tokens vocab vocabulary lookup 词嵌入 嵌入 임베딩 "
    "埋め込み einbettung "
    "incrustation эмбеддинг word_embeddings position_embeddings token_type_embeddings position segment table tok",
    "attention": "attention attn mha self-attention selfattention multihead multi-head 注意力 어텐션 "
    "アテンション aufmerksamkeit "
    "внимани qkv",
    "ffn": "ffn feed-forward feedforward ff mlp 前馈 피드포워드 swiglu",
    "pool": "s2 s4 pool maxpool avgpool pooling subsample subsampling subsampled 池化 풀링 プーリング gap",
    "flatten": "flatten 展平 平坦 flat",
    "dropout": "dropout relu activation softmax reshape input 激活",
    "head": "head lm_head lm-head unembedding logits",
    "pooler": "pooler",
    "lora": "lora adapter",
    "block": "block blocks layer layers stage encoder decoder transformer body backbone",
}  # fmt: skip

TOTAL_WORDS = (
    "total", "totals", "totale", "totaux", "sum", "summe", "summ", "somme", "suma", "soma", "overall", "altogether",
    "grand", "합계", "총", "전체", "총합", "总", "總", "合计", "合計", "共", "gesamt", "insgesamt", "итого",
    "всего", "сумма",
    "总计", "σ", "全部", "全部で", "全体", "一共", "整个", "toplam", "network", "model", "모델", "模型",
)  # fmt: skip
"""Words that make a line a total; the last four only where nothing else names the line."""

PARAMETER_WORDS = tuple(_QUANTITIES["params"].split())

ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "1st": 1,
    "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "erste": 1, "zweite": 2, "dritte": 3, "vierte": 4, "première": 1,
    "premier": 1, "deuxième": 2, "troisième": 3, "primera": 1, "segunda": 2, "tercera": 3, "primeira": 1,
    "terceira": 3, "первый": 1, "второй": 2, "третий": 3, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5,
    "六": 6, "七": 7, "八": 8, "첫": 1,
    "first:": 1,
    "последн": -1, "last": -1, "letzte": -1, "dernière": -1, "última": -1, "final": -1,
}  # fmt: skip

MULTIPLIERS = {
    "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12, "thousand": 10**3, "million": 10**6,
    "millions": 10**6, "billion": 10**9, "billions": 10**9, "trillion": 10**12, "mio": 10**6, "mrd": 10**9,
    "mn": 10**6, "mln": 10**6, "bn": 10**9, "millionen": 10**6, "milliarden": 10**9, "millones": 10**6,
    "milhões": 10**6, "млн": 10**6, "тыс": 10**3, "млрд": 10**9, "万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8,
    "만": 10**4, "억": 10**8, "千": 10**3, "百万": 10**6, "千万": 10**7, "十亿": 10**9, "tsd": 10**3, "mil": 10**3,
}  # fmt: skip
"""What a suffix multiplies by; the single letters only where they are glued to the number or stand alone after it."""

BYTE_UNITS = {
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "bytes": 1,
    "byte": 1,
}  # fmt: skip


OPERATION_UNITS = {
    f"{letter}{unit}": scale
    for letter, scale in (("k", 10**3), ("m", 10**6), ("g", 10**9), ("t", 10**12), ("p", 10**15))
    for unit in ("flop", "flops", "mac", "macs")
}
"""``12.9 GFLOPs``: what the letter before the unit multiplies by."""


def _by_beginning(table: dict[str, str]) -> dict[str, str]:
    return {word: name for name, words in table.items() for word in words.split()}


_QUANTITY_OF = _by_beginning(_QUANTITIES)
_FAMILY_OF = _by_beginning(_FAMILIES)
_EXACT = frozenset(
    [
        "mb",
        "gb",
        "kb",
        "op",
        "ops",
        "mac",
        "macs",
        "k",
        "ram",
        "dw",
        "pw",
        "fc",
        "bn",
        "ln",
        "gru",
        "rnn",
        "ip",
        "ff",
        "gap",
        "tok",
        "emb",
        "token",
        "tokens",
        "table",
        "position",
        "segment",
        "size",
        "input",
        "output",
        "dim",
        "head",
        "pad",
        "body",
        "layer",
        "layers",
        "block",
        "blocks",
        "stage",
        "values",
        "elements",
        "multi",
        "norm",
        "dense",
        "flat",
        "peso",
        "вес",
        "conv",
        "bit",
        "bits",
        "cost",
        "volume",
        "linear",
    ]
)
"""Words that must stand whole (digits and plural endings aside): their beginnings start other words."""


def quantity_of(word: str) -> str | None:
    """What sort of number a word announces: ``params``, ``ops``, ``connections``, ``bytes``, ``features``, ``shape``.

    >>> quantity_of("Parameters"), quantity_of("FLOPs"), quantity_of("conv1")
    ('params', 'ops', None)
    """
    lower = word.lower().lstrip("个個")
    found = _look_up(lower, _QUANTITY_OF)
    if found is None and "_" in lower:
        for part in lower.split("_"):
            if _look_up(part, _QUANTITY_OF) == "params":
                return "params"
    return found


def family_of(word: str) -> str | None:
    """The family of layers that a word names.

    >>> family_of("Conv2d-1"), family_of("fc6"), family_of("total")
    ('conv', 'linear', None)
    """
    lower = word.lower().lstrip("_")
    if lower[:1] == "第":  # "第五层卷积": the fifth layer, a convolution
        lower = lower.lstrip("第一二三四五六七八九十0123456789").lstrip("层層个個")
    return _look_up(lower, _FAMILY_OF)


def _look_up(word: str, table: dict[str, str]) -> str | None:
    bare = word.rstrip("0123456789_-.:#").strip("_-#:")
    if bare in table:
        return table[bare]
    if bare.endswith("s") and bare[:-1] in table:
        return table[bare[:-1]]
    for length in range(len(bare), 1, -1):
        start = bare[:length]
        if start in table and (start not in _EXACT or not bare[length : length + 1].isalpha()):
            if length >= 3 or ord(start[0]) > 0x2E80 or not bare[length : length + 1].isalpha():
                return table[start]
    return table.get(bare[0]) if bare and ord(bare[0]) > 0x2E80 else None


def is_total(word: str) -> bool:
    """Whether a word makes its line a total.

    >>> is_total("Total"), is_total("subtotal"), is_total("合计")
    (True, False, True)
    """
    lower = word.lower().strip("_-#:*")
    if lower in TOTAL_WORDS[:-5] or lower.endswith(("合计", "合計", "总计", "總計", "小计", "小計", "합계")):
        return True
    return lower.startswith(
        ("total_", "gesamt", "総", "总", "總", "总参", "合计", "合計", "총", "итого", "всего", "sum_", "합계", "전체")
    )
