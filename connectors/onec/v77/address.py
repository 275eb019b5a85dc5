"""Where a 7.7 base is and how it is read: a frozen value, checked when it is made, all faults at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from foundation.errors import Fault, Faults

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.onec.v77.dbf import CodePage

CODE_PAGES: Final = ("cp1251", "cp866")
MOST_ATTEMPTS: Final = 20


@dataclass(frozen=True, slots=True)
class V77Address:
    """One 7.7 base: ``folder`` holds its ``1Cv7.DD`` and its DBF files, whatever the case of their names.

    ``code_page``: of the texts; no file says it. ``names``: another dictionary (a DD or an SQL base's DDS of the same
    configuration), where the folder's own is missing. ``copy``: tables are copied before they are read; only a folder
    that nobody works in (a backup) may do without. ``scratch``: where to copy to. ``attempts`` and ``wait`` (seconds):
    how often and after what pause a base that changed meanwhile is copied again. ``check_totals``: balances are
    compared with their movements. Raises Faults with all that is wrong.
    """

    folder: Path
    code_page: CodePage = "cp1251"
    names: Path | None = None
    copy: bool = True
    scratch: Path | None = None
    attempts: int = 3
    wait: float = 2.0
    check_totals: bool = True

    def __post_init__(self) -> None:
        faults = []
        if self.code_page not in CODE_PAGES:
            faults.append(Fault("code_page", f"одно из: {', '.join(CODE_PAGES)}", f"one of {', '.join(CODE_PAGES)}"))
        if not 1 <= self.attempts <= MOST_ATTEMPTS:
            faults.append(Fault("attempts", f"от 1 до {MOST_ATTEMPTS}", f"from 1 to {MOST_ATTEMPTS}"))
        if self.wait < 0:
            faults.append(Fault("wait", "не меньше нуля", "not below zero"))
        if faults:
            raise Faults(
                "Настройки базы 1С 7.7 указаны с ошибками.",
                faults,
                en="The settings of the 7.7 base have faults.",
                todo="Исправьте их в связи.",
                todo_en="Mend them in the link.",
            )
