"""Matrix products, linear layers, einsum and bilinear forms."""

from __future__ import annotations

from tests.same_everywhere.row import Row, image, node

MS = "com.microsoft"


def matmul(name: str, a: tuple[int, ...], b: tuple[int, ...], y: tuple[int, ...], macs: str) -> Row:
    """``FlopCounterMode`` has no rule for the kernels of a right side that is a vector (``dot``, ``mv``)."""
    return Row(
        name, (a, b), y, 0, macs, "matmul(a, b)", node("MatMul", "a b"), "lambda a, b: torch.matmul(a, b)",
        flops=len(b) > 1,
    )  # fmt: skip


def einsum(equation: str, shapes: tuple[tuple[int, ...], ...], y: tuple[int, ...], macs: str) -> Row:
    names = "abcd"[: len(shapes)]
    return Row(
        f"einsum {equation}", shapes, y, 0, macs, f'einsum({", ".join(names)}, equation="{equation}")',
        node("Einsum", " ".join(names), equation=equation),
        f"lambda {', '.join(names)}: torch.einsum('{equation}', {', '.join(names)})",
    )  # fmt: skip


ROWS: list[Row] = [
    Row("linear", ((1, 20),), (1, 30), 630, "20 * 30", "linear(30)",
        node("Gemm", "a w b", {"w": (30, 20), "b": (30,)}, transB=1), "nn.Linear(20, 30)", batched=True,
        text={"prototxt": 'layer { name: "y" type: "InnerProduct" bottom: "data" top: "y" '
              "inner_product_param { num_output: 30 } }",
              "cfg": "[connected]\noutput=30\nactivation=linear"}),
    Row("linear without bias", ((1, 20),), (1, 30), 600, "20 * 30", "linear(30, bias=False)",
        node("MatMul", "a w", {"w": (20, 30)}), "nn.Linear(20, 30, bias=False)", batched=True),
    Row("linear of a batch", ((6, 20),), (6, 30), 630, "6 * 20 * 30", "linear(30)",
        node("Gemm", "a w b", {"w": (20, 30), "b": (30,)}), "nn.Linear(20, 30)"),
    Row("linear of a sequence", ((2, 5, 20),), (2, 5, 30), 600, "2*5 * 20 * 30", "linear(30, bias=False)",
        node("MatMul", "a w", {"w": (20, 30)}), "nn.Linear(20, 30, bias=False)"),
    Row("gemm with the first operand transposed", ((20, 6),), (6, 30), 600, "6 * 20 * 30", None,
        node("Gemm", "a w", {"w": (20, 30)}, transA=1)),
    Row("quantised matmul", ((4, 16),), (4, 8), 128, "4 * 16 * 8", None,
        node("QLinearMatMul", "a s z w s z s z", {"s": "float32", "z": "uint8", "w": ("uint8", 16, 8)}),
        dtypes="uint8"),
    Row("integer matmul", ((4, 16),), (4, 8), 128, "4 * 16 * 8", None,
        node("MatMulInteger", "a w", {"w": ("int8", 16, 8)}), dtypes="uint8"),
    Row("matmul of four-bit weights", ((3, 256),), (3, 512), 256 * 512, "3 * 256 * 512", None,
        node("MatMulNBits", "a w s", {"w": ("uint8", 512, 8, 16), "s": (512 * 8,)}, K=256, N=512, bits=4,
             block_size=32, domain=MS)),
    Row("dequantised weight", ((3, 16),), (3, 8), 128, "3 * 16 * 8", None,
        node("DynamicQuantizeMatMul", "a w s z", {"w": ("int8", 16, 8), "s": (8,), "z": ("int8", 8)}, domain=MS)),
    Row("fused matmul, both transposed", ((4, 3), (5, 4)), (3, 5), 0, "3 * 4 * 5",
        "matmul(a, b, transpose_a=True, transpose_b=True)", node("FusedMatMul", "a b", transA=1, transB=1, domain=MS),
        "lambda a, b: a.t() @ b.t()"),
    matmul("matmul of matrices", (3, 4), (4, 5), (3, 5), "3 * 4 * 5"),
    matmul("matmul of vectors", (9,), (9,), (), "9"),
    matmul("matmul of a vector and a matrix", (4,), (4, 5), (5,), "4 * 5"),
    matmul("matmul of a matrix and a vector", (3, 4), (4,), (3,), "3 * 4"),
    matmul("batched matmul", (7, 3, 4), (7, 4, 5), (7, 3, 5), "7 * 3 * 4 * 5"),
    matmul("matmul that repeats the right side", (7, 3, 4), (4, 5), (7, 3, 5), "7 * 3 * 4 * 5"),
    matmul("matmul that repeats the left side", (3, 4), (7, 4, 5), (7, 3, 5), "7 * 3 * 4 * 5"),
    matmul("matmul that repeats both sides", (2, 1, 3, 4), (5, 4, 6), (2, 5, 3, 6), "2*5 * 3 * 4 * 6"),
    matmul("matmul of a batch and a vector", (7, 3, 4), (4,), (7, 3), "7 * 3 * 4"),
    matmul("matmul of a vector and a batch", (4,), (7, 4, 5), (7, 5), "7 * 4 * 5"),
    matmul("matmul over a single size", (3, 1), (1, 5), (3, 5), "3 * 1 * 5"),
    matmul("attention's scores", (2, 8, 10, 16), (2, 8, 16, 12), (2, 8, 10, 12), "2*8 * 10 * 16 * 12"),
    einsum("ij,jk->ik", ((3, 4), (4, 5)), (3, 5), "3 * 4 * 5"),
    einsum("ij,kj", ((3, 4), (5, 4)), (3, 5), "3 * 4 * 5"),
    einsum("bij,bjk->bik", ((2, 3, 4), (2, 4, 5)), (2, 3, 5), "2 * 3 * 4 * 5"),
    einsum("ij,kj->k", ((4, 3), (5, 3)), (5,), "5 * 3"),  # i is summed before the product
    einsum("ij,jk,kl->il", ((2, 3), (3, 5), (5, 7)), (2, 7), "2*3*5 + 2*5*7"),
    einsum("i,j->ij", ((4,), (5,)), (4, 5), "0"),
    einsum("ij,ij->ij", ((4, 5), (4, 5)), (4, 5), "0"),
    einsum("ij,ij->i", ((4, 5), (4, 5)), (4,), "4 * 5"),
    einsum("ij,ij->", ((4, 5), (4, 5)), (), "4 * 5"),
    einsum("i,i->", ((6,), (6,)), (), "6"),
    einsum("ij->ji", ((4, 5),), (5, 4), "0"),
    einsum("ij->i", ((4, 5),), (4,), "0"),
    einsum("bhid,bhjd->bhij", ((2, 3, 4, 8), (2, 3, 5, 8)), (2, 3, 4, 5), "2*3 * 4 * 5 * 8"),
    einsum("bhij,bhjd->bhid", ((2, 3, 4, 5), (2, 3, 5, 8)), (2, 3, 4, 8), "2*3 * 4 * 5 * 8"),
    einsum("...ij,jk->...ik", ((7, 2, 3), (3, 4)), (7, 2, 4), "7 * 2 * 3 * 4"),
    einsum("b...i,ji->b...j", ((2, 7, 3), (5, 3)), (2, 7, 5), "2*7 * 3 * 5"),
    einsum("i,j,k->ijk", ((2,), (3,), (4,)), (2, 3, 4), "0"),
    einsum("abc,cd,bd->ad", ((2, 3, 4), (4, 5), (3, 5)), (2, 5), "2*3*4*5 + 2*3*5"),
    einsum("ij,jk->k", ((3, 4), (4, 5)), (5,), "4 * 5"),
    einsum("ij,k->ik", ((3, 4), (5,)), (3, 5), "0"),
    einsum("ii,ij->j", ((4, 4), (4, 5)), (5,), "4 * 5"),
    einsum("bn,anm,bm->ba", ((2, 3), (4, 3, 5), (2, 5)), (2, 4), "2*3*4*5 + 2*4*5"),
    Row("bilinear", ((1, 20), (1, 30)), (1, 40), 24_040, "40 * 20 * 30", "bilinear(a, b, out_features=40)", None,
        "nn.Bilinear(20, 30, 40)", batched=True, flops=False),
    Row("bilinear of a batch", ((6, 4), (6, 5)), (6, 3), 60, "6 * 3 * 4 * 5",
        "bilinear(a, b, out_features=3, bias=False)", None, "nn.Bilinear(4, 5, 3, bias=False)", flops=False),
    Row("value by value", ((3, 1, 5), (4, 5)), (3, 4, 5), 0, "0", "mul(a, b)", node("Mul", "a b"),
        "lambda a, b: a * b"),
    Row("sum of two", ((2, 4), (2, 4)), (2, 4), 0, "0", "add(a, b)", node("Add", "a b"), "lambda a, b: a + b"),
    image("low-rank adapter", (6, 32), (6, 24), 4 * 32 + 24 * 4, "6*4*32 + 6*24*4", "lora(24, rank=4)", None,
          "nn.Sequential(nn.Linear(32, 4, bias=False), nn.Linear(4, 24, bias=False))"),
]  # fmt: skip
