"""A model, as in ``mappings.matching.model``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class Model:
    version: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def dumps(self) -> str:
        """Return the model as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def loads(cls, text: str) -> Model:
        """Return a model from its JSON."""
        return cls(**json.loads(text))


@lru_cache(maxsize=1)
def shipped() -> Model:
    """Return the model that comes with the product."""
    return Model("shipped")
