"""Where a cell of a line falls apart: clauses at commas, pieces at relations; what is a label, what a shape."""

from __future__ import annotations

from netledger.audit.reading.expressions.brackets import pairs_of
from netledger.audit.reading.expressions.parsing import is_variable
from netledger.audit.reading.tokens.words import counts_parameters, is_total, part_of, quantity_of
from netledger.audit.words import ABOUT, AND, WITH

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.statements.statement import Statement
    from netledger.audit.reading.tokens.tokenizing import Token

ENDS = frozenset(("semi", "comma", "stop", "bar"))
LEAST_REMARKED = 2
"""Words behind an arrow that begin a remark."""
MOST_AHEAD = 40
"""Tokens of an expression whose result is looked for."""


def clauses_of(tokens: list[Token]) -> list[list[Token]]:
    pairs = pairs_of(tokens)
    if pairs.get(0) == len(tokens) - 1 and any(token.kind == "rel" for token in tokens):
        tokens = tokens[1:-1]  # "(attention 3 + 4 = 7; mlp 5 + 6 = 11)"
        pairs = pairs_of(tokens)
    clauses: list[list[Token]] = [[]]
    i, inside_until = 0, -1
    while i < len(tokens):
        token = tokens[i]
        if i > inside_until and _adds_another(tokens, i, pairs):
            clauses += [tokens[i + 2 : pairs[i]], []]
            i = pairs[i] + 1
            continue
        if i > inside_until and token.text == "/" and _is_between_equations(tokens, i):
            clauses.append(_label_of(clauses[-1]))
            i += 1
            continue
        if i > inside_until and _works_out_behind(tokens, i, pairs, clauses[-1]):
            named = [one for one in clauses[-1][-MOST_NAMING:] if one.kind == "name"]
            clauses += [[*named, *tokens[i + 1 : pairs[i]]], []]
            i = pairs[i] + 1
            continue
        if token.kind == "open" and i in pairs:
            inside_until = max(inside_until, pairs[i])
        ends = _separates_values(tokens, i) or (token.kind in ENDS and _cuts(tokens, i))
        ends = ends or _begins_remark(tokens, i) or _is_dash(tokens, i) or _leads_to_total(tokens, i, clauses[-1])
        if i > inside_until and (_begins_setting(tokens, i) or _names_a_size(tokens, i, clauses[-1])):
            clauses.append([])
        joins = token.kind == "name" and (_joins_equations(tokens, i) or _joins_counts(tokens, i, clauses[-1]))
        if i > inside_until and (ends or joins):
            clauses.append([])
        elif i > inside_until and token.kind == "name" and _new_label(tokens, i, clauses[-1]):
            clauses.append([token])
        else:
            clauses[-1].append(token)
        i += 1
    return [clause for clause in clauses if clause]


def _adds_another(tokens: list[Token], i: int, pairs: dict[int, int]) -> bool:
    """Whether a bracket names what else is there, and its count: ``8,192 (+ BN 256)``."""
    inner = tokens[i + 1 : pairs[i]] if i and i in pairs else []
    kinds = [token.kind for token in inner]
    return bool(inner) and inner[0].text == "+" and kinds[1:2] == ["name"] and kinds[2:] == ["num"]


def _works_out_behind(tokens: list[Token], i: int, pairs: dict[int, int], clause: list[Token]) -> bool:
    """Whether an equation stands in brackets behind words with a size of their own: ``a 3x3 filter to each channel
    (64*9 = 576 parameters)``.
    """
    inner = tokens[i + 1 : pairs[i]] if tokens[i].kind == "open" and i in pairs else []
    kinds = [token.kind for token in inner]
    if kinds[:3] != ["num", "op", "num"] or kinds.count("rel") != 1 or kinds[-1:] != ["name"]:
        return False
    told = [token.kind for token in clause[-MOST_NAMING:]]
    return told == ["name"] * MOST_NAMING and any(token.kind == "num" for token in clause)


MOST_NAMING = 2
"""Words before a bracket that name what is worked out in it."""


def _separates_values(tokens: list[Token], i: int) -> bool:
    """Whether a slash stands between a result and the next label: ``3*64 = 192 / BN: 128``."""
    if tokens[i].text != "/" or not tokens[i].spaced or not 0 < i < len(tokens) - 2:
        return False
    name, sign = tokens[i + 1], tokens[i + 2]
    if tokens[i - 1].kind != "num" or name.kind != "name" or not name.spaced:
        return False
    ahead = [token.kind for token in tokens[i + 2 : i + MOST_AHEAD]]
    return sign.kind in ("colon", "rel") or (sign.kind == "num" and "rel" in ahead)


