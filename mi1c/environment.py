"""The environment that Prefect wants to see before it is imported, for this process and for those it starts."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from foundation.settings import ProcessSettings

LOGGERS = "connectors,flows,foundation,ledger,mappings,tasks"
"""Our rooms whose logs a run shows in the Prefect UI."""


def prefect_environment(settings: ProcessSettings) -> dict[str, str]:
    """Return the variables: no analytics, no promotions, our logs in the UI, short polls, UTF-8 on every console."""
    home = (settings.data / "prefect").resolve()
    return {
        "MI1C_DATA": str(settings.data.resolve()),
        "MI1C_DATABASE_URL": settings.database,
        "MI1C_PREFECT_API_URL": settings.prefect_api_url,
        "MI1C_POOL": settings.pool,
        # Runs start in folders of their own: they find the file of settings by this name.
        "MI1C_ENV_FILE": str(Path(os.environ.get("MI1C_ENV_FILE", ".env")).resolve()),
        "PREFECT_API_URL": settings.prefect_api_url,
        "PREFECT_HOME": str(home),
        "PREFECT_LOGGING_EXTRA_LOGGERS": LOGGERS,
        # The command line works outside of runs too, where there is nothing to send a log to.
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "60",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_WORKER_PREFETCH_SECONDS": "10",
        "PREFECT_CLI_PROMPT": "false",
        "PYTHONIOENCODING": "utf-8",
    }


def enter(settings: ProcessSettings) -> dict[str, str]:
    """Set the variables in this process; what its environment says already wins, except our own names."""
    wanted = prefect_environment(settings)
    for name, value in wanted.items():
        if name.startswith("MI1C_") or name == "PREFECT_API_URL":
            os.environ[name] = value
        else:
            os.environ.setdefault(name, value)
    return {**os.environ}
