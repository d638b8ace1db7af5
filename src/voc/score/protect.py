"""Sizes of groups -> which of them are hidden, so that no small group can be worked out from what is shown beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import lsmr

from voc.schema import MIN_ANSWERS, VocError
from voc.stats import Floats

Bools = NDArray[np.bool_]
Matrix = sparse.csr_array
ZERO = 1e-6  # of numbers that are either 0 or of the order of 1 / the number of groups


def hidden(sizes: ArrayLike, *, always: ArrayLike | None = None) -> Bools:
    """Which groups, or combinations of groups, are not shown.

    Args:
        sizes: (groups,) answers of each group, or (groups of one column, groups of another, ...) of every combination. Give columns and
            groups in one order everywhere, such as that of their names: of equal groups the first is hidden.
        always: same shape, groups that are not shown whatever their size, such as blank ones. Leave them out (size 0) where their size
            is shown.

    Returns:
        Same shape: hidden groups. Groups without answers are no groups and never hidden.

    Raises:
        VocError: a size is negative or missing, or the shapes differ.

    Notes:
        Groups with 1 to 9 answers are hidden. All answers less the shown groups are the hidden ones together, so the smallest further
        groups are hidden until those have 10 answers or more: at least two groups, or one that is no small one.

        Of combinations, the totals of every column and of fewer columns are taken as shown in tables of their own, unless this rule
        hides them there. So what is hidden must have no or at least 10 answers in each line of the table, and the size of no small
        group may follow from several lines together. It does not when the hidden sizes could change so that this one does and no
        total. While something is given away, the smallest combination that helps is hidden too. This hides little, though not always
        the least.

        A reader is taken to know sums and which combinations have answers, not that sizes are whole numbers nor why a group is hidden.
        What the totals alone give away to that reader, no hiding of combinations prevents. Columns of which one is a finer division
        of another are safe only as combinations, or by `hidden_by_place`.

    References:
        Willenborg & de Waal 2001, Elements of Statistical Disclosure Control, Springer, chapters 1.5 and 5; Cox 1980, JASA 75:377.

    Example:
        >>> hidden([9, 12, 40, 50]).tolist()
        [True, True, False, False]
        >>> hidden([[5, 30, 80], [110, 70, 60]]).tolist()
        [[True, True, False], [True, True, False]]
    """
    n, never = _checked(sizes, always)
    return _crossed(n, never)[0]


def hidden_by_place(there: ArrayLike, *, always: ArrayLike | None = None, nowhere: ArrayLike | None = None) -> Bools:
    """Which groups are not shown, where the totals of touchpoints or the like are shown as well.

    Args:
        there: (groups, places) answers of each group at each place; which groups have answers at a place counts as known.
        always: (groups,) groups that are not shown whatever their size, such as blank ones.
        nowhere: (places,) places that are not shown whatever their size, such as blank ones.

    Returns:
        (groups,) hidden groups: those of `hidden`, and the smallest further ones until what is hidden has no or at least 10 answers at
        every place that is shown, where that follows.

    Raises:
        VocError: a size is negative or missing, or the shapes differ.

    Notes:
        A shown group with answers at several places does not say how many at each, so what is hidden at one of them does not follow; what is
        hidden at all of them together does. Hence places count as one where shown groups join them, and apart where each group has its place,
        as stores have.

    Example:
        >>> hidden_by_place([[4, 0], [0, 12], [30, 0], [50, 0], [0, 60]]).tolist()
        [True, True, True, False, False]
    """
    n, _ = _checked(there, None)
    if n.ndim != 2:
        raise VocError(f"sizes by place must have two dimensions, groups and places; found {n.ndim}")
    whole = n.sum(axis=1)
    dark = hidden(n.sum(axis=0), always=nowhere)
    lines = np.vstack([n.T[~dark], n.T[dark].sum(axis=0)])
    mask = hidden(whole, always=always)
    while True:
        wider = _widened(sparse.csr_array(_joined(lines, ~mask)), whole, mask)
        if (wider == mask).all():
            return mask
        mask = wider


def hidden_by_side(sizes: ArrayLike, *, always: ArrayLike | None = None, nowhere: ArrayLike | None = None) -> tuple[Bools, Bools]:
    """Which groups are put together because they are hidden on some side, such as before or after a change.

    Args:
        sizes: (sides, groups) answers; or (sides, groups, places), where each side's table is that of `hidden_by_place`.
        always: (groups,) groups that are not shown whatever their size, such as blank ones.
        nowhere: (places,) places that are not shown whatever their size, such as blank ones.

    Returns:
        (groups,) groups to put together, and (sides,) sides on which even these have fewer than 10 answers, so that they must be
        shown without a score.

    Raises:
        VocError: a size is negative or missing, or the shapes differ.

    Notes:
        A group large on one side may be shown in that side's own table, where it then hides no small one that it is put together with.
        Hence all that a side's own table hides is put together, also the large groups that it hides to keep a small one from being worked
        out. The groups put together, and the others, then tell no more of a side than its own table does.

    Example:
        >>> together, scoreless = hidden_by_side([[5, 60, 50, 300], [200, 5, 40, 300]])
        >>> together.tolist(), scoreless.tolist()
        ([True, True, True, False], [False, False])
    """
    n, _ = _checked(sizes, None)
    if n.ndim not in (2, 3):
        raise VocError(f"sizes by side must have two or three dimensions: sides, groups and places; found {n.ndim}")
    whole = n if n.ndim == 2 else n.sum(axis=2)
    each = [hidden(side, always=always) if n.ndim == 2 else hidden_by_place(side, always=always, nowhere=nowhere) for side in n]
    mask = np.array(each, dtype=bool).reshape(whole.shape)
    left = (whole * mask).sum(axis=1)
    return np.asarray(mask.any(axis=0)), small(left)


def small(sizes: ArrayLike) -> Bools:
    """Which sizes are those of groups too small to be shown: 1 to 9; missing ones are not."""
    n = np.asarray(sizes, dtype=float)
    return np.asarray((n > 0) & (n < MIN_ANSWERS), dtype=bool)


def _checked(sizes: ArrayLike, always: ArrayLike | None) -> tuple[Floats, Bools]:
    """Both arrays, of one shape."""
    n = np.asarray(sizes, dtype=float)
    never = np.zeros(n.shape, dtype=bool) if always is None else np.asarray(always, dtype=bool)
    if n.ndim == 0 or never.shape != n.shape:
        raise VocError(f"sizes and groups that are always hidden must be arrays of one shape; found {n.shape} and {never.shape}")
    if not (n >= 0).all():
        raise VocError(f"a group has 0 answers or more; found {n[~(n >= 0)][0]:g}")
    return n, never


def _first(n: Floats, never: Bools) -> Bools:
    """Groups that are hidden on their own account."""
    return (n > 0) & (never | (n < MIN_ANSWERS))


def _crossed(n: Floats, never: Bools) -> tuple[Bools, Matrix, Matrix]:
    """Hidden combinations, the lines whose totals are known, and the sums that must not be; lines and sums are (k, combinations), 0 and 1."""
    cells = sparse.eye_array(n.size, format="csr")
    lines, secret = [], [cells[np.flatnonzero(small(n))]]
    if n.ndim == 1:
        lines.append(sparse.csr_array(np.ones((1, n.size))))
    for axis in range(n.ndim if n.ndim > 1 else 0):
        total = n.sum(axis=axis)
        dark, known, secrets = _crossed(total, np.asarray(never.all(axis=axis)))
        at = np.broadcast_to(np.expand_dims(np.arange(total.size).reshape(total.shape), axis), n.shape).ravel()
        shown = np.flatnonzero(~dark & (total > 0))
        # Of the totals that are hidden in their own table, the sum over each of its lines is known.
        left = known @ sparse.diags_array(dark.ravel().astype(float))
        lines += [sparse.eye_array(total.size, format="csr")[shown][:, at], left.tocsr()[:, at]]
        secret.append(secrets[:, at])
    table, sums = sparse.vstack(lines, format="csr"), sparse.vstack(secret, format="csr")
    amounts = (table @ sparse.diags_array(n.ravel())).tocsr()
    mask = _widened(amounts, n.ravel(), _first(n, never).ravel())
    if n.ndim > 1:
        mask = _loosened(table, amounts, sums, n.ravel(), mask)
    return mask.reshape(n.shape), table, sums


def _widened(amounts: Matrix, n: Floats, mask: Bools) -> Bools:
    """Hide further groups, where lines cross first and the smallest of those, until the hidden have no or at least 10 answers in every line."""
    mask, present = mask.copy(), (amounts > 0).astype(float).T.tocsr()
    while True:
        left = amounts @ mask.astype(float)
        thin = ~mask * (present @ small(left).astype(float))
        if not thin.any():
            return mask
        mask[_smallest(n, thin == thin.max())] = True


def _joined(lines: Floats, shown: Bools) -> Floats:
    """(parts, groups) lines added up that shown groups join: a group in two lines tells only what it has in both together."""
    meet = (lines[:, shown] > 0).astype(int)
    parts, part = connected_components(sparse.csr_array(meet @ meet.T), directed=False)
    return np.array([lines[part == k].sum(axis=0) for k in range(parts)])


def _smallest(n: Floats, which: Bools) -> int:
    return int(np.argmin(np.where(which, n, np.inf)))


def _loosened(lines: Matrix, amounts: Matrix, secret: Matrix, n: Floats, mask: Bools) -> Bools:
    """Hide further groups until none of the secret sums follows from the lines' totals and what is shown."""
    secret = secret[np.flatnonzero(~_follow(lines, secret, n > 0))]
    while True:
        given = np.flatnonzero(_follow(lines, secret, mask))
        if not given.size:
            return mask
        least = given[int(np.argmin(secret[given] @ n))]
        # The sum is a combination of the lines. It is none any more once a group is hidden that the combination contains, and whose
        # answers can be moved to hidden ones without a change of any total.
        target, unknown = secret[[least]].toarray()[0], lines[:, np.flatnonzero(mask)].T.tocsr()
        way = _solved(unknown, target[mask])
        used = ~mask & (n > 0) & (np.abs(lines.T @ way) > ZERO)
        moved = used & (np.abs(lines.T @ _unseen(unknown)) < ZERO)
        mask = mask.copy()
        mask[_smallest(n, next(which for which in (moved, used, ~mask & (n > 0)) if which.any()))] = True
        mask = _widened(amounts, n, mask)


def _follow(lines: Matrix, sums: Matrix, mask: Bools) -> Bools:
    """Which sums follow from the lines' totals when the masked groups are not known.

    A random change of the masked groups that leaves all totals as they are alters every sum that does not follow, almost surely.
    """
    at = np.flatnonzero(mask)
    return np.asarray(np.abs(sums[:, at] @ _unseen(lines[:, at])) < ZERO, dtype=bool)


def _unseen(matrix: Matrix) -> Floats:
    """A random vector that the matrix turns into zeros."""
    out = np.random.default_rng(0).standard_normal(matrix.shape[1])
    for _ in range(5):
        seen = matrix @ out
        if np.abs(seen).max(initial=0) < ZERO**2:
            break
        out = out - _solved(matrix, seen)
    return out


def _solved(matrix: Matrix, right: Floats) -> Floats:
    """The shortest solution of a linear system that has one."""
    return np.asarray(lsmr(matrix, right, atol=1e-14, btol=1e-14, conlim=0, maxiter=10 * sum(matrix.shape))[0], dtype=np.float64)
