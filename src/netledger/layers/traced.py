"""Operations seen in a live model: products of named sizes, and Fourier transforms."""

from __future__ import annotations

from netledger.layers import Call, Effect, products, rule
from netledger.layers.sizes import formula, sum_up
from netledger.unknown import Unknown


@rule("contraction")
def contraction(
    call: Call, terms: tuple[tuple[tuple[str, int], ...], ...] = (), operations: int | Unknown | None = None
) -> Effect:
    """A sum of products of named sizes, as it was observed: what an operation multiplies and accumulates.

    - MACs: the sum over ``terms`` of the product of its sizes; nothing learned
    - ``operations``: how many of another sort it does, where it is no product (a factorisation, a running sum)

    Source: the operation's own definition; live models whose modules are of no known kind are counted this way.

    >>> from netledger.layers import apply
    >>> seen = apply("contraction", {"terms": ((("M", 64), ("K", 128), ("N", 256)),)})
    >>> seen.macs.text(symbols=True), seen.macs.value
    ('M*K*N', 2097152)
    >>> apply("contraction", {"operations": 63}).other.value
    63
    """
    return Effect(macs=sum_up(terms), other=sum_up([] if operations is None else [(("operations", operations),)]))


@rule("elementwise")
def elementwise(call: Call) -> Effect:
    """An operator of an exchange format that has no kind of its own and contracts nothing: no MACs.

    Its name in that format is the layer's type; the output shapes are stated by the source.

    Source: the operator's own definition.

    >>> from netledger.layers import apply
    >>> apply("elementwise", {}).macs.value
    0
    """
    return Effect()


@rule("fft")
def fft(call: Call, dims: tuple[int, ...] = (), transformed: tuple[int, ...] = ()) -> Effect:
    """A discrete Fourier transform: no contraction, so no MACs; operations of another sort, ``5·N·log2 N`` each.

    Source: the convention of benchmarks of fast Fourier transforms (Frigo & Johnson, *FFTW*, 2005): ``5·N·log2 N``
    real operations for a complex transform of ``N`` points, ``N`` rounded up to a power of two in the logarithm.

    >>> from netledger.layers import apply
    >>> apply("fft", {"dims": (1,), "transformed": (4, 256)}).other.value
    40960
    """
    others = [size for dim, size in enumerate(transformed) if dim not in dims]
    return Effect(other=formula(products.transforms(others, [transformed[dim] for dim in dims])))


@rule("buffers")
def buffers(call: Call) -> Effect:
    """Stored tensors that are not learned and belong to no known layer: nothing is computed here.

    Source: PyTorch's ``register_buffer``; they are counted by their shapes.

    >>> from netledger.layers import apply
    >>> apply("buffers", {}).macs.value
    0
    """
    return Effect()


@rule("operation")
def operation(call: Call, name: str, reason: str) -> Effect:
    """An operation that a live model ran and that has no rule: what it contracts is Unknown; it owns no tensors.

    Source: the tensors a model stores are listed with the modules that own them.

    >>> from netledger.layers import apply
    >>> apply("operation", {"name": "mylib::scan", "reason": "it has no rule"}).macs.value
    0
    """
    unknown = Unknown(reason)
    return Effect(outputs=(unknown,), unknown=unknown)
