"""Themes as they are kept: what places a new comment, what each theme is called; JSON and safetensors, never a pickle."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from voc.schema import VocError
from voc.themes.graph import Matrix
from voc.themes.tree import Tree

FORMAT = 3
JSON_NAME, ARRAYS_NAME = "themes.json", "themes.safetensors"
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class About:
    """What is said of one theme or sub-theme.

    Attributes:
        label: its name.
        words: phrases that define it.
        fits: share 0..1 of its texts that the name speaks for.
        says: a sentence that says what is in it.
        steady: share 0..1 of it that comes back when texts are left out.
    """

    label: str
    words: tuple[str, ...]
    fits: float
    says: str
    steady: float


UNREAD = About("", (), float("nan"), "", float("nan"))  # a theme of which nothing is known yet


@dataclass(frozen=True)
class Codebook:
    """Two levels of themes over the texts they were found in.

    Attributes:
        tree: sub-themes, themes and their names.
        themes: theme id -> what is said of it.
        subthemes: sub-theme id -> what is said of it.
        vectors: (p, d) half-precision unit vectors of texts that stand for their sub-themes.
        sub: (p,) sub-theme of each of them.
        near: (p,) how near each of them lies to its nearest others (mean cosine): what is usual for a comment that belongs.
        known: (n,) 64-bit hashes of all texts that were grouped, sorted; no text is kept.
        known_sub: (n,) their sub-themes.
        encoder: which encoder the vectors are from.
        resolution: of the sub-themes.
        agreement: resolution -> how far two runs agree.
        until: last day, ISO, of the comments the themes were found in; "" where they have no dates.
        newest: ids of the themes that the last run found new.
    """

    tree: Tree
    themes: dict[int, About]
    subthemes: dict[int, About]
    vectors: NDArray[np.float16]
    sub: Labels
    near: NDArray[np.float32]
    known: NDArray[np.uint64]
    known_sub: Labels
    encoder: str
    resolution: float
    agreement: dict[float, float] = field(default_factory=dict)
    until: str = ""
    newest: tuple[int, ...] = ()

    @property
    def parent(self) -> Labels:
        """(k,) theme of each sub-theme."""
        return np.array(self.tree.parent, dtype=np.int64)

    @property
    def key(self) -> str:
        """Content hash: equal for equal themes, whatever the order of the comments was."""
        digest = hashlib.sha256(json.dumps(self._facts(), sort_keys=True).encode())
        for name, array in sorted(self._arrays().items()):
            digest.update(name.encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def known_as(self, texts: Sequence[str]) -> Labels:
        """(n,) sub-theme of each text that was grouped itself, -1 for others."""
        if not len(self.known):
            return np.full(len(texts), -1)
        hashes = hashed(texts)
        at = np.minimum(np.searchsorted(self.known, hashes), len(self.known) - 1)
        return np.where(self.known[at] == hashes, self.known_sub[at], -1)

    def save(self, folder: str | Path) -> None:
        """Write the themes into a folder (made when missing). Each file is written beside and moved into place."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        arrays = self._arrays()
        _into(target / ARRAYS_NAME, lambda part: save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, part))
        facts = {**self._facts(), "arrays": _digest(target / ARRAYS_NAME)}
        _into(target / JSON_NAME, lambda part: part.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8"))

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"vectors": self.vectors, "sub": self.sub, "near": self.near, "known": self.known, "known_sub": self.known_sub}

    def _facts(self) -> dict[str, Any]:
        """Everything that is no array."""
        return {
            "format": FORMAT, "encoder": self.encoder, "resolution": self.resolution, "until": self.until, "newest": list(self.newest),
            "agreement": {str(k): v for k, v in self.agreement.items()}, "parent": list(self.tree.parent),
            "hidden": sorted(self.tree.hidden), "labels": {str(k): v for k, v in sorted(self.tree.labels.items())},
            "sublabels": list(self.tree.sublabels),
            "themes": {str(k): vars(v) for k, v in sorted(self.themes.items())},
            "subthemes": {str(k): vars(v) for k, v in sorted(self.subthemes.items())},
        }  # fmt: skip


def load(folder: str | Path) -> Codebook:
    """Read themes that `Codebook.save` wrote.

    Raises:
        VocError: the folder holds no themes, half of them, or those of another version.
    """
    source = Path(folder)
    try:
        facts = json.loads((source / JSON_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise VocError(f"{source} holds no saved themes: {JSON_NAME} is missing") from None
    except ValueError as error:
        raise VocError(f"{source / JSON_NAME} cannot be read: {error}") from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise VocError(f"{source / JSON_NAME} was written by another version of voc; find the themes afresh with --rediscover")
    file = source / ARRAYS_NAME
    if not file.is_file() or _digest(file) != facts["arrays"]:
        raise VocError(f"{file} does not belong to {JSON_NAME} beside it; find the themes afresh with --rediscover")
    arrays = load_file(file)
    tree = Tree(tuple(facts["parent"]), {int(k): v for k, v in facts["labels"].items()}, tuple(facts["sublabels"]), frozenset(facts["hidden"]))
    themes, subthemes = ({int(k): About(**{**v, "words": tuple(v["words"])}) for k, v in facts[name].items()} for name in ("themes", "subthemes"))
    return Codebook(
        tree, themes, subthemes, arrays["vectors"], arrays["sub"], arrays["near"], arrays["known"], arrays["known_sub"], facts["encoder"],
        facts["resolution"], {float(k): v for k, v in facts["agreement"].items()}, facts["until"], tuple(facts["newest"]),
    )  # fmt: skip


def hashed(texts: Sequence[str]) -> NDArray[np.uint64]:
    """(n,) 64-bit hash of each text."""
    digests = (hashlib.blake2b(t.encode("utf-8", "surrogatepass"), digest_size=8).digest() for t in texts)
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def half(vectors: Matrix) -> NDArray[np.float16]:
    """Vectors as they are kept."""
    return vectors.astype(np.float16)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _into(file: Path, write: Any) -> None:
    """Write beside and rename, so that another process never reads half a file."""
    part = file.with_suffix(f"{file.suffix}.{os.getpid()}.part")
    write(part)
    part.replace(file)
