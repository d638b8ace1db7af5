"""Arrays are worked out once per content, read back the same to the last bit, and never trusted when the file is damaged."""

import numpy as np
import pytest

from voc.encode import cache, disk


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A cache folder of its own, and a function that counts how often it works."""
    monkeypatch.setenv("VOC_CACHE", str(tmp_path))
    calls = []

    def make():
        calls.append(1)
        return {"numbers": np.array([0.1, np.nan, -0.0]), "codes": np.array(["de", "en"]), "none": np.empty((0, 3), np.int64)}

    return make, calls


def test_the_second_time_is_read_from_the_disk(made):
    make, calls = made
    first, second = (disk.arrays("x", ["a", np.arange(3)], make) for _ in range(2))
    assert len(calls) == 1
    for name, array in first.items():
        assert array.dtype == second[name].dtype
        assert array.shape == second[name].shape
        assert array.tobytes() == second[name].tobytes()


def test_other_content_is_worked_out_afresh(made):
    make, calls = made
    contents = (["ab", "c"], ["a", "bc"], ["c", "ab"], ["abc"], [np.arange(4)], [np.arange(4).reshape(2, 2)], [np.arange(4, dtype=np.int32)], [])
    for content in contents:
        disk.arrays("x", content, make)
    assert len(calls) == len(contents)
    disk.arrays("x", contents[0], make, packages=["scipy"])
    disk.arrays("y", contents[0], make)
    assert len(calls) == len(contents) + 2


def test_other_code_is_worked_out_afresh(made, monkeypatch):
    make, calls = made
    for code in ("one", "two"):
        monkeypatch.setattr(disk, "_code", lambda code=code: code)
        disk.arrays("x", ["a"], make)
    assert len(calls) == 2


def test_without_the_cache_nothing_is_kept(made):
    make, calls = made
    for _ in range(2):
        disk.arrays("x", ["a"], make, use_cache=False)
    assert len(calls) == 2
    assert not list(cache.folder().iterdir())


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:40] + bytes([b[40] ^ 1]) + b[41:], lambda b: b"", lambda b: b"hello"])
def test_a_damaged_file_is_made_afresh(made, damage, caplog):
    make, calls = made
    disk.arrays("x", ["a"], make)
    (file,) = (cache.folder() / "arrays").iterdir()
    file.write_bytes(damage(file.read_bytes()))
    disk.arrays("x", ["a"], make)
    assert len(calls) == 2
    assert "damaged" in caplog.text
    disk.arrays("x", ["a"], make)
    assert len(calls) == 2


def test_a_folder_that_cannot_be_written_only_warns(made, monkeypatch, tmp_path, caplog):
    make, calls = made
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VOC_CACHE", str(tmp_path / "file"))
    for _ in range(2):
        disk.arrays("x", ["a"], make)
    assert len(calls) == 2
    assert "going on without" in caplog.text


def test_no_text_of_a_comment_is_in_the_cache_folder(survey, tmp_path, monkeypatch):
    """No cached file holds twelve characters of any."""
    import voc

    monkeypatch.setenv("VOC_CACHE", str(tmp_path))
    part = survey.month("2026-09")
    themes = voc.themes.find(part)
    voc.themes.atlas(themes)
    kept = b"".join(f.read_bytes() for f in (tmp_path / "arrays").iterdir())
    assert {f.name.split("-")[0] for f in (tmp_path / "arrays").iterdir()} >= {"cuts", "alike", "tone", "places", "map"}
    said = {t[i : i + 12] for t in themes.comments["text"] for i in range(0, len(t) - 12, 12)}
    assert len(said) > 1000
    assert not [s for s in said if s.encode() in kept or s.encode("utf-32-le") in kept]
