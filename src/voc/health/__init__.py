"""Survey -> how sound its answers are: who was asked and answered, what was left blank, who wrote, who rushed.

Nothing is removed from the survey here; the results say what to know before a score is read.
"""

from __future__ import annotations

from voc.health.asked import Response, response
from voc.health.care import Care, care
from voc.health.overview import Overview, overview
from voc.health.questions import Questions, questions
from voc.health.rule import ContactRule, contact_rule
from voc.health.silent import Silent, silent
from voc.health.wrote import Commenters, Languages, commenters, languages

__all__ = [
    "Care", "Commenters", "ContactRule", "Languages", "Overview", "Questions", "Response", "Silent", "care", "commenters", "contact_rule",
    "languages", "overview", "questions", "response", "silent",
]  # fmt: skip
