"""A survey file -> what comes of reading it in every way; hostile ones in a process of their own with limits on memory and time.

`python tests/hostile.py FOLDER NAME...` makes files of `hostile_files` in a folder, reads each and prints one line of JSON per file.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import tomllib
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

from hostile_files import FILES
from voc import ingest, schema
from voc.ingest.formats.files import read_table
from voc.ingest.mapping import parse_mapping
from voc.schema import Mapping, VocError

DECLARED: dict[str, Any] = {
    "columns": {
        "date": "when", "response_id": "id", "comment": "words", "revenue": "revenue", "weight": "weight", "status": "status",
        "finished": "finished", "duration": "duration", "customer": "customer", "recommended": "recommended",
    },
    "score": {"column": "nps", "min": 0, "max": 10},
    "ratings": {"speed": {"column": "r1", "min": 1, "max": 5}},
    "segments": {"area": "region"},
}  # fmt: skip
SECONDS = 60  # for one file, which is read up to four times; those that are refused take a fraction of a second
ADDRESS_SPACE = 6 << 30
LONGEST_SENTENCE = 2_000


def read_all_ways(file: Path) -> dict[str, str]:
    """Read a file as anybody might; what happened, by way: "read", or the sentence that says why not.

    Raises:
        AssertionError: a sentence is none, or a receipt does not add up. Anything else that the readers raise is raised too.
    """

    def said(reading: Callable[[], object]) -> str:
        try:
            reading()
        except VocError as error:
            return _sentence(str(error))
        return "read"

    def check(mapping: Mapping) -> None:
        survey = ingest.check(file, mapping)
        receipt = survey.receipt
        assert receipt.rows_read == len(survey.frame) + sum(receipt.set_aside.values())
        assert receipt.rows_kept == len(survey.frame)
        assert len(receipt.aside) == sum(receipt.set_aside.values())
        for objection in receipt.objections:
            _sentence(objection)

    columns: list[str] = []
    outcome = {
        "table": said(lambda: columns.extend(str(c) for c in read_table(file).frame)),
        "starter": said(lambda: parsed_starter(ingest.starter_mapping(file))),
        "declared": said(lambda: check(parse_mapping(DECLARED))),
    }
    if columns and outcome["declared"] != "read":
        outcome["own"] = said(lambda: check(mapping_over(columns)))
    assert (outcome["table"] == "read") == (outcome["starter"] == "read"), outcome
    return outcome


def _sentence(text: str) -> str:
    assert text.strip(), "a sentence without words"
    assert len(text) <= LONGEST_SENTENCE, f"a sentence of {len(text):,} characters: {text[:200]}"
    assert not set(text) & set("\r\n"), f"a sentence over several lines: {text[:200]!r}"
    assert "Traceback" not in text
    text.encode()
    return text


def parsed_starter(text: str) -> Any:
    """A starter mapping with its gaps filled; it must be TOML that voc accepts, and can be written to a file."""
    text.encode()
    raw = tomllib.loads(text)
    raw["columns"].setdefault("date", "?")
    return parse_mapping(raw)


def mapping_over(columns: list[str]) -> Any:
    """A mapping in which the file's own columns play every role, whatever they hold; what may have one role only has one."""
    date = next((c for c in columns if c.lower() in {"when", "created_at", "recordeddate", "end date", "date"}), columns[0])
    score = next((c for c in columns if c.lower() in {"nps", "score"} or "recommend" in c.lower()), columns[-1])
    spare = [c for c in columns if c not in (date, score)]
    roles = {role: spare.pop() for role in (schema.COMMENT, schema.CUSTOMER) if spare}
    at = cycle(spare or [date])
    ratings = {f"rating {i}": {"column": c, "min": i, "max": 4 * i + 1} for i, c in enumerate(spare[:2])}
    return parse_mapping(
        {
            "columns": {role: next(at) for role in schema.OPTIONAL_COLUMNS if role not in (schema.COMMENT, schema.CUSTOMER)} | roles | {"date": date},
            "score": {"column": score, "min": 0, "max": 10},
            "ratings": ratings,
            "segments": {"first": next(at), "second": next(at)},
        }
    )


# Reading hostile files, each in a process of its own.


def main(folder: Path, names: list[str]) -> None:
    """Make and read files one after the other. Everything is imported once; each file is then read by a copy of this process."""
    # Not used here, but loaded, so that no copy loads them again (hence each noqa).
    import chardet  # noqa: F401
    import clevercsv  # noqa: F401
    import ftfy  # noqa: F401
    import openpyxl  # noqa: F401
    import pandera.pandas  # noqa: F401
    import phonenumbers  # noqa: F401
    import pyreadstat  # noqa: F401

    for name in names:
        file_name, make = FILES[name]
        file = folder / file_name
        made = _apart(lambda make=make, file=file: file.write_bytes(make()) and "")
        outcome = made if "trouble" in made else _apart(lambda file=file: json.dumps(_without_trouble(file)), limited=True)
        file.unlink(missing_ok=True)
        print(json.dumps({"name": name} | outcome), flush=True)  # noqa: T201


def _without_trouble(file: Path) -> dict[str, str]:
    """What came of a file; what went wrong under "trouble"."""
    try:
        return read_all_ways(file)
    except Exception as error:
        import traceback

        last = traceback.extract_tb(error.__traceback__)
        ours = [step for step in last if "voc" in Path(step.filename).parts] or last
        return {"trouble": f"{type(error).__name__}: {str(error)[:300]} ({Path(ours[-1].filename).name}, line {ours[-1].lineno})"}


def _apart(work: Callable[[], str], *, limited: bool = False) -> dict[str, Any]:
    """Do some work in a copy of this process; what it said, its seconds and its largest size in MB."""
    import resource

    reading, writing = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if not child:
        os.close(reading)
        if limited:
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
            signal.alarm(SECONDS)
        os.write(writing, work().encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status, used = os.wait4(child, 0)
    outcome: dict[str, Any] = json.loads(said) if said else {}
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        outcome["trouble"] = f"took longer than {SECONDS} seconds" if number == signal.SIGALRM else f"ended by {signal.Signals(number).name}"
    elif status:
        outcome["trouble"] = "ended with an error of its own, which stands in the error output"
    return outcome | {"seconds": round(time.monotonic() - started, 1), "megabytes": used.ru_maxrss >> 10}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
