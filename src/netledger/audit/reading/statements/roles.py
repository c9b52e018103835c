"""What a statement is among its neighbours: a setting of a layer, the sum of its own line, the text's last sum."""

from __future__ import annotations

from netledger.audit.reading.expressions.nodes import add
from netledger.audit.reading.statements.sorts import is_count
from netledger.audit.reading.statements.statement import total_in
from netledger.audit.reading.tokens.words import family_of, quantity_of
from netledger.audit.words import BOUND_SIGNS, BOUNDS, NOT, NUMBERED, OPERATORS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.lines.logical import Line
    from netledger.audit.reading.statements.statement import Statement


def settle_roles(statements: list[Statement], lines: list[Line]) -> None:
    """Mark what is no count of its own, and the sums that do not say that they are."""
    rows = {line.line_no: line for line in lines}
    places = {id(token): i for line in lines if line.role == "text" for i, token in enumerate(line.tokens)}
    by_row: dict[int, list[Statement]] = {}
    for statement in statements:
        by_row.setdefault(statement.row, []).append(statement)
        if len(statement.label) > 1 and statement.label[-1].lower() in _SIZES and _works_out(statement):
            statement.label = statement.label[:-1]  # "conv2 with groups=32: 3*3*4*128 = 4,608"
        last = statement.label[-1].lower() if statement.label else ""
        key = _KEYS if statement.expression is None else _WORKED_KEYS
        if (last in _SIZES and last not in _SHORT) or last.endswith(key) or _is_reference(statement, last):
            statement.quantity = "setting"  # "in_channels = 28 * 28"
        if last in NOT and statement.expression is None:
            statement.supposed = True  # "why 5292 and not 5184?"
        line = rows.get(statement.row)
        if _is_bound(statement, line, places):
            statement.supposed = True
        if _is_change(statement) or _is_argument(statement, line, places) or _is_of_tokens(statement, line, places):
            statement.quantity = "setting"
    for row, found in by_row.items():
        _added_by_result(found, statements)
        _among_others(found, rows.get(row), places)
        for statement in found[1:]:
            own = statement.is_total and _sums_its_line(statement, found[0], [s for s in statements if s.row > row])
            if own or _counts_its_layer(statement, found, by_row.get(row - 1, [])):
                statement.is_total = False
                statement.label = [*found[0].label, *statement.label]
        _added_to_what_is_above(found, rows.get(row))
        _claimed_behind_sizes(found)
        _operations_too(found)
        _named_once(found)
        _named_by_line(found, rows.get(row))
    _last_sum(statements, rows)
    _lenet_names(statements)


def _added_by_result(found: list[Statement], statements: list[Statement]) -> None:
    """``q and o 2*d*d, k and v 2*d*h -> 10.49M``: a result that is the sum of the products before."""
    for last in [s for s in found if s.stated is not None and s.expression is not None]:
        own, stated = last.expression, last.stated
        before = found[: found.index(last)]
        parts = [s for s in before if s.stated is None and s.expression is not None and s.quantity == last.quantity]
        if not parts or len(parts) != len(before) or own is None or own.node is None or stated is None:
            continue
        nodes = [part.expression.node for part in parts if part.expression and part.expression.node is not None]
        result, whole = stated.node, add([*nodes, own.node])
        if result is None or abs(own.node.value - result.value) <= result.error:
            continue
        if abs(whole.value - result.value) <= result.error:
            own.node = whole
            last.inner = [*last.inner, *last.label, *[word for part in parts[1:] for word in part.label]]
            last.label = parts[0].label
            for part in parts:
                found.remove(part)
                statements.remove(part)


def _lenet_names(statements: list[Statement]) -> None:
    """``S2: 12`` between ``C1: …`` and ``C3: …``: subsampling, as LeNet's layers are called."""
    short = [s for s in statements if len(s.label) == 1 and len(s.label[0]) == 2 and s.label[0][1].isdigit()]
    if sum(1 for s in short if s.label[0][0] == "C" and s.expression is not None) < LEAST_NAMED:
        return
    for statement in short:
        if statement.label[0][0] == "S" and _is_gain_and_bias(statement) and statement.quantity == "":
            statement.inner = [*statement.inner, "subsampling"]
            statement.quantity = "params"


