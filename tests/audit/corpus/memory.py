"""Amounts of memory: keys and values that are kept, in prose, lists and tables, and what Adam keeps.

The network has 12 layers, 12 query heads of 64 and 4 heads of keys and values: a token leaves 2 · 4 · 64 = 512 values in
a layer, in 16 bits 1,024 bytes, 12,288 in all layers; with 12 heads it would be three times as much.
"""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import document as D
from tests.audit.corpus.networks import emb, linear, repeat, rms, tied

SMALL = D(
    [
        emb("embed_tokens", 16000, 768),
        repeat(
            "layers", 12,
            linear("self_attn.q_proj", 768, 768, bias=False), linear("self_attn.k_proj", 768, 256, bias=False),
            linear("self_attn.v_proj", 768, 256, bias=False), linear("self_attn.o_proj", 768, 768, bias=False),
            linear("mlp.gate_proj", 768, 2048, bias=False), linear("mlp.up_proj", 768, 2048, bias=False),
            linear("mlp.down_proj", 2048, 768, bias=False), rms("input_layernorm", 768),
            rms("post_attention_layernorm", 768),
        ),
        rms("norm", 768), tied("lm_head", "embed_tokens"),
    ]
)  # fmt: skip
A_TOKEN = 2 * 4 * 64 * 12 * 2
"""Bytes in 16 bits: keys and values, 4 heads of 64, 12 layers, 2 bytes."""
PARAMETERS = 16000 * 768 + 12 * (2 * 768 * 768 + 2 * 768 * 256 + 3 * 768 * 2048 + 2 * 768) + 768
"""Of the network: the table, 12 blocks, the last norm; the head is tied."""

SETTINGS = "KV cache of ours, B=4, S=1024, L=12, n_kv=4, head_dim=64, bf16 (2 bytes) -> {}"
case("settings-and-what-they-make", SMALL, SETTINGS.format("50.3 MB"))  # 4 · 1024 · 12,288 = 50,331,648
case("settings-and-binary-units-called-decimal", SMALL, SETTINGS.format("48 MB"))
case(
    "settings-and-the-batch-forgotten",
    SMALL,
    SETTINGS.format("12.6 MB"),
    {1: [("wrong_value", 4 * 1024 * A_TOKEN)]},
)
ROWS = """
KV cache, fp16

| context | KV cache |
|--------:|---------:|
| 1,024   | 12 MiB   |
| 4,096   | {}       |
| 32,768  | 384 MiB  |
"""
case("a-row-for-each-context", SMALL, ROWS.format("48 MiB"))
case("a-row-with-all-heads", SMALL, ROWS.format("144 MiB"), {6: [("kv_heads_ignored", 4096 * A_TOKEN)]})
case("a-row-with-a-digit-wrong", SMALL, ROWS.format("58 MiB"), {6: [("wrong_value", 4096 * A_TOKEN)]})
COLUMNS = """
Size of the KV cache in FP16, by model and context.

| Model | 2K tokens | 16K tokens |
|-------|-----------|------------|
| 8B    | 0.25 GB   | 2.0 GB     |
| ours  | {} MB     | 192 MB     |
"""
case("sizes-of-models-at-the-left-are-no-counts", SMALL, COLUMNS.format(24))
case(
    "a-column-for-each-context",
    SMALL,
    COLUMNS.format(48),
    {6: [("wrong_value", 2048 * A_TOKEN)]},
)
case(
    "a-list-for-each-of-two-models",
    SMALL,
    """
Llama-2-7B (L=32, 32 KV heads of 128)
Context\tKV cache
4K tokens\t2 GB
16K tokens\t8 GB
our model (L=12, 4 KV heads of 64)
Context\tKV cache
4K tokens\t48 MB
16K tokens\t192 MB
""",
)
STEPS = """
KV cache, fp16, 12 layers
per token per layer = {}
per token = {}
8K context = {}
"""
case("from-a-layer-to-a-context", SMALL, STEPS.format("2 * 4 * 64 * 2 = 1024 bytes", "12 KiB", "96 MiB"))
case(
    "heads-forgotten-and-carried-on",
    SMALL,
    STEPS.format("2 * 64 * 2 = 256 bytes", "3 KiB", "24 MiB"),
    {2: [("wrong_value", 1024)], 3: [("propagated", A_TOKEN)], 4: [("propagated", 8192 * A_TOKEN)]},
)
SUPPOSED = """
12 layers, d_head 64, GQA with 4 KV heads:

per 4K context = 50.3 MB

The KV cache is small because of that. MHA with 12 heads would be {}.
"""
case("what-all-heads-would-take", SMALL, SUPPOSED.format("151 MB"))
case("what-all-heads-would-not-take", SMALL, SUPPOSED.format("100 MB"), {5: [("wrong_value", 3 * 4096 * A_TOKEN)]})
case(
    "what-a-card-has-is-no-claim",
    SMALL,
    """
At 8K context the KV cache takes 96 MiB in fp16. That 96 MiB is why a batch of 64 at 8K does not fit beside the rest on
an 8 GB card.
""",
)
LANGUAGES = {
    "german": "KV-Cache in fp16\nPro Token: {} KiB\nBei 8192 Token: {} MiB",
    "french": "Cache KV en fp16\nPar jeton : {} Kio\nPour un contexte de 8192 jetons : {} Mio",
    "spanish": "Caché KV en fp16\n- por token: {} KiB\n- contexto de 8192 tokens: {} MiB",
    "russian": "KV-кэш в fp16\nна один токен: {} КиБ\nконтекст 8192 токенов: {} МиБ",
    "chinese": "KV 缓存（fp16）\n每个 token：{} KiB\n上下文 8192：{} MiB",
    "japanese": "KV キャッシュ（fp16）\n1トークンあたり {} KiB\n8192 トークンで {} MiB",
}
for language, text in LANGUAGES.items():
    case(f"a-token-and-a-context-in-{language}", SMALL, text.format(12, 96))
    case(
        f"a-token-and-a-context-with-all-heads-in-{language}",
        SMALL,
        text.format(36, 288),
        {2: [("kv_heads_ignored", A_TOKEN)], 3: [("propagated", 8192 * A_TOKEN)]},
    )
case(
    "keys-without-values",
    SMALL,
    "KV cache per token in bf16: 6 KiB",
    {1: [("wrong_formula", A_TOKEN)]},
)
case(
    "a-cache-of-narrower-values",
    SMALL,
    "ctx 4096\nKV cache f16: 48 MiB\nKV cache int8: 24 MiB\nKV cache q8_0: 25.5 MiB",
)
ADAM = f"""
Training in fp32 with Adam, {PARAMETERS:,} parameters
weights: {4 * PARAMETERS / 1e6:.1f} MB
gradients: {4 * PARAMETERS / 1e6:.1f} MB
m and v: {{:.1f}} MB
"""
case("both-moments", SMALL, ADAM.format(8 * PARAMETERS / 1e6))
case("one-moment", SMALL, ADAM.format(4 * PARAMETERS / 1e6), {4: [("wrong_value", 8 * PARAMETERS)]})
case(
    "lengths-at-the-head-of-rows",
    SMALL,
    "At 8K context that is 96 MiB in fp16.\n\n| Sequence length | KV cache |\n|---|---|\n| 128 | 1.5 MiB |\n| 1,024 | 12 MiB |",
)
