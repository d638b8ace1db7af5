"""Survey + Themes -> what a product team reads: how we are doing, what to act on, what to protect, what is new, whom to call, team by team."""

from __future__ import annotations

from voc.findings.actions import fix
from voc.findings.areas import Area, Owners, owners
from voc.findings.cards import Card, Cards, Fact, Quote
from voc.findings.contact import to_call
from voc.findings.overview import Overview, overview
from voc.findings.teams import Teams, teams
from voc.findings.valued import new, protect

__all__ = [
    "Area", "Card", "Cards", "Fact", "Overview", "Owners", "Quote", "Teams", "fix", "new", "overview", "owners", "protect", "teams", "to_call",
]  # fmt: skip
