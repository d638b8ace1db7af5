"""Survey -> Nps: the score with its interval, by segment, over time, and what a change is made of."""

from voc.score.bridge import Bridge, bridge
from voc.score.change import Change, change
from voc.score.coverage import coverage
from voc.score.nps import Nps, from_counts, interval, nps
from voc.score.planning import Plan, for_benchmark, for_change, for_margin
from voc.score.questions import QuestionTrend, questions
from voc.score.segments import Segments, by
from voc.score.standouts import Standouts, standouts
from voc.score.trend import Trend, trend

__all__ = [
    "Bridge", "Change", "Nps", "Plan", "QuestionTrend", "Segments", "Standouts", "Trend", "bridge", "by", "change", "coverage",
    "for_benchmark", "for_change", "for_margin", "from_counts", "interval", "nps", "questions", "standouts", "trend",
]  # fmt: skip
