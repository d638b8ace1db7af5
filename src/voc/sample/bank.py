"""The hand-written comment bank: tab-separated files in -> one frame of comments with their true themes and tone."""

from __future__ import annotations

from functools import cache
from importlib import resources

import pandas as pd

# Theme tag in the bank -> how a person would say it.
THEMES: dict[str, str] = {
    "waiting": "waiting to be served",
    "passed_around": "being passed around",
    "staff": "how staff treat you",
    "knowledge": "what staff know",
    "resolution": "whether it got solved",
    "delivery": "delivery",
    "updates": "being kept informed",
    "returns": "returns and refunds",
    "repair": "repairs and warranty",
    "price": "prices",
    "stock": "whether it is in stock",
    "website": "website and app",
    "sign_in_code": "sign-in codes that never arrive",
    "product": "the product itself",
    "setup": "installation and set-up",
    "store_place": "the store building",
}
EMERGING = "sign_in_code"
NON_ANSWER = "none"


@cache
def load() -> pd.DataFrame:
    """All comments of the bank, each once.

    Returns:
        columns `text`, `tone` (-2 furious to 2 delighted), `touchpoints` (set of call, web, store),
        `themes` (tuple of tags; empty for non-answers), `signs` (dict tag -> -1, 0, 1) and `plain` (an ordinary comment).
    """
    rows = []
    folder = resources.files("voc.sample") / "bank"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".tsv"):
            plain = file.name.startswith("plain")
            rows += [_parse(line) | {"plain": plain} for line in file.read_text(encoding="utf-8").splitlines()]
    return pd.DataFrame(rows).drop_duplicates("text").sort_values("text", ignore_index=True)


def _parse(line: str) -> dict[str, object]:
    tone, places, tags, text = line.split("\t")
    signs = {tag[:-1]: {"+": 1, "-": -1, "0": 0}[tag[-1]] for tag in tags.split(",") if tag != NON_ANSWER}
    touchpoints = frozenset({"call", "web", "store"} if places == "any" else places.split(","))
    return {"text": text, "tone": int(tone), "touchpoints": touchpoints, "themes": tuple(signs), "signs": signs}