def _is_gain_and_bias(statement: Statement) -> bool:
    """``S2: 12``, ``S2: 6*2 = 12``: two numbers for each map, or what they come to."""
    node = statement.expression.node if statement.expression is not None else None
    factors = node.factors() if node is not None else []
    return node is None or (len(factors) == 2 and any(factor.value == 2 for factor in factors))


def _operations_too(found: list[Statement]) -> None:
    """``MACs of pw: 112*112*32*64 = …, dw only 112*112*9*32 = …``: what is worked out behind operations is them too."""
    if not found or found[0].quantity != "ops" or not found[0].label or quantity_of(found[0].label[0]) != "ops":
        return
    for statement in found[1:]:
        if statement.quantity == "" and statement.expression is not None and not _says_parameters(statement):
            statement.quantity = "ops"


def _says_parameters(statement: Statement) -> bool:
    said = [quantity_of(word) for word in (*statement.label, *statement.words, *statement.inner)]
    return any(quantity in ("params", "weights", "biases") for quantity in said)


LEAST_NAMED = 2
"""Convolutions called ``C1``, ``C3`` that tell how a text names layers."""


def _named_once(found: list[Statement]) -> None:
    """``conv1: in 3, out 32 -> params = 896``: what stands behind the sizes is the layer's."""
    if len(found) < 2 or not any(family_of(word) not in (None, "block") for word in found[0].label):
        return
    last = found[-1]
    if any(s.quantity not in ("setting", "shape") for s in found[:-1]) or last.is_total or last.families():
        return
    own = [word for word in last.label if not word.isdigit() and word.lower() not in _SIZES]
    last.label = [*found[0].label, *own]


def _named_by_line(found: list[Statement], line: Line | None) -> None:
    """``Q, K and V: with 8 heads, so 8*3*512*64 = …``: what stands before the colon names the equation after it."""
    if line is None or line.barred or len(found) < 2 or found[0].expression is not None:
        return
    counted = found[0].quantity == "" and bool(found[0].words)  # "32 routed experts, top-4: 32 * …"
    colon = next((i for i, token in enumerate(line.tokens) if token.kind == "colon"), 0)
    before = line.tokens[:colon]
    worked = [statement for statement in found[1:] if statement.expression is not None and statement.stated is not None]
    counted = counted or (len(worked) == 1 and not worked[0].label)  # "up-conv 1024→512: 2*2*1024*512 + 512 = …"
    plain = ("name", "comma", "op", "open", "close", "gap", *(("num", "other") if counted else ()))
    if not (found[0].label or counted) or not before:
        return
    if any(token.kind not in plain and not (counted and token.text == "→") for token in before):
        return
    if len(worked) == 1 and len(worked[0].label) < 2 and not worked[0].families() and not worked[0].is_total:
        worked[0].label = [token.text for token in before if token.kind == "name"]


_KEYS = tuple("_size _dim _heads _layers _channels _features _experts _length _len _width _ratio".split())
"""Endings of a configuration's keys: ``hidden_size 2304``."""
_WORKED_KEYS = ("_dim", "_heads", "_ratio", "_experts")
"""Those of keys that people work out on the way: ``head_dim = 3584/28 = 128``."""
_SHORT = frozenset("in out inputs outputs k s p h w d n r rank heads rate".split())
"""Such words that also name layers, or a column."""
_SIZES = frozenset(
    "in out inputs outputs cin cout c_in c_out in_channels out_channels in_features out_features k s p h w d n r "
    "kernel stride pad padding groups rate batch epoch epochs seed lr rank heads".split()
)
"""Words right before a number that is a size of the layer."""


def _is_reference(statement: Statement, last: str) -> bool:
    """``as in table 6``: the number is the table's."""
    if last not in NUMBERED or statement.expression is not None:
        return False
    if any(family_of(word) is not None for word in statement.label[:-1]):
        return False  # "embedding table: 64"
    stated = statement.stated
    value = None if stated is None or stated.node is None else stated.node.value
    return value is not None and value < MOST_NUMBERED


