"""The parts of the service wait for what they stand on, in the order database → server → worker."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import Fatal
from foundation.settings import ProcessSettings
from mi1c import roles
from mi1c.roles import become, command, database_is_ready, server_is_ready, wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_httpserver import HTTPServer


class Executed:
    """Stands where the process would be replaced."""

    def __init__(self) -> None:
        self.program, self.command, self.environment = "", [""], dict[str, str]()

    def __call__(self, program: str, command: list[str], environment: Mapping[str, str]) -> None:
        self.program, self.command, self.environment = program, command, dict(environment)


def settings(tmp_path: Path, **more: Any) -> ProcessSettings:
    return ProcessSettings(data=tmp_path, **more)


def test_each_part_is_its_program(tmp_path: Path) -> None:
    here = settings(tmp_path, prefect_api_url="http://127.0.0.1:4299/api", pool="ours")
    prefect = [sys.executable, "-m", "prefect"]
    assert command("server", here) == [*prefect, "server", "start", "--host", "127.0.0.1", "--port", "4299"]
    assert command("worker", here) == [*prefect, "worker", "start", "--pool", "ours", "--type", "process"]
    assert command("workplace", here) == [sys.executable, "-m", "mi1c", "workplace"]
    with pytest.raises(ValueError, match="cook"):
        command("cook", here)


def test_the_server_waits_for_the_database_and_migrates_it(tmp_path: Path) -> None:
    from foundation.database import check_schema, open_database

    executed = Executed()
    here = settings(tmp_path)
    become("server", here, execute=executed)
    assert executed.command == command("server", here)
    assert executed.environment == dict(os.environ)
    database = open_database(here.database)
    check_schema(database)
    database.close()


def test_a_database_that_is_not_there_yet_is_not_ready(tmp_path: Path) -> None:
    away = settings(tmp_path, database_url=f"postgresql://mi1c@/books?host={tmp_path}")
    assert not database_is_ready(away)
    assert database_is_ready(settings(tmp_path))


def test_a_wrong_database_address_is_no_reason_to_wait(tmp_path: Path) -> None:
    from foundation.errors import Faults

    executed = Executed()
    with pytest.raises(Faults):
        become("server", settings(tmp_path, database_url="mysql://x"), execute=executed)
    assert executed.program == ""


def test_the_server_is_ready_once_it_answers(tmp_path: Path, httpserver: HTTPServer) -> None:
    here = settings(tmp_path, prefect_api_url=httpserver.url_for("/api"))
    assert not server_is_ready(here)
    httpserver.expect_request("/api/health").respond_with_data("true")
    assert server_is_ready(here)


def test_waiting_goes_on_until_it_is_ready() -> None:
    answers = iter([False, False, True])
    slept: list[float] = []
    wait_for(lambda: next(answers), "x", "x", sleep=slept.append)
    assert slept == [1.0, 1.0]


def test_waiting_ends_with_a_sentence() -> None:
    clock = iter([0.0, 1.0, roles.PATIENCE + 1])
    with pytest.raises(Fatal, match="сервер Prefect не отвечает") as raised:
        wait_for(lambda: False, "сервер Prefect", "the Prefect server", sleep=lambda _: None, clock=lambda: next(clock))
    assert "journalctl" in raised.value.todo
