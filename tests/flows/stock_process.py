"""A process that runs the stock exchange and kills itself, as by ``kill -9``, when a log record says what it waits for.

``python -m tests.flows.stock_process LINK [TEXT [TIMES]]``: at the record number TIMES that has the text (1 = the first).
The run's id comes in ``PREFECT__RUNTIME__FLOW_RUN__ID``.
"""

from __future__ import annotations

import logging
import os
import signal
import sys


class Fuse(logging.Handler):
    """Kills the process at record number ``times`` that has the text."""

    def __init__(self, text: str, times: int) -> None:
        super().__init__()
        self._text, self._left = text, times

    def emit(self, record: logging.LogRecord) -> None:
        if self._text in record.getMessage():
            self._left -= 1
            if not self._left:
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    from flows.stock import stock

    if len(sys.argv) > 2:
        logger = logging.getLogger("tasks")
        logger.setLevel(logging.INFO)
        logger.addHandler(Fuse(sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 1))
    stock(link=sys.argv[1])


if __name__ == "__main__":
    main()
