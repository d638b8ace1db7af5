"""str -> str: clean a comment, hide personal data in it, split it, recognise replies that say nothing, tell its language. No frames."""

from __future__ import annotations

from voc.text.asked import asks_for
from voc.text.clean import normalise
from voc.text.folding import folded
from voc.text.languages import language
from voc.text.nothing import ReplyKind, is_non_answer, reply_kind
from voc.text.privacy import KINDS, LONGEST, names_found_by, personal_spans, redact, redact_all
from voc.text.split import SHORTEST_CLAUSE, SHORTEST_UNIT, SPLIT_FROM, clauses, units

__all__ = [
    "KINDS", "LONGEST", "SHORTEST_CLAUSE", "SHORTEST_UNIT", "SPLIT_FROM", "ReplyKind", "asks_for", "clauses", "folded", "is_non_answer",
    "language", "names_found_by", "normalise", "personal_spans", "redact", "redact_all", "reply_kind", "units",
]  # fmt: skip
