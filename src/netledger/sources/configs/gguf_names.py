"""Tensors of a GGUF file by the names of checkpoints: what llama.cpp's converter renames, stacks and turns, told back.

Source: llama.cpp's ``gguf-py/gguf/tensor_mapping.py``, which the tests compare with.
"""

from __future__ import annotations

from netledger.network import Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.layers import Slot

_OUTSIDE = {
    "embed_tokens": "token_embd", "wte": "token_embd", "embed_in": "token_embd", "word_embeddings": "token_embd",
    "wpe": "position_embd", "norm": "output_norm", "ln_f": "output_norm", "final_layer_norm": "output_norm",
    "final_layernorm": "output_norm", "lm_head": "output", "embed_out": "output", "norm_f": "output_norm",
}  # fmt: skip
"""The last word of a path outside the blocks."""

_BLOCK = {
    "input_layernorm": "attn_norm", "ln_1": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.dense": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "self_attn.qkv_proj": "attn_qkv",
    "self_attn.sinks": "attn_sinks", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
    "attention.query_key_value": "attn_qkv", "attention.dense": "attn_output",
    "self_attention.query_key_value": "attn_qkv", "self_attention.dense": "attn_output",
    "self_attn.q_a_proj": "attn_q_a", "self_attn.q_a_layernorm": "attn_q_a_norm", "self_attn.q_b_proj": "attn_q_b",
    "self_attn.kv_a_proj_with_mqa": "attn_kv_a_mqa", "self_attn.kv_a_layernorm": "attn_kv_a_norm",
    "self_attn.kv_b_proj": "attn_kv_b", "ln_2": "ffn_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "mlp.gate_up_proj": "ffn_up", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
    "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down", "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
    "mlp.gate": "ffn_gate_inp", "mlp.router": "ffn_gate_inp", "block_sparse_moe.gate": "ffn_gate_inp",
    "mlp.gate.e_score_correction_bias": "exp_probs_b", "mlp.shared_expert_gate": "ffn_gate_inp_shexp",
    "mlp.shared_experts.gate_proj": "ffn_gate_shexp", "mlp.shared_experts.up_proj": "ffn_up_shexp",
    "mlp.shared_experts.down_proj": "ffn_down_shexp", "mlp.shared_expert.gate_proj": "ffn_gate_shexp",
    "mlp.shared_expert.up_proj": "ffn_up_shexp", "mlp.shared_expert.down_proj": "ffn_down_shexp",
}  # fmt: skip
"""What follows a block's number."""
_AFTER_ATTENTION = ("post_attention_norm", "ffn_norm")
"""Both are called ``post_attention_layernorm``: where norms stand behind both parts the file has the first."""
_EXPERTS = {
    "gate_proj": "ffn_gate_exps", "up_proj": "ffn_up_exps", "down_proj": "ffn_down_exps",
    "w1": "ffn_gate_exps", "w3": "ffn_up_exps", "w2": "ffn_down_exps",
}  # fmt: skip
"""Matrices of experts: one for each in a checkpoint, all of a layer in one tensor here."""


def by_checkpoint_names(stored: Iterable[Tensor], slots: Iterable[tuple[str, Slot]]) -> dict[str, Tensor]:
    """A GGUF file's tensors by the names that a checkpoint has for them; the others keep theirs.

    An expert's matrix is its part of the stacked tensor, and a matrix that a checkpoint holds turned is turned back.
    """
    left = {tensor.name: tensor for tensor in stored}
    found: dict[str, Tensor] = {}
    taken = set[str]()
    for full, slot in slots:
        name = _name_of(full, left)
        tensor = None if name is None else left.get(name)
        if name is None or tensor is None:
            continue
        taken.add(name)
        found[full] = _fitted(tensor, full, slot)
    return {**{name: tensor for name, tensor in left.items() if name not in taken}, **found}


def _name_of(full: str, left: dict[str, Tensor]) -> str | None:
    words = full.split(".")
    end = words[-1] if words[-1] in ("weight", "bias") else "weight"
    path = words[:-1] if words[-1] in ("weight", "bias") else words
    at = next((i for i, word in enumerate(path) if word.isascii() and word.isdigit()), None)
    if at is None:
        own = _OUTSIDE.get(path[-1]) if path else None
        return None if own is None else f"{own}.{end}"
    tail, block = path[at + 1 :], f"blk.{path[at]}"
    if len(tail) > 2 and tail[-3] == "experts" and tail[-2].isdigit():
        own = _EXPERTS.get(tail[-1])
    elif tail == ["post_attention_layernorm"]:
        own = next((name for name in _AFTER_ATTENTION if f"{block}.{name}.{end}" in left), None)
    else:
        own = _BLOCK.get(".".join(tail))
    if own == "exp_probs_b":
        end = "bias"
    return None if own is None else f"{block}.{own}.{end}"


def _fitted(tensor: Tensor, full: str, slot: Slot) -> Tensor:
    """The stored tensor as the checkpoint's: an expert's share of it, or turned where only so its shape is the same."""
    shape, elements, nbytes = tensor.shape, tensor.elements, tensor.nbytes
    if len(shape) == len(slot.shape) + 1 and isinstance(shape[0], int) and shape[0] and ".experts." in full:
        count = shape[0]
        elements = elements // count if isinstance(elements, int) else elements
        nbytes = nbytes // count if isinstance(nbytes, int) else nbytes
        shape = shape[1:]
    if shape != slot.shape and shape[::-1] == slot.shape:
        shape = shape[::-1]
    return Tensor(tensor.name, tensor.role, shape, tensor.dtype, tensor.trainable, None, elements, nbytes)
