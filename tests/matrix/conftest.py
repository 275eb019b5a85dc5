"""The stage of a worker and the database that every trial copies; how many steps each exchange has."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tasks import order_creating
from tests.matrix.stage import Stage
from tests.matrix.trial import SUBJECTS, Plan, Trial, length_of, plan
from tests.matrix.workbench import Bench, fresh, template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Field:
    """Where trials are carried out; ``lengths``: exchange → steps of a whole run."""

    stage: Stage
    filled: Path
    folder: Path
    lengths: dict[str, int]

    def plan(self, seed: int) -> Plan:
        return plan(seed, self.lengths)

    def trial(self, seed: int) -> Trial:
        """Set up a trial of its own."""
        return Trial(self.stage, self.filled, self.folder / f"trial-{seed}.sqlite", self.plan(seed))

    def ended(self, seed: int) -> None:
        """Take a trial's database away."""
        self.stage.settle()
        for each in self.folder.glob(f"trial-{seed}.sqlite*"):
            each.unlink()


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """Give the place for trials, one a worker."""
    folder = tmp_path_factory.mktemp("matrix")
    stage, filled = Stage(), folder / "filled.sqlite"
    template(stage, filled)
    lengths = {each.exchange: length_of(stage, filled, folder / "length.sqlite", each) for each in SUBJECTS}
    yield Field(stage, filled, folder, lengths)
    stage.close()


@pytest.fixture
def field(ground: Field, monkeypatch: pytest.MonkeyPatch) -> Iterator[Field]:
    """Give the place for trials: nobody waits for 1C to settle, and a killed run's logs are of no interest."""
    monkeypatch.setattr(order_creating, "SETTLE", 0.0)
    logging.disable(logging.CRITICAL)
    yield ground
    logging.disable(logging.NOTSET)


@pytest.fixture
def make(field: Field, tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Give a function that makes a bench of its own with other settings; the newest one has the servers."""
    numbers = count(1)
    yield lambda **settings: fresh(field.stage, field.filled, tmp_path / f"edge-{next(numbers)}.sqlite", **settings)
    field.stage.settle()
