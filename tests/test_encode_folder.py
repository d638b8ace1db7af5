"""Other encoders: tiny models that the test builds itself, against a plain numpy BERT and plain means."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from scipy.special import erf
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from voc import encode
from voc.encode import bert, folder
from voc.schema import VocError

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "parcel", "was", "late", "staff", "kind", "queue", "long", "again", "."]
TEXTS = ["the parcel was late again .", "kind staff", "late", "the queue was long . " * 9, "nothing known here"]
LAYERS, HEADS, HIDDEN, WIDE, PLACES = 2, 4, 32, 64, 40
CONFIG = {
    "model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": HIDDEN,
    "intermediate_size": WIDE, "layer_norm_eps": 1e-6, "max_position_embeddings": PLACES, "vocab_size": len(VOCABULARY), "type_vocab_size": 2,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("VOC_CACHE", str(tmp_path / "cache"))


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordPiece({word: i for i, word in enumerate(VOCABULARY)}, unk_token=VOCABULARY[1]))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made


def random_weights(seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    sizes = {"word": len(VOCABULARY), "position": PLACES, "token_type": 2}
    made = {f"embeddings.{name}_embeddings.weight": rng.normal(size=(size, HIDDEN)) for name, size in sizes.items()}
    shape = {"intermediate.dense": (WIDE, HIDDEN), "output.dense": (HIDDEN, WIDE), "attention.output.dense": (HIDDEN, HIDDEN)}
    for name in sorted(bert.needed(bert.Shape(LAYERS, HEADS, HIDDEN)) - made.keys()):
        part, _, kind = name.removeprefix("encoder.layer.").partition(".")[2].rpartition(".")
        rows, columns = shape.get(part, (HIDDEN, HIDDEN))
        norm = "LayerNorm" in name
        size = (HIDDEN,) if norm else (rows,) if kind == "bias" else (rows, columns)
        made[name] = rng.normal(size=size) * (0.2 if norm or kind == "bias" else columns**-0.5) + (norm and kind == "weight")
    return {name: values.astype(np.float32) for name, values in made.items()}


def bert_folder(path: Path, pooling: str = "mean", prefix: str = "", **changes: object) -> Path:
    """A folder as sentence-transformers saves it."""
    (path / "1_Pooling").mkdir(parents=True)
    steps = (("Transformer", ""), ("Pooling", "1_Pooling"))
    modules = [{"idx": i, "name": f"{i}", "path": p, "type": f"sentence_transformers.models.{kind}"} for i, (kind, p) in enumerate(steps)]
    (path / "modules.json").write_text(json.dumps(modules))
    ways = {"cls": "pooling_mode_cls_token", "mean": "pooling_mode_mean_tokens", "max": "pooling_mode_max_tokens"}
    switches = {name: name == ways[pooling] for name in ways.values()}
    (path / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": HIDDEN} | switches))
    (path / "config.json").write_text(json.dumps(CONFIG | changes))
    tokenizer().save(str(path / "tokenizer.json"))
    save_file({prefix + name: values for name, values in random_weights().items()}, path / "model.safetensors")
    return path


def numpy_bert(text: str, pooling: str) -> np.ndarray:
    """BERT by its definition (Devlin et al. 2019), one text at a time, double precision."""
    w = {name: values.astype(float) for name, values in random_weights().items()}
    ids = tokenizer().encode(text).ids
    ids = [*ids[: PLACES - 1], 3] if len(ids) > PLACES else ids

    def dense(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-6) * w[f"{name}.weight"] + w[f"{name}.bias"]

    where = w["embeddings.position_embeddings.weight"][: len(ids)] + w["embeddings.token_type_embeddings.weight"][0]
    x = norm(w["embeddings.word_embeddings.weight"][ids] + where, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        p = f"encoder.layer.{layer}"
        q, k, v = (dense(x, f"{p}.attention.self.{n}") for n in ("query", "key", "value"))
        mixed = []
        for head in np.split(np.arange(HIDDEN), HEADS):
            scores = np.exp(q[:, head] @ k[:, head].T / np.sqrt(HIDDEN / HEADS))
            mixed.append(scores / scores.sum(-1, keepdims=True) @ v[:, head])
        x = norm(x + dense(np.hstack(mixed), f"{p}.attention.output.dense"), f"{p}.attention.output.LayerNorm")
        wide = dense(x, f"{p}.intermediate.dense")
        x = norm(x + dense(wide * (1 + erf(wide / np.sqrt(2))) / 2, f"{p}.output.dense"), f"{p}.output.LayerNorm")
    vector = x.mean(axis=0) if pooling == "mean" else x[0]
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(("pooling", "prefix"), [("mean", ""), ("cls", "bert.")])
def test_a_bert_folder_gives_what_the_definition_gives(tmp_path, monkeypatch, pooling, prefix):
    monkeypatch.setenv("VOC_PRECISION", "f32")
    found = encode.encode(TEXTS, encoder=str(bert_folder(tmp_path / "own-model", pooling, prefix)))
    assert found.shape == (5, HIDDEN)
    assert found.dtype == np.float32
    assert np.abs(found - [numpy_bert(text, pooling) for text in TEXTS]).max() < 2e-5


def test_the_processors_own_precision_agrees(tmp_path):
    path = str(bert_folder(tmp_path / "own-model"))
    found = encode.encode(TEXTS, encoder=path)
    assert (found * [numpy_bert(text, "mean") for text in TEXTS]).sum(axis=1).min() > 0.999
    assert encode.describe(path).startswith("own-model (")
    assert encode.describe(path).endswith((" on OpenVINO, bf16", " on OpenVINO, f32"))
    assert str(tmp_path) not in encode.describe(path)


def test_same_bits_alone_in_any_batch_and_from_the_cache(tmp_path):
    path = str(bert_folder(tmp_path / "own-model"))
    many = [f"{text} {'late ' * i}" for i in range(8) for text in TEXTS]
    together = encode.encode(many, encoder=path)
    assert np.array_equal(encode.encode(many, encoder=path), together)
    for i in (0, 3, 17, 39):
        assert np.array_equal(encode.encode([many[i]], encoder=path, use_cache=False)[0], together[i])


def test_other_weights_in_the_same_folder_are_another_encoder(tmp_path):
    path = bert_folder(tmp_path / "own-model")
    before, name, file = encode.encode(TEXTS, encoder=str(path)), encode.describe(str(path)), encode.cache_path(str(path))
    save_file(random_weights(seed=1), path / "model.safetensors")
    assert not np.allclose(encode.encode(TEXTS, encoder=str(path)), before, atol=0.1)
    assert encode.describe(str(path)) != name
    assert encode.cache_path(str(path)) != file
    assert encode.cache_path(str(path)) != encode.cache_path()


def exported_folder(path: Path, *, rank: int, kinds: bool = False, name: str = "input_ids") -> tuple[Path, np.ndarray]:
    """An OpenVINO file that looks tokens up in a table; with rank 2 it sums them itself. Returns the table too."""
    import openvino as ov
    from openvino import opset13 as op

    path.mkdir()
    table = np.random.default_rng(2).normal(size=(len(VOCABULARY), 6)).astype(np.float32)
    ids, mask, kind = (op.parameter([-1, -1], np.int64, name=n) for n in (name, "attention_mask", "token_type_ids"))
    for node, label in ((ids, name), (mask, "attention_mask"), (kind, "token_type_ids")):
        node.output(0).set_names({label})
    vectors = op.gather(table, ids, 0)
    if kinds:
        vectors = op.add(vectors, op.multiply(op.unsqueeze(op.convert(kind, np.float32), 2), np.float32(9)))
    vectors = op.add(vectors, op.multiply(op.unsqueeze(op.convert(mask, np.float32), 2), np.float32(0)))
    if rank == 2:
        vectors = op.reduce_sum(op.multiply(vectors, op.unsqueeze(op.convert(mask, np.float32), 2)), np.array([1]))
    ov.save_model(ov.Model([op.result(vectors)], [ids, mask, *([kind] if kinds else [])], "tiny"), path / "openvino_model.xml")
    tokenizer().save(str(path / "tokenizer.json"))
    return path, table


@pytest.mark.parametrize(("rank", "kinds"), [(3, False), (3, True), (2, False)])
def test_an_exported_network_gives_the_mean_of_its_tokens(tmp_path, monkeypatch, rank, kinds):
    """A sum and a mean have the same direction, so one oracle serves both kinds of output. Tables are stored in half precision."""
    monkeypatch.setenv("VOC_PRECISION", "f32")
    path, table = exported_folder(tmp_path / "exported", rank=rank, kinds=kinds)
    found = encode.encode(TEXTS, encoder=str(path))
    truth = np.array([table[tokenizer().encode(text).ids].mean(axis=0) for text in TEXTS])
    assert np.abs(found - truth / np.linalg.norm(truth, axis=1, keepdims=True)).max() < 2e-3
    assert encode.describe(str(path)).endswith("on OpenVINO, f32")


def test_pooling_of_the_folder_is_honoured_for_an_exported_network(tmp_path, monkeypatch):
    monkeypatch.setenv("VOC_PRECISION", "f32")
    path, table = exported_folder(tmp_path / "exported", rank=3)
    bert_folder(tmp_path / "settings", "cls")
    for name in ("modules.json", "1_Pooling"):
        (tmp_path / "settings" / name).rename(path / name)
    found = encode.encode(TEXTS, encoder=str(path))
    assert np.abs(found - table[2] / np.linalg.norm(table[2])).max() < 2e-3


def test_unknown_inputs_are_refused(tmp_path):
    path, _ = exported_folder(tmp_path / "exported", rank=3, name="pixels")
    with pytest.raises(VocError, match="has the inputs attention_mask, pixels; needed are input_ids and attention_mask"):
        encode.encode(TEXTS, encoder=str(path))


def test_a_damaged_export_is_refused(tmp_path):
    path, _ = exported_folder(tmp_path / "exported", rank=3)
    (path / "openvino_model.xml").write_text("<net>")
    with pytest.raises(VocError, match=r"openvino_model\.xml cannot be read"):
        encode.encode(TEXTS, encoder=str(path))


def test_a_folder_that_is_no_model_says_what_was_found(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "march.txt").write_text("hello")
    with pytest.raises(VocError, match=r'"letters" cannot be read: found march\.txt; allowed are a sentence-transformers folder'):
        encode.encode(TEXTS, encoder=str(tmp_path / "letters"))
    with pytest.raises(VocError, match='found no folder "nowhere"'):
        encode.describe(str(tmp_path / "nowhere"))


@pytest.mark.skipif(importlib.util.find_spec(folder.PEER) is not None, reason="sentence-transformers is installed and would run it")
@pytest.mark.parametrize("changes", [{"model_type": "mpnet"}, {"hidden_act": "relu"}, {"position_embedding_type": "relative_key"}])
def test_what_is_not_a_plain_bert_is_never_run_as_one(tmp_path, changes):
    path = bert_folder(tmp_path / "own-model", **changes)
    with pytest.raises(VocError, match="is not a plain BERT and needs the package sentence_transformers"):
        encode.encode(TEXTS, encoder=str(path))


@pytest.mark.skipif(importlib.util.find_spec(folder.PEER) is not None, reason="sentence-transformers is installed and would run it")
def test_pooling_that_we_do_not_have_is_refused(tmp_path):
    with pytest.raises(VocError, match="needs the package sentence_transformers"):
        encode.encode(TEXTS, encoder=str(bert_folder(tmp_path / "own-model", "max")))


@pytest.mark.skipif(importlib.util.find_spec(folder.PEER) is not None, reason="sentence-transformers is installed and would run it")
@pytest.mark.parametrize(
    ("file", "content"),
    [("sentence_bert_config.json", {"do_lower_case": True}), ("config_sentence_transformers.json", {"default_prompt_name": "query"})],
)
def test_a_model_that_changes_the_text_first_is_not_run_without_that(tmp_path, file, content):
    path = bert_folder(tmp_path / "own-model")
    (path / file).write_text(json.dumps(content))
    with pytest.raises(VocError, match="needs the package sentence_transformers"):
        encode.encode(TEXTS, encoder=str(path))


@pytest.mark.parametrize(("file", "name"), [("sentence_bert_config.json", "max_seq_length"), ("tokenizer_config.json", "model_max_length")])
def test_texts_are_cut_where_the_model_says(tmp_path, file, name):
    path = bert_folder(tmp_path / "own-model")
    (path / file).write_text(json.dumps({name: 6}))
    found = encode.encode(["the parcel was late", "the parcel was late again ."], encoder=str(path))
    assert np.array_equal(found[0], found[1])


@pytest.mark.parametrize("kept", [4, 200, 9000])
def test_weights_cut_off_are_refused(tmp_path, kept):
    path = bert_folder(tmp_path / "own-model")
    weights = path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    with pytest.raises(VocError, match="cut off"):
        encode.encode(TEXTS, encoder=str(path))


class _Peer:
    """Stands in for a sentence-transformers model: a text's vector is its length; it notes the batches it is given."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def tokenizer(self, texts, truncation):
        return {"input_ids": [text.split() for text in texts]}

    def encode(self, batch, **how):
        self.batches.append(list(batch))
        return np.array([[len(text), 1.0] for text in batch], np.float32)


def test_sentence_transformers_gets_batches_of_one_shape():
    peer = _Peer()
    texts = [f"{'late ' * (i % 3)}{i}" for i in range(50)]
    found = folder._run_peer(peer, texts)
    assert found[:, 0].tolist() == [len(text) for text in texts]
    assert {len(batch) for batch in peer.batches} == {16}
    assert all(len({len(text.split()) for text in batch}) == 1 for batch in peer.batches)
