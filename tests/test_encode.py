"""The encoder gives sentence-transformers' vectors, and the same bits whatever else is in the batch."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from voc import encode
from voc.encode import check, engine, minilm, static
from voc.schema import VocError

REFERENCE = np.load(Path(__file__).parent / "reference" / "minilm.npz")
TEXTS = [str(t) for t in REFERENCE["texts"]]


def test_vectors_equal_sentence_transformers():
    """tests/reference/minilm.npz: sentence-transformers 6.2, single precision, the same weights (scripts/reference_vectors.py)."""
    cosine = (encode.encode(TEXTS, use_cache=False) * REFERENCE["vectors"]).sum(axis=1)
    assert cosine.min() > 0.9998


def test_single_precision_is_closer_still():
    """On every processor f32 must agree to about six digits; bf16 cannot."""
    weights = minilm.load_weights(minilm.model_folder() / "model.safetensors")
    net = minilm.compile_network(weights, precision="f32")
    vectors = engine.run(net, minilm.words(), TEXTS)
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


def test_fewer_shapes_than_lengths():
    """Each shape costs memory and warm-up in the engine."""
    assert len({encode.bucket(n) for n in range(1, 257)}) < 30


def test_self_check_accepts_what_runs_here():
    texts, known = check.reference()
    assert len(texts) == 12
    assert len({encode.bucket(len(ids)) for ids in minilm.words().ids(texts)}) >= 4
    assert check.lowest_cosine(engine.run(encode.network(), minilm.words(), texts), known) > check.AGREEMENT


def _damaged(precisions: set[str]):
    """Compile MiniLM, with its third layer spoilt at the given precisions, as a faulty kernel would."""
    weights = minilm.load_weights(minilm.model_folder() / "model.safetensors")
    spoilt = dict(weights) | {
        f"encoder.layer.{n}.attention.self.query.weight": -weights[f"encoder.layer.{n}.attention.self.query.weight"] for n in range(6)
    }
    return lambda asked: minilm.compile_network(spoilt if (asked or "bf16") in precisions else weights, precision=asked)


def test_wrong_bf16_falls_back_to_f32_and_says_so(caplog):
    net = check.proven(_damaged({"bf16"}), minilm.words(), name="MiniLM", asked="bf16")
    assert net.precision == "f32"
    assert "wrong in bf16" in caplog.text


def test_wrong_in_every_precision_is_an_error():
    with pytest.raises(VocError, match="gives wrong vectors on this processor: cosine"):
        check.proven(_damaged({"bf16", "f32"}), minilm.words(), name="MiniLM", asked="bf16")


def test_a_network_that_gives_no_numbers_is_refused():
    assert not check.lowest_cosine(np.full((2, 3), np.nan, np.float32), np.ones((2, 3), np.float32)) >= check.AGREEMENT
    assert check.lowest_cosine(np.ones((2, 3), np.float32), np.ones((2, 4), np.float32)) < -1


def test_unknown_precision_is_refused(monkeypatch):
    monkeypatch.setenv("VOC_PRECISION", "int3")
    with pytest.raises(VocError, match='must be "bf16" or "f32"; found "int3"'):
        engine.wanted_precision()


def test_description_names_model_engine_and_precision():
    assert encode.describe() == f"all-MiniLM-L6-v2 on OpenVINO, {encode.network().precision}"
    assert encode.describe("minilm") == encode.describe()


def test_bar_only_where_it_is_wanted(capsys):
    encode.encode(["one", "two"], use_cache=False)
    assert capsys.readouterr() == ("", "")
    encode.encode(["one", "two", "two"], use_cache=False, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "2/2" in err or "/2" in err


def test_static_is_picked_by_the_number_of_texts_alone():
    assert [encode.pick(n) for n in (0, 1_000_000, 1_000_001)] == ["", "", "static"]
    assert encode.pick(2_000_000, "minilm") == "minilm"
    assert encode.pick(5, "static") == "static"
    assert encode.chosen(5) == encode.describe()
    assert encode.chosen(2_000_000) == f"static words distilled from {encode.describe()}"


def test_many_texts_go_through_the_static_encoder_and_it_is_said(monkeypatch, caplog):
    """The limit counts distinct texts. A random table stands in for the distilled one, whose making takes half a minute."""
    table = np.random.default_rng(3).normal(size=(30_522, 384)).astype(np.float32)
    monkeypatch.setattr(static, "distil", lambda net, words: table)
    monkeypatch.setattr(encode, "STATIC_FROM", 3)
    encode._static.cache_clear()
    texts = ["late parcel", "kind staff", "late parcel", "long queue"]
    assert np.array_equal(encode.encode(texts, use_cache=False), encode.encode(texts, use_cache=False, encoder="minilm"))
    assert not caplog.text
    more = [*texts, "the the queue"]
    assert np.array_equal(encode.encode(more, use_cache=False), encode.encode(more, use_cache=False, encoder="static"))
    assert "4 distinct texts: the faster and less sharp static encoder" in caplog.text
    encode._static.cache_clear()
