"""The matrix of faults as pytest shows it: its options, and what came of the trials in the closing lines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pytest

CI: Final = 504
"""Trials of an ordinary run."""

PROPERTY: Final = "matrix"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one choose how many trials there are, or one of them."""
    group = parser.getgroup("matrix of faults")
    group.addoption("--trials", type=int, default=CI, help=f"how many trials the matrix of faults has ({CI})")
    group.addoption("--trial", type=int, default=None, help="run this trial alone: the seed that a failure names")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many trials there were, and how many of them broke a promise."""
    reports = [each for group in ("passed", "failed") for each in terminalreporter.stats.get(group, ())]
    found = [value for each in reports for name, value in each.user_properties if name == PROPERTY]
    if not found:
        return
    total: Counter[str] = Counter()
    steps: set[tuple[str, int]] = set()
    for each in found:
        total.update({name: number for name, number in each.items() if isinstance(number, int)})
        steps |= {(exchange, step) for exchange, step in each["steps"]}
    terminalreporter.write_sep(
        "=",
        f"матрица сбоев: {total['trials']} испытаний, потеряно {total['lost']}, удвоено {total['doubled']}, "
        f"молча {total['silent']}, наполовину {total['half']}, иначе {total['other']}",
    )
    terminalreporter.write_line(
        f"сбой настиг запуск в {total['struck']} испытаниях, запусков убито {total['killed']}, "
        f"на {len(steps)} шагах из {found[0]['of_steps']}"
    )
