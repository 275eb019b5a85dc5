"""The service: units that systemd accepts, a definition that fits its schema, commands in order, nothing done dry."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from foundation.errors import Fatal
from mi1c.cli import run as mi1c
from mi1c.service import (
    ENVIRONMENT,
    ROLES,
    SYSUSERS,
    UNITS,
    WINDOWS_SERVICE,
    Layout,
    Linux,
    Windows,
    linux_files,
    run_program,
    shown,
    winsw,
)
from tests.conftest import missing

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent.parent
LAYOUT = Layout(python=sys.executable)


class Recorder:
    """Takes commands instead of the system; ``codes``: word → exit code."""

    def __init__(self, **codes: int) -> None:
        self.codes = codes
        self.commands: list[list[str]] = []

    def __call__(self, command: Sequence[str], /) -> int:
        self.commands.append(list(command))
        return next((code for word, code in self.codes.items() if word in command), 0)


def section(text: str, name: str) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys of units are written in capitals
    parser.read_string(text)
    return dict(parser[name])


def units(layout: Layout = LAYOUT) -> dict[str, str]:
    return {path.name: text for path, text in linux_files(layout).items() if path.parent == UNITS}


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """``systemd-analyze verify`` reads them as systemd does: unknown words and missing programs are told."""
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze is not installed")
    paths = []
    for name, text in units().items():
        paths.append(tmp_path / name)
        paths[-1].write_text(text, "utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, [line for line in done.stderr.splitlines() if str(tmp_path) in line]) == (0, [])
    (tmp_path / "mi1c-worker.service").write_text(
        units()["mi1c-worker.service"].replace("Restart=", "Rstart="), "utf-8"
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Rstart" in done.stderr, "the check sees a wrong word"


def test_parts_start_after_what_they_stand_on_and_survive_a_reboot() -> None:
    found = units()
    assert set(found) == {"mi1c-server.service", "mi1c-worker.service", "mi1c-workplace.service", "mi1c.target"}
    server, worker = (section(found[f"mi1c-{role}.service"], "Unit") for role in ("server", "worker"))
    assert "postgresql.service" in server["After"].split()
    assert {"postgresql.service", "mi1c-server.service"} <= set(worker["After"].split())
    assert "mi1c-server.service" in worker["Wants"].split()
    assert section(found["mi1c.target"], "Install")["WantedBy"] == "multi-user.target"
    assert section(found["mi1c.target"], "Unit")["Wants"].split() == [f"mi1c-{role}.service" for role in ROLES]
    for role in ROLES:
        assert section(found[f"mi1c-{role}.service"], "Install")["WantedBy"] == "mi1c.target"
        assert section(found[f"mi1c-{role}.service"], "Unit")["StartLimitIntervalSec"] == "0"


@pytest.mark.parametrize("role", list(ROLES))
def test_a_part_is_restarted_and_runs_unprivileged(role: str) -> None:
    service = section(units()[f"mi1c-{role}.service"], "Service")
    assert (service["Restart"], service["User"], service["NoNewPrivileges"]) == ("on-failure", "mi1c", "true")
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"], service["UMask"]) == ("strict", "", "0077")
    assert service["ExecStart"] == f"{sys.executable} -m mi1c service run {role}"
    assert service["StateDirectory"] == "mi1c"
    assert service["ReadWritePaths"] == "/var/lib/mi1c"


def test_an_environment_in_a_home_folder_stays_readable() -> None:
    text = units(Layout(python="/home/admin/mi1c/.venv/bin/python"))["mi1c-worker.service"]
    assert section(text, "Service")["ProtectHome"] == "read-only"


def test_a_path_with_a_space_is_one_word() -> None:
    text = units(Layout(python="/opt/my mi1c/python"))["mi1c-server.service"]
    assert section(text, "Service")["ExecStart"].startswith('"/opt/my mi1c/python" -m mi1c')


def test_a_machine_may_run_workers_only() -> None:
    found = units(Layout(roles=("worker",)))
    assert set(found) == {"mi1c-worker.service", "mi1c.target"}
    unit = section(found["mi1c-worker.service"], "Unit")
    assert "mi1c-server.service" not in unit["After"] + unit["Wants"]


def test_installing_writes_files_and_runs_commands_in_order(tmp_path: Path) -> None:
    recorder = Recorder()
    Linux(LAYOUT, recorder, tmp_path).do("install")
    for path, text in linux_files(LAYOUT).items():
        assert (tmp_path / path.relative_to("/")).read_text("utf-8") == text
    assert [command[:2] for command in recorder.commands] == [
        ["systemd-sysusers", str(SYSUSERS)],
        ["install", "-d"],
        ["systemctl", "daemon-reload"],
        ["systemctl", "enable"],
    ]
    assert (tmp_path / ENVIRONMENT.relative_to("/")).stat().st_mode & 0o777 == 0o600


def test_installing_again_keeps_the_settings(tmp_path: Path) -> None:
    service = Linux(LAYOUT, Recorder(), tmp_path)
    service.do("install")
    file = tmp_path / ENVIRONMENT.relative_to("/")
    file.write_text("MI1C_METRICS_TOKEN=x\n", "utf-8")
    service.do("install")
    assert file.read_text("utf-8") == "MI1C_METRICS_TOKEN=x\n"


def test_uninstalling_stops_first_and_keeps_data_settings_and_user(tmp_path: Path) -> None:
    recorder = Recorder()
    service = Linux(LAYOUT, recorder, tmp_path)
    service.do("install")
    recorder.commands.clear()
    service.do("uninstall")
    assert recorder.commands[0][:3] == ["systemctl", "disable", "--now"]
    assert recorder.commands[-1] == ["systemctl", "daemon-reload"]
    left = {
        PurePosixPath("/") / path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert left == {ENVIRONMENT, SYSUSERS}


def test_start_stop_and_status_are_the_targets() -> None:
    recorder = Recorder()
    service = Linux(LAYOUT, recorder)
    for action in ("start", "stop", "status"):
        service.do(action)
    assert recorder.commands[:2] == [["systemctl", "start", "mi1c.target"], ["systemctl", "stop", "mi1c.target"]]
    assert "mi1c-worker.service" in recorder.commands[2]
    with pytest.raises(ValueError, match="dance"):
        service.commands("dance")


def test_a_command_that_fails_is_told_and_ends_the_action() -> None:
    recorder = Recorder(start=1)
    with pytest.raises(Fatal, match="systemctl start") as raised:
        Linux(LAYOUT, recorder).do("start")
    assert raised.value.facts["code"] == 1
    with pytest.raises(Fatal, match="нет"):
        run_program(["mi1c-no-such-program"])
    assert run_program([sys.executable, "-c", "raise SystemExit(3)"]) == 3


def test_no_right_to_write_is_told(tmp_path: Path) -> None:
    """A file where a folder should be cannot be written into, whoever asks."""

    class Locked(type(tmp_path)):  # type: ignore[misc]  # the class of this system's paths
        def mkdir(self, *_: Any, **__: Any) -> None:
            raise PermissionError

    with pytest.raises(Fatal, match="Нет прав"):
        Linux(LAYOUT, Recorder(), Locked(tmp_path)).do("install")


# -- Windows -----------------------------------------------------------------------------------------------------------


def definition(text: str) -> Any:
    return etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))


def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(ROOT / "deploy" / "windows" / "winsw.xsd"))


def test_the_windows_definition_fits_its_schema_and_has_the_guides_name() -> None:
    found = definition(winsw(Layout(python=r"C:\MI1C\.venv\Scripts\python.exe", data=r"C:\ProgramData\MI1C")))
    schema().assertValid(found)
    assert found.findtext("id") == WINDOWS_SERVICE == "CRMDataExchangeService"
    assert (found.findtext("executable"), found.findtext("arguments")) == (
        r"C:\MI1C\.venv\Scripts\python.exe",
        "-m mi1c up",
    )
    assert found.findtext("startmode") == "Automatic"
    assert "LocalService" in found.findtext("serviceaccount/username")
    assert [each.get("action") for each in found.findall("onfailure")] == ["restart"] * 3
    assert found.find("log").get("mode") == "roll-by-size"
    assert {each.get("name"): each.get("value") for each in found.findall("env")}["MI1C_DATA"] == r"C:\ProgramData\MI1C"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<id>CRMDataExchangeService</id>", "<id>Other</id>"),
        ("restart", "dance"),
        ("roll-by-size", "roll"),
        ("<arguments>", "<argument>"),
    ],
)
def test_the_schema_refuses_what_winsw_would_not_do(right: str, wrong: str) -> None:
    text = winsw(LAYOUT)
    assert right in text
    broken = text.replace(right, wrong).replace(
        "</arguments>", "</argument>" if wrong == "<argument>" else "</arguments>"
    )
    assert not schema().validate(definition(broken))


def test_paths_with_markup_stay_paths() -> None:
    found = definition(winsw(Layout(python=r"C:\A & B\<x>\python.exe", data=r"C:\A & B")))
    assert found.findtext("executable") == r"C:\A & B\<x>\python.exe"
    assert found.find("env").get("value") == r"C:\A & B"


def test_windows_needs_winsw_and_hands_it_the_words(tmp_path: Path) -> None:
    program = tmp_path / f"{WINDOWS_SERVICE}.exe"
    recorder = Recorder()
    service = Windows(LAYOUT, program, recorder)
    with pytest.raises(Fatal, match="Нет программы"):
        service.do("install")
    program.touch()
    for action in ("install", "start", "status", "stop", "uninstall"):
        service.do(action)
    assert recorder.commands == [[str(program), each] for each in ("install", "start", "status", "stop", "uninstall")]
    schema().assertValid(definition(program.with_suffix(".xml").read_text("utf-8")))


# -- the command -------------------------------------------------------------------------------------------------------


def test_a_dry_run_shows_files_and_commands_and_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert mi1c(["service", "install", "--dry-run", "--user", "exchange"]) == 0
    out = capsys.readouterr().out
    assert "# /etc/systemd/system/mi1c-server.service" in out
    assert "User=exchange" in out
    assert "$ systemctl daemon-reload" in out
    assert not Path("/etc/systemd/system/mi1c-server.service").exists()
    assert mi1c(["service", "stop", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": {}, "commands": [["systemctl", "stop", "mi1c.target"]]}


def test_a_dry_run_for_windows_works_anywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert mi1c(["service", "install", "--dry-run", "--json", "--winsw", "CRMDataExchangeService.exe"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    (text,) = files.values()
    schema().assertValid(definition(text))


def test_the_examples_of_the_documentation_are_what_is_generated() -> None:
    layout = Layout(python="/opt/mi1c/.venv/bin/python")
    for path, text in linux_files(layout).items():
        assert (ROOT / "deploy" / "linux" / path.name).read_text("utf-8") == text
    windows = Layout(python=r"C:\Program Files\MI1C\.venv\Scripts\python.exe", data=r"C:\ProgramData\MI1C")
    kept = ROOT / "deploy" / "windows" / f"{WINDOWS_SERVICE}.xml"
    assert kept.read_text("utf-8") == winsw(windows)
    assert list(shown(Windows(windows, kept), "start")) == [f"$ {kept} start"]
