"""``mi1c up``, ``mi1c workplace`` and ``mi1c demo``."""

from __future__ import annotations

import threading
from typing import Annotated

from cyclopts import Parameter

from mi1c.cli.opening import entered
from mi1c.console import DONE, console


def up() -> int:
    """Запустить сервер Prefect, исполнителя обменов и рабочее место; работает до Ctrl+C."""
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
        from mi1c.roles import prepare

        prepare(settings)
        supervisor.start_worker()
        supervisor.start_workplace()
        out.print(f"Работает. Prefect: {supervisor.ui_url}, рабочее место: {supervisor.workplace_url}.")
        out.print("Остановить: Ctrl+C.")
        supervisor.watch(stopped)
    finally:
        supervisor.stop()
    return DONE


def workplace() -> int:
    """Запустить только рабочее место: страницы оператора, /health и /metrics."""
    import uvicorn

    from foundation.database import migrate, open_database
    from workplace.access import users
    from workplace.app import create_app
    from workplace.guard import Proxy

    settings = entered("workplace")
    database = open_database(settings.database)
    migrate(database)
    with database.session() as session:
        if not users(session):
            console().print("Входить некому. Заведите пользователя: mi1c user add ИМЯ --role admin.", markup=False)
    app = create_app(
        database,
        metrics_token=settings.metrics_token.get_secret_value(),
        proxy=Proxy(settings.proxy_header, settings.proxy_addresses),
        prefect_ui=settings.prefect_api_url.removesuffix("/api"),
        pool=settings.pool,
    )
    # Forwarded headers are not believed: they would let anybody say from where he comes.
    uvicorn.run(
        app,
        host=settings.workplace_host,
        port=settings.workplace_port,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )
    return DONE


def demo(
    *, once: Annotated[bool, Parameter(help="выполнить и выйти")] = False, scale: int = 1, json: bool = False
) -> int:
    """Показать всё на песочнице: двойники 1С и производителя, Prefect, обмены, сверка."""
    from mi1c.demo import run

    code: int = run(once=once, scale=scale, as_json=json)
    return code
