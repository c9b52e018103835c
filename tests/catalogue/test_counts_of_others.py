"""Parameters of the catalogue's models against counts that others publish of the same checkpoints.

Each figure is of a public page or table, read on its own, never from here.
"""

from __future__ import annotations

import pytest

from netledger import catalogue
from netledger.ledger import keep_books

# The Hub's own counts, of the headers of a checkpoint's files, as two copies of llmfit's table have them
# (tetrabit/llmfit and sammcj/llmfit, hf_models.json: parameters_raw); rounded ones are left out.
HUB = {
    "nomic-embed-text-v1.5": 136_731_648, "gemma-2b": 2_506_172_416, "gemma-3-270m": 268_098_176,
    "phi-1.5": 1_418_270_720, "phi-2": 2_779_683_840, "phi-3-mini": 3_821_079_552, "phi-3-mini-128k": 3_821_079_552,
    "bloom-560m": 559_214_592, "bloom": 176_247_271_424, "bloom-1b7": 1_722_408_960, "bloom-3b": 3_002_557_440,
    "llama-3-8b": 8_030_261_248, "llama-3-70b": 70_553_706_496, "llama-3.1-8b": 8_030_261_248,
    "llama-3.1-70b": 70_553_706_496, "llama-3.1-405b": 405_853_388_800, "llama-3.2-1b": 1_235_814_400,
    "llama-3.2-3b": 3_212_749_824, "smollm2-135m": 134_515_008, "smollm2-360m": 361_821_120,
    "smollm2-1.7b": 1_711_376_384, "smollm-135m": 134_515_008, "smollm-1.7b": 1_711_376_384,
    "mistral-7b": 7_241_732_096, "codellama-7b": 6_738_546_688, "deepseek-coder-6.7b": 6_740_512_768,
    "mistral-7b-v0.2": 7_241_732_096, "deepseek-v2-lite": 15_706_484_224, "mamba-130m": 129_135_360,
    "olmo-1b": 1_176_764_416, "starcoder2-3b": 3_030_371_328, "starcoder2-7b": 7_173_923_840,
    "stablelm-3b-4e1t": 2_795_443_200, "smollm3-3b": 3_075_098_624, "olmo-3-7b": 7_298_011_136,
    "lfm2-350m": 354_483_968, "lfm2-1.2b": 1_170_340_608, "exaone-4.0-32b": 32_003_216_384,
    "llama-3.2-11b-vision": 10_642_941_475, "qwen2.5-0.5b": 494_032_768, "qwen2.5-1.5b": 1_543_714_304,
    "qwen2.5-3b": 3_085_938_688, "qwen2.5-7b": 7_615_616_512, "qwen2.5-14b": 14_770_033_664,
    "qwen2.5-32b": 32_763_876_352, "qwen2.5-72b": 72_706_203_648, "qwen2.5-1.5b-instruct": 1_543_714_304,
    "qwen2.5-7b-instruct": 7_615_616_512, "qwen2.5-14b-instruct": 14_770_033_664,
    "qwen2.5-32b-instruct": 32_763_876_352, "qwen2.5-72b-instruct": 72_706_203_648, "qwen2.5-math-1.5b": 1_543_714_304,
    "qwen2.5-math-7b": 7_615_616_512, "qwen1.5-moe-a2.7b": 14_315_784_192, "qwen3-8b": 8_190_735_360,
    "qwen3-235b-a22b": 235_093_634_560, "qwen3-4b-2507": 4_022_468_096, "qwen3-30b-a3b-2507": 30_532_122_624,
    "qwen2.5-vl-7b": 8_292_166_656, "qwen2.5-vl-3b": 3_754_622_976, "qwen1.5-7b": 7_721_324_544,
    "qwen3-coder-480b-a35b": 480_154_875_392, "deepseek-r1-distill-qwen-1.5b": 1_777_088_000,
    "qwen2-vl-7b": 8_291_375_616, "qwen2.5-vl-72b": 73_410_777_344, "qwen3-vl-4b": 4_437_815_808,
    "qwen3-vl-8b": 8_767_123_696, "llava-1.5-7b": 7_063_427_072, "llava-1.5-13b": 13_351_494_656,
    "idefics2-8b": 8_402_768_112,
}  # fmt: skip

