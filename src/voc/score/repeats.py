"""Answers counted by unit and cell -> how much more each unit's score varies than that of as many separate, equally weighted answers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from voc.schema import CUSTOMER, SCORE
from voc.score.tally import Tally
from voc.stats import Floats

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
    frame = table.frame.assign(band=(np.digitize(table.frame[SCORE], (7, 9)) - 1.0))
    frame["net"] = frame["weight"] * frame["band"]
    cells = frame.groupby(CELL)[["net", "weight"]].sum()
    mean = cells["net"] / cells["weight"].where(cells["weight"] > 0, 1.0)
    own = frame[frame[UNIT].isin(units)]
    off = own["band"] - own[CELL].map(mean)
    sums = own.assign(off=own["weight"] * off).groupby(UNIT)[["weight", "square", "alone_square", "off"]].sum().reindex(units, fill_value=0.0)
    weight, square, people = (sums[name].to_numpy(dtype=float) for name in ("weight", "square", "alone_square"))
    score = sums["off"].to_numpy(dtype=float) / np.maximum(weight, 1e-300)
    row = units.get_indexer(own[UNIT])
    distance = (off.to_numpy(dtype=float) - score[row]) ** 2
    apart = float(own["square"].to_numpy(dtype=float) @ distance)
    together = float(own["alone_square"].to_numpy(dtype=float) @ distance)
    if table.people is None:
        return np.asarray(square / weight)
    named = table.people[table.people[UNIT].isin(units)]
    each = named.assign(off=named["net"] - named["weight"] * named[CELL].map(mean)).groupby([UNIT, CUSTOMER])[["weight", "off"]].sum()
    row = units.get_indexer(each.index.get_level_values(UNIT))
    carried = each["weight"].to_numpy(dtype=float)
    together += float(((each["off"].to_numpy(dtype=float) - carried * score[row]) ** 2).sum())
    people = people + np.bincount(row, carried**2, len(units))
    return np.asarray((square + _alike(apart, together, weight, square, people) * (people - square)) / weight)


def _alike(apart: float, together: float, weight: Floats, square: Floats, people: Floats) -> float:
    """How alike two answers of a customer are, from the sums over all units (apart, together) and those of each unit."""
    if apart <= 1e-12:
        return 1.0
    ratio, more, whole = together / apart, people - square, weight**2
    above = ratio * (square * (1 - square / whole)).sum() - (square * (1 - people / whole)).sum()
    below = (more * (1 - people / whole)).sum() + ratio * (square * more / whole).sum()
    return float(np.clip(above / below, 0, 1)) if below > 1e-9 else 0.0
