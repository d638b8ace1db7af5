"""A local model folder -> an encoder. Nothing is ever downloaded.

Three kinds are read: a BERT model saved by sentence-transformers (run by our own graph), an exported network (ONNX or OpenVINO)
beside its `tokenizer.json`, and any other sentence-transformers folder where that package is installed.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import struct
from dataclasses import dataclass
from functools import cache as remember
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from voc.encode import bert, check, exported
from voc.encode.bert import Pooling, Shape
from voc.encode.engine import MAX_TOKENS, Network, Tick, Vectors, Words, compile_model, read_words, run, wanted_precision
from voc.encode.kind import Encoder
from voc.schema import VocError

WEIGHTS = "model.safetensors"
MODULES = "modules.json"
PEER = "sentence_transformers"
PEER_ROWS = 16
HASHED = (".safetensors", ".bin", ".onnx", ".onnx_data", ".xml", ".json", ".txt", ".model")
FLOATS = {"F32", "F16", "F64"}
ALLOWED = f"allowed are a sentence-transformers folder ({MODULES}), or one with tokenizer.json and one of {', '.join(exported.FILES)}"


@dataclass(frozen=True)
class Recipe:
    """What `modules.json` says comes after the transformer.

    Attributes:
        transformer: folder of the transformer.
        pooling: how token vectors become one; None where it is neither the mean nor the first token.
        plain: whether nothing is done to the text before its tokens, and nothing but unit length follows.
    """

    transformer: Path
    pooling: Pooling | None
    plain: bool


def read(path: Path) -> Encoder:
    """The encoder that a folder holds.

    Args:
        path: the folder.

    Raises:
        VocError: it is no folder, or holds nothing that can be read; the sentence says what was found.
    """
    if not path.is_dir():
        raise VocError(f'encoder must be "static", "minilm" or the folder of a model; found no folder "{path.name}"')
    files = sorted((p for p in path.rglob("*") if p.is_file()), key=str)
    return _read(path.resolve(), tuple((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in files))


@remember
def _read(path: Path, files: tuple[tuple[str, int, int], ...]) -> Encoder:
    """Read a folder once per process and state of its files (`files`: name, bytes, time)."""
    mark = _hash(path, [Path(name) for name, _, _ in files if name.endswith(HASHED)])
    recipe = _recipe(path) if (path / MODULES).is_file() else None
    shape = _shape(recipe) if recipe else None
    if recipe and shape:
        return _own(path, recipe, shape, mark)
    file = exported.find(path)
    if file and (path / "tokenizer.json").is_file() and (recipe is None or (recipe.plain and recipe.pooling)):
        return _exported(path, file, recipe.pooling if recipe and recipe.pooling else "mean", mark)
    if recipe and importlib.util.find_spec(PEER):
        return _peer(path, mark)
    found = ", ".join(sorted(p.name for p in path.iterdir())[:8]) or "nothing"
    also = f"; this sentence-transformers model is not a plain BERT and needs the package {PEER}" if recipe else ""
    raise VocError(f'the encoder folder "{path.name}" cannot be read: found {found}; {ALLOWED}{also}')


def _own(path: Path, recipe: Recipe, shape: Shape, mark: str) -> Encoder:
    prefix = _prefix(_header(recipe.transformer / WEIGHTS))
    try:
        held = load_file(recipe.transformer / WEIGHTS)
    except SafetensorError as error:
        raise VocError(f"{WEIGHTS} of the encoder {path.name} is not readable; it may be cut off ({error})") from error
    weights = {name.removeprefix(prefix): values.astype(np.float32) for name, values in held.items()}
    places = weights["embeddings.position_embeddings.weight"].shape[0]
    words = read_words(recipe.transformer, min(_longest(recipe.transformer), places))
    graph = partial(bert.build, weights, shape)
    net = check.agreed(lambda precision: compile_model(graph(), precision=precision), words, name=path.name, asked=wanted_precision())
    return _on_openvino(path, net, words, mark)


def _exported(path: Path, file: Path, pooling: Pooling, mark: str) -> Encoder:
    words = read_words(path, _longest(path))
    try:
        net = check.agreed(lambda p: exported.network(file, pooling, precision=p), words, name=path.name, asked=wanted_precision())
    except RuntimeError as error:
        first = str(error).strip().splitlines()[-1]
        raise VocError(
            f"{file.name} of the encoder {path.name} does not run on texts of different lengths; export it with free sizes ({first})"
        ) from error
    return _on_openvino(path, net, words, mark)


def _on_openvino(path: Path, net: Network, words: Words, mark: str) -> Encoder:
    return Encoder(
        f"{path.name} ({mark[:8]}) on OpenVINO, {net.precision}",
        f"{mark}-{net.precision}",
        net.dimensions,
        partial(run, net, words),
    )


def _peer(path: Path, mark: str) -> Encoder:
    """A folder that only sentence-transformers can run; batches have fixed shapes here too."""
    model = importlib.import_module(PEER).SentenceTransformer(str(path), device="cpu", local_files_only=True)
    width = model.encode(["a"], convert_to_numpy=True, show_progress_bar=False).shape[1]
    return Encoder(f"{path.name} ({mark[:8]}) on sentence-transformers, f32", f"{mark}-peer", int(width), partial(_run_peer, model))


def _run_peer(model: Any, texts: list[str], tick: Tick = int) -> Vectors:
    """Texts of one length in tokens together, each batch filled to 16 rows, so that a vector is the same in any company."""
    lengths = np.array([len(ids) for ids in model.tokenizer(list(texts), truncation=True)["input_ids"]], np.int64)
    parts: list[tuple[np.ndarray, Vectors]] = []
    for length in np.unique(lengths):
        members = np.flatnonzero(lengths == length)
        for start in range(0, len(members), PEER_ROWS):
            rows = members[start : start + PEER_ROWS]
            batch = [texts[i] for i in rows] + [texts[rows[0]]] * (PEER_ROWS - len(rows))
            made = model.encode(batch, batch_size=PEER_ROWS, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False)
            parts.append((rows, made[: len(rows)].astype(np.float32)))
            tick(len(rows))
    out = np.empty((len(texts), parts[0][1].shape[1] if parts else 0), np.float32)
    for rows, vectors in parts:
        out[rows] = vectors
    return out


def _recipe(path: Path) -> Recipe:
    modules = _json(path / MODULES)
    steps = [(str(m.get("type", "")).rsplit(".", 1)[-1], str(m.get("path", ""))) for m in modules if isinstance(m, dict)]
    kinds = [kind for kind, _ in steps]
    where = dict(steps)
    plain = kinds[:2] == ["Transformer", "Pooling"] and kinds[2:] in ([], ["Normalize"]) and not _settings(path)
    return Recipe(path / where.get("Transformer", ""), _pooling(path / where["Pooling"]) if "Pooling" in where else None, plain)


def _pooling(path: Path) -> Pooling | None:
    config = _json(path / "config.json")
    ways: dict[str, Pooling] = {"pooling_mode_mean_tokens": "mean", "pooling_mode_cls_token": "cls", "mean": "mean", "cls": "cls"}
    chosen = [name for name, on in config.items() if name.startswith("pooling_mode_") and on is True]
    chosen += [str(config["pooling_mode"])] if isinstance(config.get("pooling_mode"), str) else []
    return ways.get(chosen[0]) if len(chosen) == 1 else None


def _shape(recipe: Recipe) -> Shape | None:
    """Sizes for our own graph; None where the folder is not a plain BERT with all its files."""
    base = recipe.transformer
    if not recipe.plain or recipe.pooling is None or not all((base / f).is_file() for f in ("config.json", "tokenizer.json", WEIGHTS)):
        return None
    shape = bert.shape_of(_json(base / "config.json"), recipe.pooling)
    held = _header(base / WEIGHTS)
    prefix = _prefix(held)
    return shape if shape and all(held.get(prefix + name) in FLOATS for name in bert.needed(shape)) else None


def _header(path: Path) -> dict[str, str]:
    """Tensor names and number types of a safetensors file: 8 bytes of length, then JSON.

    Raises:
        VocError: the file is cut off or is none.
    """
    with path.open("rb") as file:
        start = file.read(8)
        size = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        body = file.read(size) if 0 < size < path.stat().st_size else b""
    try:
        return {name: entry["dtype"] for name, entry in json.loads(body).items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VocError(f"{path.name} of the encoder {path.parent.name} is not a readable safetensors file; it may be cut off") from error


def _prefix(names: dict[str, str]) -> str:
    return "bert." if "bert.embeddings.word_embeddings.weight" in names else ""


def _longest(path: Path) -> int:
    """Tokens that the model reads, as sentence-transformers or else its tokenizer stores it; 256 where neither says, 512 at most."""
    stored = (("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length"))
    said = [_json(path / file).get(name) for file, name in stored if (path / file).is_file()]
    return min(next((n for n in said if isinstance(n, int) and n > 2), MAX_TOKENS), 2 * MAX_TOKENS)


def _settings(path: Path) -> dict[str, Any]:
    """What sentence-transformers does to a text before its tokens: lower case, or words put in front by default."""
    files = [path / name for name in ("sentence_bert_config.json", "config_sentence_transformers.json")]
    held = {name: value for file in files if file.is_file() for name, value in _json(file).items()}
    return {name: held[name] for name in ("do_lower_case", "default_prompt_name") if held.get(name)}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise VocError(f"{path.name} in the encoder folder {path.parent.name} is missing or not readable") from error


def _hash(path: Path, files: list[Path]) -> str:
    """One hash over names and contents of all files that decide a vector."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            digest.update(f"{file.relative_to(path)}\0{hashlib.file_digest(opened, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()
