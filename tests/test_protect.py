"""Small groups cannot be worked out: hand examples, and random tables against a slow reader who solves every equation."""

from itertools import chain, combinations, pairwise, product

import numpy as np
import pytest

from voc.schema import MIN_ANSWERS, VocError
from voc.score import protect

# --- oracles -----------------------------------------------------------------------------------------------------------


def small(n: float) -> bool:
    return 0 < n < MIN_ANSWERS


def naive_hidden(sizes: list[int], always: list[bool]) -> list[bool]:
    """The rule for one column, word for word."""
    out = [n > 0 and (a or small(n)) for n, a in zip(sizes, always, strict=True)]

    def enough() -> bool:
        left = [n for n, h in zip(sizes, out, strict=True) if h]
        return not left or (len(left) >= 2 and sum(left) >= MIN_ANSWERS) or (len(left) == 1 and left[0] >= MIN_ANSWERS)

    while not enough() and any(n > 0 and not h for n, h in zip(sizes, out, strict=True)):
        out[min((n, i) for i, n in enumerate(sizes) if n > 0 and not out[i])[1]] = True
    return out


def follows(equations: np.ndarray, wanted: np.ndarray) -> bool:
    """Whether a sum of unknowns has one value only, given the sums in the equations."""
    if not wanted.any():
        return True
    solution, *_ = np.linalg.lstsq(equations.T, wanted, rcond=None)
    return bool(np.allclose(equations.T @ solution, wanted, atol=1e-7))


def totals_of(n: np.ndarray, always: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Sums of cells of a crossed table that are shown in other tables, and those that must not be known; each as a 0/1 array of cells."""
    known, secret = [np.ones(n.shape)], []
    axes = range(n.ndim)
    for kept in chain.from_iterable(combinations(axes, k) for k in range(1, n.ndim)):
        dropped = tuple(a for a in axes if a not in kept)
        size, never = n.sum(axis=dropped), always.all(axis=dropped)
        mask = naive_hidden(size.tolist(), never.tolist()) if len(kept) == 1 else protect.hidden(size, always=never)
        for at in np.ndindex(size.shape):
            part = np.zeros(n.shape)
            part[tuple(at[kept.index(a)] if a in kept else slice(None) for a in axes)] = 1
            if not np.asarray(mask)[at]:
                known.append(part)
            elif small(size[at]):
                secret.append(part)
    for at in zip(*np.nonzero((n > 0) & (n < MIN_ANSWERS)), strict=True):
        part = np.zeros(n.shape)
        part[at] = 1
        secret.append(part)
    return known, secret


def leaks(n: np.ndarray, mask: np.ndarray, always: np.ndarray) -> list[list[tuple[int, ...]]]:
    """Small combinations, and small groups of one column, that follow from the shown cells and totals and not from the totals alone."""
    known, secret = totals_of(n, always)
    out = []
    for part in secret:
        given, alone = (follows(np.array([k[which] for k in known]), part[which]) for which in (mask, n > 0))
        if given and not alone:
            out.append(np.argwhere(part).tolist())
    return out


def thin_lines(n: np.ndarray, mask: np.ndarray, always: np.ndarray) -> list[float]:
    """What is hidden in each row, each column and all totals hidden elsewhere, where it is somebody but fewer than ten answers."""
    out = []
    for axis in range(2):
        size, never = n.sum(axis=1 - axis), always.all(axis=1 - axis)
        dark = np.array(naive_hidden(size.tolist(), never.tolist()), dtype=bool)
        left = (n * mask).sum(axis=1 - axis)
        out += [x for x in (*left[~dark], left[dark].sum()) if small(x)]
    return out


def random_table(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Mostly large cells, some small ones and some empty."""
    kind = rng.choice(3, size=shape, p=rng.dirichlet([2, 2, 6]))
    return np.choose(kind, [np.zeros(shape, dtype=int), rng.integers(1, 10, shape), rng.integers(10, 60, shape)])


# --- one column --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([9, 12, 40, 50], [True, True, False, False]),
        ([9, 40], [True, True]),
        ([9, 3, 40], [True, True, False]),  # 12 together
        ([5, 4, 40], [True, True, True]),  # 9 together would be a small group of its own
        ([5, 5, 40], [True, True, False]),
        ([40, 9, 9, 0], [False, True, True, False]),
        ([9, 0, 40, 50], [True, False, True, False]),  # an empty group hides nobody
        ([10, 10], [False, False]),
        ([5, 4], [True, True]),
        ([0, 0], [False, False]),
        ([], []),
    ],
)
def test_a_small_group_is_hidden_among_ten_answers(sizes, expected):
    assert protect.hidden(sizes).tolist() == expected


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([3, 40, 50], [True, True, False]),  # a lone small blank group
        ([30, 40, 50], [True, False, False]),  # a lone large one
        ([30, 4, 50], [True, True, False]),  # a small group and a large blank one
        ([3, 4, 50], [True, True, True]),
        ([0, 4, 50, 60], [False, True, True, False]),  # nobody left it blank
    ],
)
def test_a_blank_group_is_hidden_and_counts(sizes, expected):
    always = [True] + [False] * (len(sizes) - 1)
    assert protect.hidden(sizes, always=always).tolist() == expected


