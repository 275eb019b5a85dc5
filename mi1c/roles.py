"""What each part of the service does before it becomes its process: waits for what it stands on, then gives way to it.

The part replaces itself by the program (``exec``), so that the service manager watches the very process that works.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from foundation.errors import Fatal, MI1CError, Retriable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from foundation.settings import ProcessSettings

log = logging.getLogger(__name__)

PATIENCE: Final = 180.0
"""Seconds that a part waits for what it stands on; then it fails, and the service manager starts it again."""


def become(
    role: str,
    settings: ProcessSettings,
    *,
    execute: Callable[[str, list[str], Mapping[str, str]], object] = os.execve,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Wait for what a part stands on and become it; returns only where ``execute`` does (in tests)."""
    match role:
        case "server":
            wait_for(lambda: database_is_ready(settings), "база данных МИ1С", "MI1C's database", sleep=sleep)
        case "worker":
            wait_for(lambda: server_is_ready(settings), "сервер Prefect", "the Prefect server", sleep=sleep)
            prepare(settings)
        case "workplace":
            wait_for(lambda: database_is_ready(settings), "база данных МИ1С", "MI1C's database", sleep=sleep)
    execute(sys.executable, command(role, settings), os.environ)


def command(role: str, settings: ProcessSettings) -> list[str]:
    """Return the program of a part."""
    address = urlsplit(settings.prefect_api_url)
    prefect = [sys.executable, "-m", "prefect"]
    match role:
        case "server":
            host, port = address.hostname or "127.0.0.1", str(address.port or 4200)
            return [*prefect, "server", "start", "--host", host, "--port", port]
        case "worker":
            return [*prefect, "worker", "start", "--pool", settings.pool, "--type", "process"]
        case "workplace":
            return [sys.executable, "-m", "mi1c", "workplace"]
    raise ValueError(role)


def wait_for(
    ready: Callable[[], bool],
    what: str,
    en: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Return once it is ready; raises Fatal after three minutes, and whatever else than "not yet" ``ready`` raises."""
    deadline = clock() + PATIENCE
    while not ready():
        if clock() > deadline:
            raise Fatal(
                f"Не дождались: {what} не отвечает {PATIENCE:.0f} с.",
                en=f"{en} has not answered for {PATIENCE:.0f} s.",
                todo="Посмотрите её журнал: journalctl -u 'mi1c-*' -u postgresql.",
                todo_en="See its log: journalctl -u 'mi1c-*' -u postgresql.",
            )
        sleep(1.0)


def database_is_ready(settings: ProcessSettings) -> bool:
    """Whether our database answers; it is migrated then."""
    from foundation.database import migrate, open_database

    database = open_database(settings.database)
    try:
        migrate(database)
    except Retriable as error:
        log.info("%s", error.english)
        return False
    finally:
        database.close()
    return True


def server_is_ready(settings: ProcessSettings) -> bool:
    """Whether the Prefect server answers."""
    from mi1c.cli.opening import server_answers

    try:
        server_answers(settings)
    except MI1CError:
        return False
    return True


def prepare(settings: ProcessSettings) -> None:
    """Register the link's block type, the work pool and the watch with the server; doing it again changes nothing."""
    from prefect.client.orchestration import get_client

    from flows.deployments import deploy_watch, make_pool
    from tasks.block import LinkBlock

    LinkBlock.register_type_and_schema(_sync=True)  # type: ignore[call-arg]  # prefect's sync_compatible adds it
    with get_client(sync_client=True) as client:
        make_pool(client, settings.pool)
    deploy_watch(settings.pool)
