"""``mi1c``: the command line. Loads neither prefect nor pandas until a command needs them."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from mi1c.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
