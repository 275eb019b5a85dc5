"""Tables on a terminal: as a table where its words fit, row by row where they do not."""

from __future__ import annotations

import pytest

from mi1c.console import show_table

COLUMNS = {"связь": "left", "обмен": "left", "последний успех": "left", "прочитано строк": "right"}
ROWS = [["север", "остатки", "24.11.2026 17:29", 3000], ["юг", "отгрузки", "23.11.2026 08:00", 12]]


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_every_heading_and_value_is_readable(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    show_table("Связи", COLUMNS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    told = " ".join(" ".join(lines).replace("┃", " ").replace("│", " ").split())
    for word in ("связь", "последний", "успех", "отгрузки", "23.11.2026", "3 000"):
        assert word in told.replace("\N{NO-BREAK SPACE}", " ")
    assert max(map(len, lines)) <= columns


def test_a_terminal_too_narrow_gets_a_line_for_each_cell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    show_table("Связи", COLUMNS, ROWS)
    assert "последний успех: 23.11.2026 08:00" in capsys.readouterr().out.splitlines()
