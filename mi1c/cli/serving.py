"""``mi1c up`` and ``mi1c demo``."""

from __future__ import annotations

import threading
from typing import Annotated

from cyclopts import Parameter

from mi1c.cli.opening import entered
from mi1c.console import DONE, console


def up() -> int:
    """Запустить сервер Prefect и исполнителя обменов; работает до Ctrl+C."""
    from mi1c.environment import prefect_environment
    from mi1c.up import Supervisor, on_stop_signal

    settings = entered()
    import os

    supervisor = Supervisor(settings, {**os.environ, **prefect_environment(settings)})
    stopped = threading.Event()
    on_stop_signal(stopped)
    out = console()
    try:
        with out.status("Запускается сервер Prefect…"):
            supervisor.start_server()
        from prefect.client.orchestration import get_client

        from flows.deployments import make_pool
        from tasks.block import LinkBlock

        LinkBlock.register_type_and_schema(_sync=True)  # type: ignore[call-arg]  # prefect's sync_compatible adds it
        with get_client(sync_client=True) as client:
            make_pool(client, settings.pool)
        supervisor.start_worker()
        out.print(f"Работает. Prefect: {supervisor.ui_url}. Остановить: Ctrl+C.")
        supervisor.watch(stopped)
    finally:
        supervisor.stop()
    return DONE


def demo(
    *, once: Annotated[bool, Parameter(help="выполнить и выйти")] = False, scale: int = 1, json: bool = False
) -> int:
    """Показать всё на песочнице: двойники 1С и производителя, Prefect, обмены, сверка."""
    from mi1c.demo import run

    code: int = run(once=once, scale=scale, as_json=json)
    return code
