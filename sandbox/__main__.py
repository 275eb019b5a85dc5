"""``python -m sandbox``: a 1C base and a manufacturer's service to try the product against."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from sandbox import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.running import Sandbox

DONE, PORT_TAKEN = 0, 2
CONFIGURATIONS = ("ut11", "ut114", "ka2", "erp2", "unf", "bp3")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the world, start both doubles, say where they are and serve until a signal; return the exit code."""
    asked = _parser().parse_args(arguments)
    began = time.perf_counter()
    try:
        sandbox = running.start(
            seed=asked.seed,
            scale=asked.scale,
            host=asked.host,
            onec_port=asked.onec_port,
            crm_port=asked.crm_port,
            auth=asked.auth,
            configuration=asked.configuration,
        )
    except OSError as error:
        sys.stderr.write(
            f"Порт занят или адрес {asked.host} не принадлежит этой машине ({error.strerror}).\n"
            "Укажите другой --onec-port и --crm-port; 0 возьмёт свободный.\n"
            "A port is taken, or the address is not this machine's: give other ports, 0 takes a free one.\n"
        )
        return PORT_TAKEN
    with sandbox:
        ended = None if asked.once else _signalled()  # before anything is said: whoever reads it may signal at once
        told = _as_json(sandbox) if asked.json else _as_text(sandbox, time.perf_counter() - began)
        sys.stdout.write(told + "\n")
        sys.stdout.flush()
        # A wait without a time limit cannot be interrupted by Ctrl+C on Windows.
        while ended is not None and not ended.wait(0.5):
            pass
    return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Песочница: база 1С (OData) и служба производителя (xDataLink) с выдуманными данными.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="адрес, на котором слушать (по умолчанию %(default)s)")
    parser.add_argument("--onec-port", type=int, default=0, help="порт 1С, 0 - любой свободный")
    parser.add_argument("--crm-port", type=int, default=0, help="порт производителя, 0 - любой свободный")
    parser.add_argument("--seed", type=int, default=1, help="зерно: одно зерно - одни и те же данные")
    parser.add_argument("--scale", type=_positive, default=1, help="во сколько раз больше данных")
    parser.add_argument(
        "--auth",
        choices=("none", "basic", "ntlm", "attribute"),
        default="none",
        help="как служба производителя спрашивает пароль",
    )
    parser.add_argument(
        "--configuration",
        choices=CONFIGURATIONS,
        default="ut11",
        help="в чьей конфигурации 1С ведётся учёт (по умолчанию %(default)s)",
    )
    parser.add_argument("--once", action="store_true", help="запустить, назвать адреса и закончить")
    parser.add_argument("--json", action="store_true", help="назвать адреса одной строкой JSON")
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("нужно число от 1")
    return number


def _as_text(sandbox: Sandbox, seconds: float) -> str:
    world = sandbox.world
    spent = f"{seconds:.1f}".replace(".", ",")
    return "\n".join(
        (
            f"Песочница работает (зерно {world.seed}, масштаб {world.scale}, готова за {spent} с).",
            f"  1С, OData:           {sandbox.onec_url}",
            f"                       пользователь {running.ONEC_USER}, пароль {running.ONEC_PASSWORD}",
            f"  Производитель:       {sandbox.crm_url}",
            f"                       код БД {world.crm.user}, пароль {running.CRM_PASSWORD}",
            f"  Что он уже получил:  {sandbox.holdings_url}",
            "Остановить: Ctrl+C.",
        )
    )


def _as_json(sandbox: Sandbox) -> str:
    world = sandbox.world
    facts = {
        "onec": sandbox.onec_url,
        "onec_user": running.ONEC_USER,
        "onec_password": running.ONEC_PASSWORD,
        "crm": sandbox.crm_url,
        "crm_user": world.crm.user,
        "crm_password": running.CRM_PASSWORD,
        "holdings": sandbox.holdings_url,
        "seed": world.seed,
        "scale": world.scale,
    }
    return json.dumps(facts, ensure_ascii=False)


def _signalled() -> threading.Event:
    """Return an event that is set when the process is told to end."""
    ended = threading.Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: ended.set())
    return ended


if __name__ == "__main__":
    sys.exit(main())
