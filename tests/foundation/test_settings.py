"""Settings: every wrong field at once, in Russian, with no secret in it; and the log's filter."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from foundation.errors import Fault, Faults, Unreachable
from foundation.log import JsonLines, hide, scrub
from foundation.settings import ProcessSettings, link_settings

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {"onec_url": "https://server/ut/", "onec_user": "Обмен", "crm_url": "https://m/x.asmx", "crm_user": "DS108"}


def test_a_link_with_what_it_must_have_is_good() -> None:
    link = link_settings(GOOD | {"cap_mib": 0.5})
    assert (link.onec_url, link.cap_bytes, link.profile) == ("https://server/ut", 524288, "ut11")


def test_all_wrong_fields_are_told_at_once_without_their_values() -> None:
    wrong = {
        "onec_url": "https://user:тайна@server/ut",
        "onec_password": ["тайна"],
        "crm_url": "ftp://m",
        "crm_user": "",
        "connections": 99,
        "zeros": "maybe",
        "intervals": {"stock": 0},
        "time_zone": "Москва",
    }
    with pytest.raises(Faults) as raised:
        link_settings(wrong)
    assert {fault.path for fault in raised.value.faults} == set(wrong) | {"onec_user"}
    assert "тайна" not in str(raised.value)


def test_the_database_is_sqlite_in_the_data_folder_unless_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MI1C_DATABASE_URL", raising=False)
    assert ProcessSettings(data=tmp_path / "d").database.endswith("/d/mi1c.sqlite")
    assert ProcessSettings(database_url="postgresql://x").database == "postgresql://x"


def test_a_secret_passes_no_log_record(caplog: pytest.LogCaptureFixture) -> None:
    hide("очень-тайно", user="Обмен")
    logger = logging.getLogger("connectors.probe")
    try:
        int("очень-тайно")
    except ValueError:
        logger.exception("пароль %s", "очень-тайно")
    formatter = JsonLines()
    lines = [formatter.format(record) for record in caplog.records]
    assert lines
    assert all("очень-тайно" not in line for line in lines)
    assert json.loads(lines[0])["message"] == "пароль ***"
    assert scrub("a очень-тайно b") == "a *** b"


def test_an_error_says_what_happened_and_what_to_do_in_both_languages() -> None:
    error = Unreachable("Нет связи.", en="No connection.", todo="Проверьте.", todo_en="Check.", address="h", none=None)
    assert str(error) == "Нет связи. Проверьте.\nNo connection. Check."
    assert error.facts == {"address": "h"}
    faults = Faults("Плохо.", [Fault("a.b", "так", "so")], en="Bad.")
    assert str(faults) == "Плохо.\nBad.\n  • a.b: так / so"
