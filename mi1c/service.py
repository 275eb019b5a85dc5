"""The product as a service: systemd units on Linux, a WinSW definition on Windows, made from one description.

Linux: three units and a target that holds them. They start in the order database → server → worker, and no unit trusts
the order alone: the server waits until the database answers and migrates it, the worker waits until the server answers
(:mod:`mi1c.roles`). So a reboot, a late database or a crash in the middle all end in the same running state.

Windows: one service, ``CRMDataExchangeService`` (the name of the roll-out guide), that runs ``mi1c up``, whose
supervisor keeps the same order.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Final, Protocol
from xml.sax.saxutils import escape

from foundation.errors import Fatal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROLES: Final[dict[str, str]] = {
    "server": "сервер Prefect",
    "worker": "исполнитель обменов",
    "workplace": "рабочее место",
}
"""Unit → what it runs; in their order."""

WINDOWS_SERVICE: Final = "CRMDataExchangeService"

UNITS: Final = PurePosixPath("/etc/systemd/system")
SYSUSERS: Final = PurePosixPath("/etc/sysusers.d/mi1c.conf")
ENVIRONMENT: Final = PurePosixPath("/etc/mi1c/mi1c.env")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the service lives: the interpreter that runs it, its data folder, the user it runs as."""

    python: str = field(default_factory=lambda: sys.executable)
    data: str = "/var/lib/mi1c"
    user: str = "mi1c"
    roles: tuple[str, ...] = tuple(ROLES)
    """Which of the parts run on this machine: many links may have workers on many machines."""


# -- Linux -------------------------------------------------------------------------------------------------------------


def linux_files(layout: Layout) -> dict[PurePosixPath, str]:
    """Return the files of the service on Linux: path → text; the file of settings only where there is none yet."""
    files = {UNITS / f"mi1c-{role}.service": unit(layout, role) for role in layout.roles}
    files[UNITS / "mi1c.target"] = target(layout)
    files[SYSUSERS] = f'u {layout.user} - "MI1C" {layout.data}\n'
    files[ENVIRONMENT] = environment_file(layout)
    return files


def unit(layout: Layout, role: str) -> str:
    """Return the unit of one part; what is hardened and why is in ``deploy/README.md``."""
    earlier = [f"mi1c-{each}.service" for each in _before(role) if each in layout.roles]
    after = ["network-online.target", "postgresql.service", *earlier]
    lines = [
        "[Unit]",
        f"Description=MI1C: {ROLES[role]}",
        "PartOf=mi1c.target",
        f"After={' '.join(after)}",
        f"Wants={' '.join(['network-online.target', *earlier])}",
        # A part that waits for another one fails and is started again, for as long as it takes.
        "StartLimitIntervalSec=0",
        "",
        "[Service]",
        "Type=exec",
        f"User={layout.user}",
        f"Group={layout.user}",
        f"ExecStart={_word(layout.python)} -m mi1c service run {role}",
        f"EnvironmentFile=-{ENVIRONMENT}",
        f"Environment=MI1C_DATA={layout.data} PYTHONIOENCODING=utf-8",
        f"WorkingDirectory={layout.data}",
        "Restart=on-failure",
        "RestartSec=5",
        "SuccessExitStatus=143",
        # A worker gets time to let its runs store their last receipt; what it could not finish goes on next time.
        "TimeoutStopSec=60",
        "KillMode=mixed",
        f"SyslogIdentifier=mi1c-{role}",
        *_hardening(layout),
        "",
        "[Install]",
        "WantedBy=mi1c.target",
    ]
    return "\n".join(lines) + "\n"


def _word(path: str) -> str:
    """Return a path as one word of a command line of systemd."""
    return f'"{path}"' if " " in path else path


def _before(role: str) -> list[str]:
    """Return the parts that start before one: the worker and the workplace come after the server."""
    return [] if role == "server" else ["server"]


def _hardening(layout: Layout) -> list[str]:
    folder = PurePosixPath(layout.data)
    state = (
        [f"StateDirectory={folder.name}", "StateDirectoryMode=0700"]
        if folder.parent == PurePosixPath("/var/lib")
        else []
    )
    home = "read-only" if layout.python.startswith(("/home/", "/root/")) else "true"
    return [
        *state,
        f"ReadWritePaths={layout.data}",
        "UMask=0077",
        "NoNewPrivileges=true",
        "CapabilityBoundingSet=",
        "ProtectSystem=strict",
        f"ProtectHome={home}",
        "PrivateTmp=true",
        "PrivateDevices=true",
        "ProtectClock=true",
        "ProtectControlGroups=true",
        "ProtectHostname=true",
        "ProtectKernelLogs=true",
        "ProtectKernelModules=true",
        "ProtectKernelTunables=true",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "RestrictNamespaces=true",
        "RestrictRealtime=true",
        "RestrictSUIDSGID=true",
        "LockPersonality=true",
        "SystemCallArchitectures=native",
    ]


