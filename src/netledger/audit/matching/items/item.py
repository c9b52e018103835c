"""A statement made ready for matching: its products, and the value that it claims."""

from __future__ import annotations

from netledger.audit.matching.items.arithmetic import fault_in, tolerance
from netledger.audit.matching.items.products import Product, products_of
from netledger.audit.matching.labels.label_prices import textbook_matrix
from netledger.audit.matching.labels.wording import wording_of
from netledger.audit.reading.expressions.nodes import number
from netledger.audit.weights import ABOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.items.arithmetic import Fault
    from netledger.audit.matching.items.meaning import Meaning
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.reader import Calculation
    from netledger.audit.reading.statements.statement import Member, Statement
    from netledger.audit.reading.tokens.tokenizing import Value

LEAST_ALONE = 100
"""A smaller number by itself is a size or how often something is repeated, unless it is called a count."""
LEAST_CALLED = 100
"""A smaller number that nothing calls a count is none."""
LEAST_COUNT = 1000
"""A smaller number that is called a size is one."""

MOST_ROUNDED = 4
"""Digits before the zeros of a number that is rounded; "≈ 442,880" is meant to the last one."""

COUNTS = frozenset(("", "params", "weights", "biases", "trainable", "active"))
"""The sorts of quantities that are counts of parameters."""


