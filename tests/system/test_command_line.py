"""Every command as an operator types it: what it says, and the exit code that a script reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.system.conftest import CRM_PASSWORD, ONEC_PASSWORD, values

if TYPE_CHECKING:
    from pathlib import Path

    from tests.system.conftest import Running

pytestmark = [pytest.mark.xdist_group("server"), pytest.mark.slow]


def answered(running: Running, *arguments: str, code: int = 0) -> Any:
    """Run a command with ``--json`` and return what it printed."""
    return json.loads(running.mi1c(*arguments, "--json", code=code))


def test_links_are_listed_shown_and_checked(running: Running) -> None:
    assert {"probe", "wrong"} <= set(answered(running, "link", "list"))
    shown = answered(running, "link", "show", "probe")
    assert shown["profile"] == "ut11"
    assert set(shown["onec_password"]) == {"*"}
    assert "на месте" in running.mi1c("link", "check", "probe")


def test_a_link_with_faults_is_not_stored(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("onec_url: server\nconnections: 99\n", "utf-8")
    faults = answered(running, "link", "add", "bad", "--file", str(file), code=2)["faults"]
    assert {fault["path"] for fault in faults} == {"onec_url", "onec_user", "crm_url", "crm_user", "connections"}
    assert "bad" not in answered(running, "link", "list")


def test_a_preview_sends_nothing_and_a_run_makes_it_true(running: Running) -> None:
    sent = len(running.doubles.crm.journal.arrivals)
    before = answered(running, "preview", "stock", "--link", "probe")
    assert before["counts"]["read"] > 4000
    assert len(running.doubles.crm.journal.arrivals) == sent
    running.mi1c("run", "stock", "--link", "probe")
    after = answered(running, "preview", "stock", "--link", "probe")
    assert after["changes"] == {
        "новых строк": 0,
        "изменится": 0,
        "исчезнет": 0,
        "без изменений": before["counts"]["lines"],
    }


def test_the_ledger_is_listed_shown_and_sent_again(running: Running) -> None:
    running.mi1c("run", "stock", "--link", "probe")
    newest = answered(running, "ledger", "list", "--exchange", "stock")[0]
    assert (newest["state"], newest["link"]) == ("answered", "probe")
    messages = answered(running, "ledger", "show", str(newest["id"]))["messages"]
    shown = answered(running, "ledger", "message", str(messages[0]["id"]), "--body")
    assert shown["body"].startswith("<?xml")
    assert [event["state"] for event in shown["events"]] == ["prepared", "sent", "answered"]
    assert "принято" in running.mi1c("ledger", "resend", str(newest["id"]), "--link", "probe", "--by", "Петров")
    assert running.equal()
    assert "mi1c ledger list" in running.mi1c("ledger", "show", "999999", code=2)


def added(running: Running, folder: Path, name: str, **more: Any) -> None:
    """Add a link whose goods and catalogs are in."""
    described = values(running.doubles, **more)
    del described["onec_password"], described["crm_password"]
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(described, allow_unicode=True), "utf-8")
    secrets = {"MI1C_ONEC_PASSWORD": ONEC_PASSWORD, "MI1C_CRM_PASSWORD": CRM_PASSWORD}
    running.mi1c("link", "add", name, "--file", str(file), more=secrets)
    for exchange in ("goods", "catalogs"):
        running.mi1c("run", exchange, "--link", name)


def test_a_parcel_that_is_sent_again_waits_for_the_manufacturers_word_again(running: Running, tmp_path: Path) -> None:
    added(running, tmp_path, "again", confirmations={"stock": "person"})
    sent = answered(running, "run", "stock", "--link", "again", code=1)
    parcel = str(sent["parcel"])
    word = ("confirm", parcel, "--verdict", "accepted", "--by", "Сидорова")
    running.mi1c(*word)
    running.mi1c("confirmations", "--link", "again")
    resend = ("ledger", "resend", parcel, "--link", "again", "--by", "Петров")
    said = running.mi1c(*resend, code=1)
    assert f"mi1c confirm {parcel} --verdict" in said
    (waiting,) = answered(running, "confirmations", "--link", "again", code=1)
    assert (waiting["parcel_id"], waiting["state"], waiting["said_by"]) == (sent["parcel"], "waiting", "")
    again = answered(running, *resend, code=1)
    assert (again["parcel"]["state"], again["confirmation"]) == ("answered", "waiting")
    running.mi1c(*word)
    running.mi1c("confirmations", "--link", "again")


def test_a_preview_of_batches_lists_them(running: Running, tmp_path: Path) -> None:
    added(running, tmp_path, "batches", stock_by_batch=True)
    told = answered(running, "preview", "stock", "--link", "batches")
    rows = told["batches"]
    assert len(rows) == told["counts"]["lines"] == told["changes"]["новых строк"] > 100
    assert {"their_warehouse", "their_good", "their_unit", "batch_number", "expires", "quantity"} <= set(rows[0])
    shown = running.mi1c("preview", "stock", "--link", "batches")
    assert f"первые 20 из {len(rows)}" in shown
    assert rows[0]["batch_number"] in shown


def test_tables_of_1c_are_saved_to_files(running: Running, tmp_path: Path) -> None:
    csv, excel = tmp_path / "stock.csv", tmp_path / "goods.xlsx"
    running.mi1c("extract", "stock", "--link", "probe", "--out", str(csv))
    lines = csv.read_text("utf-8-sig").splitlines()
    assert lines[0].split(";")[:3] == ["our_warehouse", "our_good", "quantity"]
    assert len(lines) > 4000
    running.mi1c("extract", "goods", "--link", "probe", "--out", str(excel))
    assert excel.read_bytes().startswith(b"PK")
    assert "Выберите одну из" in running.mi1c("extract", "nothing", "--link", "probe", "--out", str(csv), code=2)
    assert ".csv или .xlsx" in running.mi1c("extract", "stock", "--link", "probe", "--out", "x.pdf", code=2)


def test_pairs_go_out_to_a_file_and_come_back_unchanged(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "pairs.xlsx"
    running.mi1c("match", "export", str(file), "--link", "probe")
    taken = answered(running, "match", "import", str(file), "--link", "probe", "--author", "Иванова")
    assert (taken["made"], taken["replaced"]) == (0, 0)
    assert taken["same"] >= taken["rows"] > 1000
    left = answered(running, "match", "exact", "--link", "probe", code=1)
    assert left["by_barcode"] == left["by_code"] == 0
    assert left["conflicts"]


def test_status_names_the_last_success_of_each_exchange(running: Running) -> None:
    running.mi1c("run", "stock", "--link", "probe")
    told = json.loads(running.mi1c("status", "--link", "probe", "--json", code=(0, 1)))  # other tests leave things open
    (link,) = told["links"]
    assert (told["prefect"], link["piloted"]) == (True, None)
    exchanges = {each["exchange"]: each for each in link["exchanges"]}
    assert set(exchanges) >= {"goods", "catalogs", "stock"}
    assert exchanges["stock"]["state"] == "answered"
    assert exchanges["stock"]["rows"] > 900
    assert exchanges["catalogs"]["succeeded"], "a success without a parcel is known from Prefect"
    assert "последний успех" in running.mi1c("status", code=(0, 1))


def test_status_without_a_prefect_server_tells_what_the_database_knows(running: Running) -> None:
    away = {"MI1C_PREFECT_API_URL": "http://127.0.0.1:9/api"}
    told = json.loads(running.mi1c("status", "--json", code=1, more=away))
    assert (told["quiet"], told["prefect"]) == (False, False)
    assert "probe" in [link["link"] for link in told["links"]]
    assert "Сервер Prefect не отвечает" in running.mi1c("status", code=1, more=away)


def test_check_reads_a_saved_metadata_and_tells_what_lacks(running: Running, tmp_path: Path) -> None:
    import httpx

    from sandbox.running import ONEC_USER
    from tests.system.conftest import ONEC_PASSWORD

    sign = httpx.BasicAuth(ONEC_USER.encode(), ONEC_PASSWORD.encode())
    whole = httpx.get(f"{running.doubles.onec_url}/$metadata", auth=sign).content
    file = tmp_path / "metadata.xml"
    file.write_bytes(whole)
    assert "на месте" in running.mi1c("check", "--profile", "ut11", "--metadata", str(file))
    file.write_bytes(whole.replace("ШтрихкодыНоменклатуры".encode(), b"X").replace("ВНаличииBalance".encode(), b"Y"))
    faults = answered(running, "check", "--profile", "ut11", "--metadata", str(file), code=1)["faults"]
    assert {fault["path"] for fault in faults} == {
        "barcodes: InformationRegister_ШтрихкодыНоменклатуры",
        "stock: AccumulationRegister_ТоварыНаСкладах.ВНаличииBalance",
    }
    file.write_bytes(whole[: len(whole) // 2])
    assert running.mi1c("check", "--profile", "ut11", "--metadata", str(file), code=1)
    assert "--profile" in running.mi1c("check", code=2)


def test_wrong_words_are_told_with_what_is_there(running: Running) -> None:
    assert "goods, catalogs, stock" in running.mi1c("run", "nothing", "--link", "probe", code=2)
    assert "mi1c link add" in running.mi1c("run", "goods", "--link", "nothing", code=2)
    assert running.mi1c("nothing", code=2)


def test_without_a_prefect_server_the_command_says_how_to_start_it(running: Running) -> None:
    away = {"MI1C_PREFECT_API_URL": "http://127.0.0.1:9/api"}
    assert "mi1c up" in running.mi1c("link", "list", code=1, more=away)
