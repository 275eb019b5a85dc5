"""``mi1c link add`` without a file: the base answers most questions itself, the person confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from foundation.errors import Faults
from mi1c.cli.wizard import asked_values
from sandbox.http import serving
from sandbox.onec.service import OneC as Double
from sandbox.world.bases import BASES, configuration

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.content import World


class Answers:
    """A person who knows some answers and takes what is proposed for the rest; ``asked`` is every question."""

    def __init__(self, **known: str) -> None:
        self.known, self.asked, self.secret = known, list[str](), list[str]()

    def __call__(self, question: str, default: str = "", *, secret: bool = False) -> str:
        self.asked.append(question)
        if secret:
            self.secret.append(question)
        return next((answer for part, answer in self.known.items() if part in question), default)


@pytest.mark.parametrize("name", ["ut11", "unf", "bp3"])
def test_a_link_is_made_of_what_the_base_shows(world: World, tmp_path: Path, name: str) -> None:
    double = Double(configuration(name), BASES[name](world), users={"u": "p"})
    with serving(double) as served:
        known = {"Адрес базы": f"{served.url}{double.root}", "Пользователь 1С": "u", "Пароль пользователя 1С": "p"}
        known |= {"«Основной склад»": "1", "Адрес веб": "http://crm/x.asmx", "код БД": "DS108"}
        ask = Answers(**known)
        values: dict[str, Any] = asked_values(ask, folder=tmp_path)
    main = next(pair.our_id for pair in world.pairs if pair.kind == "warehouse" and pair.their_id == "1")
    assert values["profile"] == name
    assert values["profile_parameters"] == {"outlets": "child_partner" if name == "ut11" else "branch"}
    assert values["warehouses"] == {main: "1"}
    assert values["layout"] == "monolit"
    assert values["connections"] in {2, 4}
    assert len(ask.secret) == 2
    assert sum("склада" in question for question in ask.asked) == 4


def test_what_is_left_empty_is_told(world: World, tmp_path: Path) -> None:
    double = Double(configuration("ut11"), world.onec, users={"u": "p"})
    with serving(double) as served:
        known = {"Адрес базы": f"{served.url}{double.root}", "Пользователь 1С": "u", "Пароль пользователя 1С": "p"}
        with pytest.raises(Faults) as raised:
            asked_values(Answers(**known), folder=tmp_path)
    assert {fault.path for fault in raised.value.faults} == {"crm_url", "crm_user"}
