"""Where an exchange folder is and how it may be read: frozen values, checked when they are made, all faults at once.

::

    <root>/
      inbox/           1C writes its uploads here, by any names, XML or ZIP
        taken/         what was read, renamed «<formed>_<hash>_<name>»: the tables are made from it, nothing is lost
        aside/         what cannot be read, each beside a .txt that says why in Russian; it stops nobody else
      outbox/          orders for 1C, a file each; 1C deletes or moves a file when it has loaded it
        written/       our copies: whether an order was handed over before is looked up here
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from foundation.errors import Fault, Faults

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file from outside may ask of this machine.

    ``file_bytes``: a file, or a member of an archive, unpacked. ``record_bytes``: XML between two records (a good, an
    offer, a document with all its lines), which is what stays in memory. ``members``: files of an archive.
    ``warnings``: kept of a file; the rest is counted.
    """

    file_bytes: int = 4096 * MIB
    record_bytes: int = 32 * MIB
    members: int = 1000
    warnings: int = 200

    def __post_init__(self) -> None:
        names = ("file_bytes", "record_bytes", "members", "warnings")
        _tell([Fault(f"limits.{name}", "не меньше 1", "at least 1") for name in names if getattr(self, name) < 1])


@dataclass(frozen=True, slots=True)
class FolderAddress:
    """An exchange folder.

    ``quiet``: seconds that a file must stay as it is between two looks before it is taken. ``patience``: seconds that
    an XML or ZIP that ends too early is waited for (a copy over a slow line) before it is set aside. ``ready``: a file
    that 1C writes last (``готово.flg``); where it is given nothing is taken without it. Raises Faults.
    """

    root: Path
    inbox: str = "inbox"
    outbox: str = "outbox"
    quiet: float = 5.0
    patience: float = 900.0
    ready: str = ""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        faults = [
            Fault(name, "не меньше нуля", "not below zero")
            for name in ("quiet", "patience")
            if not getattr(self, name) >= 0
        ]
        faults += [
            Fault(name, "имя папки или файла без пути", "a bare name, no path")
            for name in ("inbox", "outbox", "ready")
            if Path(value := getattr(self, name)).name != value or (not value and name != "ready")
        ]
        if self.inbox == self.outbox:
            faults.append(Fault("outbox", "совпадает с inbox", "the same as inbox"))
        _tell(faults)

    @property
    def coming(self) -> Path:
        """Where 1C writes."""
        return self.root / self.inbox

    @property
    def taken(self) -> Path:
        """Where files that were read are kept."""
        return self.coming / "taken"

    @property
    def aside(self) -> Path:
        """Where files that cannot be read are put."""
        return self.coming / "aside"

    @property
    def going(self) -> Path:
        """Where orders wait for 1C."""
        return self.root / self.outbox

    @property
    def written(self) -> Path:
        """Where copies of written orders are kept."""
        return self.going / "written"


def _tell(faults: list[Fault]) -> None:
    if faults:
        raise Faults(
            "Папка обмена с 1С настроена с ошибками.",
            faults,
            en="The exchange folder's settings are wrong.",
            todo="Исправьте перечисленное в настройках связи.",
            todo_en="Mend what is listed in the link's settings.",
        )