class Item:
    """One statement: what it claims, what is right about it, what is wrong about it. Opinions only; no verdict.

    ``used``: what later lines add to its value; ``refers``: the lines whose values its expression adds up,
    with how often each is counted, where all of its terms are such; ``right`` and ``wrong``: its best meanings.
    """

    __slots__ = (
        "_called_count", "_slight", "approximate", "error", "fault", "given", "index", "is_bias", "is_named", "is_soft",
        "is_tensor", "node", "products", "refers", "right", "sizes", "stated", "statement", "trace", "used",
        "value", "wording", "wrong",
    )  # fmt: skip

    def __init__(self, statement: Statement, index: int) -> None:
        self.statement, self.index = statement, index
        self.wording = wording_of(statement)
        self.stated = statement.stated
        expression = _expression_of(statement)
        self.node: Node | None = expression.node if expression is not None else None
        self.products = _products_of_chain(statement, expression)
        self.fault: Fault | None = fault_in(statement)
        shaped = _product_of_shape(statement) if self.products is None else None
        self.is_tensor = shaped is not None
        """Whether it is what the sizes beside it give: the weights of a layer, which has its biases elsewhere."""
        self.products = shaped or self.products
        member = self.stated or expression
        self.value: Value | None = statement.value
        self.approximate = member is not None and member.relation == "≈"
        if statement.approximate and all(other.relation != "≈" for other in statement.members):
            self.approximate = True
        self.error = 0.0
        if member is not None and member.node is not None:
            self.error = tolerance(member.node, approximate=self.approximate)
        if self.approximate and self.value is not None and self._is_round:
            self.error = max(self.error, ABOUT * abs(self.value))
        self.is_bias = _binds_biases(statement, self.value)
        """``b1 = 300`` beside ``W1 = 784x300``: biases by their letter, no size that is given a name."""
        sizes = statement.quantity in ("shape", "features")
        worked = _adds_one(self) or _multiplies_two(self)
        sizes = sizes and not is_called_a_map(self)
        self.is_soft = sizes and isinstance(self.value, int) and (self.value >= LEAST_COUNT or worked)
        """Whether its words speak of sizes (``256 filters: 614,400``), though it may well be a count."""
        led = len(statement.label) > 1 and textbook_matrix(statement.label) is not None  # "hidden to output: 32"
        self._called_count = statement.quantity in COUNTS or (statement.quantity == "shape" and led)
        self._slight = self._is_slight()
        self._forget()

    def _forget(self) -> None:
        """Nothing is known of it yet but what it says."""
        self.refers: list[tuple[Item, int]] = []
        self.is_named = False
        """Whether its label is a layer's own name beyond doubt, and something is worked out."""
        self.used: set[Value] = set()
        self.sizes: tuple[Value, ...] = ()
        """What comes in and what goes out, where these name its layer."""
        self.right: Meaning | None = None
        self.given: Meaning | None = None
        """The best meaning of what its expression gives, where that is not what it states."""
        self.wrong: Meaning | None = None
        self.trace: list[Meaning] = []

    def again(self) -> Item:
        """The same statement for another network or convention, of which nothing is known yet."""
        again = Item.__new__(Item)
        for name in SAID:
            setattr(again, name, getattr(self, name))
        again._forget()
        return again

    def __repr__(self) -> str:
        return f"<item {self.statement!r}>"

    @property
    def _is_round(self) -> bool:
        """Whether it is written in thousands or millions, ends in zeros, or is what a rule of thumb gives."""
        if self.node is not None and not self.node.is_bare and self.node.value == self.value:
            return not all(term.is_bare for term in self.node.terms())  # a sum of counts is no rule of thumb
        token = self.stated.node.token if self.stated is not None and self.stated.node is not None else None
        if isinstance(self.value, int) and token is not None and token.suffix == 1:
            return len(f"{abs(self.value)}".rstrip("0")) <= MOST_ROUNDED
        return self.error > 1 or (self.value is not None and self.value % 1000 == 0)

    @property
    def line_no(self) -> int:
        """The line of its result."""
        return self.statement.line_no

    @property
    def is_count(self) -> bool:
        """Whether it can be a count of parameters: also where its words are a size's, and it fits one exactly."""
        if (self.statement.binding and not self.is_bias) or (self._slight and self.right is None):
            return False
        if self.value is not None and self.value < 0:
            return False
        return self._called_count or (self.is_soft and (self.right is not None or self.is_named))

    def _is_slight(self) -> bool:
        """Whether it is a small number in passing (``slide 8``), not called anything."""
        statement = self.statement
        least = LEAST_CALLED if self.products is None else LEAST_COUNT
        plain = self.products is None or (self.stated is None and not statement.label)
        if not isinstance(self.value, int) or self.value >= least or self.value == 0 or not plain:
            return False
        alone = not statement.label and not statement.words and self.products is None
        named = bool(self.wording.inner_families) or self.wording.is_total or statement.quantity != "" or self.is_bias
        matrix = textbook_matrix(statement.label) is not None and len("".join(statement.label)) > 1
        named = named or matrix or self.wording.of == "biases"
        return not alone and not named

    @property
    def fails_alone(self) -> bool:
        """Whether its own equation does not hold, and it is a count: wrong for every network."""
        called = self._called_count and not self._slight and not (self.statement.binding and not self.is_bias)
        return called and self.fault is not None and self.fault.member.node is not None

    @property
    def works_out(self) -> Value | None:
        """What its expression gives; what it states where it has none."""
        return self.value if self.node is None else self.node.value


def _multiplies_two(item: Item) -> bool:
    """``output: 60*16 = 960``: two sizes and what they make, which may be the weights of the layer that puts out."""
    factors = item.node.factors() if item.node is not None and item.node.op == "product" else []
    sizes = [factor.value for factor in factors if factor.is_bare]
    return len(sizes) == len(factors) == 2 and sizes[0] != sizes[1] and item.stated is not None


def _adds_one(item: Item) -> bool:
    """``output: 24 + 1 = 25``: the weights of a layer with one output, and its bias."""
    products = item.products or []
    single = len(products) == 2 and all(
        not product.leaves or [leaf.op for leaf in product.leaves] == ["number"] for product in products
    )
    return single and item.stated is not None and products[1].value == 1


SAID = (
    "_called_count", "_slight", "approximate", "error", "fault", "index", "is_bias", "is_soft", "is_tensor", "node",
    "products", "stated", "statement", "value", "wording",
)  # fmt: skip
"""What an item has of its statement alone."""


def items_of(calculation: Calculation) -> list[Item]:
    """The statements of a text made ready for matching; what they say is worked out once for all networks."""
    if calculation.prepared is None:
        said = [statement for statement in calculation.statements if statement.members]
        calculation.prepared = [Item(statement, index) for index, statement in enumerate(said)]
    return [item.again() for item in calculation.prepared]


