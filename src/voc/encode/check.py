"""A network just compiled -> the same network, once its vectors agree with known ones; else single precision, else an error.

For the built-in encoder the known vectors ship with voc (`reference.npz`, made by sentence-transformers in single precision);
for another encoder they are its own in single precision.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache as remember
from pathlib import Path

import numpy as np

from voc.encode.engine import Network, Vectors, Words, run
from voc.schema import VocError

AGREEMENT = 0.999  # lowest cosine to the known vectors; bf16 gives .9998 and more
REFERENCE = Path(__file__).parent / "reference.npz"
LOG = logging.getLogger(__name__)

Make = Callable[[str | None], Network]


@remember
def reference() -> tuple[tuple[str, ...], Vectors]:
    """The stored sentences and their vectors (n, 384), float32."""
    with np.load(REFERENCE) as stored:
        return tuple(str(text) for text in stored["texts"]), stored["vectors"].astype(np.float32)


def proven(make: Make, words: Words, *, name: str, asked: str | None = None, known: Vectors | None = None) -> Network:
    """The first of the asked precision and f32 whose vectors agree with the known ones.

    Args:
        make: compiles the network at a precision; None takes the processor's own choice.
        words: its tokenizer.
        name: of the encoder, for the error.
        asked: precision to try first.
        known: vectors of the stored sentences; None takes those that ship with voc.

    Raises:
        VocError: even single precision disagrees.
    """
    texts, stored = reference()
    truth = stored if known is None else known
    net = make(asked)
    found = lowest_cosine(run(net, words, texts), truth)
    if not found >= AGREEMENT and net.precision != "f32":  # "not >=" because a broken network may give no number at all
        LOG.warning("the encoder %s is wrong in %s on this processor (cosine %.4f to known vectors); using f32", name, net.precision, found)
        net = make("f32")
        found = lowest_cosine(run(net, words, texts), truth)
    if not found >= AGREEMENT:
        raise VocError(
            f"the encoder {name} gives wrong vectors on this processor: cosine {found:.4f} to the known ones, {AGREEMENT} is needed; "
            "reinstall openvino, or take another version of it"
        )
    return net


def agreed(make: Make, words: Words, *, name: str, asked: str | None = None) -> Network:
    """An encoder without stored vectors: its fast precision must agree with its own single precision.

    Raises:
        VocError: its vectors in single precision are not finite.
    """
    exact = make("f32")
    truth = run(exact, words, reference()[0])
    if not np.isfinite(truth).all():
        raise VocError(f"the encoder {name} gives vectors that are not numbers; its files may be damaged")
    return exact if asked == "f32" else proven(make, words, name=name, asked=asked, known=truth)


def lowest_cosine(found: Vectors, truth: Vectors) -> float:
    """The worst agreement over rows of unit vectors; below -1 where the shapes differ."""
    return float((found * truth).sum(axis=1).min()) if found.shape == truth.shape else -2.0
