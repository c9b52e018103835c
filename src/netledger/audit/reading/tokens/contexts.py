"""Numbers that say how much a model has read: ``4K tokens``, ``context 8192``, ``at 32k``."""

from __future__ import annotations

from netledger.audit.words.memory import AT, CONTEXT_NAMES, CONTEXTS, EACH_MORE, SEQUENCES, TOKENS, VOCABULARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.tokens.tokenizing import Token

LEAST_CONTEXT = 256
"""A smaller number is no length of a context, unless tokens are named."""
MOST_BETWEEN = 4
"""Pieces between a word for a context and its length: ``context length of 8192``."""
KILO = 1024


def lengths(token: Token) -> tuple[int, ...]:
    """The lengths of a context that a number may mean, the likelier first: 32K is 32,768, 100k is 100,000."""
    value, letter = token.value, token.text[-1:].lower()
    if not isinstance(value, int) or value < 1 or token.unit or token.suffix not in (1, 10**3, 10**6):
        return ()
    if letter not in ("k", "m") or token.suffix == 1:
        return (value,) if token.suffix == 1 else ()
    shown = value // token.suffix if value % token.suffix == 0 else 0
    if not shown:
        return (value,)
    binary = shown * (KILO if letter == "k" else KILO**2)
    return (binary, value) if shown & (shown - 1) == 0 else (value, binary)


def is_length(tokens: list[Token], i: int) -> bool:
    """Whether the number at ``i`` is one of tokens: ``4K tokens``, ``context 8192``, ``S = 2048``, ``at 32k``."""
    token, after = tokens[i], word_at(tokens, i + 1)
    if not lengths(token) or after.startswith(VOCABULARY):
        return False
    if counts_tokens(tokens, i):
        return True
    if token.text[-1:] in ("k", "K") and token.suffix == 10**3:
        return True
    if _is_operand(tokens, i):
        return False
    for back in reversed(tokens[max(0, i - MOST_BETWEEN) : i]):
        word = back.text.lower()
        if back.kind in ("num", "comma", "semi", "stop"):
            break
        if back.kind == "name" and (word.startswith(CONTEXTS) or word.endswith(("ctx", "context"))):
            return token.value >= 1
        if back.kind == "name" and word in CONTEXT_NAMES and tokens[i - 1].text in ("=", ":"):
            return True
    near = tokens[i - 1].text.lower() if i else ""
    return near in AT and token.value >= LEAST_CONTEXT and token.value % LEAST_CONTEXT == 0


def counts_tokens(tokens: list[Token], i: int) -> bool:
    """Whether the words behind the number at ``i`` say that it is one of tokens: ``8192 tokens``, ``8k context``."""
    after = word_at(tokens, i + 1)
    if word_at(tokens, i + 2).startswith(TOKENS) and after not in EACH_MORE and not after.startswith(SEQUENCES):
        return True
    return after.startswith((*TOKENS, *CONTEXTS)) and not after.startswith("sequences")


def _is_operand(tokens: list[Token], i: int) -> bool:
    """Whether a number is worked with: ``8k context: 327,680 x 8192``."""
    return "op" in (tokens[i - 1].kind if i else "", tokens[i + 1].kind if i + 1 < len(tokens) else "")


def word_at(tokens: list[Token], i: int) -> str:
    """The word at a place, in lower case; "" where there is none."""
    if i < len(tokens) and tokens[i].kind == "op" and tokens[i].text == "-":
        i += 1
    return tokens[i].text.lower() if i < len(tokens) and tokens[i].kind == "name" else ""
