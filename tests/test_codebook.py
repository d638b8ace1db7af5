"""Saved themes: the same after loading, in another process too; placing; and what is new, with a known rate of false alarms."""

import json
import subprocess
import sys

import numpy as np
import pytest

import voc
from voc import encode
from voc.sample import bank
from voc.schema import VocError
from voc.themes import codebook, place, renew

COMMENTS = [t for t, tags in zip(bank.load()["text"], bank.load()["themes"], strict=True) if len(tags) == 1][:700]


@pytest.fixture(scope="module")
def found():
    return voc.themes.find(COMMENTS[:600])


def test_saved_themes_are_the_same_after_loading(found, tmp_path):
    found.save(tmp_path)
    again = voc.themes.load(tmp_path)
    assert again.key == found.key
    assert sorted(p.name for p in tmp_path.iterdir()) == ["themes.json", "themes.safetensors"], "no pickle, nothing left over"


def test_another_process_predicts_the_same(found, tmp_path):
    found.save(tmp_path)
    new = COMMENTS[600:]
    here = voc.themes.find(new, saved=tmp_path).assignments
    script = (
        "import json, sys, voc\n"
        "comments = json.loads(sys.stdin.read())\n"
        f"found = voc.themes.find(comments, saved={str(tmp_path)!r}).assignments\n"
        "print(json.dumps([found['theme'].tolist(), found['subtheme'].tolist(), found['strength'].round(6).tolist()]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=json.dumps(new), capture_output=True, text=True, check=True)
    theme, sub, strength = json.loads(done.stdout.splitlines()[-1])
    assert theme == here["theme"].tolist()
    assert sub == here["subtheme"].tolist()
    assert np.allclose(strength, here["strength"], atol=1e-6)


def test_known_comments_keep_their_place(found, tmp_path):
    found.save(tmp_path)
    again = voc.themes.find(COMMENTS[:600], saved=tmp_path)
    assert again.comments[["theme", "subtheme"]].equals(found.comments[["theme", "subtheme"]])


@pytest.mark.parametrize("damage", ["missing", "json", "arrays", "version"])
def test_damaged_themes_are_refused_with_a_sentence(found, tmp_path, damage):
    found.save(tmp_path)
    facts = tmp_path / "themes.json"
    if damage == "missing":
        facts.unlink()
    elif damage == "json":
        facts.write_text("{", encoding="utf-8")
    elif damage == "arrays":
        (tmp_path / "themes.safetensors").write_bytes(b"half")
    else:
        facts.write_text(facts.read_text(encoding="utf-8").replace(f'"format": {codebook.FORMAT}', '"format": 99'), encoding="utf-8")
    with pytest.raises(VocError, match=r"themes\.json"):
        voc.themes.load(tmp_path)


def test_themes_of_another_encoder_are_refused(found):
    from dataclasses import replace

    with pytest.raises(VocError, match="another model"):
        voc.themes.find(COMMENTS[:50], saved=replace(found.book, encoder="another model"))


def test_no_text_is_kept(found, tmp_path):
    found.save(tmp_path)
    kept = (tmp_path / "themes.json").read_text(encoding="utf-8")
    longest = max(COMMENTS[:600], key=len)
    assert longest[:60] not in kept


def _unit(row):
    return row / np.linalg.norm(row)


@pytest.mark.parametrize("clauses", [False, True])
def test_voting_equals_a_slow_count(clauses):
    """Oracle: votes added up one by one, seen from the middle of the kept texts; on a clause half of the say goes to the themes' middles."""
    rng = np.random.default_rng(3)
    kept = rng.normal(size=(700, 6)) + 0.5
    kept /= np.linalg.norm(kept, axis=1, keepdims=True)
    sub, parent = rng.integers(0, 5, 700), np.array([0, 0, 1, 1, 2])
    asked = rng.normal(size=(12, 6)) + 0.5
    asked /= np.linalg.norm(asked, axis=1, keepdims=True)
    got, strength, nearness = place.vote(
        asked.astype(np.float32), kept.astype(np.float32), sub, parent, np.full(12, -1, dtype=np.int64), clauses=clauses
    )
    middle = kept.mean(axis=0)
    around = [_unit(k - middle) for k in kept]
    middles = [_unit(np.mean([k for k, s in zip(around, sub, strict=True) if parent[s] == t], axis=0)) for t in range(3)]
    for i, row in enumerate(asked):
        seen = _unit(row - middle)
        near = sorted(((float(seen @ k), int(s)) for k, s in zip(around, sub, strict=True)), reverse=True)[: 35 if clauses else place.VOTERS]
        votes = {t: sum(np.exp(place.CLOSER_COUNTS * c) for c, s in near if parent[s] == t) for t in range(3)}
        say = {t: votes[t] / sum(votes.values()) for t in range(3)}
        if clauses:
            close = {t: np.exp(place.MIDDLE_COUNTS * float(seen @ middles[t])) for t in range(3)}
            say = {t: 0.5 * say[t] + 0.5 * close[t] / sum(close.values()) for t in range(3)}
        theme = max(say, key=say.get)
        subs = {s: sum(np.exp(place.CLOSER_COUNTS * c) for c, x in near if x == s) for s in range(5) if parent[s] == theme}
        assert got[i] == max(subs, key=subs.get)
        assert strength[i] == pytest.approx(say[theme], rel=1e-4)
        assert nearness[i] == pytest.approx(np.mean([c for c, _ in near[: place.NEAREST]]), abs=1e-5)


def test_excess_is_fishers_exact_test():
    """R: fisher.test(matrix(c(12, 88, 5, 295), 2), alternative = "greater")$p.value = 0.0002145 (one-sided)."""
    from scipy.stats import fisher_exact

    p = renew.excess_p(np.array([5]), 300, np.array([12]), 100)[0]
    assert p == pytest.approx(fisher_exact([[12, 88], [5, 295]], alternative="greater").pvalue, rel=1e-9)


@pytest.fixture(scope="module")
def pool():
    texts = sorted({voc.text.normalise(t) for t in bank.load()["text"] if len(t) > 15})
    return texts, encode.encode(texts)


def test_nothing_new_is_found_where_nothing_is_new(pool):
    """Nominal 5 % per run: 60 runs in which the later comments are drawn from the same bank as the earlier ones."""
    texts, vectors = pool
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(60):
        order = rng.permutation(len(texts))
        now, before = vectors[order[:250]], vectors[order[250:]]
        near = [place.nearness(rows, before) for rows in (before, now)]
        alarms += bool(renew.new_groups(before, now, nearness_before=near[0], nearness_now=near[1]))
    assert alarms <= 8, "60 runs at 5 %: 8 and fewer in 99 % of such tests"


def test_a_new_theme_is_found(found):
    """Forty invented comments about something nobody wrote about before, among two hundred ordinary ones."""
    rng = np.random.default_rng(4)
    subjects = ["the drone delivery", "your delivery drone", "a parcel drone", "that flying drone"]
    faults = ["crashed into my greenhouse", "dropped the box in the pond", "was far too loud", "frightened the dog", "got stuck in our tree"]
    new = sorted({f"{s} {f} {d}" for s in subjects for f in faults for d in ("on Monday", "this week", "again")})[:40]
    later = [*rng.permutation(COMMENTS[600:]).tolist(), *new]
    after = voc.themes.find(later, saved=found.book)
    fresh = after.table[after.table["new"]]
    assert len(fresh) == 1
    ids = after.comments.index[after.comments["theme"] == fresh["id"].iloc[0]]
    assert len(set(ids) & set(range(len(later) - 40, len(later)))) >= 30
    assert "drone" in (fresh["label"].iloc[0] + " ".join(fresh["words"].iloc[0])).lower()
    assert len(after.table) >= len(fresh)
    again = voc.themes.find(later, saved=after.book)
    assert not again.table["new"].any() or again.book.newest == after.book.newest


def test_a_theme_given_after_the_themes_were_saved_is_added(found):
    """Its comments leave the themes where they were, the others stay; given again, nothing changes."""
    told = [t for t, tags in zip(bank.load()["text"], bank.load()["themes"], strict=True) if tags == ("sign_in_code",)][-40:]
    given = voc.themes.GivenTheme("Our code", "the code to sign in does not come", tuple(told[:8]))
    later = [*COMMENTS[:600], *told]
    before = voc.themes.find(later, saved=found.book)
    after = voc.themes.find(later, saved=found.book, changes=voc.themes.Changes(given=(given,)))
    assert set(after.table["label"]) >= {"Our code"}
    theme = after.table.set_index("label")["id"]["Our code"]
    mine = after.comments["theme"].eq(theme).to_numpy(dtype=bool)
    assert mine[600:].mean() > 0.8, "comments about the code are in it"
    elsewhere = ~mine & before.comments["theme"].notna().to_numpy()
    assert (after.comments["theme"] == before.comments["theme"])[elsewhere].mean() > 0.95
    again = voc.themes.find(later, saved=after.book, changes=voc.themes.Changes(given=(given,)))
    assert again.table["label"].tolist() == after.table["label"].tolist()


def test_hashes_find_their_texts():
    texts = ["a", "b", "ä"]
    hashes = codebook.hashed(texts)
    assert len(set(hashes.tolist())) == 3


def test_what_is_new_in_the_middle_of_what_is_known_is_found():
    """truth.json: sign-in codes emerge in the last month. They lie near to what is said of apps and calls; the months before hold nothing new."""
    survey = voc.read_survey("sample")
    for month, before, new in (("2026-08", "2026-07", 0), ("2026-09", "2026-08", 1)):
        kept = voc.themes.find(survey.until(before).window(before, months=13)).book
        found = voc.themes.find(survey.until(month).window(month, months=13), saved=kept)
        assert len(found.new_ids) == new
        if new:
            assert "code" in found.label_of(found.new_ids[0]).lower()