# keras-team/keras-hub, the params of its *_presets.py: what Keras counts in its own networks.
KERAS_HUB = {
    "albert-base-v2": 11_683_584, "albert-large-v2": 17_683_968, "albert-xlarge-v2": 58_724_864,
    "albert-xxlarge-v2": 222_595_584, "bert-tiny": 4_385_920, "bert-small": 28_763_648, "bert-medium": 41_373_184,
    "bert-base": 109_482_240, "bert-base-cased": 108_310_272, "bert-base-chinese": 102_267_648,
    "bert-base-multilingual-cased": 177_853_440, "bert-large": 335_141_888, "bert-large-cased": 333_579_264,
    "bloom-1b1": 1_065_314_304, "deberta-v3-xsmall": 70_682_112, "deberta-v3-small": 141_304_320,
    "deberta-v3-base": 183_831_552, "deberta-v3-large": 434_012_160, "distilbert-base": 66_362_880,
    "gemma-7b": 8_537_680_896, "gemma-2-2b": 2_614_341_888, "gemma-2-9b": 9_241_705_984, "gemma-2-27b": 27_227_128_320,
    "gemma-3-1b": 999_885_952, "gpt2": 124_439_808, "gpt2-medium": 354_823_168, "gpt2-large": 774_030_080,
    "gpt2-xl": 1_557_611_200, "gpt-oss-20b": 20_914_757_184, "gpt-oss-120b": 116_829_156_672,
    "llama-2-7b": 6_738_415_616, "mistral-7b-v0.3": 7_248_023_552, "mixtral-8x7b": 46_702_792_704,
    "qwen2.5-3b": 3_085_938_688, "qwen3-0.6b": 596_049_920, "qwen3-1.7b": 1_720_574_976, "qwen3-4b": 4_022_468_096,
    "qwen3-14b": 14_768_307_200, "qwen3-32b": 32_762_123_264, "qwen3-30b-a3b": 30_532_122_624, "t5-small": 60_506_624,
    "t5-base": 222_903_552, "t5-large": 737_668_096, "flan-t5-small": 76_961_152, "flan-t5-base": 247_577_856,
    "flan-t5-large": 783_150_080, "flan-t5-xl": 2_849_757_184, "flan-t5-xxl": 11_135_332_352,
}  # fmt: skip

# What llama.cpp prints as "model params", in public logs and tables of its bench.
MODEL_PARAMS = {
    "qwen3.5-0.8b": "752.39 M", "qwen3.5-9b": "8.95 B", "qwen3.5-27b": "26.90 B", "qwen3.5-122b-a10b": "122.11 B",
    "qwen3.5-397b-a17b": "396.35 B", "gemma-4-12b": "11.91 B", "kimi-linear-48b-a3b": "49.12 B",
}  # fmt: skip

# Counts that public pages and logs print, one by one.
PRINTED = {
    # the Hub's answer (safetensors.total), in public repositories that asked it
    "phi-4": 14_659_507_200, "phi-4-mini": 3_836_021_760, "phi-3-medium": 13_960_238_080, "mistral-nemo-12b": 12_247_782_400,
    "ministral-8b": 8_019_808_256, "olmo-2-7b": 7_298_617_344, "olmo-2-13b": 13_716_198_400, "seed-oss-36b": 36_151_104_512,
    "yi-34b": 34_388_917_248, "mixtral-8x22b": 140_620_634_112, "deepseek-v2": 235_741_434_880, "minimax-m2": 228_689_764_864,
    "olmoe-1b-7b": 6_919_161_856, "mistral-small-24b": 23_572_403_200,
    # the Hub's answer for another checkpoint of the same network, whose files leave out the block that tells a second word
    "deepseek-v3": 671_026_419_200,  # microsoft/MAI-DS-R1
    "glm-4.5-air": 106_852_251_264,  # PrimeIntellect/INTELLECT-3
    "qwen3-next-80b-a3b": 79_674_391_296,  # Qwen/Qwen3-Coder-Next
    "kimi-k2": 1_026_408_232_448,  # Fireworks' list of models
    # llama.cpp's n_params
    "gemma-3-27b": 27_009_346_304, "tinyllama-1.1b": 1_100_048_384, "qwen3-14b": 14_768_307_200, "qwen2.5-14b": 14_770_033_664,
    # what PyTorch counts, in other people's logs and tables
    "llama-30b": 32_528_943_616, "llama-65b": 65_285_660_672, "open-llama-3b": 3_426_473_600, "solar-10.7b": 10_731_524_096,
    "starcoder": 15_517_456_384, "glm-4-9b": 9_399_951_360, "olmo-7b": 6_888_095_744, "apertus-8b": 8_053_338_176,
    "aya-expanse-8b": 8_028_033_024, "stablelm-2-1.6b": 1_644_515_328, "mamba-370m": 371_516_416, "mamba-790m": 793_204_224,
    "mamba-1.4b": 1_372_178_432, "mamba-2.8b": 2_768_345_600, "rwkv-4-169m": 169_342_464, "t5-11b": 11_307_321_344,
    "nllb-200-distilled-600m": 615_073_792, "mbart-large-50": 610_879_488, "ernie-4.5-0.3b": 360_748_032,
}  # fmt: skip

