"""A process that runs the shipments exchange and kills itself at a log record: as ``stock_process``, for shipments.

``python -m tests.flows.shipments_process LINK [TEXT]``; the run's id comes in ``PREFECT__RUNTIME__FLOW_RUN__ID``.
"""

from __future__ import annotations

import logging
import sys

from tests.flows.stock_process import Fuse


def main() -> None:
    from flows.shipments import shipments

    if len(sys.argv) > 2:
        logger = logging.getLogger("tasks")
        logger.setLevel(logging.INFO)
        logger.addHandler(Fuse(sys.argv[2], 1))
    shipments(link=sys.argv[1])


if __name__ == "__main__":
    main()
