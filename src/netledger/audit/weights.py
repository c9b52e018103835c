"""Every number that decides a verdict, with its reason; nothing else in ``audit/`` holds a float.

A meaning of a line costs what its label, its place, its structure and its fault cost; the cheapest meaning wins. The
unit is one plain slip: a factor taken from the wrong place.
"""

from __future__ import annotations

# ------------------------------------------------------------------ a label against a layer

OWN_NAME = -3.0
"""The label is the layer's own name (``conv2``, ``fc6``), and no other layer has it."""
SHARED_NAME = -1.5
"""The label is a name that several layers have (``q_proj`` of every block)."""
SYNONYM = -1.2
"""The label calls it what people call it (``query`` for ``q_proj``)."""
FAMILY = -0.8
"""The label names its family (``dense`` for a linear layer)."""
LOOSE_FAMILY = -0.2
"""The label names a family that it may stand for (``embedding`` for a projection)."""
OTHER_FAMILY = 4.0
"""The label names another family: ``dense`` is no convolution."""
ORDINAL = -1.6
"""The label's number is the layer's number in its family: ``second conv``."""
OVERALL_ORDINAL = -1.0
"""The label's number counts all layers with parameters: ``layer 3``."""
OTHER_ORDINAL = 3.0
"""The label's number is another layer's: people count from 0, over pools, by blocks, but seldom."""
STRANGE_ORDINAL = 1.2
"""No layer of the family has the label's number: ``Dense 10`` says the units, so that it tells little."""
OF_AN_EMBEDDING = 1.5
"""Another number of rows of a table: vocabularies are hardly mistaken, so that the line is about something else."""
SOME_OF_A_KIND = 1.5
"""The label names a whole kind of layers; these are only so many of them."""
ONE_OF_SEVERAL = 2.0
"""The label names several layers; this is one of them."""
ANOTHERS_NAME = 3.0
"""The label is another layer's own name."""
ANOTHERS_PROJECTION = 3.0
"""The label names another of attention's projections: ``Wk`` for ``q_proj``."""

IN_SECTION = 1.2
"""The heading above names a block that the layer is in (cheaper by so much), or another one (dearer)."""

SURE = -2.4
"""A label that costs less names its layer beyond doubt."""

# ------------------------------------------------------------------ place

NEXT = -0.6
"""The next layer after the one that the line above means."""
BEHIND = 0.4
"""A layer before the one that the line above means."""
TAKEN = 1.6
"""A layer that another line accounts for already."""

# ------------------------------------------------------------------ what a line can mean

ROLE = {
    "layer": 0.0, "layers": 0.3, "total": 0.3, "block": 0.4, "blocks": 0.4, "group": 0.6, "weights": 2.6, "biases": 1.2,
    "matrix": 0.8, "part": 0.5, "piece": 2.4, "filter": 3.0, "multiple": 0.9, "counted": 0.0, "run": 1.2, "union": 0.7,
    "named": 0.2, "rest": 0.6, "difference": 0.8, "normed": 0.9,
    "trainable": 1.2, "ops": 1.8, "statistics": 2.6,
}  # fmt: skip
"""What it costs to mean a sort of quantity where no word says so. ``weights`` without biases is what a person leaves
out by mistake, so it is dear; a word that says it makes it free."""
SAID = -1.0
"""A word says which sort of quantity is meant (``weights``, ``biases``, ``total``, ``per block``)."""
STRUCTURE = -0.8
"""The written factors are those of the true formula, one by one."""
UNLIKE = 0.9
"""The value is equal, but the factors written have nothing of the true formula."""
CHANCE = 3.0
"""The value is equal, but so much differs in the factors that it is hardly more than chance, and no label tells."""
OTHER_SIZES = 5.0
"""The value is equal, and the product is another convolution's: the same kernel between other numbers of channels."""
LEAST_UNLIKE = 1.8
"""Two factors that differ, or more: with so many changes equal values are chance."""

# ------------------------------------------------------------------ faults

FAULT = 1.0
"""That there is a fault at all: an explanation without one is preferred by so much."""
FACTOR = 1.0
"""One factor is missing, added, or another one."""
SECOND_FACTOR = 0.8
"""A further factor of the same product."""
TERM = 1.2
"""A term is missing or added."""
EXTRA_TERM = 2.0
"""A product too many: more likely the line is about several layers."""
BIAS_TERM = 0.7
"""The biases are missing: the commonest slip of all."""
NOTHING_ALIKE = 5.0
"""Two products without a common factor explain nothing."""
BY_VALUE = 1.5
"""A slip that the value alone betrays, where factors are written: what their structure says is preferred."""
RIGHTLY_TAKEN = 2.2
"""A layer that another line gets right: this line is hardly about it too, and wrong."""
TELLING = 0.8
"""A large number that a slip gives to the last digit is hardly that by chance."""
LEAST_TELLING = 10_000
"""A smaller number may well be equal by chance."""
MOST_UNNAMED = 2.0
"""Changes of more than this explain nothing where no label says what is meant."""
LEAST_POOLED = 10
"""A smaller number beside a pooling layer is its size."""
PER_TERM = 0.2
"""How much more may differ for each product that is written: a long sum has room for more slips."""
DIGIT = 1.6
"""One digit of a stated number slipped."""
PLAIN_WRONG = 3.4
"""A number that no known slip explains, though its label names the layer."""

NO_MEANING = 4.2
"""What fits nothing in the network costs so much: a dearer meaning is not believed."""
MARGIN = 0.3
"""A line is wrong only where the best meaning with a fault beats the best one without by so much."""

# ------------------------------------------------------------------ hypotheses

CONVENTION = {"full": 0.0, "weights": 1.5, "statistics": 1.0, "one vector": 0.4, "tied twice": 1.0}
"""What it costs to judge a whole text by another convention than weights and biases."""

OPEN = 1.1
"""An equation that fits nothing in a network: dearer than one that is wrong about it in a way that is known (1)."""
RIGHT = 0.1
"""A statement that is right."""

# ------------------------------------------------------------------ numbers

NEARLY = 0.005
"""A number that is the network's total but for so small a share is meant to be it."""
NEAR_SUM = 0.3
"""A total that is further from what its lines add up to, as a share, is about something else."""
ABOUT = 0.003
"""How far a figure behind ≈ may be off, as a share: ``12·L·d²`` for a block's parameters."""
SCALED = 0.01
"""How far a figure in thousands or millions that is no count may be off, as a share: 800K for 802,816."""

STRANGE_FACTOR = 1.8
"""A factor too many that no known slip explains: the line may well be about something else."""
ANOTHER_SUBJECT = 0.7
"""A fault in a line whose label is about nothing that the layer is called."""
ONE_FILTER = 0.7
"""The count of one filter, where another line counts them all."""
CLOSE = 0.06
"""A figure that is rounded more than this share is explained by no slip."""

UNSAID_TOTAL = 1.5
"""A number that nothing calls a total is the whole network's; or one that is called so is not."""
USED_LATER = 0.4
"""A line below works on with this value, so that leaving the biases out is a step."""
BEYOND_ROUNDING = 10
"""How many times its rounding a number must be off, that what it is off by tells anything."""
LEAST_LISTED = 3
"""Layers of a network that is listed row by row."""
