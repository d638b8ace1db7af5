"""A network exported to ONNX or OpenVINO -> a compiled network that gives unit vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from voc.encode.bert import Pooling, pooled, unit
from voc.encode.engine import Network, Role, compile_model
from voc.schema import VocError

FILES = ("openvino_model.xml", "openvino/openvino_model.xml", "model.onnx", "onnx/model.onnx")
ROLES: dict[str, Role] = {"input_ids": "ids", "attention_mask": "mask", "token_type_ids": "kinds"}
SENTENCE = "sentence_embedding"


def find(path: Path) -> Path | None:
    """The first exported network in a folder; None where there is none."""
    return next((path / name for name in FILES if (path / name).is_file()), None)


def network(file: Path, pooling: Pooling, *, precision: str | None = None) -> Network:
    """Read, add pooling and unit length, compile.

    Args:
        file: `.onnx` or `.xml`; inputs `input_ids`, `attention_mask` and perhaps `token_type_ids`.
        pooling: of the first output where it has one vector per token; an output that has one per text is taken as it is.
        precision: "bf16" or "f32"; None takes bf16 where the processor has it.

    Raises:
        VocError: the file cannot be read, or its inputs or outputs are others.
    """
    import openvino as ov

    try:
        model = ov.Core().read_model(file)
        roles = _roles(model, file.name)
        model.reshape({port.get_any_name(): [-1, -1] for port in model.inputs})
    except RuntimeError as error:
        raise VocError(f"{file.name} cannot be read as a network with inputs of any size: {str(error).splitlines()[0]}") from error
    return compile_model(_with_pooling(model, roles, pooling, file.name), precision=precision, roles=roles)


def _roles(model: Any, name: str) -> tuple[Role, ...]:
    found = [next((n for n in port.get_names() if n in ROLES), port.get_any_name()) for port in model.inputs]
    if not {"input_ids", "attention_mask"} <= set(found) <= set(ROLES):
        raise VocError(f"{name} has the inputs {', '.join(sorted(found))}; needed are input_ids and attention_mask, allowed is token_type_ids")
    return tuple(ROLES[n] for n in found)


def _with_pooling(model: Any, roles: tuple[Role, ...], pooling: Pooling, name: str) -> Any:
    import openvino as ov
    from openvino import opset13 as op

    port = next((p for p in model.outputs if SENTENCE in p.get_names()), model.outputs[0])
    values = port.get_node().input_value(0)
    rank = port.get_partial_shape().rank.get_length() if port.get_partial_shape().rank.is_static else 0
    if rank not in (2, 3) or not port.get_partial_shape()[rank - 1].is_static:
        raise VocError(f"{name} has a first output of shape {port.get_partial_shape()}; needed is (texts, width) or (texts, tokens, width)")
    inputs = [p.get_node() for p in model.inputs]
    vectors = op.convert(values, np.float32)
    mask = op.convert(inputs[roles.index("mask")], np.float32)
    result = unit(op, vectors) if rank == 2 else pooled(op, vectors, mask, pooling)
    return ov.Model([op.result(result)], inputs, "exported")
