"""Counts -> intervals, tests and draws: the pure numerics that every later stage shares. No frames, no text."""

from __future__ import annotations

from voc.stats.base import Floats, Side, normal_above, t_above, t_value, z_value
from voc.stats.differences import (
    difference_p,
    doubled_fisher_p,
    mantel_haenszel_difference,
    mantel_haenszel_p,
    mover_difference,
    share_difference,
    share_difference_p,
    weighted_sum,
    wilson,
)
from voc.stats.families import benjamini_hochberg, family_level, selected_level
from voc.stats.leaning import between_variance, leaned
from voc.stats.net import Method, expected_variance, net_interval, net_interval_at
from voc.stats.samples import effective_size, mean_error, resample

__all__ = [
    "Floats",
    "Method",
    "Side",
    "benjamini_hochberg",
    "between_variance",
    "difference_p",
    "doubled_fisher_p",
    "effective_size",
    "expected_variance",
    "family_level",
    "leaned",
    "mantel_haenszel_difference",
    "mantel_haenszel_p",
    "mean_error",
    "mover_difference",
    "net_interval",
    "net_interval_at",
    "normal_above",
    "resample",
    "selected_level",
    "share_difference",
    "share_difference_p",
    "t_above",
    "t_value",
    "weighted_sum",
    "wilson",
    "z_value",
]