@pytest.mark.parametrize("seed", range(100))
def test_one_column_is_the_rule_word_for_word(seed):
    rng = np.random.default_rng(seed)
    n = random_table(rng, (int(rng.integers(0, 8)),))
    always = rng.random(n.shape) < 0.2
    assert protect.hidden(n, always=always).tolist() == naive_hidden(n.tolist(), always.tolist())


# --- crossed columns ---------------------------------------------------------------------------------------------------


def test_a_hidden_combination_does_not_follow_from_the_totals_of_its_column():
    """Product Q is shown elsewhere with (23, 41, 51) answers; were south Q shown with (20, 40, 50), north Q would be (3, 1, 1)."""
    n = np.array([[30, 5, 70], [150, 110, 90]])  # north and south by P, Q and R
    rows_only = np.array([[True, True, False], [False, False, False]])
    assert leaks(n, rows_only, np.zeros(n.shape, dtype=bool)) == [[[0, 1]]]
    assert protect.hidden(n).tolist() == [[True, True, False], [True, True, False]]
    assert protect.hidden(n[:, :2]).all()


def test_a_cell_between_two_squares_does_not_follow_from_several_lines():
    """Every line holds two hidden cells or none, and still the cell that joins the two squares is one sum of lines less another."""
    n = np.full((4, 4), 50)
    square = np.array([[True, True, False, False], [True, True, False, False], [False, False, True, True], [False, False, True, True]])
    n[square] = 7
    n[1, 2] = 3
    none = np.zeros(n.shape, dtype=bool)
    assert thin_lines(n, square | (n == 3), none) == []
    assert leaks(n, square | (n == 3), none) == [[[1, 2]]]
    mask = protect.hidden(n)
    assert leaks(n, mask, none) == []
    assert (mask[n < MIN_ANSWERS]).all()
    assert mask.sum() == 10


def test_a_small_row_does_not_follow_from_the_columns():
    """North has 8 answers, so its total is hidden elsewhere, together with that of the next smallest; the table must not give it back."""
    n = np.array([[5, 3, 0], [20, 15, 25], [90, 80, 70], [60, 95, 85]])
    mask = protect.hidden(n)
    assert leaks(n, mask, np.zeros(n.shape, dtype=bool)) == []
    assert mask[0].tolist() == [True, True, False]
    assert (n * mask)[:2].sum() >= MIN_ANSWERS