def target(layout: Layout) -> str:
    """Return the target that holds the parts: one name to start, stop and enable."""
    wanted = " ".join(f"mi1c-{role}.service" for role in layout.roles)
    return (
        "[Unit]\nDescription=MI1C: обмены 1С с производителем\n"
        f"Wants={wanted}\nAfter={wanted}\n\n[Install]\nWantedBy=multi-user.target\n"
    )


def environment_file(layout: Layout) -> str:
    """Return the file of settings as it is put down when there is none: everything commented out."""
    return (
        "# Настройки процессов МИ1С. Права на файл: 0600 root, в нём пароли.\n"
        f"#MI1C_DATA={layout.data}\n"
        "#MI1C_DATABASE_URL=postgresql://mi1c:ПАРОЛЬ@localhost/mi1c\n"
        "#PREFECT_API_DATABASE_CONNECTION_URL=postgresql+asyncpg://mi1c:ПАРОЛЬ@localhost/prefect\n"
        "#PREFECT_SERVER_ENCRYPTION_KEY=\n"
        "#PREFECT_SERVER_API_AUTH_STRING=\n"
        "#PREFECT_API_AUTH_STRING=\n"
        "#MI1C_METRICS_TOKEN=\n"
        "#MI1C_MAIL_HOST=mail.example.ru\n"
        "#MI1C_MAIL_TO=admin@example.ru, it@example.ru\n"
        "#MI1C_MAIL_PASSWORD=\n"
        "#MI1C_WEBHOOK_URL=\n"
    )


# -- Windows -----------------------------------------------------------------------------------------------------------


def winsw(layout: Layout) -> str:
    """Return the WinSW definition of the service; its schema is ``deploy/windows/winsw.xsd``."""
    folder = PureWindowsPath(layout.data)
    values = {
        "id": WINDOWS_SERVICE,
        "name": "МИ1С: обмен данными 1С с производителем",
        "description": "Модуль интеграции 1С: сервер Prefect, исполнитель обменов и рабочее место.",
        "executable": layout.python,
        "arguments": "-m mi1c up",
        "workingdirectory": str(folder),
        "startmode": "Automatic",
        "delayedAutoStart": "true",
        "stoptimeout": "60 sec",
        "logpath": str(folder / "logs"),
        "resetfailure": "1 hour",
    }
    lines = [f"  <{name}>{escape(value)}</{name}>" for name, value in values.items()]
    lines += [
        f'  <env name="{name}" value="{escape(value)}"/>'
        for name, value in (
            ("MI1C_DATA", str(folder)),
            ("MI1C_ENV_FILE", str(folder / "mi1c.env")),
            ("PYTHONIOENCODING", "utf-8"),
        )
    ]
    # LocalService may do nothing on this machine but what its folder's rights let it.
    lines.append("  <serviceaccount><username>NT AUTHORITY\\LocalService</username></serviceaccount>")
    lines += [f'  <onfailure action="restart" delay="{seconds} sec"/>' for seconds in (5, 15, 60)]
    lines.append(
        '  <log mode="roll-by-size"><sizeThreshold>10240</sizeThreshold><keepFiles>10</keepFiles></log>',
    )
    return '<?xml version="1.0" encoding="utf-8"?>\n<service>\n' + "\n".join(lines) + "\n</service>\n"


# -- doing it ----------------------------------------------------------------------------------------------------------


class Runner(Protocol):
    """Runs a program and returns its exit code: the seam that tests stand at."""

    def __call__(self, command: Sequence[str], /) -> int:
        """Run it."""
        ...


def run_program(command: Sequence[str], /) -> int:
    """Run a program with our terminal."""
    try:
        return subprocess.run(command, check=False).returncode  # noqa: S603 - fixed words
    except FileNotFoundError:
        raise Fatal(
            f"Программы {command[0]} на этой машине нет.",
            en=f"There is no program {command[0]} on this machine.",
            todo="Служба ставится на Linux с systemd или на Windows с WinSW: deploy/README.md.",
            todo_en="The service needs Linux with systemd, or Windows with WinSW: deploy/README.md.",
        ) from None


