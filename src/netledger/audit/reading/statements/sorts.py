"""What sort of number a statement states, by its words and by how it is written."""

from __future__ import annotations

from netledger.audit.reading.statements.statement import Member, Statement, quantity_in
from netledger.audit.reading.tokens.tokenizing import Token
from netledger.audit.reading.tokens.words import ORDINALS, family_of, part_of, quantity_of
from netledger.audit.words import THINGS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.expressions.nodes import Node


BYTES = frozenset(("mb", "gb", "mib", "gib", "megabytes", "gigabytes"))
"""Units of a number that stand apart from it: ``891.614 … size (MB)``."""


def is_told(statement: Statement) -> bool:
    """``136,874 parameters = 137M``: the words stand behind the first of several plain numbers."""
    members = statement.members
    return len(members) > 1 and is_number(members[0]) and quantity_in(members[0].words) == "params"


def announces(tokens: list[Token]) -> bool:
    """``The model has 136,874 parameters:`` gives a number, though a colon follows."""
    numbers = [i for i, token in enumerate(tokens) if token.kind == "num"]
    if len(numbers) != 1 or numbers[0] + 1 >= len(tokens) or tokens[numbers[0]].value < 100:
        return False
    after = tokens[numbers[0] + 1 : numbers[0] + 3]
    return any(token.kind == "name" and quantity_of(token.text) == "params" for token in after)


def sort_of_heading(tokens: list[Token]) -> str:
    """The sort of number of which the first telling sentence of a heading speaks: of ``The weights of our network.
    Times 4 for bytes`` weights.
    """
    sentence: list[str] = []
    for token in tokens:
        if token.kind == "stop" and quantity_in(sentence):
            break
        if token.kind in ("name", "num"):
            sentence.append(token.text)
    return quantity_in(sentence)


LEAST_BESIDE = 1000
"""A number that is larger is no size, where only a remark in brackets speaks of one."""
SIDES_AND_FILTERS = 3
"""Numbers of a kernel's sides with how many filters there are."""
LARGEST_KERNEL = 16
"""A product of numbers up to this, and without a result, is the size of a kernel."""


def is_size_alone(statement: Statement, quantity: str) -> bool:
    """``a 1x1 conv``, ``the FFN is 4h``: sizes that nothing is worked out from."""
    node = statement.members[0].node if len(statement.members) == 1 else None
    if node is not None and node.op == "power" and quantity != "params":
        return bool(statement.words) and node.args[0].is_bare  # "a 32^3 occupancy grid"
    if node is None or node.is_bare or node.op != "product":
        return False
    leaves = node.numbers()
    named = any(leaf.op == "symbol" for leaf in leaves)
    if quantity != "params" and _names_both(statement.members[0], node):
        return True  # "windows of 30 steps x 12 sensors"
    large = [leaf for leaf in leaves if leaf.value > LARGEST_KERNEL]
    if len(leaves) == 2 and leaves[0].value == leaves[1].value and statement.words and quantity != "params":
        return True  # "64×64 greyscale"
    if len(leaves) == SIDES_AND_FILTERS and leaves[0].value == leaves[1].value > LARGEST_KERNEL / 2 and statement.words:
        return True  # "one 14x14x512 layer"
    return not large or (named and len(large) == 1 and len(leaves) == 2)


def _names_both(member: Member, node: Node) -> bool:
    """Whether a product that words lead to has two numbers, and a word behind each that says of what: a size."""
    factors = [factor.token for factor in node.factors() if factor.is_bare]
    if len(node.factors()) != 2 or len(factors) != 2 or not member.before:
        return False
    first, second = factors
    if first is None or second is None or len(member.words) < len(factors) or first.line_no != second.line_no:
        return False
    return second.start - first.end > len(member.words[0]) + 1


def is_window(statement: Statement) -> bool:
    """``parameters between C1 and S2: each 2*2 are added``: a window that words go on about, no count."""
    node = statement.members[0].node if len(statement.members) == 1 else None
    if node is None or node.op != "product" or not statement.words or any(map(quantity_of, statement.words)):
        return False
    sides = [leaf.value for leaf in node.numbers()]
    return len(sides) == 2 and sides[0] == sides[1] <= LARGEST_KERNEL


def is_layer(word: str) -> bool:
    """Whether a word names a layer."""
    return family_of(word) not in (None, "dropout", "block")


def names_layer(words: list[str]) -> bool:
    """Whether some word of a label names a layer."""
    return any(is_layer(word) for word in words)


def is_coded(label: list[str]) -> bool:
    """Whether a label begins with a name as code has them, that is no word: ``W_Q, W_K, W_V for every head: …``."""
    return bool(label) and "_" in label[0].strip("_")


