"""Why a run did not publish: each kind has an exit code of its own (README, "On a schedule")."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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

    def __reduce__(self) -> tuple[type[PageRefused], tuple[tuple[str, ...]]]:
        """As a worker hands it over."""
        return type(self), (self.problems,)


class Busy(VocError):
    """Another run is at work in the same folder."""

    exit_code = 5


class CannotWrite(VocError):
    """The reports' folder cannot be written, or the disk is full."""

    exit_code = 6


class Differs(VocError):
    """A number of a published report does not come out again."""

    exit_code = 7


def unexpected(what: str, error: Exception) -> NotebookFailed:
    """One sentence for an error that nobody foresaw: what stopped, why, and in which line of code."""
    at = traceback.extract_tb(error.__traceback__)[-1:]
    where = f" ({Path(at[0].filename).name}, line {at[0].lineno})" if at else ""
    return NotebookFailed(f"{what} stopped: {reason(error)}{where}; nothing of it was published")


def reason(error: Exception) -> str:
    """The kind of an error and the first line of what it says."""
    return ": ".join([type(error).__name__, *str(error).strip().splitlines()[:1]])


@contextmanager
def writing(base: Path) -> Iterator[None]:
    """While the reports' folder is written, what the system refuses becomes one sentence.

    Raises:
        CannotWrite: in place of every OSError.
    """
    try:
        yield
    except OSError as error:
        raise CannotWrite(cannot(base, error)) from None


def cannot(base: Path, error: OSError) -> str:
    """What to say when the reports' folder cannot be written."""
    return f"nothing was published in {base}: {refused(error)}. The reports there are as they were"


def refused(error: OSError) -> str:
    """What the system refused, in words: which file, and why."""
    if error.errno is None and error.args and isinstance(error.args[0], list):  # of shutil.copytree: what went wrong with each file
        name, _, why = error.args[0][0]
        return f"{name} cannot be copied: {why}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk is full ({error.strerror})"
    return f"{error.filename or 'the folder'} cannot be written ({error.strerror or error})"
