"""The static encoder: a weighted mean of token vectors, the same bits in any company, kept on disk without ever being trusted blindly."""

import logging

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from voc.encode import cache, engine, static
from voc.encode.engine import Network, Words

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "!", "a", "the", "was", "late", "parcel", "kind"]
TEXTS = ["the parcel was late!", "kind", "", "zebra", "late late late the", "a a a"]


@pytest.fixture
def words() -> Words:
    made = Tokenizer(models.WordPiece({word: i for i, word in enumerate(VOCABULARY)}, unk_token=VOCABULARY[1]))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return Words(made, 0)


@pytest.fixture
def net() -> Network:
    """Mean of random token vectors."""
    import openvino as ov
    from openvino import opset13 as op

    from voc.encode.bert import pooled

    ids, mask = op.parameter([-1, -1], np.int32, name="ids"), op.parameter([-1, -1], np.float32, name="mask")
    table = np.random.default_rng(1).normal(size=(len(VOCABULARY), 5)).astype(np.float32)
    vectors = pooled(op, op.gather(table, ids, 0), mask, "mean")
    return engine.compile_model(ov.Model([op.result(vectors)], [ids, mask], "tiny"), precision="f32")


def naive(net: Network, words: Words, text: str) -> np.ndarray:
    """The definition, one token at a time."""
    alone = np.array([engine.infer(net, [[2, token, 3]], 0)[0] for token in range(len(VOCABULARY))], float)
    mean = alone.mean(axis=0)
    total = np.zeros(5)
    for token in words.tokenizer.encode(text).ids[1:-1] or [1]:
        rank = token - VOCABULARY.index("the") + 1
        total += np.log(1 + max(rank, 1)) ** 2 * (alone[token] - mean)
    return total / np.linalg.norm(total)


def test_a_text_is_the_weighted_mean_of_its_tokens(net, words, tmp_path, monkeypatch):
    monkeypatch.setenv("VOC_CACHE", str(tmp_path))
    made = static.encoder(net, words, "tiny", "key")
    found = made.run(TEXTS)
    assert made.name == "static words distilled from tiny"
    assert made.key == ""  # faster than any cache
    assert np.abs(found - [naive(net, words, text) for text in TEXTS]).max() < 1e-5


def test_same_bits_alone_and_in_any_order(net, words, monkeypatch):
    made = static.encoder(net, words, "tiny", "key", keep=False)
    texts = [f"{text} {'parcel ' * i}" for i in range(40) for text in TEXTS]
    together = made.run(texts)
    assert all(np.array_equal(made.run([text])[0], row) for text, row in zip(texts, together, strict=True))
    monkeypatch.setattr(static, "PORTION", 7)
    assert np.array_equal(made.run(texts[::-1])[::-1], together)


def test_progress_counts_every_text(net, words):
    seen: list[int] = []
    static.encoder(net, words, "tiny", "key", keep=False).run(TEXTS, seen.append)
    assert sum(seen) == len(TEXTS)


def test_the_table_is_made_once_and_a_damaged_one_afresh(net, words, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("VOC_CACHE", str(tmp_path))
    first = static.encoder(net, words, "tiny", "key").run(TEXTS)
    (file,) = tmp_path.iterdir()
    caplog.clear()
    assert np.array_equal(static.encoder(net, words, "tiny", "key").run(TEXTS), first)
    assert not caplog.text
    content = file.read_bytes()
    for damaged in (content[:100], content[:-8] + b"damaged!", b""):
        file.write_bytes(damaged)
        caplog.clear()
        assert np.array_equal(static.encoder(net, words, "tiny", "key").run(TEXTS), first)
        assert "made afresh" in caplog.text


def test_without_a_place_to_keep_it_the_table_is_only_used(net, words, tmp_path, monkeypatch, caplog):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VOC_CACHE", str(tmp_path / "file" / "cache"))
    with caplog.at_level(logging.WARNING):
        assert static.encoder(net, words, "tiny", "key").run(TEXTS).shape == (6, 5)
    assert "cannot be kept in the cache" in caplog.text
    assert not cache.folder().exists()
