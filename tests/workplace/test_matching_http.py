"""The matching over HTTP: a decision's answer, undo, doubles, claims, search, history, batches, check, files."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from python_calamine import CalamineWorkbook

from mappings.batches import batches
from mappings.correspondences import active, history
from mappings.worklist import Filter, Queue, counts, page
from tests.workplace.seeding import NOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fastapi import FastAPI

    from foundation.database import Database
    from mappings.worklist import Work
    from tests.workplace.conftest import Browser

GOODS = "/links/probe/matching/goods"
LINK = 1


def rows(database: Database, queue: Queue = Queue.GREEN, number: int = 30) -> list[Work]:
    with database.session() as session:
        return page(session, LINK, "good", Filter(queue), at=NOW, limit=number).rows


def form(row: Work, action: str = "pair", **more: str) -> dict[str, str]:
    factor = f"{row.numerator}/{row.denominator}"
    base = {"our_id": row.our_id, "scope": "", "seen": row.queue.value, "action": action}
    return {**base, "their_id": row.their_id, "their_unit": row.their_unit, "factor": factor, **more}


def pairs(database: Database) -> dict[str, str]:
    with database.session() as session:
        frame = active(session, LINK, "good")
    return dict(zip(frame["our_id"], frame["their_id"], strict=True))


def test_a_decision_answers_with_its_row_and_the_counts(operator: Browser, seeded: Database) -> None:
    row = rows(seeded)[0]
    before = counted(operator)
    answer = operator.post(f"{GOODS}/decide", data=form(row))
    assert answer.status_code == 200
    assert "пара подтверждена" in answer.text
    assert 'hx-swap-oob="true"' in answer.text
    assert pairs(seeded)[row.our_id] == row.their_id
    after = counted(operator)
    assert (after["Уверенные"], after["Решённые"]) == (before["Уверенные"] - 1, before["Решённые"] + 1)
    with seeded.session() as session:
        assert history(session, LINK, "good", row.our_id)[0].author == "Иванова А."
    undone = operator.post(f"{GOODS}/undo")
    assert f'data-our="{row.our_id}"' in undone.text
    assert row.our_id not in pairs(seeded)
    assert counted(operator) == before


def counted(browser: Browser) -> dict[str, int]:
    """Return the counts that a page shows, by the queue's title."""
    text = browser.get(f"{GOODS}?queue=green").text
    found = re.findall(r'>([^<>]+) <span class="badge">([^<]+)</span></a>', text)
    return {title: int(re.sub(r"\D", "", number)) for title, number in found}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"factor": "0"}, "больше нуля"),
        ({"factor": "много"}, "больше нуля"),
        ({"factor": "1/0"}, "больше нуля"),
        ({"factor": "9" * 40}, "больше нуля"),
        ({"their_id": ""}, "не выбрано"),
        ({"action": "sing"}, "такого решения нет"),
    ],
)
def test_a_wrong_decision_says_what_is_wrong(
    operator: Browser, seeded: Database, more: dict[str, str], said: str
) -> None:
    row = rows(seeded)[0]
    answer = operator.post(f"{GOODS}/decide", data=form(row, **more), headers={"hx-request": "true"})
    assert answer.status_code == 400
    assert said in answer.text
    assert row.our_id not in pairs(seeded)


def test_factors_are_exact(operator: Browser, seeded: Database) -> None:
    for row, typed, expected in zip(rows(seeded), ("12", "0,5", "1/3"), ((12, 1), (1, 2), (1, 3)), strict=False):
        operator.post(f"{GOODS}/decide", data=form(row, factor=typed))
        with seeded.session() as session:
            made = history(session, LINK, "unit", row.unit_id, row.our_id)[0]
        assert (made.numerator, made.denominator) == expected


def test_two_operators_do_not_decide_one_row(sign_in: Callable[[str], Browser], seeded: Database) -> None:
    first, second = sign_in("ivanova"), sign_in("petrov")
    row, other = rows(seeded)[:2]
    data = {"our_id": row.our_id}
    assert first.post(f"{GOODS}/claim", data=data).status_code == 204
    taken = second.post(f"{GOODS}/claim", data=data, headers={"hx-request": "true"})
    assert taken.status_code == 409
    assert "Иванова А." in taken.text
    assert second.post(f"{GOODS}/decide", data=form(row)).status_code == 409
    assert "решает Иванова А." in second.get(GOODS).text
    assert "решает Иванова А." not in first.get(GOODS).text
    assert first.post(f"{GOODS}/decide", data=form(row)).status_code == 200
    assert second.post(f"{GOODS}/decide", data=form(row, "no_pair")).status_code == 409, "he saw it green"
    assert second.post(f"{GOODS}/decide", data=form(other)).status_code == 200
    assert second.post(f"{GOODS}/undo").status_code == 200
    assert set(pairs(seeded)) >= {row.our_id}
    assert other.our_id not in pairs(seeded), "undo takes one's own decision, not another's"