@dataclass(frozen=True, slots=True)
class Linux:
    """The service on a machine with systemd; ``root`` is where its file system begins."""

    layout: Layout
    run: Runner = run_program
    root: Path = Path("/")

    def files(self) -> Mapping[PurePosixPath, str]:
        """Return what an installation writes."""
        return linux_files(self.layout)

    def commands(self, action: str) -> list[list[str]]:
        """Return what an action runs, in order; ``uninstall`` keeps the data, the settings and the user."""
        units = [f"mi1c-{role}.service" for role in self.layout.roles]
        match action:
            case "install":
                reload = ["systemctl", "daemon-reload"]
                user, data = self.layout.user, self.layout.data
                folder = ["install", "-d", "-m", "0700", "-o", user, "-g", user, data]
                enable = ["systemctl", "enable", "mi1c.target", *units]
                return [["systemd-sysusers", str(SYSUSERS)], folder, reload, enable]
            case "start" | "stop":
                return [["systemctl", action, "mi1c.target"]]
            case "status":
                return [["systemctl", "--no-pager", "status", "mi1c.target", *units]]
            case "uninstall":
                return [["systemctl", "disable", "--now", "mi1c.target", *units]]
        raise ValueError(action)

    def do(self, action: str) -> None:
        """Carry an action out; raises Fatal at the first command that fails.

        ``status`` is a question: a service that does not run makes it fail.
        """
        if action == "install":
            self._write()
        _run_all(self.run, self.commands(action))
        if action == "uninstall":
            for path in self.files():
                if path not in {ENVIRONMENT, SYSUSERS}:
                    self._real(path).unlink(missing_ok=True)
            _run_all(self.run, [["systemctl", "daemon-reload"]])

    def _real(self, path: PurePosixPath) -> Path:
        return self.root / path.relative_to("/")

    def _write(self) -> None:
        for path, text in self.files().items():
            real = self._real(path)
            if path == ENVIRONMENT and real.exists():
                continue
            try:
                real.parent.mkdir(parents=True, exist_ok=True)
                real.write_text(text, "utf-8")
                real.chmod(0o600 if path == ENVIRONMENT else 0o644)
            except PermissionError:
                raise _no_rights(str(real)) from None


@dataclass(frozen=True, slots=True)
class Windows:
    """The service on Windows; ``program`` is WinSW's own file, which carries the service's name and lies beside it."""

    layout: Layout
    program: Path
    run: Runner = run_program

    def files(self) -> Mapping[Path, str]:
        """Return what an installation writes."""
        return {self.program.with_suffix(".xml"): winsw(self.layout)}

    def commands(self, action: str) -> list[list[str]]:
        """Return what an action runs: WinSW knows the same words."""
        return [[str(self.program), action]]

    def do(self, action: str) -> None:
        """Carry an action out; raises Fatal where WinSW is not there or the action fails."""
        if not self.program.exists():
            raise Fatal(
                f"Нет программы {self.program}.",
                en=f"There is no program {self.program}.",
                todo=f"Положите туда WinSW под именем {WINDOWS_SERVICE}.exe: deploy/README.md.",
                todo_en=f"Put WinSW there as {WINDOWS_SERVICE}.exe: deploy/README.md.",
            )
        if action == "install":
            for path, text in self.files().items():
                path.write_text(text, "utf-8")
        _run_all(self.run, self.commands(action))


def _run_all(run: Runner, commands: Sequence[Sequence[str]]) -> None:
    for command in commands:
        code = run(command)
        if code:
            told = " ".join(command)
            raise Fatal(
                f"Команда «{told}» завершилась с кодом {code}.",
                en=f"The command {told!r} ended with code {code}.",
                todo="Её сообщение выше. Установка и запуск службы требуют прав администратора.",
                todo_en="See its message above. Installing and starting the service needs an administrator.",
                code=code,
            )


def _no_rights(path: str) -> Fatal:
    return Fatal(
        f"Нет прав на запись: {path}.",
        en=f"No right to write {path}.",
        todo="Запустите от имени администратора: sudo mi1c service install.",
        todo_en="Run it as an administrator: sudo mi1c service install.",
    )


def shown(service: Linux | Windows, action: str) -> Iterator[str]:
    """Yield what an action would do, for ``--dry-run``: the files with their text, then the commands."""
    if action == "install":
        for path, text in service.files().items():
            yield f"# {path}\n{text}"
    for command in service.commands(action):
        yield "$ " + " ".join(command)
