"""Why a run did not publish: each kind has an exit code of its own (README, "On a schedule")."""

from __future__ import annotations

from collections.abc import Sequence

from voc.schema import VocError


class NotebookFailed(VocError):
    """A notebook failed, or stopped before its end."""

    exit_code = 3


class PageRefused(VocError):
    """At least one page must not be published; `problems` names all of them, each with its page and cell."""

    exit_code = 4

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"nothing was published: {'; '.join(problems)}")
        self.problems = tuple(problems)


class Busy(VocError):
    """Another run is at work in the same folder."""

    exit_code = 5


class CannotWrite(VocError):
    """The reports' folder cannot be written, or the disk is full."""

    exit_code = 6


class Differs(VocError):
    """A number of a published report does not come out again."""

    exit_code = 7
