"""The trial against both doubles: it stops at what needs a person, says what to do, and goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.running import Sandbox
    from tests.flows.conftest import Stand

pytestmark = [pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]  # prefect's own warnings


def go(link: str, *again: str) -> Any:
    from flows.trial import trial

    return trial(link=link, again=again, return_state=True)


def test_first(stand: Stand, doubles: Sandbox) -> None:
    from tasks.block import save_link

    save_link("trial", stand.values())
    s = go("trial")
    print(s)
    from tasks.links import open_link
    from tasks.trial import trial_status

    for each in trial_status(open_link("trial")):
        print(each)
    assert 0