def _binds_biases(statement: Statement, value: Value | None) -> bool:
    name = statement.binding.lower() or (statement.label[0].lower() if len(statement.label) == 1 else "")
    biases = name.rstrip("0123456789_") in ("b", "bias") or name.startswith("b_")
    return biases and isinstance(value, int)


def is_a_map(item: Item) -> bool:
    """``47×47×8 activations``: the values of a feature map, by its sides and channels."""
    leaves = item.products[0].leaves if item.products is not None and len(item.products) == 1 else ()
    return len(leaves) == SIDES_AND_CHANNELS and leaves[0].value == leaves[1].value


def is_called_a_map(item: Item) -> bool:
    """The same where words say what it is, so that the channels may come first: ``64×10×10 = 6,400 features``."""
    leaves = item.products[0].leaves if item.products is not None and len(item.products) == 1 else ()
    first = len(leaves) == SIDES_AND_CHANNELS and leaves[1].value == leaves[2].value
    return item.statement.quantity == "features" and (first or is_a_map(item))


SIDES_AND_CHANNELS = 3
"""Numbers of a feature map's size: its two sides and how many channels it has."""


def _product_of_shape(statement: Statement) -> list[Product] | None:
    """``(4096, 6400)  26214400``: a tensor's sizes beside its count are its factors."""
    stated = statement.stated
    if stated is None or stated.node is None or not isinstance(stated.node.value, int):
        return None
    for member in statement.members:
        if member.shape and len(member.shape) >= 2:
            product = 1
            for side in member.shape:
                product *= side
            if product == stated.node.value:
                leaves = tuple([number(side) for side in member.shape if side != 1])
                return [Product(product, leaves, stated.node)]
    return None


def _expression_of(statement: Statement) -> Member | None:
    """The expression that shows the factors; of several the ones that give what is stated."""
    value = statement.stated.node.value if statement.stated is not None and statement.stated.node is not None else None
    found = [member for member in statement.expressions if member.node is not None]
    giving = [member for member in found if member.node is not None and member.node.value == value]
    return max(giving or found, key=lambda m: len(m.node.numbers()) if m.node is not None else 0, default=None)


def _products_of_chain(statement: Statement, expression: Member | None) -> list[Product] | None:
    """The products of what a chain works out; ``3840 + 20 = 3860 + 20`` goes on from its own result."""
    products: list[Product] | None = None
    value: Value | None = None
    for member in statement.expressions:
        assert member.node is not None
        found = products_of(member.node)
        first = member.node.numbers()[0]
        if products and found and first.value == value and member.node.value != value and found[0].leaves == (first,):
            products, value = [*products, *found[1:]], member.node.value
        elif products is None or member is expression:
            products, value = found, member.node.value
        else:
            value = member.node.value
    return products


def is_built_as_counts(item: Item) -> bool:
    """Whether an expression is built as counts are: sums of products of whole numbers, nothing taken off or divided."""
    products = item.products or []
    if len(products) == 1 and [leaf.op for leaf in products[0].leaves] == ["quotient"]:
        return False  # "80 mels / 4 = 20"
    return all(
        product.value > 0 and all(isinstance(leaf.value, int) for leaf in product.leaves) for product in products
    )


def adds_sizes(item: Item) -> bool:
    """Whether nothing but single numbers are put together: ``64 patches + 1``, ``60 + 220 + 561 = 841``."""
    if item.products is None or any(len(product.leaves) > 1 for product in item.products):
        return False
    return item.node is None or not any(term.op == "product" for term in item.node.terms())  # "256*1 + 1"


def leads_on(item: Item) -> bool:
    """Whether it is a size that becomes another one: ``the 256 → 512 layer``."""
    members, label = item.statement.members, item.statement.label
    begun = bool(label) and label[-1].isdigit()
    return len(members) + begun == 2 and members[-1].relation == "→" and all(m.node and m.node.is_bare for m in members)
