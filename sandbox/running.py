"""Both doubles over one world, served: for tests, for the demo and for ``python -m sandbox``."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from sandbox.http import serving

if TYPE_CHECKING:
    from types import TracebackType

    from sandbox.content import World
    from sandbox.crm.service import Manufacturer
    from sandbox.onec.service import OneC

UT11: Final = Path(__file__).parent / "onec" / "configurations" / "ut11.json"
"""The description of УТ 11.5 that the 1C double serves."""

ONEC_USER: Final = "Администратор"
ONEC_PASSWORD: Final = "секрет"  # noqa: S105 - the password of a base that exists for trying only
CRM_PASSWORD: Final = "пароль"  # noqa: S105 - as above


@dataclass(slots=True)
class Sandbox:
    """Two running doubles; ``onec_url`` is the OData root, ``crm_url`` the address of the web service."""

    world: World
    onec: OneC
    crm: Manufacturer
    onec_url: str
    crm_url: str
    _closing: ExitStack

    def close(self) -> None:
        """Stop both doubles and free their ports."""
        self._closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def holdings_url(self) -> str:
        """The page that shows a person what the manufacturer holds."""
        base, _, _ = self.crm_url.partition("/xDataLink/")
        return f"{base}/_sandbox/holdings/{self.world.crm.user}"


def start(
    world: World | None = None,
    *,
    seed: int = 1,
    scale: int = 1,
    host: str = "127.0.0.1",
    onec_port: int = 0,
    crm_port: int = 0,
    auth: Literal["none", "basic", "ntlm", "attribute"] = "none",
    onec_password: str = ONEC_PASSWORD,
    crm_password: str = CRM_PASSWORD,
    configuration: str = "ut11",
) -> Sandbox:
    """Start both doubles over ``world``, or over one built from ``seed`` and ``scale``; port 0 takes a free one.

    1C knows the user :data:`ONEC_USER`; the manufacturer knows the world's database code, with ``crm_password``
    where ``auth`` asks for one. ``configuration`` says in whose books the world is kept (``sandbox.world.bases``).
    Raises OSError where a port is taken, KeyError for an unknown configuration.
    """
    # Only a started sandbox pays for both services: `import sandbox` stays cheap.
    from sandbox.crm.service import PATH, Manufacturer
    from sandbox.onec.service import OneC
    from sandbox.world import build
    from sandbox.world.bases import BASES
    from sandbox.world.bases import configuration as described

    world = world or build(seed, scale)
    onec = OneC(described(configuration), BASES[configuration](world), users={ONEC_USER: onec_password})
    crm = Manufacturer([world.crm], passwords={world.crm.user: crm_password}, auth=auth, barcode_column="BarCode")
    stack = ExitStack()
    try:
        base = stack.enter_context(serving(onec, host=host, port=onec_port))
        office = stack.enter_context(serving(crm, host=host, port=crm_port))
    except OSError:
        stack.close()
        raise
    return Sandbox(world, onec, crm, f"{base.url}{onec.root}", f"{office.url}{PATH}", stack)
