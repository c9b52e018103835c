"""Every limit on untrusted input, in one place. Errors name the constant that was exceeded.

The reasons are in ``docs/concepts/limits.md``; the figures are far above any real model.
"""

from __future__ import annotations

# text shown and read
SHOWN_CHARACTERS = 256
"""Longest piece of foreign text printed; the rest is cut with an ellipsis."""
NAME_BYTES = 4_096
DESCRIPTION_BYTES = 2 * 1024 * 1024
PARSED_BYTES = 128 * 1024
"""A .net description, and as much of it as Python's parser is given at a time: it is quadratic in places."""
JSON_DESCRIPTION_BYTES = 8 * 1024 * 1024
CALCULATION_BYTES = 512 * 1024
CALCULATION_LINES = 10_000
CALCULATION_NUMBERS = 20_000
EXPRESSION_CHARACTERS = 10_000
INTEGER_DIGITS = 40
NESTING = 64

# numbers
MAX_DIMENSION = 2**63 - 1
MAX_ELEMENTS = 2**127
CONFIGURED_SIZE = 2**40
"""Size in a configuration: a row of so many values fills a terabyte."""
MAX_EXPONENT = 64
FORMULA_TERMS = 10_000
RANK = 64

# structure
LAYERS = 1_000_000
TEXT_LAYERS = 40_000
TEXT_FIELDS = 400_000
"""Layers and fields of a prototxt, a .cfg and the like: more than the longest that programs write hold, read in
proportion."""
REPEAT = 100_000
EXPERTS = 10_000
"""Experts of one layer."""
STEPS_ANYWAY = 4_096
STEPS_PER_BYTE = 16
STEPS_PER_ENTRY = 4_096
"""Statements that a stranger's description may have carried out, loops included: so many anyway, and so many more for
each of its bytes (each entry of an ``architecture``), so that what it costs grows with what is there."""
FUNCTIONS_DEEP = 8
"""Calls within calls in a family's text."""
TENSORS = 1_000_000
METADATA_ENTRIES = 1_000_000
STRUCTURE_BYTES = 256 * 1024 * 1024
SAFETENSORS_HEADER_BYTES = 100_000_000

# wire formats
VARINT_BYTES = 10
PICKLE_OPS = 5_000_000
PICKLE_MEMO = 1_000_000
PICKLE_STACK = 1_000_000
ZIP_MEMBERS = 100_000
ZIP_MEMBER_BYTES = 100 * 1024 * 1024
ZIP_RATIO = 200
ZIP_RATIO_ABOVE_BYTES = 1024 * 1024
ZIP_TOTAL_BYTES = 256 * 1024 * 1024

# what is fetched, for one network with the files that it names
REMOTE_BYTES = 64 * 1024 * 1024
REMOTE_RANGES = 200
REMOTE_REDIRECTS = 5
REMOTE_SECONDS = 20

# live models
KNOWN_ELEMENTS = 1 << 20
"""Largest tensor whose values are kept while a model is counted; of larger ones only the shape."""
REAL_RUN_BYTES = 64 * 1024 * 1024
"""Largest model that is run with its own values, unasked, where shapes alone do not do."""
KNOWN_WHEN_BUILT = 1 << 14
"""Largest tensor that is given values while a model is built to be counted."""
KNOWN_BYTES = 32 * 1024 * 1024
"""Values kept in all while one model is counted."""
