"""A process that runs an exchange of orders and kills itself, as by ``kill -9``, at the log record that has a text.

``python -m tests.flows.orders_process orders|statuses LINK [TEXT]``.
"""

from __future__ import annotations

import logging
import sys

from tests.flows.stock_process import Fuse


def main() -> None:
    from flows.orders import orders
    from flows.statuses import statuses

    if len(sys.argv) > 3:
        logger = logging.getLogger("tasks")
        logger.setLevel(logging.INFO)
        logger.addHandler(Fuse(sys.argv[3], 1))
    flow = {"orders": orders, "statuses": statuses}[sys.argv[1]]
    flow(link=sys.argv[2])


if __name__ == "__main__":
    main()
