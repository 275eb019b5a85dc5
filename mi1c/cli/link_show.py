"""``mi1c link show``: the settings of a link as people read them, beside the codes that a file takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic import SecretStr

from mi1c.console import number

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

NONE: Final = "не задано"


def setting_word(field: FieldInfo, value: Any) -> str:
    """Return a value as people read it: ``omit (не выгружать)``, ``склад → 1``, ``90``, ``задан``."""
    about = field.description or ""
    match value:
        case SecretStr():
            return "задан" if value.get_secret_value() else "не задан"
        case bool():
            return "да" if value else "нет"
        case int():
            return number(value)
        case float():
            return f"{value:g}".replace(".", ",")
        case dict():
            pairs = [f"{name} → {_inner(about, each)}" for name, each in value.items()]
            return "; ".join(pairs) or _empty(about)
        case list() | tuple():
            return ", ".join(_inner(about, each) for each in value) or _empty(about)
    return _told(about, str(value)) if str(value) else _empty(about)


def _inner(about: str, value: Any) -> str:
    """Return a value within a list or a dictionary; dictionaries of the manufacturer's values hold one more."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} → {each}" for name, each in value.items()) + "}"
    return number(value) if isinstance(value, int) else _told(about, str(value))


def _told(about: str, code: str) -> str:
    """Return a code with its meaning, where the setting's description gives one: «omit: не выгружать; …»."""
    found = re.search(rf"(?:^|[;.] ){re.escape(code)}: ([^;]+)", about)
    return f"{code} ({found[1].strip()})" if found else code


def _empty(about: str) -> str:
    """Return what an empty value means, where the description says so: «пусто: круглосуточно»."""
    found = re.search(r"пусто: ([^;]+)", about)
    return f"{NONE} ({found[1].strip()})" if found else NONE
