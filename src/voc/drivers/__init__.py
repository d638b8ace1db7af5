"""Survey -> what goes with a high or low score, and how sure we are: ranking, both sides of each question, and what better answers go with."""

from __future__ import annotations

from voc.drivers.asymmetry import Asymmetry, asymmetry
from voc.drivers.checks import Checks, checks
from voc.drivers.compare import Differences, by_segment, over_time
from voc.drivers.grouped import GroupDrivers, rank_groups
from voc.drivers.ladders import Ladders, ladders
from voc.drivers.priority import Priorities, priorities
from voc.drivers.ranking import Drivers, importance, rank
from voc.drivers.themed import ThemeDrivers, with_themes
from voc.drivers.whatif import WhatIf, what_if

__all__ = [
    "Asymmetry", "Checks", "Differences", "Drivers", "GroupDrivers", "Ladders", "Priorities", "ThemeDrivers", "WhatIf", "asymmetry",
    "by_segment", "checks", "importance", "ladders", "over_time", "priorities", "rank", "rank_groups", "what_if", "with_themes",
]  # fmt: skip
