"""What commands share: entering the environment, and opening a link with a clear word when Prefect is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from foundation.errors import Unreachable

if TYPE_CHECKING:
    from foundation.settings import ProcessSettings
    from tasks.links import Link


def entered(log_name: str = "mi1c") -> ProcessSettings:
    """Return this process's settings; Prefect's environment and the log file are set up."""
    from foundation.log import log_to
    from foundation.settings import ProcessSettings
    from mi1c.environment import enter

    settings = ProcessSettings()
    enter(settings)
    log_to(settings.data / "logs", name=log_name)
    return settings


def opened(link: str) -> Link:
    """Return an open link; raises Unreachable where the Prefect server, which keeps the links, does not answer."""
    settings = entered()
    server_answers(settings)
    from tasks.links import open_link

    return open_link(link)


def server_answers(settings: ProcessSettings) -> None:
    """Raise Unreachable where the Prefect server does not answer."""
    import httpx

    try:
        httpx.get(f"{settings.prefect_api_url}/health", timeout=10).raise_for_status()
    except httpx.HTTPError:
        raise Unreachable(
            f"Сервер Prefect не отвечает по адресу {settings.prefect_api_url}.",
            en=f"The Prefect server does not answer at {settings.prefect_api_url}.",
            todo="Запустите его: mi1c up. Если он работает в другом месте, задайте MI1C_PREFECT_API_URL.",
            todo_en="Start it: mi1c up. If it runs elsewhere, set MI1C_PREFECT_API_URL.",
        ) from None
