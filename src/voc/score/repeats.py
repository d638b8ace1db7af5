"""Answers counted by unit and cell -> how much more each unit's score varies than that of as many separate, equally weighted answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from voc.schema import CUSTOMER, SCORE
from voc.score.tally import Tally
from voc.stats import Floats

Ints = NDArray[np.int64]

UNIT, CELL = "unit", "cell"


def designs(table: Tally, units: pd.Index) -> Floats:
    """Variance of each unit's weighted sum of bands, in variances of one answer per unit of weight: 1 for separate answers of weight 1.

    Args:
        table: answers counted by "unit" and "cell" (a touchpoint and contact reason).
        units: whose are asked for; k names.

    Returns:
        (k,) variances. Unit i's are (q + r (m - q)) / W, with q the sum of its squared weights, m that of its customers' squared sums of
        weights, and W its sum of weights: 1 + r (number of answers per customer - 1) where there are no weights and all answer equally often.

    Notes:
        r is how alike two answers of a customer are (intraclass correlation), 0..1. One number is estimated from all units together, because
        that of a unit with few customers is mostly chance. It is the moment estimate: T, the sum of customers' squared distances from their
        unit's score, and S, that of single answers, both beyond what their cells explain, are expected to be v sum (q + r (m - q)) (1 - m / W^2)
        and v sum q (1 - (q + r (m - q)) / W^2), with v the variance of an answer. Where all answers of every unit are the same nothing tells
        how alike they are, and r is 1.

    References:
        Kish 1965, Survey Sampling (design effect); Donner 1986, International Statistical Review 54:67 (intraclass correlation).
    """
    frame = table.frame.assign(band=np.digitize(table.frame[SCORE], (7, 9)) - 1.0)
    cells = frame.assign(net=frame["weight"] * frame["band"]).groupby(CELL)[["net", "weight"]].sum()
    usual = cells["net"] / cells["weight"].where(cells["weight"] > 0, 1.0)
    own = frame[frame[UNIT].isin(units)]
    row, off, carried = _placed(own, units, own["band"] - own[CELL].map(usual).astype(float))
    weight, square, people = (_sums(row, own[name].to_numpy(dtype=float), len(units)) for name in ("weight", "square", "alone_square"))
    if table.people is None:
        return np.asarray(square / weight)
    score = _sums(row, carried * off, len(units)) / weight
    apart, together = (float(own[name].to_numpy(dtype=float) @ (off - score[row]) ** 2) for name in ("square", "alone_square"))
    known = table.people[table.people[UNIT].isin(units)]
    each = known.assign(off=known["net"] - known["weight"] * known[CELL].map(usual).astype(float)).groupby([UNIT, CUSTOMER])[["weight", "off"]].sum()
    row, off, carried = _placed(each.reset_index(), units, each["off"])
    together += float(((off - carried * score[row]) ** 2).sum())
    people = people + _sums(row, carried**2, len(units))
    return np.asarray((square + _alike(apart, together, weight, square, people) * (people - square)) / weight)


def _sums(row: Ints, values: Floats, k: int) -> Floats:
    return np.asarray(np.bincount(row, values, k), dtype=float)


def _placed(rows: pd.DataFrame, units: pd.Index, off: pd.Series) -> tuple[Ints, Floats, Floats]:
    """Of some rows: the place of their unit, how far off they are, and their weight."""
    return np.asarray(units.get_indexer(pd.Index(rows[UNIT]))), off.to_numpy(dtype=float), rows["weight"].to_numpy(dtype=float)


def _alike(apart: float, together: float, weight: Floats, square: Floats, people: Floats) -> float:
    """How alike two answers of a customer are, from the sums over all units (apart, together) and those of each unit."""
    if apart <= 1e-12:
        return 1.0
    ratio, more, whole = together / apart, people - square, weight**2
    above = ratio * (square * (1 - square / whole)).sum() - (square * (1 - people / whole)).sum()
    below = (more * (1 - people / whole)).sum() + ratio * (square * more / whole).sum()
    return float(np.clip(above / below, 0, 1)) if below > 1e-9 else 0.0
