"""A survey while it is read -> what the checks look at, with the tone of its comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from voc import schema
from voc.ingest.comments import Comments
from voc.ingest.dates import Reading
from voc.ingest.formats.table import Table
from voc.ingest.receipt import FIRST_ROWS
from voc.schema import Mapping

ENOUGH = 200  # answers before the absence of a value says anything
TONED = 3_000  # comments read for their tone, evenly spread over the file
_GOOD = re.compile(
    r"\b(?:excellent|brilliant|fantastic|superb|amazing|wonderful|perfect|lovely|great|awesome|outstanding|love|loved|delighted|helpful|"
    r"friendly|efficient|thank|thanks|recommend|pleased|happy|ausgezeichnet|freundlich|super|hervorragend|parfait|merci|excelente|gracias)\b",
    re.IGNORECASE,
)
_BAD = re.compile(
    r"\b(?:terrible|awful|horrible|worst|rude|useless|appalling|dreadful|disgusting|disgraceful|never again|avoid|unhelpful|broken|"
    r"waste|poor|bad|disappointed|disappointing|unacceptable|shocking|pathetic|ridiculous|furious|schlecht|unfreundlich|mauvais|horrible|malo|pésimo)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Evidence:
    """What the checks look at.

    Attributes:
        table: the file as text.
        mapping: what its columns mean.
        frame: converted rows, those set aside included.
        scores: (n,) scores as read, off the scale included, nan where there is none.
        usable: (n,) rows that were kept.
        codes: (n,) which comment each row holds.
        comments: the comments.
        dates: the dates, as read.
        id_column: the column of response ids, "" where there is none.
        repeated: (n,) rows set aside because their response id was seen before.
    """

    table: Table
    mapping: Mapping
    frame: pd.DataFrame
    scores: np.ndarray
    usable: np.ndarray
    codes: np.ndarray
    comments: Comments
    dates: Reading
    id_column: str
    repeated: np.ndarray

    @cached_property
    def toned(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows whose comment is clearly good or clearly bad, and which it is (1, -1); an even sample of the file."""
        written = np.flatnonzero(self.codes != 0) if schema.COMMENT in self.mapping.columns else np.empty(0, dtype=int)
        rows = written[:: max(-(-len(written) // TONED), 1)]
        texts = self.comments.safe(self.codes[rows])
        tone = np.array([np.sign(len(_GOOD.findall(t)) - len(_BAD.findall(t))) if t else 0 for t in texts], dtype=int)
        return rows[tone != 0], tone[tone != 0]


def first_rows(e: Evidence, hit: np.ndarray) -> str:
    """Numbers of the first rows that are hit, for a sentence."""
    return ", ".join(str(r) for r in e.table.frame.index[hit][:FIRST_ROWS])
