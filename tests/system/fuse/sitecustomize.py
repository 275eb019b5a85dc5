"""Kills the process of a flow run, as by ``kill -9``, at the log record that has the text of a file.

On the ``PYTHONPATH`` of a worker under test Python loads it into every process of its runs, before any code of ours: so
the product needs no hook. The file names the text and is gone once it has fired.
"""

from __future__ import annotations

import logging
import os
import signal
from pathlib import Path
from typing import Any


def _install(fuse: Path) -> None:
    make = logging.getLogRecordFactory()

    def made(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if fuse.exists() and fuse.read_text("utf-8") in record.getMessage():
            fuse.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return record

    logging.setLogRecordFactory(made)


if "MI1C_TEST_FUSE" in os.environ and "PREFECT__FLOW_RUN_ID" in os.environ:
    _install(Path(os.environ["MI1C_TEST_FUSE"]))