@pytest.mark.parametrize("seed", range(150))
def test_nothing_small_follows_from_a_crossed_table(seed):
    """Oracle: least squares over the sizes of the hidden cells, with every total that is shown elsewhere."""
    rng = np.random.default_rng(seed)
    n = random_table(rng, tuple(rng.integers(1, 6, 2)))
    blank_row, blank_column = rng.random(n.shape[0]) < 0.15, rng.random(n.shape[1]) < 0.15
    always = blank_row[:, None] | blank_column[None, :]
    mask = protect.hidden(n, always=always)
    assert mask[(n > 0) & (always | (n < MIN_ANSWERS))].all()
    assert not mask[n == 0].any()
    assert leaks(n, mask, always) == []
    assert thin_lines(n, mask, always) == [] or n.sum() < MIN_ANSWERS


@pytest.mark.parametrize("seed", range(25))
def test_nothing_small_follows_from_three_columns(seed):
    """The totals of pairs of columns are taken as shown as well."""
    rng = np.random.default_rng(seed)
    n = random_table(rng, tuple(rng.integers(2, 4, 3)))
    none = np.zeros(n.shape, dtype=bool)
    mask = protect.hidden(n)
    assert mask[(n > 0) & (n < MIN_ANSWERS)].all()
    assert leaks(n, mask, none) == []


def test_the_oracle_finds_what_hiding_small_cells_alone_gives_away():
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(50):
        n = random_table(rng, (4, 4))
        found += bool(leaks(n, (n > 0) & (n < MIN_ANSWERS), np.zeros(n.shape, dtype=bool)))
    assert found > 20


@pytest.mark.parametrize("seed", range(6, 9))
def test_little_more_is_hidden_than_must_be(seed):
    """Oracle: of all ways to hide further cells of a 3 x 3 table, the one that hides fewest and keeps both rules."""
    rng = np.random.default_rng(seed)
    ours = fewest = 0
    for _ in range(25):
        n = rng.integers(10, 60, (3, 3))
        n.flat[rng.choice(9, size=int(rng.integers(1, 4)), replace=False)] = rng.integers(1, 10)
        none, must = np.zeros(n.shape, dtype=bool), n < MIN_ANSWERS
        ways = (must | np.reshape(bits, (3, 3)) for bits in product([False, True], repeat=9) if not (np.reshape(bits, (3, 3)) & must).any())
        safe = (int(w.sum()) for w in sorted(ways, key=np.sum) if not thin_lines(n, w, none) and not leaks(n, w, none))
        ours, fewest = ours + int(protect.hidden(n).sum()), fewest + next(safe)
    assert fewest <= ours <= 1.1 * fewest


def test_what_the_totals_alone_give_away_ends_the_search():
    """Three of four combinations have answers, so the totals 55, 50 and 50, 55 give all of them; the rest is still hidden."""
    assert protect.hidden([[50, 5], [0, 50]]).tolist() == [[True, True], [False, True]]


def test_rows_and_columns_can_be_swapped():
    n = np.random.default_rng(7).permutation(np.arange(3, 45)).reshape(6, 7)  # no two alike
    assert (protect.hidden(n.T) == protect.hidden(n).T).all()


# --- whole groups beside the totals of places --------------------------------------------------------------------------


def test_a_small_store_is_hidden_with_another_of_its_touchpoint():
    """The next smallest group is of another touchpoint, so it does not hide a store whose touchpoint has a total of its own."""
    there = [[4, 0], [0, 12], [30, 0], [50, 0], [0, 60]]
    assert protect.hidden(np.sum(there, axis=1)).tolist() == [True, True, False, False, False]
    assert protect.hidden_by_place(there).tolist() == [True, True, True, False, False]


def test_blank_groups_and_places_count_as_hidden():
    there = [[4, 0], [0, 12], [30, 0], [50, 0], [0, 60]]
    assert protect.hidden_by_place([*there, [20, 1]], always=[False] * 5 + [True]).tolist() == [True, True, False, False, False, True]  # 1 call
    assert protect.hidden_by_place([[20, 5], [30, 6]], nowhere=[False, True]).tolist() == [False, False]
    assert protect.hidden_by_place([[4, 30], [30, 30], [60, 30]], nowhere=[False, True]).tolist() == [False, False, False]
    assert protect.hidden_by_place([[4, 3], [30, 30], [60, 30]], nowhere=[False, True]).tolist() == [True, True, False]


