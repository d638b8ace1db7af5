"""What happened to every row and cell of an import: the receipt that lets anyone audit it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from voc import display
from voc.display import Column, Result

FIRST_ROWS = 3


@dataclass(frozen=True)
class Cells:
    """Some cells of one column that were not taken as they stand."""

    column: str
    reason: str
    count: int
    first_rows: tuple[int, ...] = ()


@dataclass(frozen=True, repr=False)
class Receipt(Result):
    """Rows read, kept and set aside; cells blanked or redacted; columns left alone.

    Attributes:
        file: name of the file, without its folder.
        rows_read: rows below the heading.
        set_aside: reason -> rows; rows_read = rows kept + all of these.
        cells: cells that were blanked or changed, by column and reason.
        ignored: columns that the mapping does not use.
        first_day: first response date kept, ISO text, "" when nothing was kept.
        last_day: last response date kept.
        objections: what must be settled before any score is worked out.
    """

    file: str
    rows_read: int
    set_aside: dict[str, int]
    cells: tuple[Cells, ...] = ()
    ignored: tuple[str, ...] = ()
    first_day: str = ""
    last_day: str = ""
    objections: tuple[str, ...] = field(default=())

    @property
    def rows_kept(self) -> int:
        """Rows that became answers."""
        return self.rows_read - sum(self.set_aside.values())

    @property
    def headline(self) -> str:
        """Rows read and kept, and why the others were set aside."""
        text = f"{display.plural(self.rows_read, 'row')} read from {self.file}, {display.count(self.rows_kept)} kept"
        reasons = [f"{display.count(n)} {reason}" for reason, n in self.set_aside.items() if n]
        text += f"; set aside: {display.listed(reasons)}." if reasons else "; none set aside."
        if self.first_day:
            text += f" Answers from {self.first_day} to {self.last_day}."
        return text

    def to_frame(self) -> pd.DataFrame:
        """One row per thing that happened: `what`, `where`, `count`, `first_rows`."""
        rows: list[dict[str, object]] = [
            {"what": "rows read", "where": self.file, "count": self.rows_read, "first_rows": ""},
            *({"what": f"rows set aside: {r}", "where": "", "count": n, "first_rows": ""} for r, n in self.set_aside.items() if n),
            {"what": "rows kept", "where": "", "count": self.rows_kept, "first_rows": ""},
        ]
        for cell in self.cells:
            first = ", ".join(str(r) for r in cell.first_rows)
            rows.append({"what": f"cells {cell.reason}", "where": cell.column, "count": cell.count, "first_rows": first})
        rows += [{"what": "column not used", "where": name, "count": self.rows_read, "first_rows": ""} for name in self.ignored]
        return pd.DataFrame(rows)

    def to_text(self) -> str:
        """The receipt for a terminal."""
        lines = [self.headline]
        for cell in self.cells:
            first = f" (first rows: {', '.join(map(str, cell.first_rows))})" if cell.first_rows else ""
            lines.append(f"  {cell.column}: {display.plural(cell.count, 'cell')} {cell.reason}{first}")
        if self.ignored:
            lines.append(f"  not used: {', '.join(self.ignored)}")
        lines += [f"OBJECTION: {objection}" for objection in self.objections]
        return "\n".join(lines)

    def _columns(self) -> list[Column]:
        return [
            Column("what", "What happened"),
            Column("where", "Where"),
            Column("count", "How many", "count"),
            Column("first_rows", "First rows"),
        ]