MOST_NUMBERED = 100
"""A table's number is less."""


def _among_others(found: list[Statement], line: Line | None, places: dict[int, int]) -> None:
    """What bare numbers are on a line that works something out: ``in 4096, out 128 -> …``, ``27 weights and …``."""
    if line is None or line.barred:
        return
    for i, statement in enumerate(found):
        if _is_shape_before(statement, found[i + 1 :]) or _is_begun_change(statement, found[i + 1 :]):
            statement.quantity = "setting"
    last_worked = max([i for i, statement in enumerate(found) if statement.expression is not None], default=-1)
    for i, statement in enumerate(found[:-1]):
        if statement.expression is not None:
            continue
        node = statement.members[0].node if len(statement.members) == 1 else None
        if node is None or node.token is None:
            continue
        named = total_in(statement.label) or total_in(statement.words)
        told = any(
            "param" in word.lower() or (quantity_of(word) == "params" and not word.isascii())
            for word in statement.words
        )
        if statement.is_total and not (named or told) and last_worked > i:
            statement.is_total = False
            statement.quantity = "setting"
        place = places.get(id(node.token), 0)
        if place and line.tokens[place - 1].text == "=":
            place -= 1
        if place and line.tokens[place - 1].kind == "name" and line.tokens[place - 1].text.lower() in _SIZES:
            statement.quantity = "setting"


def _added_to_what_is_above(found: list[Statement], line: Line | None) -> None:
    """``plus 1 buffer, 5 values``: a number alone on a line that adds to the one above is no total."""
    first = next((token for token in line.tokens if token.kind == "name"), None) if line is not None else None
    if first is None or OPERATORS.get(first.text.lower()) != "+":
        return
    for statement in found:
        statement.is_total = statement.is_total and total_in([*statement.label, *statement.words])


def _claimed_behind_sizes(found: list[Statement]) -> None:
    """``T5-Base: 12+12 layers, d_model 768, 220M``: millions behind a network's sizes are what it has."""
    last = found[-1]
    node = last.stated.node if last.stated is not None else None
    token = node.token if node is not None else None
    alone = len(found) > LEAST_SIZES and not (last.label or last.words or last.quantity) and last.expression is None
    if not alone or token is None or token.unit or token.suffix < MILLION or not found[0].label:
        return
    if all(statement.value is not None and statement.value < MOST_OF_A_SIZE for statement in found[:-1]):
        last.quantity, last.label = "params", list(found[0].label)


LEAST_SIZES = 1
"""Sizes, and more, of a line that ends in what a network has."""
MILLION, MOST_OF_A_SIZE = 10**6, 10**6


def _works_out(statement: Statement) -> bool:
    """Whether an equation as counts have them stands behind a colon, whatever was said before that."""
    begins = statement.members[0].relation == ":" if statement.members else False
    return begins and statement.stated is not None and is_count(statement)


def _is_shape_before(statement: Statement, later: list[Statement]) -> bool:
    """``conv -> 26x26x32, params: … = 320``: sizes behind an arrow, and the count after them."""
    member = statement.members[0] if len(statement.members) == 1 else None
    if member is None or member.relation != "→" or member.node is None or member.node.op != "product":
        return False
    bare = all(factor.is_bare for factor in member.node.factors())
    return bare and any(other.stated is not None and other.quantity != "setting" for other in later)


def _is_bound(statement: Statement, line: Line | None, places: dict[int, int]) -> bool:
    """``an LSTM with < 1000 parameters``, ``under 20k``: what a number is to stay below, or to reach."""
    node = statement.members[0].node if len(statement.members) == 1 else None
    place = places.get(id(node.token), 0) if node is not None and node.is_bare and line is not None else 0
    before = line.tokens[place - 1] if place and line is not None else None
    return before is not None and (before.text in BOUND_SIGNS or before.text.lower() in BOUNDS)


