"""Voice-of-Customer toolkit: survey file -> score, themes, drivers, cohorts, findings, report.

`survey = voc.read_survey("responses.csv", mapping="survey.toml")` is where everything starts; the stages are the
submodules named in `__all__`. They load on first use, so that `import voc` stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voc import cohorts, display, drivers, encode, findings, health, ingest, plots, report, sample, schema, score, stats, text, themes
    from voc.ingest import Survey, read_survey
    from voc.schema import VocError

__version__ = "0.1.0"

_MODULES = (
    "cohorts", "display", "drivers", "encode", "findings", "health", "ingest", "plots", "report", "sample", "schema", "score",
    "stats", "text", "themes",
)  # fmt: skip
_NAMES = {"Survey": "voc.ingest", "read_survey": "voc.ingest", "VocError": "voc.schema"}

__all__ = [
    "Survey", "VocError", "cohorts", "display", "drivers", "encode", "findings", "health", "ingest", "plots", "read_survey",
    "report", "sample", "schema", "score", "stats", "text", "themes",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"voc.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    raise AttributeError(f"module 'voc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
