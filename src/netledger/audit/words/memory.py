"""Words of texts about memory, in several languages; of longer ones the beginning is given, in lower case."""

from __future__ import annotations

CACHE = frozenset("kv cache caches cached kvcache kv-cache kv_cache mla kv-caches".split())
"""Words that make a calculation one of a cache."""
CACHE_STARTS = (
    "kv-cache", "kv_cache", "kvcache", "kv_per", "kv_mem", "kv_bytes", "kv_size", "cache", "kv缓存", "кэш", "кеш",
    "缓存", "快取", "キャッシュ",
)  # fmt: skip
"""How such words begin."""
OTHER_MEMORY = (
    "weight", "param", "model", "activation", "optimi", "adam", "gradient", "total", "sum", "overhead", "everything",
    "gewicht", "modell", "gesamt", "zusammen", "summe", "aktivierung", "poids", "modèle", "paramètre", "somme",
    "peso", "modelo", "parámetro", "parâmetro", "suma", "веса", "весов", "вес", "модел", "параметр", "итого", "всего",
    "сумм", "权重", "模型", "参数", "总", "合计", "激活", "重み", "モデル", "パラメ", "合計", "both", "beides",
    "remaining", "embedding", "checkpoint", "hidden", "logit", "score", "matri", "buffer", "intermediate",
)  # fmt: skip
"""How words begin of an amount of other memory, or of everything together."""
OTHER_TOPICS = (
    "weight", "activation", "optimi", "adam", "gradient", "gewicht", "aktivierung", "poids", "peso", "pesos", "веса",
    "весов", "激活", "权重", "重み", "hidden", "logit",
)  # fmt: skip
"""Of lines that are about other memory, and what stands below them."""
HARDWARE = (
    "gpu", "vram", "card", "a100", "h100", "h200", "a10", "l4", "l40", "a6000", "rtx", "mi300", "v100", "t4", "3090",
    "4090", "5090", "karte", "carte", "tarjeta", "placa", "карт", "видеокарт", "видеопамят", "显卡", "显存", "hbm",
    "ram", "device", "machine", "budget", "free", "frei", "libre",
)  # fmt: skip
"""Of what a machine has."""
BOUNDS = (
    "fit", "passt", "tient", "cabe", "caben", "влез", "поместит", "помещ", "less", "under", "below", "over", "above",
    "more", "most", "least", "save", "saving", "reduc", "instead", "from", "unter", "über", "mehr", "weniger", "spart",
    "statt", "moins", "plus", "menos", "más", "меньше", "больше", "экономи", "leaves", "leaving", "left", "limit",
    "放", "节省", "减少", "超过", "window", "sliding",
)  # fmt: skip
"""Of an amount that is compared with another one, or a bound."""
TOKENS = ("token", "токен", "jeton", "词元", "トークン")
CONTEXTS = (
    "context", "ctx", "kontext", "contexte", "contexto", "contesto", "контекст", "上下文", "コンテキスト", "seq",
    "sequenzl", "longueur", "longitud", "длин", "長さ", "长度", "prompt", "history", "positions",
)  # fmt: skip
"""How words begin for how much a model has read."""
CONTEXT_NAMES = frozenset(
    "s t n l_seq seq seqlen seq_len seq_length sequence_length context_length context_len ctx n_ctx max_seq_len "
    "max_model_len max_position_embeddings num_tokens n_tokens tokens context seq-len".split()
)
"""Names that a calculation gives that."""
AT = frozenset("at @ bei à a con mit mit with при на for für pour para для 在 ctx full".split())
"""Words before a context's length."""
LAYERS = (
    "layer", "schicht", "couche", "capa", "слой", "слоя", "слое", "层", "層", "camada", "レイヤ", "decoder", "block",
)  # fmt: skip
DEPTHS = frozenset("l layers n_layers n_layer num_layers num_hidden_layers".split())
"""Names of how many layers there are."""
EACH_ENDING = ("あたり", "ごと", "当たり", "당")
"""What ends a word that means each."""
EACH_MORE = frozenset(
    "per / each every pro je jede jeden jedes jeder par chaque por cada на каждый каждого каждую каждом за один 每 "
    "每个 每一 每層 每层 pour для a le el das".split()
)
"""Words before what something is given for."""
EACH_NEAR = frozenset("a for на за le el das".split())
"""Those of which no word stands between."""
EACH_JOINED = ("per_", "per-", "每", "每个", "单", "1")
"""What is written in one word with what it is given for."""
EACH_LAST = ("每", "每个", "单")
"""How a word before ends that means each."""
BATCHES = ("batch", "пакет", "батч", "批", "バッチ", "lote")
BATCH_NAMES = frozenset("b bs bsz batch batch_size batchsize n_batch".split())
SEQUENCES = (
    "sequence", "user", "request", "stream", "session", "concurrent", "client", "sequenz", "nutzer", "anfrage",
    "séquence", "utilisateur", "requête", "secuencia", "usuario", "peticion", "solicitud", "последовательност",
    "запрос", "пользовател", "个请求", "个用户", "个序列", "条", "并发", "请求", "用户", "序列", "リクエスト", "ユーザ",
)  # fmt: skip
"""What a batch holds."""
HEADS = ("head", "kopf", "köpf", "tête", "cabeza", "голов", "头", "頭", "ヘッド", "kv-head", "kv_head")
ALL_HEADS = ("mha", "multi-head", "multihead")
"""Attention in which each head has keys and values of its own."""
SHARED_HEADS = ("gqa", "grouped", "mqa")
"""Attention in which heads share them."""
ONE_SIDE = frozenset("k keys key v values value".split())
"""Words of the keys, or of the values, alone."""
VOCABULARY = ("vocab", "wort", "слов", "词表", "語彙", "embed", "param")
"""How words begin that make a number of tokens, or what stands before one, a vocabulary, or a count."""
WIDTHS: dict[float, tuple[str, ...]] = {
    4: ("fp32", "float32", "f32", "32-bit", "32bit", "single-precision", "tf32"),
    2: ("fp16", "float16", "f16", "bf16", "bfloat16", "16-bit", "16bit", "half-precision", "half"),
    1: ("int8", "fp8", "8-bit", "8bit", "e4m3", "e5m2", "uint8"),
    0.5: ("int4", "4-bit", "4bit", "nf4", "fp4"),
    1.0625: ("q8_0",), 0.5625: ("q4_0",),
}  # fmt: skip
"""What types are called, by the bytes of a value; the blocks of ``q8_0`` and ``q4_0`` have a scale each."""
ADAM = frozenset(("adam", "adamw"))
"""Optimisers that keep two values for each parameter."""
MOMENTS = frozenset(
    "moment moments momente momenten momentos momenti моменты моментов states zustände états estados 矩 动量".split()
)
"""Words for what they keep."""
