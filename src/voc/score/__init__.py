"""Survey or tally -> Nps: the score with its range, whether it moved, where and why, who did not answer, what goes with it in money."""

from voc.score.bridge import Bridge, bridge
from voc.score.change import Change, change
from voc.score.coverage import coverage, difference_coverage
from voc.score.funnel import Funnel, funnel
from voc.score.money import Revenue, revenue
from voc.score.money_trend import RevenueTrend, revenue_trend
from voc.score.nps import Nps, from_counts, interval, nps
from voc.score.pace import Planned, planned
from voc.score.places import GroupTrends, trend_by
from voc.score.planning import Plan, for_benchmark, for_change, for_margin, for_segment
from voc.score.pulse import Pulse, pulse
from voc.score.questions import QuestionTrend, questions
from voc.score.raking import Raked, rake, weighted_difference
from voc.score.segments import Segments, by
from voc.score.standouts import Standouts, standouts
from voc.score.tally import Tally, tally
from voc.score.trend import Trend, trend

__all__ = [
    "Bridge", "Change", "Funnel", "GroupTrends", "Nps", "Plan", "Planned", "Pulse", "QuestionTrend", "Raked", "Revenue", "RevenueTrend", "Segments",
    "Standouts", "Tally", "Trend", "bridge", "by", "change", "coverage", "difference_coverage", "for_benchmark", "for_change", "for_margin",
    "for_segment", "from_counts", "funnel", "interval", "nps", "planned", "pulse", "questions", "rake", "revenue", "revenue_trend",
    "standouts", "tally", "trend", "trend_by", "weighted_difference",
]  # fmt: skip