def test_doubles_are_offered_and_take_the_same_pair(operator: Browser, seeded: Database) -> None:
    from sqlalchemy import update

    from mappings.matching_tables import SuggestionRow
    from mappings.worklist import name_key

    first, second, third = rows(seeded)[:3]
    with seeded.begin() as session:
        same = SuggestionRow.our_id.in_([first.our_id, second.our_id, third.our_id])
        session.execute(update(SuggestionRow).where(same).values(name="Квас ржаной", name_key=name_key("Квас ржаной")))
    answer = operator.post(f"{GOODS}/decide", data=form(first, factor="6"))
    assert "Такое же наименование ещё у 2 строк" in answer.text
    decision = re.search(r'"decision": (\d+)', answer.text)
    assert decision is not None
    done = operator.post(f"{GOODS}/twins", data={"decision": decision[1]})
    assert "подтверждено и для 2 строки" in done.text or "2 строк" in done.text
    found = pairs(seeded)
    assert {found[each.our_id] for each in (first, second, third)} == {first.their_id}
    with seeded.session() as session:
        assert history(session, LINK, "unit", second.unit_id, second.our_id)[0].numerator == 6


def test_other_candidates_are_found(operator: Browser, seeded: Database) -> None:
    row = rows(seeded)[0]
    answer = operator.get(f"{GOODS}/search", params={"our_id": row.our_id, "find": row.their_id})
    assert f'data-their="{row.their_id}"' in answer.text
    units = re.search(r"data-units='([^']+)'", answer.text)
    assert units is not None
    assert unescape(units[1]).startswith("[[")
    assert "Ничего не нашлось" in operator.get(f"{GOODS}/search", params={"our_id": row.our_id, "find": "яяя"}).text
    assert operator.get(f"{GOODS}/search", params={"our_id": "нет", "find": "x"}).status_code == 404
    outlets = "/links/probe/matching/outlets"
    with seeded.session() as session:
        outlet = page(session, LINK, "outlet", Filter(Queue.NONE), at=NOW, limit=1).rows[0]
    code = operator.get(f"{outlets}/search", params={"our_id": outlet.our_id, "find": "C-77"}).text
    assert 'data-their="C-77"' in code, "a party of theirs need not be in any catalog"


def test_a_rows_history_undoes_any_step(operator: Browser, seeded: Database) -> None:
    row = rows(seeded)[0]
    operator.post(f"{GOODS}/decide", data=form(row))
    operator.post(f"{GOODS}/decide", data=form(row, seen="done", their_id=rows(seeded)[1].their_id))
    text = operator.get(f"{GOODS}/history", params={"our_id": row.our_id}).text
    assert "Вернуть эту пару" in text
    pair = re.search(r'name="pair" value="(\d+)"', text)
    assert pair is not None
    back = operator.post(f"{GOODS}/history/again", data={"our_id": row.our_id, "pair": pair[1]})
    assert back.status_code == 303
    assert pairs(seeded)[row.our_id] == row.their_id
    step = re.search(
        r'name="decision" value="(\d+)"', operator.get(f"{GOODS}/history", params={"our_id": row.our_id}).text
    )
    assert step is not None
    assert operator.post(f"{GOODS}/history/undo", data={"our_id": row.our_id, "decision": step[1]}).status_code == 303
    assert pairs(seeded)[row.our_id] != row.their_id


def test_the_list_goes_on_by_key(operator: Browser, seeded: Database) -> None:
    with seeded.session() as session:
        green = counts(session, LINK, "good")[Queue.GREEN]
    text = operator.get(f"{GOODS}?queue=green").text
    seen: list[str] = []
    while True:
        seen += re.findall(r'data-our="([^"]+)"', text)
        more = re.search(r'id="more" hx-get="([^"]+)"', text)
        if more is None:
            break
        text = operator.get(unescape(more[1]), headers={"hx-request": "true"}).text
        assert "<html" not in text
    assert len(seen) == len(set(seen)) == green


