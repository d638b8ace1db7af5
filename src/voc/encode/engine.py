"""Token ids -> unit vectors by a compiled OpenVINO network, in batches of fixed shape: a text's vector is the same bits in any company."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache as remember
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from voc.schema import VocError

BATCH_TOKENS = 512
MAX_TOKENS = 256
PRECISION_VARIABLE = "VOC_PRECISION"  # "bf16" or "f32"; unset lets the processor decide
PRECISIONS = ("bf16", "f32")
PAD_TOKENS = ("[PAD]", "<pad>")

Role = Literal["ids", "mask", "kinds"]
Tick = Callable[[int], object]  # told how many texts were just done
Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """A compiled network: token ids and mask (rows, length) -> (rows, dimensions) unit vectors.

    Attributes:
        compiled: the OpenVINO compiled model.
        precision: "bf16" where the processor has it, else "f32".
        streams: how many batches run side by side.
        dimensions: width of a vector.
        roles: what each input is: token ids, mask or token kinds (always 0).
    """

    compiled: Any
    precision: str
    streams: int
    dimensions: int
    roles: tuple[Role, ...] = ("ids", "mask")


@dataclass(frozen=True)
class Words:
    """A tokenizer and the id that pads its texts."""

    tokenizer: Any
    pad: int

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, cut at the longest length that the model reads."""
        return [e.ids for e in self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=True)]


def read_words(path: Path, longest: int = MAX_TOKENS) -> Words:
    """The tokenizer of a model folder (`tokenizer.json`), cutting texts at `longest` tokens.

    Raises:
        VocError: the file is no tokenizer.
    """
    from tokenizers import Tokenizer

    try:
        content = json.loads((path / "tokenizer.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise VocError(f"tokenizer.json of the encoder {path.name} is not readable: {error}") from error
    if not isinstance(content, dict) or "model" not in content:
        raise VocError(f"tokenizer.json of the encoder {path.name} holds no tokenizer; a file written by the package tokenizers is needed")
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest)
    pads = [found for token in PAD_TOKENS if (found := tokenizer.token_to_id(token)) is not None]
    return Words(tokenizer, pads[0] if pads else 0)


def wanted_precision() -> str | None:
    """What VOC_PRECISION asks for; None leaves it to the processor.

    Raises:
        VocError: it is neither "bf16" nor "f32".
    """
    asked = os.environ.get(PRECISION_VARIABLE) or None
    if asked is not None and asked not in PRECISIONS:
        raise VocError(f'{PRECISION_VARIABLE} must be "bf16" or "f32"; found "{asked}"')
    return asked


@remember
def processor() -> tuple[str, ...]:
    """What OpenVINO can use of this processor, such as "BF16" or "INT8"."""
    import openvino as ov

    return tuple(sorted(ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")))


def compile_model(model: Any, *, precision: str | None = None, roles: tuple[Role, ...] = ("ids", "mask")) -> Network:
    """Compile a graph for this processor, one stream per core.

    Args:
        model: OpenVINO model whose first output is (rows, d) unit vectors.
        precision: "bf16" or "f32"; None takes bf16 where the processor has it.
        roles: what each input is, in order.
    """
    import openvino as ov

    chosen = precision or ("bf16" if "BF16" in processor() else "f32")
    # OpenVINO's own count: one stream per core when it is asked for throughput.
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": chosen, "PERFORMANCE_HINT": "THROUGHPUT"})
    streams = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    return Network(compiled, chosen, streams, model.outputs[0].get_partial_shape()[1].get_length(), roles)


def bucket(length: int) -> int:
    """Padded length of a text with this many tokens; all texts of a bucket run at one fixed shape."""
    step = 4 if length <= 64 else 16
    return max(-(-length // step) * step, 8)


def rows_of(padded: int) -> int:
    """Rows of a batch at this padded length: about 512 tokens, never fewer than four rows."""
    return max(BATCH_TOKENS // padded, 4)


def run(net: Network, words: Words, texts: Sequence[str], tick: Tick = int) -> Vectors:
    """Encode n distinct texts: (n, d) float32. `tick` is called with the number of texts each time a batch is done."""
    return infer(net, words.ids(texts), words.pad, tick)


def infer(net: Network, tokens: Sequence[list[int]], pad: int, tick: Tick = int) -> Vectors:
    """Token ids -> vectors in batches of fixed shape, longest first; short batches are filled with padding.

    One request per stream, waited for in turn. No Python callback runs in OpenVINO's threads: when such a thread and the
    one that tears a queue down wait for each other, both wait for ever.

    Args:
        net: the compiled network.
        tokens: ids of n texts, each at least one.
        pad: id of the padding token.
        tick: called with the number of texts each time a batch is done.

    Returns:
        (n, d) float32.
    """
    padded = np.array([bucket(len(ids)) for ids in tokens], np.int64)
    out = np.empty((len(tokens), net.dimensions), np.float32)
    free = [net.compiled.create_infer_request() for _ in range(net.streams)]
    busy: deque[tuple[Any, NDArray[np.intp]]] = deque()

    def finish() -> None:
        request, rows = busy.popleft()
        request.wait()
        out[rows] = request.get_output_tensor(0).data[: len(rows)]
        free.append(request)
        tick(len(rows))

    for length in np.unique(padded)[::-1].tolist():
        members = np.flatnonzero(padded == length)
        for start in range(0, len(members), rows_of(length)):
            rows = members[start : start + rows_of(length)]
            if not free:
                finish()
            request = free.pop()
            request.start_async(_batch(net, [tokens[i] for i in rows], (rows_of(length), length), pad))
            busy.append((request, rows))
    while busy:
        finish()
    return out


def _batch(net: Network, tokens: list[list[int]], size: tuple[int, int], pad: int) -> dict[int, NDArray[Any]]:
    """The inputs of one batch, of `size` (rows, length), in the types that the network takes."""
    ids = np.full(size, pad, np.int64)
    mask = np.zeros(size, np.int64)
    mask[len(tokens) :, 0] = 1  # a filler row still needs one token to average
    for row, token_ids in enumerate(tokens):
        ids[row, : len(token_ids)] = token_ids
        mask[row, : len(token_ids)] = 1
    values = {"ids": ids, "mask": mask, "kinds": np.zeros(size, np.int64)}
    return {i: values[role].astype(net.compiled.input(i).get_element_type().to_dtype()) for i, role in enumerate(net.roles)}