def _is_between_equations(tokens: list[Token], i: int) -> bool:
    """Whether a slash stands between two equations: ``FFN: 64*96 + 96 = 6,240 / 96*64 + 64 = 6,208``."""
    if not tokens[i].spaced or i + 1 >= len(tokens):
        return False
    before = [token.kind for token in tokens[max(i - MOST_AHEAD, 0) : i]]
    following = tokens[i + 1 : i + 1 + MOST_AHEAD]
    ahead = [token.kind for token in following]
    if before[-2:] != ["rel", "num"] or "op" not in before or "rel" not in ahead or not following[0].spaced:
        return False
    first = following[: ahead.index("rel")]
    return {token.kind for token in first} <= {"num", "op", "open", "close"} and any(t.kind == "op" for t in first)


def _label_of(clause: list[Token]) -> list[Token]:
    """The words before a clause's colon, with it: what is worked out behind has the same name."""
    end = next((i for i, token in enumerate(clause) if token.kind != "name"), 0)
    return clause[: end + 1] if end and clause[end].kind == "colon" else []


def _joins_equations(tokens: list[Token], i: int) -> bool:
    """Whether a word joins two equations: ``(30+1)*20 = 620 and (20+1)*3 = 63``, ``… = 620 and Wk/Wv 20*3 = 60``."""
    if tokens[i].text.lower() not in AND or not 1 < i < len(tokens) - 2:
        return False
    result, relation, following = tokens[i - 1], tokens[i - 2], tokens[i + 1]
    begins = following.kind in ("num", "open") or names_put_together(tokens[i + 1 :]) > 0
    if result.kind != "num" or relation.kind != "rel" or not begins:
        return False
    ahead = [token.kind for token in tokens[i + 1 : i + MOST_AHEAD]]
    ends = [place for place, kind in enumerate(ahead) if kind in ENDS]
    return "rel" in ahead[: ends[0] if ends else None]


def _joins_counts(tokens: list[Token], i: int, clause: list[Token]) -> bool:
    """Whether a word joins what one layer has to what the next has: ``conv1 has 156 and fc1 has 48,120 parameters``."""
    if tokens[i].text.lower() not in AND or not _gives_a_count(clause):
        return False
    return _gives_a_count(tokens[i + 1 :])


def _gives_a_count(tokens: list[Token]) -> bool:
    """Whether words about a layer stand before a number, and at most what it counts behind it."""
    names = next((n for n, token in enumerate(tokens) if token.kind != "name"), len(tokens))
    if not 0 < names <= MOST_OF_LABEL or names == len(tokens) or tokens[names].kind != "num":
        return False
    if any(part_of(token.text) or quantity_of(token.text) is not None for token in tokens[:names]):
        return False
    behind = tokens[names + 1 : names + 2]
    return (
        not behind
        or behind[0].kind in ENDS
        or quantity_of(behind[0].text) == "params"
        or (behind[0].kind == "name" and behind[0].text.lower() in AND)
    )


MOST_OF_LABEL = 6
"""Words of what is said of one layer: ``the second convolutional layer has``."""


def _begins_remark(tokens: list[Token], i: int) -> bool:
    """Whether an arrow leads to words about something else: ``33,733 → a small model, accuracy 97.8%``."""
    if tokens[i].kind != "rel" or tokens[i].text != "→" or i + LEAST_REMARKED >= len(tokens):
        return False
    after = tokens[i + 1 :]
    words = all(token.kind == "name" for token in after[:LEAST_REMARKED])
    return words and any(token.kind == "pct" for token in after) and all(t.kind not in ("op", "rel") for t in after)


def _leads_to_total(tokens: list[Token], i: int, clause: list[Token]) -> bool:
    """Whether an arrow leads from a list of layers to what they have together: ``…, fc2 850 -> total 61,706``."""
    if tokens[i].kind != "rel" or tokens[i].text != "→" or not 1 < i < len(tokens) - 2:
        return False
    listed = [token.kind for token in clause] == ["name", "num"] and any(token.kind == "comma" for token in tokens[:i])
    return listed and is_total(tokens[i + 1].text)


def _is_dash(tokens: list[Token], i: int) -> bool:
    """Whether a minus is a dash, behind which a sentence goes on: ``354,823,168 – hence "355M"``."""
    if tokens[i].text != "-" or tokens[i].kind != "op" or not tokens[i].spaced or not 0 < i < len(tokens) - 2:
        return False
    before, word, after = tokens[i - 1], tokens[i + 1], tokens[i + 2]
    written = word.kind == "name" and word.spaced and len(word.text) >= LEAST_NAME and word.text.islower()
    return (
        before.kind == "num"
        and not before.unit
        and before.value >= LEAST_BEFORE_DASH
        and written
        and after.kind not in ("op", "rel")
    )


