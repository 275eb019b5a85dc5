"""A process that can be killed at every step, without a process: what is durable is a commit or a request, no more.

A *step* is the moment before a commit, before a request leaves, or after its answer came. Killed at a step, the run
gets :class:`Killed` there, and again at every later step, so that no ``finally`` or ``except`` can mend anything: no
commit and no request of a dead process happens. Its lock stays behind in the name of a process that is no more.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final

import httpx
from prefect import Task
from sqlalchemy import event, update

from connectors.crm.xdatalink.address import Retry as ServiceRetry
from connectors.crm.xdatalink.service import XDataLink
from connectors.onec.odata import OneC, Retry
from connectors.onec.odata.transport import WideTransport, tls
from foundation.database import Database, open_database
from ledger.links import link_id
from ledger.tables import LockRow
from mappings.layouts.layout import load_layout
from mappings.profiles.profile import load_profile
from tasks.bases import onec_address
from tasks.extract import extract
from tasks.links import Link, service_address
from tasks.verdicts import Checked
from tests.matrix.small import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from foundation.settings import LinkSettings

ONEC_RETRY: Final = Retry(attempts=2, wait=0, wait_max=0, jitter=0)
CRM_RETRY: Final = ServiceRetry(attempts=2, wait=0, wait_max=0, jitter=0)
_profile, _layout = cache(load_profile), cache(load_layout)
"""Reading them again and again would be half of a trial."""

NOBODY: Final = 2**22 + 7
"""A process id above what Linux gives out."""


class Killed(BaseException):
    """The process is no more; not an Exception, so that nothing that handles errors handles it."""


@dataclass(slots=True)
class Steps:
    """Counts the steps of a process and kills it at step ``at`` (the first is 1, 0 = never).

    With a ``name`` only the steps of that name count for it.
    """

    at: int = 0
    name: str = ""
    done: int = 0
    dead: bool = False
    names: list[str] = field(default_factory=list)

    def live(self) -> None:
        """Raise Killed where the process is dead."""
        if self.dead:
            raise Killed("dead")

    def step(self, name: str) -> None:
        """Come to a step; raises Killed at the fatal one and at all after it."""
        self.live()
        self.done += 1
        self.names.append(name)
        if self.at == (self.names.count(self.name) if self.name else self.done) and self.name in ("", name):
            self.dead = True
            raise Killed(name)


class _Transport(httpx.BaseTransport):
    """The network of a process: before a request and after its answer it may be killed."""

    def __init__(self, name: str, steps: Steps, inner: httpx.BaseTransport) -> None:
        self._name, self._steps, self._inner = name, steps, inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        called = f"{self._name} {request.method}"
        self._steps.step(f"before {called}")
        answer = self._inner.handle_request(request)
        self._steps.step(f"after {called}")
        return answer

    def close(self) -> None:
        self._inner.close()


@dataclass(frozen=True, slots=True)
class FragileLink(Link):
    """A link whose connections belong to a process that can be killed; the wall clock of 1C stands still."""

    steps: Steps

    @contextmanager
    def onec(self) -> Iterator[OneC]:
        """Connect to 1C over the fragile network."""
        inner = WideTransport(connections=self.settings.connections, context=tls(verify=False))
        transport = _Transport("1C", self.steps, inner)
        with OneC(onec_address(self.settings), transport=transport, retry=ONEC_RETRY) as onec:
            yield onec

    @contextmanager
    def crm(self) -> Iterator[XDataLink]:
        """Connect to the manufacturer over the fragile network."""
        transport = _Transport("CRM", self.steps, httpx.HTTPTransport(verify=False))
        with XDataLink(service_address(self.settings), transport=transport, retry=CRM_RETRY) as crm:
            yield crm

    def now(self) -> datetime:
        """Return the small world's moment."""
        return NOW


@contextmanager
def process(path: Path, name: str, settings: LinkSettings, steps: Steps, run: str) -> Iterator[FragileLink]:
    """Give the link as a new process opens it, for the flow run ``run``; a dead one leaves its locks behind."""
    profile, layout = _profile(settings.profile), _layout(settings.layout)
    with closing(open_database(f"sqlite:///{path}")) as database:
        with database.begin() as session:
            number = link_id(session, name)
        os.environ["PREFECT__RUNTIME__FLOW_RUN__ID"] = run
        event.listen(database.engine, "commit", partial(_before_commit, steps))
        event.listen(database.engine, "begin", lambda _: steps.live(), insert=True)
        try:
            yield FragileLink(name, number, settings, profile, layout, database, steps)
        finally:
            os.environ.pop("PREFECT__RUNTIME__FLOW_RUN__ID", None)
            if steps.dead:
                _bury(path)


def _before_commit(steps: Steps, connection: Connection) -> None:
    """Come to a step; the database forgets what a process that dies here has not committed."""
    try:
        steps.step("before commit")
    except Killed:
        connection.connection.rollback()
        raise


def _bury(path: Path) -> None:
    with closing(open_database(f"sqlite:///{path}")) as database, database.begin() as session:
        session.execute(update(LockRow).values(pid=NOBODY, process_started="0"))


def database_of(path: Path) -> Database:
    """Open the database of a trial to look at it."""
    return open_database(f"sqlite:///{path}")


def body(flow: Any, link: Link) -> Callable[..., Any]:
    """Return a flow's own body in which tasks are plain functions and the link is open already.

    The flow's module is not touched: the body, and the functions beside it, get globals of their own. So a trial runs
    what the flow runs, in its order, without Prefect's engine.
    """
    names = dict(flow.fn.__globals__)
    module = names["__name__"]
    for name, value in list(names.items()):
        if isinstance(value, Task):
            names[name] = value.fn
        elif isinstance(value, FunctionType) and value.__module__ == module:
            names[name] = _rebound(value, names)
    names["open_link"] = lambda _: link
    for name in ("read_cards", "read_stops", "read_prices"):
        if name in names:
            names[name] = partial(names[name], read=extract.fn)
    for name in ("take_answers", "resume_runs"):  # about runs that Prefect keeps, of which there are none
        if name in names:
            names[name] = lambda _: Checked()
    return partial(_rebound(flow.fn, names), link=link.name)


def _rebound(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    made = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made