def without_kernel(members: list[Member]) -> list[Member]:
    """``conv2 3x3: 36,864``, ``Conv2D(32, 3) on 28x28x1: 320``: the kernel, or the map, belongs to the name."""
    if len(members) < 2 or members[1].relation not in (":", "|") or members[0].node is None:
        return members
    node = members[0].node
    sides = [leaf.value for leaf in node.numbers()]
    squared = len(sides) == SIDES_AND_FILTERS and sides[0] == sides[1]  # "conv 5x5x32: 832"
    second = members[1].node
    far = second is not None and second.value > 0 and not 1 / FAR_OFF <= node.value / second.value <= FAR_OFF
    of_map = squared and far
    if node.op != "product" or any(side > LARGEST_KERNEL and not of_map for side in (sides[:2] if squared else sides)):
        return members
    onward = len(members) > 2 and members[2].relation == "→"  # "conv 3x3: 9 → 7" are sides of maps
    return members if second is None or (second.value == node.value and not onward) else members[1:]


FAR_OFF = 2
"""How many times as large or small as a map a number is that nobody worked out from its sides."""


def lists_sizes(statement: Statement) -> bool:
    """``a perceptron 20 -> 8 -> 3``: the widths of layers one after the other."""
    members = statement.members
    if not members or any(m.node is None or not m.node.is_bare or m.node.error for m in members):
        return False
    begun = bool(statement.label) and statement.label[-1].isdigit()
    return len(members) + begun > 2 and all(m.relation == "→" for m in members[not begun :])


def maps_sizes(statement: Statement) -> bool:
    """``Hidden layer: 800 → 3200``: whether all that is read so far is what comes in and what goes out."""
    members = statement.members
    sizes = len(members) == 2 and all(m.node is not None and m.node.is_bare and not m.node.error for m in members)
    return sizes and members[1].relation == "→" and bool(statement.label)


FAR_MORE = 50
"""By what a sum exceeds the size that an arrow behind it leads to."""


def leads_to_a_map(statement: Statement) -> bool:
    """``16 filters 5x5 -> 28x28x16``: what comes out is a map's size, nothing that was worked out."""
    last = statement.members[-1] if len(statement.members) > 1 else None
    if last is None or last.relation != "→" or last.node is None:
        return False
    before = statement.members[-2].node
    if last.node.is_bare and before is not None and before.op == "sum" and last.node.value * FAR_MORE < before.value:
        return True  # "BN(128) + 3x3 128 -> 32"
    if last.node.op != "product":
        return False
    sizes = [factor.value for factor in last.node.factors() if factor.is_bare]
    return len(sizes) == len(last.node.factors()) == 3 and (sizes[0] == sizes[1] or sizes[1] == sizes[2])


def is_in_letters(statement: Statement) -> bool:
    """``with h heads: h * 3 * (d/h)^2``, ``input kernel plus bias: n_in*n + n``: counts in named sizes alone."""
    member = statement.expression
    if member is None or member.node is None or statement.stated is not None:
        return False
    named = [leaf for leaf in member.node.numbers() if leaf.op == "symbol"]
    return (
        len(named) >= LEAST_NAMED
        and member.node.op in ("sum", "product", "quotient")
        and member.node.value >= LEAST_NAMED_COUNT
    )


LEAST_NAMED = 3
"""Named sizes in a formula of a count; a shape has hardly so many of them."""
LEAST_NAMED_COUNT = 1000
"""A smaller value may be a size that is worked out."""


def is_count(statement: Statement) -> bool:
    """Whether an expression is built as counts are, whatever words stand beside it: ``3 * (50*128 + 128)``."""
    member = statement.expression
    if member is None or member.node is None:
        return False
    node = member.node
    sides = node.factors() if node.op == "product" else []
    if len(sides) >= LEAST_OF_KERNEL and all(side.is_bare or side.op == "quotient" for side in sides):
        return True  # "input (48, 48, 3) → 3*3*3*24 = 648": no shape has so many sides
    if node.op == "product" and statement.stated is not None and any(_adds_a_bias(f) for f in node.factors()):
        return True  # "output: 784*(128 + 1) = 101,136"
    if node.op == "product" and statement.stated is not None and max([f.value for f in node.factors()]) >= LARGEST_SIDE:
        return True  # "with 6 heads: 6*3*9312 = 167,616"
    terms = [term for factor in node.factors() for term in factor.terms() if factor.op == "sum"]
    return any(len(term.factors()) > 1 for term in terms) and all(term.op in ("product", "number") for term in terms)


def _adds_a_bias(factor: Node) -> bool:
    """``128 + 1``: what a unit reads, and its bias."""
    if factor.op != "sum":
        return False
    terms = factor.terms()
    return len(terms) == 2 and terms[1].is_bare and terms[1].value == 1 < terms[0].value


