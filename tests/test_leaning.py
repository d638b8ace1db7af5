"""Estimates that lean on one another, held against metafor's published values."""

import numpy as np
import pytest

from voc import stats

# Colditz et al. 1994, BCG vaccine against tuberculosis (metafor's dat.bcg): cases and others among the vaccinated, then among the others.
BCG = np.array(
    [
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761), (180, 1361, 372, 1079),
        (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ],
    dtype=float,
)  # fmt: skip


def log_risk_ratios() -> tuple[np.ndarray, np.ndarray]:
    a, b, c, d = BCG.T
    return np.log((a / (a + b)) / (c / (c + d))), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def test_the_variance_between_is_metafors():
    """metafor, rma(measure="RR", ..., data=dat.bcg, method="PM"): tau^2 = 0.3181."""
    values, errors = log_risk_ratios()
    assert stats.between_variance(values, errors) == pytest.approx(0.3181, abs=5e-5)


def test_best_estimates_are_those_of_a_joint_normal_model():
    """Slow and obvious: mean and effects as one normal vector, a flat prior on the mean, conditioned on what was measured."""
    values, errors = log_risk_ratios()
    between, k = stats.between_variance(values, errors), len(values)
    precision = np.zeros((k + 1, k + 1))  # of the mean and the k true values
    precision[0, 0] = k / between
    precision[0, 1:] = precision[1:, 0] = -1 / between
    precision[1:, 1:] = np.diag(1 / between + 1 / errors**2)
    joint = np.linalg.inv(precision)
    expected = joint @ np.concatenate([[0.0], values / errors**2])
    best, error = stats.leaned(values, errors)
    assert best == pytest.approx(expected[1:])
    assert error == pytest.approx(np.sqrt(np.diag(joint)[1:]))


def test_estimates_that_differ_by_chance_only_are_put_together():
    best, error = stats.leaned([1.0, 1.1, 0.9], [1.0, 1.0, 1.0])
    assert best == pytest.approx([1.0, 1.0, 1.0])
    assert error == pytest.approx([3**-0.5] * 3)


def test_sure_estimates_keep_their_place():
    best, error = stats.leaned([-5.0, 0.0, 5.0], [1e-6] * 3)
    assert best == pytest.approx([-5, 0, 5])
    assert error == pytest.approx([1e-6] * 3, rel=1e-3)


def test_a_single_estimate_stays():
    best, error = stats.leaned([3.0], [2.0])
    assert (best[0], error[0]) == pytest.approx((3.0, 2.0))
