"""What the pages do beyond the database: start exchanges in Prefect, resume runs, pass gates, open the pilot.

The pages know the protocol only; :class:`InPrefect` is what stands behind it, and a test gives another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from foundation.errors import NotFound, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from prefect.client.schemas.objects import State

    from foundation.database import Database
    from foundation.settings import LinkSettings
    from tasks.links import Link

T = TypeVar("T")

NOT_YET: Final = timedelta(minutes=10)
"""How far away a run begins that something has to be done for first; it is called at once when that is done."""

ENDED: Final = frozenset({"COMPLETED", "FAILED", "CRASHED", "CANCELLED"})
STATES: Final = {
    "SCHEDULED": "ждёт исполнителя",
    "PENDING": "запускается",
    "RUNNING": "выполняется",
    "COMPLETED": "выполнен",
    "FAILED": "ошибка",
    "CRASHED": "прерван",
    "CANCELLED": "отменён",
    "CANCELLING": "отменяется",
    "PAUSED": "ждёт подтверждения",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A run as the pages show it; ``state`` is Prefect's type, ``said`` its message."""

    id: str
    state: str
    said: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED

    @property
    def word(self) -> str:
        """The state as an operator reads it."""
        return STATES.get(self.state, self.state)


class Doing(Protocol):
    """What the pages ask for."""

    def start(self, link: str, exchange: str, *, first: Callable[[str], object] | None = None) -> Run:
        """Start the deployment of an exchange; raises NotFound where there is none, Unreachable without Prefect.

        ``first`` is done before the run may begin, with the run's id; what it raises takes the run back.
        """

    def run(self, run_id: str) -> Run:
        """Return how a run stands."""

    def next_starts(self, link: str) -> dict[str, datetime]:
        """Return when each exchange starts next by its schedule; nothing where Prefect does not answer."""

    def wake(self, link: str) -> None:
        """Resume the runs whose confirmation is there."""

    def pass_gate(self, link: str, gate: str, *, author: str, reason: str) -> None:
        """Pass a gate of the trial as a person says."""

    def start_pilot(self, link: str, *, by: str, force: bool, reason: str) -> None:
        """Open the pilot of a link and switch its schedules on."""

    def stop_pilot(self, link: str, *, by: str) -> None:
        """Close it again."""


class InPrefect:
    """The real thing; everything of Prefect's is loaded when it is first asked for."""

    def __init__(self, database: Database, pool: str) -> None:
        self._database, self._pool = database, pool

    def start(self, link: str, exchange: str, *, first: Callable[[str], object] | None = None) -> Run:
        """Start a deployment and return its run."""
        from prefect.exceptions import ObjectNotFound
        from prefect.states import Scheduled

        from foundation.database import utc_now

        def ask() -> Run:
            from prefect.client.orchestration import get_client

            with get_client(sync_client=True) as client:
                found = client.read_deployment_by_name(f"{exchange}/{exchange}-{link}")
                if first is None:
                    run = client.create_flow_run_from_deployment(found.id, state=Scheduled())
                    return Run(str(run.id), "SCHEDULED")
                later: State[Any] = Scheduled(scheduled_time=utc_now() + NOT_YET)
                run = client.create_flow_run_from_deployment(found.id, state=later)
                try:
                    first(str(run.id))
                except BaseException:
                    client.delete_flow_run(run.id)
                    raise
                client.set_flow_run_state(run.id, Scheduled(), force=True)
                return Run(str(run.id), "SCHEDULED")

        try:
            return _reached(ask)
        except ObjectNotFound:
            raise NotFound(
                f"Обмен «{exchange}» связи {link} не развёрнут в Prefect.",
                en=f"The exchange {exchange!r} of {link} is not deployed in Prefect.",
                todo=f"Попросите администратора выполнить mi1c deploy {link}.",
                todo_en=f"Ask the admin to run mi1c deploy {link}.",
            ) from None

    def run(self, run_id: str) -> Run:
        """Return how a run stands; raises NotFound."""
        from uuid import UUID

        from prefect.exceptions import ObjectNotFound

        def ask() -> Run:
            from prefect.client.orchestration import get_client

            with get_client(sync_client=True) as client:
                state = client.read_flow_run(UUID(run_id)).state
                return Run(run_id, state.type.value, state.message or "") if state else Run(run_id, "PENDING")

        try:
            return _reached(ask)
        except (ObjectNotFound, ValueError):
            raise NotFound(
                "Такого запуска в Prefect нет.",
                en="Prefect has no such run.",
                todo="Запустите обмен ещё раз.",
                todo_en="Start the exchange again.",
            ) from None

    def next_starts(self, link: str) -> dict[str, datetime]:
        """Return the next starts by schedule."""
        from foundation.database import utc_now
        from workplace.names import EXCHANGES

        def ask() -> dict[str, datetime]:
            from prefect.client.orchestration import get_client

            from tasks.runs import next_starts

            with get_client(sync_client=True) as client:
                return next_starts(client, link, EXCHANGES, utc_now())

        try:
            return _reached(ask)
        except Unreachable:
            return {}

    def wake(self, link: str) -> None:
        """Resume what waits for a word that is there."""
        from tasks.waking import wake

        _reached(lambda: wake(self._open(link)))

    def pass_gate(self, link: str, gate: str, *, author: str, reason: str) -> None:
        """Pass a gate by hand."""
        from tasks.gates import Gate
        from tasks.trial import pass_gate

        _reached(lambda: pass_gate(self._open(link), Gate(gate), author=author, reason=reason))

    def start_pilot(self, link: str, *, by: str, force: bool, reason: str) -> None:
        """Open the pilot."""
        from flows.pilot import start_pilot

        _reached(lambda: start_pilot(self._open(link), pool=self._pool, by=by, force=force, reason=reason))

    def stop_pilot(self, link: str, *, by: str) -> None:
        """Close the pilot."""
        from flows.pilot import stop_pilot

        _reached(lambda: stop_pilot(self._open(link), pool=self._pool, by=by))

    def _open(self, link: str) -> Link:
        from tasks.block import load_link
        from tasks.links import open_link

        settings: LinkSettings = load_link(link)
        return open_link(link, settings, self._database)


def _reached(ask: Callable[[], T]) -> T:
    """Ask Prefect; raises Unreachable where it does not answer."""
    import httpx

    try:
        return ask()
    except (httpx.TransportError, RuntimeError) as error:
        # Prefect's client raises RuntimeError where the server's version cannot be asked for.
        raise Unreachable(
            "Prefect не отвечает.",
            en="Prefect does not answer.",
            todo="Проверьте, что он запущен (mi1c up), и повторите.",
            todo_en="Check that it runs (mi1c up) and try again.",
        ) from error
