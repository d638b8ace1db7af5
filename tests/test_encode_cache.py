"""The cache never gives a wrong vector and never stops a run: two processes, cut-off and damaged files, folders that cannot be written."""

import multiprocessing
import sqlite3
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from voc import encode
from voc.encode import cache

WIDTH = 8
KEYS = [cache.key_of(f"text {i}") for i in range(500)]
VECTORS = np.random.default_rng(0).normal(size=(500, WIDTH)).astype(np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A cache file with 500 vectors."""
    made = tmp_path / "v.sqlite"
    cache.save(made, KEYS, VECTORS)
    return made


def right(found: dict[bytes, np.ndarray]) -> bool:
    """Whether every vector found is the one that was saved."""
    truth = dict(zip(KEYS, VECTORS, strict=True))
    return all(np.array_equal(vector, truth[key]) for key, vector in found.items())


def aside(path: Path) -> list[Path]:
    return list(path.parent.glob(f"{path.name}.broken-*"))


def test_same_bits_come_back(path):
    found = cache.load(path, [*KEYS, cache.key_of("other")], WIDTH)
    assert found.keys() == set(KEYS)
    assert right(found)


def test_a_key_that_is_there_stays(path):
    cache.save(path, KEYS[:3], VECTORS[:3] + 1)
    assert right(cache.load(path, KEYS, WIDTH))


def test_cache_keeps_no_text(tmp_path):
    path = tmp_path / "v.sqlite"
    private = "my telephone is under the bed"
    cache.save(path, [cache.key_of(private)], np.ones((1, 4), np.float32))
    assert all(private.encode() not in file.read_bytes() for file in tmp_path.iterdir())


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
    found = cache.load(Path(path), [cache.key_of(str(n)) for n in (*range(200), *range(1000, 1200))], 4)
    assert len(found) == 400
    assert not aside(Path(path))


@pytest.mark.parametrize("content", [b"", b"this is no database at all" * 50, bytes(8192)], ids=["empty", "foreign", "zeros"])
def test_a_foreign_file_is_set_aside(tmp_path, content, caplog):
    path = tmp_path / "v.sqlite"
    path.write_bytes(content)
    assert cache.load(path, KEYS, WIDTH) == {}
    cache.save(path, KEYS, VECTORS)
    found = cache.load(path, KEYS, WIDTH)
    assert len(found) == 500
    assert right(found)
    if content:
        assert "set aside and made afresh" in caplog.text
        assert [file.read_bytes() for file in aside(path)] == [content]


def test_a_database_of_someone_else_is_set_aside(tmp_path):
    path = tmp_path / "v.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE places (city TEXT)")
    database.close()
    assert cache.load(path, KEYS, WIDTH) == {}
    assert len(aside(path)) == 1


def test_vectors_of_another_width_are_set_aside(path):
    assert cache.load(path, KEYS, WIDTH + 1) == {}
    assert len(aside(path)) == 1


@pytest.mark.parametrize("kept", [0.05, 0.3, 0.6, 0.9, 0.99])
def test_a_file_cut_off_gives_no_wrong_vector(path, kept):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert right(cache.load(path, KEYS, WIDTH))
    cache.save(path, KEYS, VECTORS)
    found = cache.load(path, KEYS, WIDTH)
    assert len(found) == 500
    assert right(found)


def test_random_bytes_anywhere_give_no_wrong_vector(path):
    """Sixty files, each with 1 to 40 random bytes at a random place; many hit vectors, some the index, some the header."""
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(60):
        damaged = bytearray(content)
        start = int(rng.integers(len(content)))
        noise = rng.bytes(int(rng.integers(1, 40)))
        damaged[start : start + len(noise)] = noise
        path.write_bytes(damaged)
        found = cache.load(path, KEYS, WIDTH)
        assert right(found)
        refused += len(found) < 500
        cache.save(path, KEYS, VECTORS)
        again = cache.load(path, KEYS, WIDTH)
        assert right(again)
        assert len(again) == 500
    assert refused > 10  # the damage really was met
    assert len(aside(path)) >= 1


def test_a_vector_swapped_for_another_is_noticed(path):
    """A place that leads to the wrong block is damage too, though SQLite sees nothing wrong."""
    with sqlite3.connect(path) as database:
        database.execute("UPDATE places SET block = 1 + block % 3")
    database.close()
    assert cache.load(path, KEYS, WIDTH) == {}
    assert len(aside(path)) == 1


def test_a_folder_that_cannot_be_made_only_warns(tmp_path, monkeypatch, caplog):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VOC_CACHE", str(tmp_path / "file" / "cache"))
    assert np.allclose(np.linalg.norm(encode.encode(["no cache here"]), axis=1), 1, atol=1e-5)
    assert "going on without it" in caplog.text


def test_a_read_only_file_only_warns(path, monkeypatch, caplog):
    """Permissions do not stop an administrator, so SQLite itself is asked to write nothing."""
    real = sqlite3.connect
    monkeypatch.setattr(cache.sqlite3, "connect", lambda p, timeout: real(f"file:{p}?mode=ro", uri=True, timeout=timeout))
    cache.save(path, [cache.key_of("new")], VECTORS[:1])
    assert "readonly database" in caplog.text
    assert not aside(path)
    assert len(cache.load(path, KEYS, WIDTH)) == 500


def test_a_full_disk_only_warns(path, monkeypatch, caplog):
    """SQLite's own page limit raises the error that a full disk raises."""
    real = cache._open

    @contextmanager
    def small(path):
        with real(path) as database:
            pages = int(database.execute("PRAGMA page_count").fetchone()[0])
            database.execute(f"PRAGMA max_page_count = {pages}")
            yield database

    monkeypatch.setattr(cache, "_open", small)
    more = [cache.key_of(f"more {i}") for i in range(5000)]
    cache.save(path, more, np.ones((5000, WIDTH), np.float32))
    assert "disk is full" in caplog.text
    monkeypatch.undo()
    assert right(cache.load(path, KEYS, WIDTH))
    assert cache.load(path, more, WIDTH) == {}
    assert not aside(path)