@pytest.mark.parametrize("seed", range(60))
def test_nothing_small_follows_from_the_totals_of_places(seed):
    """Oracle: every group's answers at every place are unknown; known are the totals of the shown groups, of the shown places, and of all."""
    rng = np.random.default_rng(seed)
    there = random_table(rng, tuple(rng.integers(1, 6, 2))) * rng.integers(0, 2, (1, 1))
    there = there + (rng.random(there.shape) < 0.4) * rng.integers(0, 30, there.shape)
    always, nowhere = rng.random(there.shape[0]) < 0.15, rng.random(there.shape[1]) < 0.15
    mask = protect.hidden_by_place(there, always=always, nowhere=nowhere)
    n = there.sum(axis=1)
    assert mask[(n > 0) & (always | (n < MIN_ANSWERS))].all()
    assert mask[protect.hidden(n, always=always)].all()  # so that crossed tables, which take only these as hidden, are safe beside it
    dark = np.array(naive_hidden(there.sum(axis=0).tolist(), nowhere.tolist()), dtype=bool)
    cells = there > 0
    known = [np.ones(int(cells.sum()))]
    known += [line(there.shape, (slice(None), place))[cells] for place in np.flatnonzero(~dark)]
    known += [line(there.shape, (group, slice(None)))[cells] for group in np.flatnonzero(~mask)]
    for places in chain.from_iterable(combinations(np.flatnonzero(~dark), k) for k in range(1, 1 + (~dark).sum())):
        part = line(there.shape, np.ix_(mask, places))[cells]
        assert not small(there[np.ix_(mask, places)].sum()) or not follows(np.array(known), part)
    for group in np.flatnonzero(mask & (n < MIN_ANSWERS) & (n > 0)):
        assert there.sum() < MIN_ANSWERS or not follows(np.array(known), line(there.shape, (group, slice(None)))[cells])


def line(shape: tuple[int, ...], where: object) -> np.ndarray:
    """1 where a total adds up, 0 elsewhere."""
    out = np.zeros(shape)
    out[where] = 1
    return out


def test_large_groups_that_are_everywhere_hide_no_other():
    """Airlines by cabin: 11 answers in first class, of which the hidden airlines have 3. Which of the others have the 8 is not known."""
    there = [[4, 1], [5, 2], [8, 0], [20, 3], [40, 5], [60, 0]]
    assert protect.hidden_by_place(there).tolist() == [True, True, True, False, False, False]


# --- two sides ---------------------------------------------------------------------------------------------------------


def told(n: np.ndarray, together: np.ndarray, always: np.ndarray) -> list[tuple[int, int]]:
    """(side, group) of small groups that follow from the whole, from each side's own table, and from the groups put together and the others."""
    out = []
    for side, sizes in enumerate(n):
        own = np.array(naive_hidden(sizes.tolist(), always.tolist()), dtype=bool)
        each = np.eye(len(sizes))
        known = np.vstack([np.ones(len(sizes)), each[~own], each[~together], together.astype(float)])[:, sizes > 0]
        out += [(side, g) for g in range(len(sizes)) if small(sizes[g]) and follows(known, each[g][sizes > 0])]
    return out


def test_a_group_large_on_one_side_hides_nobody_there():
    """X has 5 answers before and 200 after, Y 60 and 5. Put together alone, Y would be their 205 answers less the 200 that X shows after."""
    n, none = np.array([[5, 60, 50, 300], [200, 5, 40, 300]]), np.zeros(4, dtype=bool)
    assert told(n, np.array([True, True, False, False]), none) == [(0, 0), (1, 1)]
    together, scoreless = protect.hidden_by_side(n)
    assert together.tolist() == [True, True, True, False]
    assert scoreless.tolist() == [False, False]
    assert told(n, together, none) == []


