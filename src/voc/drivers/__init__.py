"""Survey -> Drivers: which touchpoint questions go with a high or low score, and how sure we are."""

from __future__ import annotations

from voc.drivers.ranking import Drivers, importance, rank

__all__ = ["Drivers", "importance", "rank"]
