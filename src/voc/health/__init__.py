"""Survey -> how sound its answers are: who was asked and answered, what was left blank, who wrote, who rushed.

Nothing is removed from the survey here; the results say what to know before a score is read.
"""

from __future__ import annotations

from voc.health.asked import ContactRule, Response, contact_rule, response
from voc.health.care import Care, care
from voc.health.questions import Questions, questions
from voc.health.wrote import Commenters, Languages, commenters, languages

__all__ = [
    "Care", "Commenters", "ContactRule", "Languages", "Questions", "Response", "care", "commenters", "contact_rule", "languages",
    "questions", "response",
]  # fmt: skip
