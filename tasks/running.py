"""What a task knows of the run around it: its id, a place for logs and progress, inside a flow or outside of one."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID, uuid4

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import FlowRunContext, TaskRunContext
from prefect.runtime import flow_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)

ROOMS: Final = ("connectors", "flows", "ledger", "mappings", "tasks")

PATIENCE: Final = 3.0
"""Seconds after which work that goes on is shown as a progress artifact, and how often it is renewed."""


def show_logs() -> None:
    """Let the INFO records of our rooms through: Prefect hands them to its UI, but leaves the loggers at WARNING."""
    for room in ROOMS:
        logger = logging.getLogger(room)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.INFO)


def run_id() -> str:
    """Return the id of the flow run; a retry and a resumption have the same one."""
    return str(flow_run.id or f"local-{uuid4()}")


def in_run() -> bool:
    """Whether there is a Prefect run around, to which artifacts can be attached."""
    return FlowRunContext.get() is not None or TaskRunContext.get() is not None


@contextmanager
def progress(title: str, expected: int = 0) -> Iterator[Callable[[int], None]]:
    """Give a function that takes how many rows are done; a progress artifact shows it once it takes over 3 s.

    ``expected`` is what 100 % is; 0 = not known, the description then counts rows.
    """
    started, shown_at = time.monotonic(), 0.0
    artifact: UUID | None = None

    def show(rows: int) -> None:
        nonlocal shown_at, artifact
        now = time.monotonic()
        if now - max(started, shown_at) < PATIENCE or not in_run():
            return
        shown_at = now
        share = min(100.0, 100 * rows / expected) if expected else 0.0
        told = f"{title}: {rows:,} строк".replace(",", " ")
        log.info("%s", told)
        if artifact is None:
            made = create_progress_artifact(progress=share, description=told, _sync=True)  # type: ignore[call-arg]
            artifact = cast("UUID", made)
        else:
            update_progress_artifact(artifact, progress=share, description=told, _sync=True)  # type: ignore[call-arg]

    yield show
    if artifact is not None:
        update_progress_artifact(artifact, progress=100.0, description=f"{title}: готово", _sync=True)  # type: ignore[call-arg]
