"""How exchanges of different years write CommerceML: versions, namespaces, encodings and habits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Stock = Literal["whole", "attribute", "element"]
"""``whole``: Количество only; ``attribute``: Склад@КоличествоНаСкладе; ``element``: Остатки/Остаток/Склад."""

Unit = Literal["text", "converted", "parts"]
"""``text``: the name, the code beside it; ``converted``: Пересчет before the name; ``parts``: an element with parts."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One habit of writing. ``split``: prices and stock in files of their own."""

    version: str
    namespace: str = ""
    encoding: str = "UTF-8"
    mark: bool = False
    comma: bool = False
    stock: Stock = "attribute"
    unit: Unit = "text"
    split: bool = False
    dates: Literal["full", "day", "short hour"] = "full"
    long_kpp: bool = False
    container: bool = False
    own_numbers: bool = False
    status_attribute: bool = False

    @property
    def name(self) -> str:
        """A name for test ids."""
        return f"{self.version} {self.encoding} {self.stock}"


_URN: Final = "urn:1C.ru:commerceml_"
DIALECTS: Final = (
    Dialect("2.03", encoding="windows-1251", stock="whole", dates="day", status_attribute=True),
    Dialect("2.04", stock="whole", comma=True),
    Dialect("2.05", f"{_URN}205", encoding="windows-1251", dates="short hour", status_attribute=True),
    Dialect("2.06", f"{_URN}2", stock="attribute", unit="converted"),
    Dialect("2.07", f"{_URN}2", unit="converted", long_kpp=True),
    Dialect("2.08", f"{_URN}2", mark=True, comma=True, stock="element"),
    Dialect("2.09", f"{_URN}2", stock="element", unit="parts", split=True, own_numbers=True),
    Dialect("2.10", f"{_URN}210", stock="element", split=True, container=True, own_numbers=True),
    Dialect("2.10", encoding="windows-1251", stock="attribute"),
    Dialect("2.10", f"{_URN}210", encoding="UTF-16", stock="element"),
)
