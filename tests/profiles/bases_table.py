"""A pytest plugin that writes which exchange works on which base: ``docs/bases.md``, out of what the tests have shown.

    python -m pytest -p tests.profiles.bases_table --bases-table docs/bases.md tests/profiles

A test says which exchange it shows (``@pytest.mark.exchange("stock", files="нет")``); its base is the parameter of its
fixture. A cell is "да" only where every such test passed; a word for a base stands for what it shows there.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

EXCHANGES: Final = {
    "goods": "Классификатор",
    "stock": "Остатки",
    "outlets": "Торговые точки",
    "orders": "Заказы",
    "statuses": "Статусы заказов",
    "shipments": "Отгрузки",
}
BASES: Final = {
    "ut11": "УТ 11.5",
    "ut114": "УТ 11.4",
    "ka2": "КА 2.5",
    "erp2": "ERP 2.5",
    "unf": "УНФ 3.0",
    "bp3": "БП 3.0",
    "v77": "1С 7.7, ТиС (DBF)",
    "files": "Папка обмена CommerceML",
}
FAILED: Final = "не проходит"
NOT_SHOWN: Final = "–"

_HEAD: Final = """# Какой обмен работает на какой базе

Таблица собрана из результатов тестов (`make bases`): «да» стоит там, где обмен прошёл на базе песочницы и двойник
производителя получил то, что в ней есть; «нет» там, где тест показал понятный отказ; «–»: не проверялось.
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bases-table", type=Path, help="write which exchange works on which base into this file")


def pytest_configure(config: pytest.Config) -> None:
    if path := config.getoption("--bases-table"):
        config.pluginmanager.register(_Table(path), "bases-table-writer")


class _Table:
    """Collects results and writes the table when the session ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shown: dict[str, tuple[str, dict[str, str]]] = {}
        self._cells: dict[tuple[str, str], str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if mark := item.get_closest_marker("exchange"):
                self._shown[item.nodeid] = (mark.args[0], dict(mark.kwargs))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.nodeid not in self._shown or (report.when != "call" and report.passed):
            return
        exchange, words = self._shown[report.nodeid]
        base = next(iter(re.findall(r"\[(\w+)", report.nodeid)), "")
        said = words.get(base, "да") if report.passed else FAILED
        if self._cells.get((base, exchange)) != FAILED:
            self._cells[base, exchange] = said

    def pytest_sessionfinish(self) -> None:
        self._path.write_text(table(self._cells), "utf-8")


def table(cells: dict[tuple[str, str], str]) -> str:
    """Return the page of a table: base and exchange → what is said of them."""
    lines = [_HEAD, "| База | " + " | ".join(EXCHANGES.values()) + " |", "|---" * (len(EXCHANGES) + 1) + "|"]
    for base, title in BASES.items():
        said = [cells.get((base, exchange), NOT_SHOWN) for exchange in EXCHANGES]
        lines.append(f"| {title} | " + " | ".join(said) + " |")
    return "\n".join(lines) + "\n"