def test_all_green_with_preview_and_back(operator: Browser, seeded: Database) -> None:
    text = operator.get(f"{GOODS}/batch?text=квас").text
    expected = re.search(r'name="expected" value="(\d+)"', text)
    query = re.search(r'name="query" value="([^"]+)"', text)
    assert expected is not None
    assert query is not None
    data = {"expected": expected[1], "query": unescape(query[1])}
    assert operator.post(f"{GOODS}/batch", data={**data, "expected": "1"}).status_code == 409
    before = set(pairs(seeded))
    assert operator.post(f"{GOODS}/batch", data=data).status_code == 303
    made = set(pairs(seeded)) - before
    assert len(made) == int(expected[1])
    with seeded.session() as session:
        (batch,) = batches(session, LINK, "good")
    assert (batch.author, batch.terms) == ("Иванова А.", {"text": "квас"})
    assert "Пакет 1 подтверждён" in operator.get(f"{GOODS}/batch").text
    assert "Пакет 1 подтверждён" not in operator.get(f"{GOODS}/batch").text, "it is told once"
    check = re.search(r'action="([^"]+/audit/\d+)"', operator.get(f"{GOODS}/audit").text)
    assert check is not None
    judged = operator.post(check[1], data={"verdict": "right"}, headers={"hx-request": "true"})
    assert "верно" in judged.text
    assert operator.post(check[1], data={"verdict": "maybe"}).status_code == 400
    assert operator.post(f"{GOODS}/batches/{batch.id}/undo").status_code == 303
    assert set(pairs(seeded)) == before


def test_files_go_round(operator: Browser, seeded: Database, tmp_path: Path) -> None:
    answer = operator.get(f"{GOODS}/export?queue=green&text=квас&filled=1")
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    path = tmp_path / "work.xlsx"
    path.write_bytes(answer.content)
    lines = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert len(lines) > 5
    upload = {"file": ("work.xlsx", path.read_bytes(), "application/octet-stream")}
    checked = operator.post(f"{GOODS}/file", files=upload)
    assert "Проверено, ничего ещё не изменено" in checked.text
    before = set(pairs(seeded))
    token = re.search(r'name="token" value="([^"]+)"', checked.text)
    assert token is not None
    assert operator.post(f"{GOODS}/file/take", data={"token": token[1]}).status_code == 303
    assert len(set(pairs(seeded)) - before) == len(lines) - 1
    assert operator.post(f"{GOODS}/file/take", data={"token": token[1]}).status_code == 400, "once only"
    again = operator.post(f"{GOODS}/file", files=upload)
    assert "Файл ничего не меняет" in again.text


def test_a_file_of_another_operator_is_not_taken(sign_in: Callable[[str], Browser], seeded: Database) -> None:
    first, second = sign_in("ivanova"), sign_in("petrov")
    content = first.get(f"{GOODS}/export?queue=green&text=квас&filled=1").content
    checked = first.post(f"{GOODS}/file", files={"file": ("work.xlsx", content, "x/y")})
    token = re.search(r'name="token" value="([^"]+)"', checked.text)
    assert token is not None
    before = pairs(seeded)
    assert second.post(f"{GOODS}/file/take", data={"token": token[1]}).status_code == 400
    assert pairs(seeded) == before


def test_bad_files_are_told(operator: Browser) -> None:
    for name, content, said in (
        ("work.txt", b"x", "нужен файл Excel или CSV"),
        ("../../etc/passwd", b"x", "нужен файл Excel или CSV"),
        ("work.csv", "Вид;Наш код;Их код\nтовар;нет-такого;нет\n".encode(), "строка 2"),
        ("work.xlsx", b"not a zip", ""),
    ):
        answer = operator.post(f"{GOODS}/file", files={"file": (name, content, "x/y")})
        assert answer.status_code in {200, 400}, name
        assert said in answer.text
        assert "ничего не изменено" in answer.text.lower() or answer.status_code == 400


def test_a_changed_name_reopens_its_pair_in_the_list(operator: Browser, app: FastAPI, seeded: Database) -> None:
    from mappings.reopening import reopen

    row = rows(seeded)[0]
    operator.post(f"{GOODS}/decide", data=form(row))
    with seeded.begin() as session:
        reopen(session, LINK, {row.their_id: "Изменилось наименование: было 0,5 л, стало 0,45 л."}, {}, NOW)
    app.state.site.queues.forget()
    text = operator.get(f"{GOODS}?queue=changed").text
    assert "стало 0,45 л" in text
    assert "действует" in text
    assert operator.post(f"{GOODS}/decide", data=form(row, seen="changed")).status_code == 200
    assert pairs(seeded)[row.our_id] == row.their_id
