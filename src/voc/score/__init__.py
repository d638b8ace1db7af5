"""Survey -> Nps: the score with its interval, by segment, over time, and what a change is made of."""

from voc.score.bridge import Bridge, bridge
from voc.score.nps import Change, Nps, change, from_counts, interval, nps
from voc.score.segments import Segments, by
from voc.score.standouts import Standouts, standouts
from voc.score.trend import Trend, trend

__all__ = [
    "Bridge", "Change", "Nps", "Segments", "Standouts", "Trend", "bridge", "by", "change", "from_counts", "interval", "nps",
    "standouts", "trend",
]  # fmt: skip