LARGEST_SIDE = 5000
"""No side of a shape is longer."""
LEAST_OF_KERNEL = 4
"""Factors of a convolution's weights: two sides, what comes in, what goes out."""
STRONG = frozenset(("ops", "connections", "bytes", "features", "percent"))


def of_last(statement: Statement) -> list[str]:
    """The words right after the stated number (or after the only expression, units of its factors apart)."""
    member = statement.stated or statement.expression
    words = list(member.words) if member is not None else []
    plain = [word for word in words if quantity_of(word) != "shape"]
    node = member.node if member is not None else None
    if (
        node is not None
        and not node.is_bare
        and statement.stated is None
        and node.op == "product"
        and node.value < 1000
    ):
        return plain or words  # a kernel: 8x8 stride 4
    bare = node is not None and node.is_bare
    return words[:1] if bare and words and plain != words and quantity_of(words[0]) == "shape" else plain


def is_number(member: Member) -> bool:
    """Whether a side of a relation is a number alone."""
    return member.node is not None and member.node.is_bare


def is_length_alone(statement: Statement) -> bool:
    """Whether all that is read so far is how many tokens an amount is for: ``8192 tokens =``."""
    if len(statement.members) != 1 or not statement.words:
        return False
    from netledger.audit.words.memory import CONTEXTS, TOKENS

    return statement.words[0].lower().startswith((*TOKENS, *CONTEXTS))


def counts_values(statement: Statement) -> bool:
    """Whether what is called memory is the values of a map, and no bytes: ``memory: 224*224*64 = 3.2M``."""
    member, stated = statement.expression, statement.stated
    if member is None or member.node is None or member.node.op != "product":
        return False
    said = any(quantity_of(word) == "bytes" for word in statement.label)
    sides = [factor.value for factor in member.node.factors() if factor.is_bare]
    plain = stated is None or stated.node is None or stated.node.token is None or not stated.node.token.unit
    return said and plain and len(sides) == len(member.node.factors()) == MAP_SIDES and sides[0] == sides[1]


MAP_SIDES = 3
"""Height, width and channels."""


def in_bytes(member: Member) -> bool:
    """Whether it is measured in bytes, or works bytes out: ``1000 * 4 bytes``."""
    leaves = member.node.numbers() if member.node is not None else []
    return any(leaf.token is not None and leaf.token.unit == "bytes" for leaf in leaves)


def names_nothing(statement: Statement) -> bool:
    """Whether a bare "60M parameters" names no layer: then it is about the network."""
    return not any(family_of(word) not in (None, "block") or word.lower() in ORDINALS for word in statement.words)


MOST_LAYERS = 300
"""A larger number behind a word for a layer is no layer's number."""


def numbers_a_layer(statement: Statement) -> bool:
    """``layer 2, each direction: …``: which layer the rest of the line is about."""
    node = statement.members[0].node if len(statement.members) == 1 and not statement.words else None
    if node is None or not node.is_bare or not statement.label or statement.members[0].relation:
        return False
    if family_of(statement.label[-1]) in (None, "embedding", "head") or statement.label[-1][-1].isdigit():
        return False  # "bn1 128" has its number already
    return isinstance(node.value, int) and 0 < node.value <= MOST_LAYERS and statement.quantity == ""


def counts_things(statement: Statement) -> bool:
    """``100 epochs and 10000 samples``, ``2019년``: a lone number of what is no part of a network."""
    member = statement.members[0] if len(statement.members) == 1 else None
    if member is None or member.node is None or not member.node.is_bare or not member.words:
        return False
    return member.words[0].lower().startswith(THINGS) or _is_year(statement, member)


def _is_year(statement: Statement, member: Member) -> bool:
    """``all weights of the 2013 DQN``: four figures among words, before what is a thing of that year."""
    assert member.node is not None
    among = len([*statement.label, *member.before]) >= LEAST_AMONG and member.relation in ("", "=")
    among = among and not quantity_in(member.words[:1]) and not part_of(member.words[0])
    token = member.node.token
    return among and token is not None and token.text.isdigit() and token.value in YEARS


LEAST_AMONG = 2
"""Words before a year in a sentence."""
YEARS = range(1980, 2040)


def count_of(statement: Statement) -> Node | None:
    """The small number that a statement is, where it is nothing but "4 convs"."""
    if len(statement.members) != 1 or statement.members[0].node is None or not statement.members[0].node.is_bare:
        return None
    node = statement.members[0].node
    small = isinstance(node.value, int) and 1 < node.value <= 1000
    return node if small and statement.members[0].words and statement.quantity != "params" else None
