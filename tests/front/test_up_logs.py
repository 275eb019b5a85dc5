"""The logs of the supervisor's children stay small: they are put aside while the child goes on writing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from mi1c.up import LOG_FILES, LOG_LIMIT, Child, shift

if TYPE_CHECKING:
    from pathlib import Path


def test_a_log_over_its_limit_is_put_aside_before_a_start(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "a.log"
    log.parent.mkdir()
    for number in range(LOG_FILES + 2):
        log.write_bytes(b"%d" % number + b"x" * LOG_LIMIT)
        shift(log)
        assert not log.exists()
    kept = sorted(path.name for path in log.parent.iterdir())
    assert kept == [f"a.log.{number}" for number in range(1, LOG_FILES + 1)]
    assert (tmp_path / "logs" / "a.log.1").read_bytes()[:1] == b"%d" % (LOG_FILES + 1)


def test_a_small_log_stays(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"x")
    shift(log)
    assert log.read_bytes() == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="on Windows a log is only put aside when its process starts")
def test_a_running_childs_log_is_emptied_and_the_child_appends(tmp_path: Path) -> None:
    """What was written is in the file that was put aside; what comes later begins the log anew, without a hole."""
    log = tmp_path / "a.log"
    program = "import sys, time\nprint('a' * 2_000_000, flush=True)\nopen(sys.argv[1], 'w').close()\n"
    program += "while not open(sys.argv[2]).read(): time.sleep(0.01)\nprint('after', flush=True)"
    wrote, go = tmp_path / "wrote", tmp_path / "go"
    go.touch()
    child = Child("a", [sys.executable, "-c", program, str(wrote), str(go)], {}, log)
    while not wrote.exists():
        assert not child.ended
    child.rotate()
    assert log.stat().st_size == 2_000_001, "not yet over the limit"
    with log.open("ab") as more:
        more.write(b"b" * LOG_LIMIT)
    child.rotate()
    assert log.stat().st_size == 0
    go.write_text("1")
    assert child.process.wait(20) == 0
    child.stop()
    assert log.read_bytes() == b"after\n"
    assert (tmp_path / "a.log.1").stat().st_size == 2_000_001 + LOG_LIMIT