LEAST_BEFORE_DASH = 1000
"""A smaller number may be a size from which a named one is taken."""


def _begins_setting(tokens: list[Token], i: int) -> bool:
    """Whether another size is given a name: ``d`` of ``vocab=8000 d=256``."""
    if tokens[i].kind != "name" or not 2 < i < len(tokens) - 2:
        return False
    kinds = [token.kind for token in tokens[i - 3 : i + 3]]
    tight = not tokens[i + 1].spaced and not tokens[i - 2].spaced
    return kinds == ["name", "rel", "num", "name", "rel", "num"] and tight and tokens[i].spaced


def _names_a_size(tokens: list[Token], i: int, clause: list[Token]) -> bool:
    """Whether a sentence goes on to another size behind one: ``8×8 pixels, embedded in D = 192 dimensions``."""
    if tokens[i].kind != "name" or not 2 < i < len(tokens) - 2 or not is_variable(tokens[i].text):
        return False
    words = all(token.kind == "name" and not is_variable(token.text) for token in tokens[i - 2 : i])
    given = tokens[i + 1].kind == "rel" and tokens[i + 1].text == "=" and tokens[i + 2].kind == "num"
    return words and given and any(token.kind == "num" for token in clause)


SHORTENED = WITH | ABOUT
"""Words of which the full stop ends no sentence: ``all incl. the last norm``, ``approx. 62M``."""


def _cuts(tokens: list[Token], i: int) -> bool:
    token = tokens[i]
    if token.kind in ("semi", "bar"):
        return True
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if token.kind == "stop":
        shortened = i > 0 and tokens[i - 1].kind == "name" and tokens[i - 1].text.lower() in SHORTENED
        return following is None or (following.spaced and not shortened)
    if following is None:
        return True
    if _lists_names(tokens, i):
        return False
    return not (following.kind == "rel" or (following.kind == "name" and following.text.lower() in ("not",)))


def _lists_names(tokens: list[Token], i: int) -> bool:
    """Whether a comma stands between single names before a colon: ``q, k and v: 589,824 each``."""
    colon = next((j for j in range(i, min(len(tokens), MOST_LISTED)) if tokens[j].kind == "colon"), 0)
    listed = tokens[:colon]
    if not listed or any(token.kind not in ("name", "comma") for token in listed):
        return False
    names = [token for token in listed if token.kind == "name" and token.text.lower() not in AND]
    commas = sum(token.kind == "comma" for token in listed)
    return len(names) - commas - any(token.text.lower() in AND for token in listed) <= 1


MOST_LISTED = 12
"""Tokens of a list of names at the beginning of a line."""


def _new_label(tokens: list[Token], i: int, clause: list[Token]) -> bool:
    """Whether a name begins another labelled value on the same line: ``memory: 1000 params: 4,096,000``."""
    if i + 1 >= len(tokens) or tokens[i + 1].kind != "colon" or not clause:
        return False
    return clause[-1].kind in ("num", "close") and any(token.kind == "colon" for token in clause)


def pieces_of(tokens: list[Token]) -> list[tuple[str, list[Token]]]:
    """A clause cut at its relations: ``(relation before, tokens)``."""
    pairs = pairs_of(tokens)
    pieces: list[tuple[str, list[Token]]] = [("", [])]
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "open" and i in pairs:
            close = pairs[i]
            pieces[-1][1].extend(tokens[i : close + 1])
            i = close + 1
            continue
        if token.kind == "rel" or token.kind == "colon":
            before = pieces[-1]
            text = ":" if token.kind == "colon" else token.text
            if not before[1] and len(pieces) > 1:
                joined = "≈" if "≈" in (before[0], text) else (text if before[0] in (":", "→") else before[0])
                pieces[-1] = (joined, before[1])
            else:
                pieces.append((text, []))
        elif token.kind != "gap":
            pieces[-1][1].append(token)
        i += 1
    return pieces


def is_label(tokens: list[Token], lookup: object) -> bool:
    """Whether the piece before a relation only names something: words, a layer with its sizes in brackets."""
    if not any(token.kind == "name" for token in tokens):
        return False
    if _is_row_of_sizes(tokens):
        return True
    if _adds_letters(tokens):
        return False
    depth = operators = numbers = 0
    for i, token in enumerate(tokens):
        depth += (token.kind == "open") - (token.kind == "close")
        if depth <= 0:
            if token.kind == "op":
                after = tokens[i + 1] if i + 1 < len(tokens) else None
                counted = i > 0 and tokens[i - 1].kind in ("name", "close")
                if token.text == "*" and counted and after is not None and after.kind == "num" and i + 2 == len(tokens):
                    if not _closes_a_sum(tokens, i - 1):
                        continue  # a repeat count: conv3-64 x 2
                if token.text in "-/" and not token.spaced and i > 0 and tokens[i - 1].kind == "name":
                    continue
                operators += 1
            elif token.kind == "num":
                numbers += 1
    if operators:
        return False
    if tokens[0].kind == "num" and numbers == 1 and len(tokens) > 1 and tokens[1].kind == "name":
        return tokens[0].value < 1000 and not counts_parameters(tokens[1].text)
    return numbers <= 2 and tokens[0].kind in ("name", "open", "other", "op")


