"""`voc` on the command line: check a survey file, make the month's report or a day's page, write a synthetic sample."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from pathlib import Path

from voc import ingest, report, sample
from voc.report import pulse
from voc.schema import VocError
from voc.score.pulse import read_day

BAD_INPUT = 2


def main(arguments: list[str] | None = None, *, today: dt.date | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 2 the input cannot be used."""
    parser = _parser()
    chosen = parser.parse_args(arguments, argparse.Namespace(today=today or dt.date.today()))
    try:
        return int(chosen.run(chosen))
    except VocError as error:
        print(f"voc: {error}", file=sys.stderr)
        return BAD_INPUT


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


def _report(chosen: argparse.Namespace) -> int:
    given: dict[str, str] = {}
    for text in chosen.parameter:
        name, separator, value = text.partition("=")
        if not separator:
            raise VocError(f'a parameter is given as NAME=VALUE; found "{text}"')
        given[name] = value
    say = None if chosen.quiet else lambda step: print(step, file=sys.stderr)
    if chosen.format:
        given["file_format"] = chosen.format
    if chosen.rediscover:
        given["saved_themes"] = ""
    index = report.run(chosen.survey, month=chosen.month, mapping=chosen.mapping, out=chosen.out, parameters=given, say=say)
    if not chosen.quiet:
        print(index)
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

    month = commands.add_parser("report", help="make the month's report")
    month.add_argument("survey", help='survey file, or "sample"')
    month.add_argument("--month", required=True, help='"2026-09", or "2026" for a whole year')
    month.add_argument("--mapping", default="", help="mapping file (default: survey.toml beside the survey)")
    month.add_argument("--out", default="reports", help="folder of the reports (default: reports)")
    month.add_argument("-p", "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a notebook parameter; repeatable")
    month.add_argument("--rediscover", action="store_true", help="find the themes afresh instead of going on from the last run's")
    month.add_argument("--quiet", action="store_true", help="print nothing unless something is wrong")
    _add_format(month)
    month.set_defaults(run=_report)

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