def _is_of_tokens(statement: Statement, line: Line | None, places: dict[int, int]) -> bool:
    """``8192 tokens``, ``8k context``: how much is read, and no count; ``a vocabulary of 32,000 tokens`` is a size."""
    node = statement.members[0].node if len(statement.members) == 1 else None
    if (
        node is None
        or not node.is_bare
        or node.token is None
        or line is None
        or statement.quantity not in ("", "shape")
    ):
        return False
    from netledger.audit.reading.tokens.contexts import counts_tokens
    from netledger.audit.words.memory import VOCABULARY

    place = places.get(id(node.token), len(line.tokens))
    told = place < len(line.tokens) and counts_tokens(line.tokens, place)
    return told and not any(word.lower().startswith(VOCABULARY) for word in (*statement.label, *statement.words))


def _is_change(statement: Statement) -> bool:
    """``16 -> 24``: from one size to another, nothing worked out."""
    members = statement.members
    return (
        len(members) >= 2
        and statement.quantity != "params"
        and members[-1].relation == "→"
        and all(member.node is not None and member.node.is_bare for member in members)
    )


def _is_begun_change(statement: Statement, later: list[Statement]) -> bool:
    """``up-conv 1024→512: 2*2*1024*512 + 512``: sizes of which the first ends the label, before what they make."""
    if len(statement.members) != 1 or not statement.label or not statement.label[-1].isdigit():
        return False
    node = statement.members[0].node
    bare = node is not None and node.is_bare and statement.members[0].relation == "→"
    return bare and any(other.expression is not None and other.stated is not None for other in later)


def _is_argument(statement: Statement, line: Line | None, places: dict[int, int]) -> bool:
    """``GRU(64), TF 2:`` and ``medium (d=1024, …)``: a number that a layer or a network is made with."""
    if len(statement.members) != 1 or line is None or line.barred:
        return False
    node = statement.members[0].node
    if node is None or not node.is_bare:
        return False
    if node.op == "symbol":
        return True
    place = places.get(id(node.token), 0)
    if place < 2 or place + 1 >= len(line.tokens):
        return False
    name, opening, _, close = line.tokens[place - 2 : place + 2]
    if opening.kind != "open" or close.kind not in ("close", "comma"):
        return False
    return name.kind == "name" and not opening.spaced and family_of(name.text) is not None


def _sums_its_line(statement: Statement, first: Statement, later: list[Statement]) -> bool:
    """``RNN: … = 512, … = 1024, biases 32 → sum 1568``: the layer's sum, where other layers or the total follow."""
    if total_in(first.label) or not first.label or statement.value is None:
        return False
    named = any(family_of(word) not in (None, "block") for word in first.label)
    counts = [other for other in later if other.quantity not in ("percent", "setting")]
    return named and any(other.is_total or other.expression is not None for other in counts)


def _counts_its_layer(statement: Statement, found: list[Statement], above: list[Statement]) -> bool:
    """``conv 3x3: 9 -> 7, 24 x 7 x 7 = 1,176 features, 5,208 params`` last of such lines: no total."""
    if not statement.is_total or total_in([*statement.label, *statement.words]) or statement is not found[-1]:
        return False
    named = any(family_of(word) not in (None, "block") for word in found[0].label)
    sizes = all(other.quantity in ("features", "shape", "setting") for other in found[:-1])
    return named and sizes and [s.quantity for s in above] == [s.quantity for s in found]


def _last_sum(statements: list[Statement], rows: dict[int, Line]) -> None:
    """A number alone on the last line, below at least two equations: their sum."""
    counts = [s for s in statements if s.value is not None]
    if len(counts) < 3 or any(statement.is_total for statement in statements):
        return
    last, before = counts[-1], counts[:-1]
    if last.binding and last.value == sum([s.value for s in before if s.value is not None and not s.binding]):
        last.binding, last.is_total = "", True  # "expected = 1234"
        return
    line = rows.get(last.row)
    if line is None or len([token for token in line.tokens if token.kind != "stop"]) != 1 or last.expression:
        return
    told = [s for s in before if s.expression is not None and s.value is not None]
    if len(told) >= 2 and all(last.value > s.value for s in told if s.value is not None):  # type: ignore[operator]
        last.is_total = True
