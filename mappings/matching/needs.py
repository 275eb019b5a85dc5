"""The libraries that matching alone needs: an installation without them says which, and how to get them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from foundation.errors import Fault, Faults


def need(module: str) -> Any:
    """Return a module of the extra ``match``; raises Faults that say how to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise Faults(
            "Для подбора соответствий не хватает библиотек.",
            [Fault(module, "не установлена", "is not installed")],
            en="Libraries for matching are missing.",
            todo="Установите их: pip install 'mi1c[match]'.",
            todo_en="Install them: pip install 'mi1c[match]'.",
            module=module,
        ) from error