def test_groups_put_together_without_ten_answers_have_no_score():
    together, scoreless = protect.hidden_by_side([[5, 3, 0], [20, 30, 40]])
    assert together.tolist() == [True, True, False]
    assert scoreless.tolist() == [True, False]


@pytest.mark.parametrize("seed", range(100))
def test_nothing_small_follows_from_two_sides(seed):
    """Oracle: least squares over each side's sizes; a side with fewer than ten answers is not shown at all."""
    rng = np.random.default_rng(seed)
    n = random_table(rng, (int(rng.integers(2, 4)), int(rng.integers(1, 8))))
    always = rng.random(n.shape[1]) < 0.15
    together, scoreless = protect.hidden_by_side(n, always=always)
    assert together[((n > 0) & (n < MIN_ANSWERS)).any(axis=0)].all()
    assert (together == np.array([naive_hidden(side.tolist(), always.tolist()) for side in n]).any(axis=0)).all()
    assert (scoreless == [small(side.sum()) for side in n]).all()
    assert [g for g in told(n, together, always) if not scoreless[g[0]]] == []


def test_sides_with_places_put_together_what_each_hides():
    """On each side a store of each touchpoint stands beside the small one, as in that side's table by place."""
    before, after = [[4, 0], [0, 12], [30, 0], [50, 0], [0, 60]], [[40, 0], [0, 12], [30, 0], [50, 0], [0, 8]]
    together, scoreless = protect.hidden_by_side([before, after])
    assert together.tolist() == [True, True, True, False, True]
    assert (together == protect.hidden_by_place(before) | protect.hidden_by_place(after)).all()
    assert not scoreless.any()
    assert protect.hidden_by_side([np.sum(before, axis=1), np.sum(after, axis=1)])[0].tolist() == [True, True, False, False, True]


def test_no_side_has_no_groups_to_hide():
    together, scoreless = protect.hidden_by_side(np.zeros((0, 3)))
    assert together.tolist() == [False] * 3
    assert scoreless.size == 0


# --- bad input and size ------------------------------------------------------------------------------------------------


def test_bad_sizes_raise():
    with pytest.raises(VocError, match="0 answers or more; found -1"):
        protect.hidden([4, -1])
    with pytest.raises(VocError, match="0 answers or more; found nan"):
        protect.hidden([4, np.nan])
    with pytest.raises(VocError, match="of one shape"):
        protect.hidden([4, 5], always=[True])
    with pytest.raises(VocError, match="of one shape"):
        protect.hidden(4)
    with pytest.raises(VocError, match="two dimensions, groups and places; found 1"):
        protect.hidden_by_place([4, 5])
    with pytest.raises(VocError, match="two or three dimensions: sides, groups and places; found 1"):
        protect.hidden_by_side([4, 5])


@pytest.mark.parametrize("shape", [(200,), (30, 30), (200, 6)])
def test_large_tables_are_safe_too(shape):
    """Line rule only: at this size the slow reader takes too long."""
    rng = np.random.default_rng(8)
    n = random_table(rng, shape)
    mask = protect.hidden(n)
    assert mask[(n > 0) & (n < MIN_ANSWERS)].all()
    assert not mask.all()
    if n.ndim == 2:
        assert thin_lines(n, mask, np.zeros(shape, dtype=bool)) == []


def test_a_long_chain_is_followed_to_its_end():
    """A staircase of hidden cells, two in every line but the first: each follows from the one before, so the corner is given away."""
    n = np.full((25, 25), 100)
    for i, j in pairwise(range(25)):
        n[i, i], n[j, i] = 60, 50
    n[-1, -1] = 5
    mask = protect.hidden(n)
    assert leaks(n, mask, np.zeros(n.shape, dtype=bool)) == []
    stairs = n < 100
    assert leaks(n, stairs, np.zeros(n.shape, dtype=bool)) == [[[24, 24]]]