# Counts of further checkpoints as their pages state them (the number of stored values, ties once), or as the framework
# that published them counts.
STATED = {
    "roberta-base": 124_645_632, "roberta-large": 355_359_744, "xlm-roberta-base": 278_043_648, "t5-3b": 2_851_598_336,
    "mt5-small": 300_176_768, "llama-2-13b": 13_015_864_320, "llama-2-70b": 68_976_648_192, "vit-b-16": 86_567_656,
    "vit-l-16": 304_326_632, "whisper-tiny": 37_760_640, "whisper-large-v3": 1_543_490_560,
    "all-minilm-l6-v2": 22_713_216, "bge-small-en-v1.5": 33_360_000, "longformer-base-4096": 148_659_456,
    "deberta-base": 138_601_728, "dinov2-base": 86_580_480, "dinov2-giant": 1_136_480_768,
    "recurrentgemma-2b": 2_682_862_080, "codellama-34b": 33_743_970_304, "stable-diffusion-1.5-unet": 859_520_964,
    "stable-diffusion-2.1-unet": 865_910_724, "stable-diffusion-xl-unet": 2_567_463_684, "qwen2-vl-2b": 2_208_985_600,
    "falcon-180b": 179_522_565_120, "olmo-2-32b": 32_234_279_936, "paligemma-3b": 2_923_466_480, "bge-m3": 567_754_752,
    "falcon-7b": 6_921_720_704,
}  # fmt: skip

_MASK = 2048 * 2048
"""Which of 2,048 positions each may see: a table that GPT-NeoX's files hold for every layer."""
# Files of HUB's table and networks of Keras Hub that hold more values than the model has parameters, or fewer, and how many.
UNLIKE = {
    "falcon-7b": (7_217_189_760, 65_024 * 4544),  # the tied table of words, twice
    "qwen3-0.6b": (751_632_384, 151_936 * 1024),  # the same
    "qwen3-1.7b": (2_031_739_904, 151_936 * 2048),  # the same
    "llama-2-7b": (6_738_417_664, 32 * 64),  # the frequencies of each layer's rotations
    "pythia-410m": (505_997_504, 24 * (_MASK + 8)),  # masks, and frequencies of a quarter of a head, by pairs
    "pythia-1b": (1_078_891_008, 16 * (_MASK + 32)),
    "pythia-1.4b": (1_515_311_488, 24 * (_MASK + 16)),
    "pythia-2.8b": (2_909_427_008, 32 * (_MASK + 10)),
    "pythia-6.9b": (6_991_520_256, 32 * (_MASK + 16)),
    "pythia-12b": (11_997_067_840, 36 * (_MASK + 16)),
    "florence-2-base": (231_567_705, 100 * 1024 + 51_289),  # waves of frames, and a bias of zeros for each word
    "florence-2-large": (776_721_497, 100 * 2048 + 51_289),
    "gemma-3-4b": (3_880_099_328, -64 * 2560),  # Keras: its words without the 64 that stand for pictures
    "gemma-3-12b": (11_765_788_416, -64 * 3840),
    "bart-base": (139_417_344, -2 * 2 * 768),  # Keras: without the two places before the first, on both sides
    "bart-large": (406_287_360, -2 * 2 * 1024),
    "opt-125m": (125_237_760, -2 * 768),
    "opt-1.3b": (1_315_753_984, -2 * 2048),
}


def counted(name: str) -> object:
    return keep_books(catalogue.load(name)).totals.parameters


@pytest.mark.parametrize(("name", "stated"), [*HUB.items(), *KERAS_HUB.items(), *PRINTED.items(), *STATED.items()])
def test_a_count_that_others_publish(name: str, stated: int) -> None:
    assert counted(name) == stated


@pytest.mark.parametrize("name", UNLIKE)
def test_a_count_of_more_or_fewer_values(name: str) -> None:
    stated, more = UNLIKE[name]
    assert stated - more == counted(name)


@pytest.mark.parametrize(("name", "printed"), MODEL_PARAMS.items())
def test_what_llama_cpp_prints(name: str, printed: str) -> None:
    count = keep_books(catalogue.load(name)).totals.parameters
    assert isinstance(count, int)
    assert printed == (f"{count / 1e9:.2f} B" if count >= 10**9 else f"{count / 1e6:.2f} M")
