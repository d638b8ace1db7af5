"""The encoder gives sentence-transformers' vectors, and the same bits whatever else is in the batch."""

import hashlib
import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from voc import encode
from voc.encode import cache, minilm
from voc.schema import VocError

REFERENCE = np.load(Path(__file__).parent / "reference" / "minilm.npz")
TEXTS = [str(t) for t in REFERENCE["texts"]]


def test_vectors_equal_sentence_transformers():
    """tests/reference/minilm.npz: sentence-transformers 5, single precision, the same weights (scripts/reference_vectors.py)."""
    cosine = (encode.encode(TEXTS, use_cache=False) * REFERENCE["vectors"]).sum(axis=1)
    assert cosine.min() > 0.9998


def test_single_precision_is_closer_still():
    """On every processor f32 must agree to about six digits; bf16 cannot."""
    weights = minilm.load_weights(minilm.model_folder() / "model.safetensors")
    net = minilm.compile_network(weights, precision="f32")
    vectors = encode._run(net, TEXTS)
    assert net.precision == "f32"
    assert np.abs(vectors - REFERENCE["vectors"]).max() < 2e-5


def test_rows_have_length_one():
    assert np.allclose(np.linalg.norm(encode.encode(TEXTS, use_cache=False), axis=1), 1, atol=1e-5)


def test_same_bits_alone_in_any_batch_and_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VOC_CACHE", str(tmp_path))
    many = [f"{t} {i}" for i in range(12) for t in TEXTS[:9]]
    together = encode.encode(many, use_cache=False)
    for i in (0, 17, 40, 107):
        assert np.array_equal(encode.encode([many[i]], use_cache=False)[0], together[i])
    order = np.random.default_rng(1).permutation(len(many))[:60]
    assert np.array_equal(encode.encode([many[i] for i in order], use_cache=False), together[order])
    assert np.array_equal(encode.encode(many), together)
    assert np.array_equal(encode.encode(many), together)


def test_nothing_to_encode():
    assert encode.encode([]).shape == (0, 384)


def test_wrong_weights_are_refused(tmp_path):
    fake = tmp_path / "model.safetensors"
    fake.write_bytes(b"not the model")
    with pytest.raises(VocError, match=f"not the genuine file: SHA-256 {hashlib.sha256(b'not the model').hexdigest()}"):
        minilm.load_weights(fake)


@pytest.mark.parametrize("length", range(1, 257))
def test_buckets_hold_their_texts(length):
    padded = encode.bucket(length)
    assert padded >= length
    assert padded <= 256
    assert encode.rows_of(padded) >= 4


def test_cache_keeps_no_text(tmp_path):
    path = tmp_path / "v.sqlite"
    private = "my telephone is under the bed"
    cache.save(path, [cache.key_of(private)], np.ones((1, 4), np.float32))
    assert private.encode() not in path.read_bytes()
    assert cache.load(path, [cache.key_of(private), cache.key_of("other")]).keys() == {cache.key_of(private)}


def _write(path: str, start: int) -> None:
    for i in range(start, start + 200, 20):
        keys = [cache.key_of(str(n)) for n in range(i, i + 20)]
        cache.save(Path(path), keys, np.full((20, 4), start, np.float32))


def test_two_processes_can_write_the_cache(tmp_path):
    path = str(tmp_path / "v.sqlite")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_write, args=(path, start)) for start in (0, 1000)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    found = cache.load(Path(path), [cache.key_of(str(n)) for n in (*range(200), *range(1000, 1200))])
    assert len(found) == 400
