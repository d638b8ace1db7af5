"""`voc` on the command line: check a survey file, make reports or a day's page, verify a report, write a synthetic sample."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

import pandas as pd

from voc import ingest, report, sample
from voc.report import backfill, pulse, verify
from voc.report.problems import Differs, PageRefused
from voc.schema import VocError
from voc.score.pulse import read_day

BAD_INPUT = 2


def main(arguments: list[str] | None = None, *, today: dt.date | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 the input cannot be used, 3 to 7 as `voc.report.problems` has them."""
    parser = _parser()
    chosen = parser.parse_args(arguments, argparse.Namespace(today=today or dt.date.today()))
    try:
        return int(chosen.run(chosen))
    except VocError as error:
        return _tell(error)


def _tell(error: VocError) -> int:
    """Say what is wrong, each problem on a line of its own; the exit code."""
    if isinstance(error, PageRefused):
        print(f"voc: nothing was published, for {len(error.problems)} reason(s):", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
    else:
        print(f"voc: {error}", file=sys.stderr)
    for note in getattr(error, "__notes__", ()):
        print(f"voc: {note}", file=sys.stderr)
    return error.exit_code


def _check(chosen: argparse.Namespace) -> int:
    file = ingest.find_file(chosen.survey)
    beside = file.with_name("survey.toml")
    if not chosen.mapping and (chosen.write or not beside.is_file()):
        target = Path(chosen.write or "survey.toml")
        if target.exists():
            raise VocError(f"{target} exists already; name another file with --write, or use it with --mapping {target}")
        target.write_text(ingest.starter_mapping(file, format=chosen.format), encoding="utf-8")
        print(f"Wrote a starter mapping to {target}. Check each line, then run: voc check {chosen.survey} --mapping {target}")
        return 0
    survey = ingest.check(file, chosen.mapping or None, format=chosen.format)
    print(survey.receipt.to_text())
    if chosen.aside:
        survey.receipt.aside.to_csv(chosen.aside, index=False)
        print(f"Wrote the {len(survey.receipt.aside)} rows set aside to {chosen.aside}.")
    return BAD_INPUT if survey.receipt.objections else 0


def _parameters(texts: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator:
            raise VocError(f'a parameter is given as NAME=VALUE; found "{text}"')
        given[name] = value
    return given


def _report(chosen: argparse.Namespace) -> int:
    given = _parameters(chosen.parameter)
    say = None if chosen.quiet else lambda step: print(step, file=sys.stderr)
    if chosen.format:
        given["file_format"] = chosen.format
    if chosen.rediscover:
        given["saved_themes"] = ""
    if chosen.jobs < 1:
        raise VocError(f"--jobs is 1 or more; found {chosen.jobs}")
    months = backfill.months_of(chosen.month, today=pd.Timestamp(chosen.today))
    first = report.make_plan(chosen.survey, month=months[0], mapping=chosen.mapping, out=chosen.out, parameters=given)
    code = 0
    for index, error in report.run_many(first, months, jobs=chosen.jobs, say=say):
        if error is None:
            if not chosen.quiet:
                print(index)
            continue
        if len(months) > 1:
            print(f"voc: {index.parent.name} was not published", file=sys.stderr)
        told = _tell(error)
        code = code or told
    return code


def _verify(chosen: argparse.Namespace) -> int:
    say = None if chosen.quiet else lambda step: print(step, file=sys.stderr)
    found = verify.verify(chosen.report, chosen.survey, mapping=chosen.mapping, parameters=_parameters(chosen.parameter), say=say)
    for line in (*found.remarks, *found.elsewhere, *found.changed):
        print(line)
    if found.changed:
        raise Differs(found.headline)
    print(found.headline)
    return 0


def _pulse(chosen: argparse.Namespace) -> int:
    date = chosen.date or str(chosen.today - dt.timedelta(days=1))
    if read_day(date) > chosen.today:
        raise VocError(f"date must be today ({chosen.today}) or a day before; found {date}")
    found, page = pulse.run(chosen.survey, date=date, mapping=chosen.mapping, out=chosen.out, file_format=chosen.format)
    print(found.headline)
    if not chosen.quiet:
        print(page, file=sys.stderr)  # so that the sentence alone can be piped into an e-mail
    return 0


def _sample(chosen: argparse.Namespace) -> int:
    print(sample.write(Path(chosen.folder), n=chosen.answers, seed=chosen.seed))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="voc", description="Voice-of-Customer toolkit: from a survey file to findings.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="show what was read, dropped and why; write a starter mapping for an unknown file")
    check.add_argument("survey", help='survey file, or "sample"')
    check.add_argument("--mapping", default="", help="mapping file (default: survey.toml beside the survey)")
    check.add_argument(
        "--write", default="", metavar="FILE", help="write a starter mapping there (default: survey.toml, where none is beside the survey)"
    )
    check.add_argument("--aside", default="", metavar="FILE", help="write the number, id and reason of every row set aside there, as CSV")
    _add_format(check)
    check.set_defaults(run=_check)

    month = commands.add_parser("report", help="make the report of a month, or of several")
    month.add_argument("survey", help='survey file, or "sample"')
    month.add_argument(
        "--month", required=True, action="append", metavar="MONTH",
        help='"2026-09", "2026" for a whole year, "2026-01..2026-09", or "last" for the month before this one; repeatable',
    )  # fmt: skip
    month.add_argument("--jobs", type=int, default=1, help="how many months to make at a time (default: 1); each gets its share of the cores")
    month.add_argument("--mapping", default="", help="mapping file (default: survey.toml beside the survey)")
    month.add_argument("--out", default="reports", help="folder of the reports (default: reports)")
    month.add_argument("-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a notebook parameter; repeatable")
    month.add_argument("--rediscover", action="store_true", help="find the themes afresh instead of going on from the last run's")
    month.add_argument("--quiet", action="store_true", help="print nothing unless something is wrong")
    _add_format(month)
    month.set_defaults(run=_report)

    again = commands.add_parser("verify", help="make a published report again, and name every number, text and file that differs")
    again.add_argument("report", help="the month's folder, such as reports/2026-09")
    again.add_argument("--survey", required=True, help='the survey that it was made from, or "sample"')
    again.add_argument("--mapping", default="", help="mapping file (default: survey.toml beside the survey)")
    again.add_argument(
        "-p", "--parameter", action="append", default=[], metavar="NAME=VALUE",
        help="a notebook parameter, such as a file that the report was made with; repeatable",
    )  # fmt: skip
    again.add_argument("--quiet", action="store_true", help="print the outcome only")
    again.set_defaults(run=_verify)

    day = commands.add_parser("pulse", help="make a day's restricted page with every detractor, and a sentence for an e-mail")
    day.add_argument("survey", help='survey file, or "sample"')
    day.add_argument("--date", default="", help='"2026-09-14" (default: yesterday)')
    day.add_argument("--mapping", default="", help="mapping file (default: survey.toml beside the survey)")
    day.add_argument("--out", default=pulse.FOLDER, metavar="FOLDER", help=f"folder for restricted pages (default: {pulse.FOLDER})")
    day.add_argument("--quiet", action="store_true", help="print the sentence only, not where the page is")
    _add_format(day)
    day.set_defaults(run=_pulse)

    made = commands.add_parser("sample", help="write a synthetic survey with its planted truth")
    made.add_argument("folder")
    made.add_argument("--answers", type=int, default=sample.SIZE)
    made.add_argument("--seed", type=int, default=sample.SEED)
    made.set_defaults(run=_sample)
    return parser


def _add_format(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--format",
        default="",
        choices=["", *ingest.FORMATS],
        metavar="KIND",
        help="kind of file or export, when voc gets it wrong: " + ", ".join(ingest.FORMATS),
    )


if __name__ == "__main__":
    sys.exit(main())
