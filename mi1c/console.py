"""What a terminal shows: tables that people read, JSON that programs read, errors that say what to do next."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import Console

    from foundation.errors import MI1CError

STATES: Final = {
    "prepared": "подготовлено",
    "sending": "отправляется",
    "sent": "ушло, ответа нет",
    "answered": "принято",
    "failed": "не принято",
    "superseded": "заменено новым",
}
"""States of parcels and messages as an operator reads them."""

FILE_WIDTH: Final = 140
"""Columns of a table that goes into a file or to another program."""

WIDEST: Final = 10_000
"""Columns at which a table is measured: more than any has."""

DONE: Final = 0
"""Exit code: done."""

FAILED: Final = 1
"""Exit code: the exchange failed, or something waits for a person."""

WRONG: Final = 2
"""Exit code: wrong usage or settings."""


def console(*, stderr: bool = False) -> Console:
    """Return a console; colour only on a terminal, and in a file lines as long as tables need."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else FILE_WIDTH
    return Console(stderr=stderr, highlight=False, soft_wrap=False, width=width)


def show_json(value: Any) -> None:
    """Print a value for programs: one JSON document, UTF-8."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)


def say(text: str, *, as_json: bool, **facts: Any) -> None:
    """Print what was done: the sentence for people, the facts for programs."""
    if as_json:
        show_json(facts)
    else:
        console().print(text, markup=False)


def show_table(title: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]], *, empty: str = "") -> None:
    """Print a table; ``columns``: heading → ``left`` or ``right``; ``empty`` says what to do when there are no rows.

    On a terminal too narrow for its words every row stands as lines of its own: rich would cut headings away.
    """
    from rich.measure import Measurement
    from rich.table import Table

    out = console()
    if not rows and empty:
        out.print(f"{title}: пусто. {empty}", markup=False)
        return
    table = Table(title=title, title_justify="left", header_style="bold", show_edge=False, pad_edge=False)
    for heading, side in columns.items():
        table.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    table.min_width = len(title)
    for row in rows:
        table.add_row(*[_cell(cell) for cell in row])
    if Measurement.get(out, out.options.update(width=WIDEST), table).minimum <= out.width:
        out.print(table)
        return
    out.print(title, style="bold")
    for row in rows:
        out.print()
        for heading, cell in zip(columns, row, strict=True):
            out.print(f"{heading or '·'}: {_cell(cell)}")


def _cell(value: object) -> str:
    match value:
        case bool():
            return "да" if value else "нет"
        case int():
            return number(value)
        case _:
            return _literal(str(value))


def number(value: int) -> str:
    """Return a whole number with thousands apart: 1 234 567."""
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")


def show_error(error: MI1CError, *, as_json: bool = False) -> int:
    """Print an error on stderr, its class first: the code that the manual lists; return the exit code of it."""
    from foundation.errors import Faults, NotFound
    from foundation.log import scrub

    if as_json:
        faults = [asdict(fault) for fault in error.faults] if isinstance(error, Faults) else []
        shown = {"error": type(error).__name__, "ru": error.russian, "en": error.english, "faults": faults}
        sys.stdout.write(scrub(json.dumps(shown, ensure_ascii=False, indent=1)) + "\n")
    else:
        out = console(stderr=True)
        out.print(f"[bold red]Ошибка {type(error).__name__}.[/] {_literal(scrub(error.said))}")
        if error.todo:
            out.print(f"[bold]Что делать.[/] {_literal(scrub(error.todo))}")
        for fault in getattr(error, "faults", ()):
            out.print(f"  • {_literal(scrub(f'{fault.path}: {fault.said}'))}")
        out.print(f"[dim]{_literal(scrub(error.english))}[/]")
    return WRONG if isinstance(error, (Faults, NotFound)) else FAILED


def _literal(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int], None]]:
    """Show a counter while something runs; the given function takes how many rows there are so far."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:>9}"))
    out = console(stderr=True)
    with Progress(*columns, TimeElapsedColumn(), console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda rows: bar.update(task, completed=rows)
