"""What every encoder is, whatever runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voc.encode.engine import Vectors


@dataclass(frozen=True)
class Encoder:
    """Texts -> unit vectors.

    Attributes:
        name: model, engine and precision in words, for a report's provenance; it holds no path.
        key: names the cache of its vectors: the same key means the same model, engine and precision; "" keeps none.
        dimensions: width d of a vector.
        run: n distinct texts and a function that is told about progress -> (n, d) float32.
    """

    name: str
    key: str
    dimensions: int
    run: Callable[..., Vectors]
