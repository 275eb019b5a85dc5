"""The letter that asks the manufacturer's IT for the link's parameters: ``docs/ru/letter.md``, filled in.

The template stands in the checkout's documents, and beside this module in a wheel. A blank is ``{name}``; what is
between the marks is the letter, the rest of the page is for whoever sends it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from foundation.errors import Fault, Faults

if TYPE_CHECKING:
    from datetime import date

BLANK: Final = re.compile(r"\{(\w+)\}")
LETTER: Final = re.compile(r"<!-- letter -->\n(.*?)\n<!-- /letter -->", re.DOTALL)


def template() -> str:
    """Return the letter with its blanks."""
    here = Path(__file__).parent
    places = (here / "letter.md", here.parent / "docs" / "ru" / "letter.md")
    found = LETTER.search(next(each for each in places if each.exists()).read_text("utf-8"))
    assert found is not None  # a test holds the page
    return found[1].strip() + "\n"


def filled(*, company: str, contact: str, day: date) -> str:
    """Return the letter of a company; raises Faults with every blank that nothing was given for."""
    given = {"company": " ".join(company.split()), "contact": " ".join(contact.split()), "date": f"{day:%d.%m.%Y}"}
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise Faults(
            "Письмо не заполнено.",
            [Fault(name, "не указано", "is empty") for name in missing],
            en="The letter is not filled in.",
            todo='Пример: mi1c link request --company "ООО Ромашка" --contact "Иванов И. И., +7 900 000-00-00"',
            todo_en="Give --company and --contact.",
        )
    return BLANK.sub(lambda blank: given[blank[1]], template())
