"""What the engine has learnt: weights of the agreement, calibration, thresholds, and what they measured.

A model is a plain value that JSON can hold. The one that is shipped was fitted by ``python -m bench.matching --fit``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mappings.matching.agreement import AGAINST, FEATURES

if TYPE_CHECKING:
    from mappings.matching.vectors import Array

SHIPPED: Final = Path(__file__).parent / "default_model.json"

PRIOR: Final = {
    "letters": 2.0, "sound": 1.5, "our_words": 2.0, "their_words": 1.5, "words": 1.5,
    "latin_same": 1.5, "our_latin_other": -2.0, "their_latin_other": -1.0,
    "our_words_other": -1.5, "their_words_other": -1.0,
    "size_same": 2.5, "size_near": 0.5, "size_other": -3.0, "size_unit": -0.3, "size_only_theirs": -0.5,
    "pack_same": 0.5, "pack_other": -2.0, "pack_one": -1.5, "percent_same": 1.0, "percent_other": -2.0,
    "number_same": 1.0, "number_other": -1.0, "other_same": 1.0, "other_other": -2.0, "code_same": 6.0,
    "variant_same": 1.0, "variant_other": -2.0, "variant_ours": -1.0, "variant_theirs": -0.7,
}  # fmt: skip
"""What each figure is worth before anything was learnt: learning moves weights away from here, not from nothing."""


@dataclass(frozen=True)
class Model:
    """Weights by FEATURES; ``certainty``: of the calibration by its own figures; ``green`` and ``none``: probabilities.

    ``green`` above 1 means that nothing is green: the promised precision could not be shown. ``margin``: a second
    candidate nearer than this forbids green. ``figures``: what was measured, by name.
    """

    weights: dict[str, float] = field(default_factory=lambda: dict(PRIOR))
    certainty: dict[str, float] = field(default_factory=dict)
    outbid: float = 0.3
    green: float = 1.01
    none: float = 0.3
    margin: float = 0.8
    promised: float = 0.98
    rows: int = 0
    version: str = ""
    figures: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        unknown = set(self.weights) - set(FEATURES)
        wrong = [name for name, value in self.weights.items() if value * (-1 if name in AGAINST else 1) < 0]
        if unknown or wrong:
            raise ValueError(f"not a weight of this version: {sorted(unknown)}; of the wrong sign: {wrong}")

    @cached_property
    def row(self) -> Array:
        """The weights in the order of FEATURES."""
        return np.array([self.weights.get(name, PRIOR[name]) for name in FEATURES], dtype=np.float32)

    def dumps(self) -> str:
        """Return the model as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def loads(cls, text: str) -> Model:
        """Return a model from its JSON; raises TypeError or ValueError for what is none."""
        return cls(**json.loads(text))


@lru_cache(maxsize=1)
def shipped() -> Model:
    """Return the model that comes with the product."""
    return Model.loads(SHIPPED.read_text("utf-8"))