def _adds_letters(tokens: list[Token]) -> bool:
    """``(V + P + 2) H``: a bracket of letters and signs that is multiplied with a letter, and names nothing."""
    close = pairs_of(tokens).get(0, 0) if tokens[0].kind == "open" else 0
    behind = tokens[close + 1 :] if close else []
    if not behind or not all(token.kind == "name" and is_variable(token.text) for token in behind):
        return False
    inner = tokens[1:close]
    return any(token.kind == "op" for token in inner) and any(is_variable(t.text) for t in inner if t.kind == "name")


def _closes_a_sum(tokens: list[Token], i: int) -> bool:
    """Whether a bracket that ends here adds two numbers: ``params (3072 + 1)*120``."""
    start = next((a for a, b in pairs_of(tokens).items() if b == i), i)
    return [token.kind for token in tokens[start + 1 : i]] == ["num", "op", "num"] and tokens[start + 2].text == "+"


def _is_row_of_sizes(tokens: list[Token]) -> bool:
    """``784-512-256-10 network``: the widths of a network as its name."""
    sizes = 0
    for i, token in enumerate(tokens):
        if token.kind == "num" and (i == 0 or not token.spaced):
            sizes += 1
        elif not (token.kind == "op" and token.text == "-" and not token.spaced):
            return sizes >= 3 and token.kind == "name"
    return False


def take_label(statement: Statement, tokens: list[Token]) -> None:
    depth = 0
    for i, token in enumerate(tokens):
        depth += (token.kind == "open") - (token.kind == "close")
        if token.kind == "name":
            if depth <= 0 and i == 1 and tokens[0].kind == "num" and quantity_of(token.text) == "shape":
                continue  # "1x1 to 2 classes: 130": how large it is, no name
            (statement.inner if depth > 0 else statement.label).append(token.text)
        elif token.kind == "pct" and depth <= 0 and i and tokens[i - 1].kind == "name":
            statement.words.append("%")  # "trainable%: 0.06"
        elif token.kind == "num" and depth <= 0:
            before = tokens[i - 1] if i else None
            if (before is not None and before.kind == "op") or (i == 0 and len(tokens) > 1):
                statement.times = int(token.value)
            else:
                statement.label.append(token.text)


def shape_of(tokens: list[Token]) -> tuple[int, ...] | None:
    """``(20, 20, 32)``, ``[None, 55, 55, 96]``: sizes separated by commas in one bracket."""
    if len(tokens) < 3 or tokens[0].kind != "open":
        return None
    if pairs_of(tokens).get(0) != len(tokens) - 1:
        return None
    inner = tokens[1:-1]
    if not any(token.kind == "comma" for token in inner):
        return None
    sizes = [int(token.value) for token in inner if token.kind == "num" and isinstance(token.value, int)]
    if any(token.kind not in ("num", "comma", "name", "op") for token in inner) or not sizes:
        return None
    return tuple(sizes)


def only_names(tokens: list[Token]) -> bool:
    """Whether a piece is nothing but words."""
    return bool(tokens) and all(token.kind == "name" for token in tokens)


LEAST_NAME = 3
"""Letters; a shorter name is a size's."""


def adds_names(tokens: list[Token]) -> bool:
    """Whether names of layers are put together before what they have: ``q_proj + o_proj: …``, ``ln1 + ln2 = …``."""
    names, signs = tokens[::2], tokens[1::2]
    return (
        len(names) == len(signs) + 1
        and all(token.kind == "name" and len(token.text) >= LEAST_NAME for token in names)
        and all(token.kind == "op" and token.text == "+" for token in signs)
    )


def names_put_together(tokens: list[Token]) -> int:
    """How many tokens name several things right before a number: ``embed + lm_head 2 x 32,000``, ``gate/up 14,336``."""
    for i, token in enumerate(tokens):
        if i % 2 and (token.kind != "op" or token.text not in "+/"):
            return i if i > 1 and (token.kind == "num" or (token.kind == "open" and token.spaced)) else 0
        if not i % 2 and token.kind != "name":
            return 0
    return 0
