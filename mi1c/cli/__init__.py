"""The commands of ``mi1c``, a module a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cyclopts import CycloptsError

from mi1c.cli.checking import check
from mi1c.cli.confirming import confirm, confirmations
from mi1c.cli.exchanges import deploy, extract, preview, run_exchange
from mi1c.cli.ledger import app as ledger
from mi1c.cli.links import app as links
from mi1c.cli.matching import app as match
from mi1c.cli.orders import app as orders
from mi1c.cli.rollout import pilot, trial
from mi1c.cli.service import app as service
from mi1c.cli.serving import demo, up, workplace
from mi1c.cli.standing import status
from mi1c.cli.users import app as users
from mi1c.cli.wording import PLAIN, Help, group, usage_error
from mi1c.console import DONE, WRONG, show_error

if TYPE_CHECKING:
    from collections.abc import Sequence

app = group("mi1c", "Модуль интеграции 1С: обмены между 1С дистрибутора и ERP Монолит CRM производителя.")
app.help_flags = ["--help", "-h"]
app.version_flags = ["--version"]
app.help_formatter = Help()
app.error_formatter = usage_error
app.default_parameter = PLAIN
app.command(demo)
app.command(up)
app.command(workplace)
app.command(service)
app.command(links)
app.command(deploy)
app.command(run_exchange, name="run")
app.command(preview)
app.command(extract)
app.command(match)
app.command(orders)
app.command(ledger)
app.command(trial)
app.command(pilot)
app.command(status)
app.command(confirm)
app.command(confirmations)
app.command(check)
app.command(users)


def run(tokens: Sequence[str]) -> int:
    """Run a command and return the process's exit code: 0 done, 1 failed or waits, 2 wrong usage or settings."""
    from foundation.errors import MI1CError

    as_json = "--json" in tokens
    try:
        code = app(list(tokens), exit_on_error=False, print_error=True)
    except CycloptsError:
        return WRONG
    except MI1CError as error:
        return show_error(error, as_json=as_json)
    except KeyboardInterrupt:
        return 130
    return code if isinstance(code, int) else DONE
