"""A test base that the tests of the 7.7 connector share: it is only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from connectors.onec.v77 import V77, V77Address
from sandbox.v77 import TestBase, write_base

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def trade_base(tmp_path_factory: pytest.TempPathFactory) -> TestBase:
    """Write the base once; its metadata ids are far from those that the writer counts from."""
    return write_base(tmp_path_factory.mktemp("v77") / "base", seed=7, shift=3000)


@pytest.fixture
def v77(trade_base: TestBase, tmp_path: Path) -> V77:
    """Open the shared base."""
    return V77(V77Address(trade_base.folder, scratch=tmp_path, wait=0))


@pytest.fixture
def own_base(tmp_path: Path) -> TestBase:
    """Write a small base that a test may spoil."""
    return write_base(tmp_path / "own", seed=3, goods=12, months=4, documents=8)
