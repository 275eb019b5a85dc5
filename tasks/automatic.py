"""What is different in a run that its schedule started: it keeps out of 1C's quiet window and has its own 1C user.

A schedule does not fire in the quiet window (:mod:`tasks.hours`). But a run that was late, because the worker stood
still or the queue was long, could start in it: such a run ends at once as completed, with a state that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

from prefect.client.orchestration import get_client
from prefect.exceptions import Abort
from prefect.runtime import flow_run
from prefect.states import Completed

from tasks.hours import in_quiet_window

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from prefect.client.schemas.objects import State

    from foundation.settings import LinkSettings

SKIPPED: Final = "Пропущено: тихое окно"
"""The name of the state of a run that came in the quiet window."""

AUTO: Final = "auto-scheduled"
"""The tag that Prefect gives to runs of a schedule, and to no others."""


def scheduled() -> bool:
    """Whether the run around was started by its schedule."""
    return AUTO in (flow_run.tags or [])


def keep_out_of_quiet_window(settings: LinkSettings, now: datetime) -> None:
    """End a scheduled run as skipped where 1C wants to be left alone now; a person's Retry of it goes on.

    ``now`` has a zone. Does not return then: Prefect's own signal ends the run's process without a failure.
    """
    if flow_run.id and scheduled() and flow_run.run_count <= 1 and in_quiet_window(settings, now):
        _skip(flow_run.id, settings.quiet_window)


def _skip(run: str | UUID, window: str) -> NoReturn:
    state: State[Any] = Completed(
        name=SKIPPED, message=f"Тихое окно 1С {window}: обмен пойдёт в следующий раз по расписанию."
    )
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run, state, force=True)
    signal = Abort(SKIPPED)
    signal.state = state  # type: ignore[attr-defined]  # Prefect's engine looks for it: the state is set already
    raise signal


def as_pilot(settings: LinkSettings) -> LinkSettings:
    """Return the settings with the 1C user for the automatic mode, where the link names one."""
    if not settings.pilot_onec_user:
        return settings
    own = {"onec_user": settings.pilot_onec_user, "onec_password": settings.pilot_onec_password}
    return settings.model_copy(update=own)
