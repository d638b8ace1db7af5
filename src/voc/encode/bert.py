"""Weights of a BERT encoder -> the OpenVINO graph from token ids to one unit vector per text; built without torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Pooling = Literal["mean", "cls"]
Weights = dict[str, NDArray[np.float32]]

MINUS_MUCH = 10_000  # taken off the attention to padding before the softmax


@dataclass(frozen=True)
class Shape:
    """The sizes of a BERT encoder, as its `config.json` gives them.

    Attributes:
        layers: transformer layers.
        heads: attention heads per layer.
        hidden: width of a vector.
        epsilon: added to the variance in every layer norm.
        pooling: "mean" over the tokens, or "cls" for the first one.
    """

    layers: int
    heads: int
    hidden: int
    epsilon: float = 1e-12
    pooling: Pooling = "mean"


def shape_of(config: Mapping[str, Any], pooling: Pooling) -> Shape | None:
    """The sizes that a `config.json` names; None where the network is not the plain BERT that `build` makes."""
    plain = (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type") in {None, "absolute"}
        and not config.get("is_decoder")
    )
    sizes = [config.get(name) for name in ("num_hidden_layers", "num_attention_heads", "hidden_size")]
    if not plain or not all(isinstance(size, int) and size > 0 for size in sizes):
        return None
    layers, heads, hidden = (int(size) for size in sizes if size is not None)
    return Shape(layers, heads, hidden, float(config.get("layer_norm_eps", 1e-12)), pooling) if hidden % heads == 0 else None


def needed(shape: Shape) -> set[str]:
    """Names of the tensors that `build` reads."""
    names = {f"embeddings.{name}_embeddings.weight" for name in ("word", "position", "token_type")}
    parts = ["embeddings.LayerNorm", *(part for layer in range(shape.layers) for part in _parts(layer))]
    return names | {f"{part}.{kind}" for part in parts for kind in ("weight", "bias")}


def _parts(layer: int) -> Iterator[str]:
    for name in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
        yield f"encoder.layer.{layer}.{name}"
    for name in ("attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"):
        yield f"encoder.layer.{layer}.{name}"


def build(weights: Weights, shape: Shape) -> Any:
    """The BERT graph: embeddings, layers, pooling over the real tokens, unit length.

    Args:
        weights: tensors by name, as in the safetensors file.
        shape: its sizes.

    Returns:
        An OpenVINO model: ids (rows, length) int32 and mask (rows, length) float32 -> (rows, hidden) float32.
    """
    import openvino as ov  # heavy third-party import, deferred so that `import voc` stays light
    from openvino import opset13 as op

    ids = op.parameter([-1, -1], np.int32, name="ids")
    mask = op.parameter([-1, -1], np.float32, name="mask")
    length = op.gather(op.shape_of(ids), [1], 0)
    words = op.gather(weights["embeddings.word_embeddings.weight"], ids, 0)
    positions = op.gather(
        weights["embeddings.position_embeddings.weight"],
        op.range(np.int64(0), op.squeeze(length, [0]), np.int64(1), "i64"),
        0,
    )
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    hidden = _layer_norm(op, op.add(op.add(words, positions), kind), (weights, shape), "embeddings.LayerNorm")
    # Padding gets -10000 before the softmax, so it never contributes.
    bias = op.multiply(op.subtract(op.unsqueeze(op.unsqueeze(mask, 1), 1), np.float32(1)), np.float32(MINUS_MUCH))
    for layer in range(shape.layers):
        hidden = _layer(op, hidden, bias, (weights, shape), f"encoder.layer.{layer}.")
    return ov.Model([op.result(pooled(op, hidden, mask, shape.pooling))], [ids, mask], "bert")


def pooled(op: Any, hidden: Any, mask: Any, pooling: Pooling) -> Any:
    """Token vectors (rows, length, d) and a float mask (rows, length) -> unit vectors (rows, d), as graph nodes."""
    if pooling == "cls":
        return unit(op, op.gather(hidden, np.int64(0), np.int64(1)))
    weight = op.unsqueeze(mask, 2)
    total = op.reduce_sum(op.multiply(hidden, weight), np.array([1]))
    count = op.maximum(op.reduce_sum(weight, np.array([1])), np.float32(1e-9))
    return unit(op, op.divide(total, count))


def unit(op: Any, vectors: Any) -> Any:
    """Rows (rows, d) brought to length one, as a graph node."""
    return op.normalize_l2(vectors, np.array([1]), 1e-12, "max")


def _layer(op: Any, hidden: Any, bias: Any, model: tuple[Weights, Shape], prefix: str) -> Any:
    """One transformer layer: self-attention, then feed-forward, each with its residual and norm."""
    weights, shape = model
    heads = [
        op.transpose(op.reshape(_dense(op, hidden, weights, f"{prefix}attention.self.{name}"), [0, 0, shape.heads, -1], True), [0, 2, 1, 3])
        for name in ("query", "key", "value")
    ]
    scale = np.float32(1 / np.sqrt(shape.hidden // shape.heads))
    scores = op.add(op.multiply(op.matmul(heads[0], heads[1], False, True), scale), bias)
    mixed = op.transpose(op.matmul(op.softmax(scores, -1), heads[2], False, False), [0, 2, 1, 3])
    attended = _dense(op, op.reshape(mixed, [0, 0, shape.hidden], True), weights, f"{prefix}attention.output.dense")
    hidden = _layer_norm(op, op.add(attended, hidden), model, f"{prefix}attention.output.LayerNorm")
    wide = op.gelu(_dense(op, hidden, weights, f"{prefix}intermediate.dense"), "erf")
    narrow = _dense(op, wide, weights, f"{prefix}output.dense")
    return _layer_norm(op, op.add(narrow, hidden), model, f"{prefix}output.LayerNorm")


def _dense(op: Any, x: Any, weights: Weights, name: str) -> Any:
    return op.add(op.matmul(x, weights[f"{name}.weight"], False, True), weights[f"{name}.bias"])


def _layer_norm(op: Any, x: Any, model: tuple[Weights, Shape], name: str) -> Any:
    weights, shape = model
    normal = op.mvn(x, np.array([-1]), True, shape.epsilon, "inside_sqrt")
    return op.add(op.multiply(normal, weights[f"{name}.weight"]), weights[f"{name}.bias"])
