"""English, and the terms of code and frameworks that every language borrows."""

from netledger.audit.words.ordinals import in_order

QUANTITIES = {
    "params": "param weight learnable trainable coefficient #param biases",
    "ops": "flop gflop mflop tflop mac macs macc maccs gmac mmac mult mults multiplication operation ops op "
    "computation comput compute madds multiply-add multiply-acc multi-add",
    "connections": "connection",
    "bytes": "memory cache byte bytes mb mib gb gib kb kib bit bits ram vram disk storage",
    "features": "feature features activation activations neuron neurons pixel pixels elements values",
    "shape": "output shape size dim dimension width height volume resolution stride pad padding kernel filter-size "
    "input out_shape kernel_size filters filter kernels channels units unit maps heads classes actions",
    "percent": "percent %",
    "setting": "seconds hours days minutes weeks months years fps",
    "": "costs computation computations computed",
}
"""What sort of number a word announces, by the beginning of the word; none: "a direction of the LSTM costs …"."""
FAMILIES = {
    "conv": "conv cnv convolution convolutional convolu convtranspose transposedconv separableconv deconv upconv tconv",
    "depthwise": "depthwise dw dwconv",
    "pointwise": "pointwise pw pwconv",
    "linear": "fc dense linear affine fully fully-connected ip classifier dense-layer mlp",
    "lstm": "lstm bilstm bi-lstm bidirectional-lstm",
    "gru": "gru bigru bi-gru",
    "rnn": "rnn simplernn simple_rnn",
    "batchnorm": "bn batchnorm batch_norm batchnormalization batch_normalization batch-norm",
    "norm": "ln layernorm layer_norm rmsnorm norm layer-norm groupnorm instancenorm",
    "embedding": "embedding embed emb wte wpe token tokens vocab vocabulary lookup word_embeddings "
    "position_embeddings token_type_embeddings position segment table tok",
    "attention": "attention attn mha mhsa msa mqa gqa self-attention selfattention cross-attention crossattention "
    "cross-attn multihead multi-head qkv",
    "ffn": "ffn feed-forward feedforward ff mlp swiglu",
    "pool": "s2 s4 pool maxpool avgpool pooling subsample subsampling subsampled gap globalaverage globalavg globalmax "
    "adaptiveavg adaptivemax",
    "flatten": "flatten flat",
    "dropout": "dropout relu activation softmax reshape input",
    "head": "head lm_head lm-head unembedding logits",
    "pooler": "pooler",
    "lora": "lora adapter",
    "block": "block blocks layer layers stage encoder decoder transformer body backbone",
}
"""The family of layers that a word names, by the beginning of the word; a later family takes a word of two."""
EXACT = (
    "mb gb kb op ops mac macs k ram dw pw fc bn ln gru rnn ip ff gap tok emb token tokens table position segment size "
    "input output dim head pad body layer layers block blocks stage values elements multi mult mults norm dense flat "
    "conv bit bits cost volume linear"
)
"""Words that must stand whole (digits and plural endings aside): their beginnings start other words."""
TOTAL = "total totals totale sum overall altogether everything grand whole σ"
"""Words that make a line a total."""
ALL = "all"
"""Words that mean the total where they stand alone before a number."""
TOTAL_STARTS = "total_ sum_"
"""Beginnings of longer words that do."""
ORDINALS = in_order(
    "first 1st|second 2nd|third 3rd|fourth 4th|fifth 5th|sixth 6th|seventh 7th|eighth 8th|ninth|tenth"
) | in_order(
    "last final|penultimate second-to-last second_to_last second-last second_last next-to-last next_to_last "
    "last_but_one|third-to-last third_to_last",
    back=True,
)
"""The place of a layer; -1 the last."""
MULTIPLIERS = {
    "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12, "thousand": 10**3, "million": 10**6,
    "millions": 10**6, "billion": 10**9, "billions": 10**9, "trillion": 10**12, "mn": 10**6, "mln": 10**6,
    "bn": 10**9, "mio": 10**6,
}  # fmt: skip
"""What a suffix multiplies by; the single letters only where they are glued to the number or stand alone after it."""
RELATIONS = {
    "not equal": "!=", "does not": "!=", "equal to": "=", "equals": "=", "approx": "≈", "approximately": "≈",
    "about": "≈", "around": "≈", "roughly": "≈", "circa": "≈", "ca": "≈", "approx.": "≈", "nearly": "≈", "gives": "→",
    "makes": "→", "yields": "→",
}  # fmt: skip
"""Words that stand for a relation between two numbers."""
OPERATORS = {"plus": "+", "minus": "-", "times": "*"}
"""Words that stand for an operator between two numbers."""
NUMBERS = in_order("one|two|three|four|five|six|seven|eight|nine|ten")
"""Numbers in words: "plus one bias"."""
NOTHING = "no zero"
"""Words before "parameters" that make it 0."""
EACH = "each per every"
ONE = "one single a"
THINGS = (
    "epoch iteration sample image example picture user gpu hour day minute year frame sentence student episode dollar "
    "watt people"
)
GATE = "gate"
RESULT = "result answer formula"
WOULD = "would could had"
"""Words of what is not so."""
IF = "if suppose supposing assuming were"
"""Words before a condition."""
OTHER = "plain standard normal ordinary regular vanilla usual instead compared versus vs vs. whereas unlike"
"""Words of what is not the network at hand but another one."""
COMPARED = "compared comparison versus vs"
"""Words that set another network beside this one."""
OR = "or"
"""Words between alternatives."""
OF = "of"
"""The word between a part and its whole."""
AND = "and"
"""Words that join two statements."""
WITH = "with w/ incl incl. including include includes plus and &"
"""Words that add what stands beside them."""
WITHOUT = "no without w/o excluding except"
"""Words that leave out what follows them."""
SETTINGS = "stride strides padding pad dilation"
"""What sets how a layer moves, no number of the calculation."""
WEIGHTS = "weight"
BIASES = "bias"
"""How words for weights, and for biases, begin."""
ABOUT = "about roughly approx approximately"
"""Words behind a number that make it approximate."""
PARTS = {
    "position": "pos wpe", "positional": "pos wpe", "pos": "pos wpe", "token": "tok wte word embed_tokens",
    "word": "word wte tok", "segment": "type segment token_type", "type": "type segment token_type",
}  # fmt: skip
"""What the tables of an embedding are called in code, by their names in words."""
BLOCKS: dict[str, str] = {}
"""What blocks of layers are called in code, by how words for them begin."""
NUMBER = "the number count amount num no nr"
"""Words of ``the number of`` before what is counted."""
DIRECTION = "direction forward backward"
"""Words of one direction of a recurrent layer that has two."""
ACTIVE = "active activ"
"""How words begin for the parameters that one token uses."""
STATISTICS = "running moving statistics mean variance non-trainable nontrainable buffers"
"""Words that name a batch normalisation's statistics."""
SAYS = "says say said claims claim states state reports reported quotes paper authors"
"""Words of what others say a number is."""
DENIED = (
    "short confused puzzled wrong incorrect mistake mistaken forgot forgetting typo miscount miscounted erroneous "
    "oops initially originally"
)
"""Words by which a text takes back what it says."""
NOT = "not"
STEPS = "step timestep time-step frame"
TRANSPOSED = "convtranspose conv1dtranspose conv2dtranspose conv3dtranspose deconv transposed upconv up-conv up_conv"
FROZEN = "non-trainable nontrainable untrainable frozen"
TRAINABLE = "trainable trained"
"""How words for what is trained begin."""
NUMBERED = (
    "table tables tab figure figures fig section sections sec chapter appendix equation eq page slide exercise question"
)
"""Words for what a text refers to by its number: ``as in table 6``."""
NETWORK = "network model net architecture nn cnn mlp"
"""Words by which a text speaks of the whole network."""
RETRACTED = "wait oops scratch miscount miscounted"
"""Words by which a sentence takes back what it has just said."""
MISTAKEN = (
    "ignores ignoring forgets forgetting omits omitting neglects neglecting overlooks double-counts double-counting "
    "mistakes confuses assumes"
)
"""Words behind a number that tell by what mistake one comes to it."""
