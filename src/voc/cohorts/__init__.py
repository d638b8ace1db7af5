"""Survey + Themes -> what two groups of customers say and rate differently, and why: bands, touchpoints, months, any two."""

from __future__ import annotations

from voc.cohorts.bright import Bright, bright_spots
from voc.cohorts.calls import Calls, call_list, responses, save_responses
from voc.cohorts.contrast import Contrast, Part, compare
from voc.cohorts.disagree import Disagree, disagree
from voc.cohorts.profile import Despite, Missing, Profile, despite, missing, profile
from voc.cohorts.ratings import Ratings, ratings
from voc.cohorts.told import ToldApart, told_apart

__all__ = [
    "Bright", "Calls", "Contrast", "Despite", "Disagree", "Missing", "Part", "Profile", "Ratings", "ToldApart", "bright_spots", "call_list",
    "compare", "despite", "disagree", "missing", "profile", "ratings", "responses", "save_responses", "told_apart",
]  # fmt: skip
