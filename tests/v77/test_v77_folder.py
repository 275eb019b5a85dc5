"""The exchange folder: nothing is lost, nothing is doubled, and one bad file never stops the others."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.onec.v77.folder import Answers, ExchangeFolder, file_name
from connectors.onec.v77.orders import FolderOrder, OrderLine, Party, number_text, order_xml
from connectors.onec.v77.results import MOST_BYTES, Unreadable, order_schema, parse_result
from foundation.errors import Faults, Refused, Unreachable

NOW = datetime(2026, 11, 24, 8, 15, tzinfo=UTC)
BEER = Party("_____5___", "00000005", "Пиво светлое 0,5 л")
KVASS = Party("____16CIB", "00000042", "Квас «Домашний»")
SHOP = Party("_____3___", "П003", "Магазин 3")


def order(number: str = "W-17", *, quantity: int = 12_500_000, comment: str = "") -> FolderOrder:
    """Make an order of two lines."""
    lines = (
        OrderLine(BEER, quantity, 70_000_000, 875_000_000, "шт"),
        OrderLine(KVASS, 1_000_000, 45_500_000, 45_500_000, "упак"),
    )
    return FolderOrder(
        number, date(2026, 11, 24), Party("_____7___", "П007", "Волна"), lines, outlet=SHOP, comment=comment
    )


def folder_at(path: Path, **more: object) -> ExchangeFolder:
    """Open an exchange folder whose clock stands."""
    return ExchangeFolder(path / "exchange", clock=lambda: NOW, **more)  # type: ignore[arg-type]  # the settings of a folder


def answer(number: str = "W-17", state: str = "создан", **more: str) -> bytes:
    """Write an answer as 7.7 does."""
    reason = more.pop("reason", "")
    attributes = {"Версия": "1", "Заказ": number, "Состояние": state, **more}
    root = etree.Element("Результат", attributes)
    if reason:
        etree.SubElement(root, "Причина").text = reason
    return etree.tostring(root, encoding="windows-1251", xml_declaration=True)


def answered(folder: ExchangeFolder, name: str, content: bytes, *, age: timedelta = timedelta(hours=1)) -> Path:
    """Put an answer into the folder as 7.7 left it some time ago."""
    path = folder.path / "results" / f"{name}.result.xml"
    path.write_bytes(content)
    moment = (NOW - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def names(folder: ExchangeFolder, place: str) -> list[str]:
    """Return what lies in a part of the folder."""
    return sorted(path.name for path in (folder.path / place).iterdir())


# -- orders out --------------------------------------------------------------------------------------------------------


def test_an_order_is_one_whole_file(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    path = folder.put(order())
    assert names(folder, "orders") == [path.name]
    root = etree.fromstring(path.read_bytes())
    assert order_schema().validate(root)
    assert dict(root.attrib) == {"Версия": "1", "Номер": "W-17", "Дата": "2026-11-24", "Сумма": "920.5"}
    assert [line.get("Количество") for line in root.iter("Строка")] == ["12.5", "1"]
    assert [line.get("Товар") for line in root.iter("Строка")] == ["_____5___", "____16CIB"]


def test_putting_an_order_again_changes_nothing(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    first = folder.put(order())
    before = first.stat().st_mtime_ns
    assert folder.put(order()) == first
    assert folder_at(tmp_path).put(order()) == first
    assert first.stat().st_mtime_ns == before
    assert len(folder.waiting()) == 1


def test_another_content_under_the_same_number_is_refused(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    path = folder.put(order())
    before = path.read_bytes()
    with pytest.raises(Refused, match="с другим содержанием") as raised:
        folder.put(order(quantity=1_000_000))
    assert raised.value.facts["order"] == "W-17"
    assert path.read_bytes() == before


def test_a_settled_order_is_not_put_again(tmp_path: Path) -> None:
    """The manufacturer repeats an order that 7.7 has made into a document: no second file."""
    folder = folder_at(tmp_path)
    folder.put(order())
    answered(folder, "1", answer())
    folder.settle(folder.answers().results[0])
    again = folder.put(order())
    assert again.parent.name == "archive"
    assert folder.waiting() == []


def test_what_a_crash_left_is_no_order(tmp_path: Path) -> None:
    """Half a file under its temporary name is seen by nobody, and the order is put as if it were not there."""
    folder = folder_at(tmp_path)
    name = f"{file_name('W-17')}.xml"
    (folder.path / "orders" / f"~{name}.tmp").write_bytes(b"<\xc7\xe0")
    assert folder.waiting() == []
    path = folder.put(order())
    assert names(folder, "orders") == [name]
    assert etree.fromstring(path.read_bytes()).get("Номер") == "W-17"


@given(st.text(min_size=1, max_size=60).filter(str.strip))
@settings(max_examples=60, deadline=None)
def test_any_number_is_a_file_name_of_its_own(number: str) -> None:
    name = file_name(number)
    assert name == Path(name).name
    assert len(name) <= 60
    assert not set(name) & set('<>:"/\\|?*~. ')
    assert file_name(number) == name != file_name(number + "1")


def test_numbers_that_look_alike_in_a_name_are_two_orders(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    assert {folder.put(order(number)) for number in ("A/1", "A\\1", "a/1")}
    assert len(folder.waiting()) == 3


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
PARTIES = st.builds(Party, st.from_regex(r"[0-9A-Z_]{9}", fullmatch=True), TEXTS, TEXTS)
AMOUNTS = st.integers(-(10**15), 10**15)
ORDERS = st.builds(
    FolderOrder,
    number=TEXTS.filter(lambda text: bool("".join(filter(str.isprintable, text)).strip())),
    day=st.dates(date(2000, 1, 1), date(2099, 1, 1)),
    counterparty=PARTIES,
    lines=st.lists(st.builds(OrderLine, PARTIES, AMOUNTS, AMOUNTS, AMOUNTS, TEXTS), min_size=1, max_size=4).map(tuple),
    outlet=st.one_of(st.none(), PARTIES),
    warehouse=st.one_of(st.none(), PARTIES),
    delivery=st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2099, 1, 1))),
    comment=TEXTS,
)


@given(ORDERS)
@settings(max_examples=60, deadline=None)
def test_any_order_keeps_to_the_schema_and_its_numbers(made: FolderOrder) -> None:
    content = order_xml(made)
    assert content == order_xml(made)
    root = etree.fromstring(content)
    assert order_schema().validate(root), order_schema().error_log
    lines = [tuple(line.get(name) for name in ("Количество", "Цена", "Сумма")) for line in root.iter("Строка")]
    assert lines == [tuple(map(number_text, (line.quantity, line.price, line.amount))) for line in made.lines]
    assert root.get("Сумма") == number_text(made.total)
    assert content.startswith(b"<?xml version='1.0' encoding='windows-1251'?>")


@given(ORDERS)
@settings(max_examples=40, deadline=None)
def test_any_order_is_commerceml_1_in_attributes(made: FolderOrder) -> None:
    root = etree.fromstring(order_xml(made, "commerceml1"))
    document = root.find("Документ")
    assert root.tag == "КоммерческаяИнформация"
    assert document is not None
    assert document.get("ХозОперация") == "Order"
    assert len(document.findall("ТоварнаяПозиция")) == len(made.lines)
    goods = {good.get("Идентификатор") for good in root.iter("Товар")}
    assert goods == {line.good.key for line in made.lines}
    parties = {party.get("Идентификатор") for party in root.findall("Контрагент")}
    roles = {each.get("Роль"): each.get("Контрагент") for each in document.iter("ПредприятиеВДокументе")}
    assert roles["Buyer"] == made.counterparty.key
    assert set(roles.values()) <= parties
    assert (root.text or "").strip() == (document.text or "").strip() == ""


def test_commerceml_is_a_setting_of_the_folder(tmp_path: Path) -> None:
    path = folder_at(tmp_path, flavour="commerceml1").put(order())
    root = etree.fromstring(path.read_bytes())
    assert [line.get("Товар") for line in root.iter("ТоварнаяПозиция")] == ["00000005", "00000042"]
    assert [line.get("Сумма") for line in root.iter("ТоварнаяПозиция")] == ["875", "45.5"]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1, "0.000001"), (-1_500_000, "-1.5"), (10**15, "1000000000"), (1_000_000, "1")]
)
def test_numbers_have_no_exponent(value: int, text: str) -> None:
    assert number_text(value) == text


def test_an_order_that_names_nothing_is_told_with_all_its_faults() -> None:
    with pytest.raises(Faults) as raised:
        FolderOrder(" ", date(2026, 1, 1), Party(""), (OrderLine(Party(""), 1, 1, 1),))
    assert {fault.path for fault in raised.value.faults} == {"number", "counterparty", "lines.1.good"}
    with pytest.raises(Faults):
        FolderOrder("1", date(2026, 1, 1), SHOP, ())


# -- answers back ------------------------------------------------------------------------------------------------------


def test_an_answer_is_read_settled_and_archived_with_its_order(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    path = folder.put(order())
    answered(folder, "a", answer(Документ="   4T    ", НомерДок=" 00000173 ", Дата="2026-11-24T08:10:00"))
    found = folder.answers()
    (result,) = found.results
    assert (result.number, result.state, result.document, result.document_number) == (
        "W-17",
        "created",
        "___4T____",
        "00000173",
    )
    assert result.moment == datetime(2026, 11, 24, 8, 10)  # noqa: DTZ001 - wall clock of the base
    assert found == Answers((result,))
    folder.settle(result)
    assert names(folder, "orders") == names(folder, "results") == []
    assert names(folder, "archive") == sorted(["a.result.xml", path.name])
    folder.settle(result)  # a run that died after the first settling repeats it
    assert len(names(folder, "archive")) == 2


def test_an_answer_that_was_not_settled_comes_again(tmp_path: Path) -> None:
    """The caller died before it stored the answer: nothing is lost."""
    folder = folder_at(tmp_path)
    folder.put(order())
    answered(folder, "a", answer())
    assert folder.answers() == folder.answers() == folder_at(tmp_path).answers()
    assert len(folder.waiting()) == 1


def test_statuses_of_one_order_come_one_after_the_other(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    folder.put(order())
    states = []
    for number, state in enumerate(("создан", "проведен", "отгружен", "отменен")):
        answered(folder, f"W-17.{number}", answer(state=state))
        for result in folder.answers().results:
            states.append(result.state)
            folder.settle(result)
    assert states == ["created", "posted", "shipped", "cancelled"]
    assert len(names(folder, "archive")) == 5


def test_the_answer_in_the_documentation_is_one() -> None:
    text = (Path(__file__).parents[2] / "docs" / "v77.ru.md").read_text("utf-8")
    example = text.partition("```xml\n")[2].partition("```")[0]
    found = parse_result(example.encode("cp1251"), Path("example"))
    assert (found.number, found.state, found.document) == ("W-17", "created", "____4T___")


def test_a_refusal_brings_the_words_of_7_7(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    answered(folder, "a", answer(state="отказ", reason="  Клиент\n в стоп-листе " + "!" * 500))
    (result,) = folder.answers().results
    assert result.reason.startswith("Клиент в стоп-листе !")
    assert len(result.reason) == 300


BAD = {
    "half": (answer()[:-20], "только его часть"),
    "empty": (b"", "только его часть"),
    "other": ("<Ответ/>".encode(), "Ответ"),
    "state": (answer(state="готов"), "Состояние"),
    "nameless": (answer(number=""), "Заказ"),
    "id": (answer(Документ="ч" * 9), "Документ"),
    "large": (b"<a>" + b"x" * MOST_BYTES + b"</a>", "больше"),
    "doctype": (
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + "<Результат Версия='1' Заказ='1' Состояние='создан'/>".encode(),
        "DOCTYPE",
    ),
    "outside": (
        b"<!DOCTYPE a SYSTEM 'file:///etc/hostname'>" + "<Результат Версия='1' Заказ='1' Состояние='создан'/>".encode(),
        "DOCTYPE",
    ),
    "binary": (bytes(range(256)), "только его часть"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_answer_is_put_aside_and_never_blocks_the_others(tmp_path: Path, name: str) -> None:
    content, why = BAD[name]
    folder = folder_at(tmp_path)
    answered(folder, "1-good", answer("W-1"))
    answered(folder, "2-bad", content)
    answered(folder, "3-good", answer("W-3"))
    found = folder.answers()
    assert [result.number for result in found.results] == ["W-1", "W-3"]
    (aside,) = found.aside
    assert why in aside.reason
    assert aside.path.read_bytes() == content
    told = aside.path.with_name(f"{aside.path.name}.reason.txt").read_text("utf-8")
    assert told.strip() == aside.reason
    assert folder.answers().aside == ()


def test_entities_are_not_expanded() -> None:
    """A billion laughs is refused by its DOCTYPE before anything grows."""
    bomb = b"<!DOCTYPE a [" + b"".join(
        b"<!ENTITY l%d '%s'>" % (level, b"&l%d;" % (level - 1) * 10 if level else b"ha") for level in range(9)
    )
    with pytest.raises(Unreadable):
        parse_result(bomb + b"]><a>&l8;</a>", Path("x"))


def test_a_file_that_is_being_written_is_left_for_later(tmp_path: Path) -> None:
    folder = folder_at(tmp_path, patience=timedelta(minutes=5))
    path = answered(folder, "a", answer()[:-30], age=timedelta(minutes=1))
    assert folder.answers() == Answers((), (), (path,))
    answered(folder, "a", answer(), age=timedelta(0))
    assert [result.number for result in folder.answers().results] == ["W-17"]


def test_a_whole_file_that_is_wrong_does_not_wait(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    answered(folder, "a", answer(state="готов"), age=timedelta(0))
    assert len(folder.answers().aside) == 1


def test_two_bad_files_of_one_name_are_both_kept(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    for content in (b"one", b"two"):
        answered(folder, "a", content)
        assert len(folder.answers().aside) == 1
    kept = sorted((folder.path / "aside").glob("*.xml"))
    assert sorted(path.read_bytes() for path in kept) == [b"one", b"two"]


def test_other_files_of_the_share_are_nobodys_business(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    for name in ("Thumbs.db", "a.xml", "~a.result.xml.tmp", "W.RESULT.XML"):
        (folder.path / "results" / name).write_bytes(answer())
    assert [result.path.name for result in folder.answers().results] == ["W.RESULT.XML"]
    assert len(names(folder, "results")) == 4


def test_7_7_is_down_for_days(tmp_path: Path) -> None:
    """Orders wait, and their answers come when it is up again, each once."""
    folder = folder_at(tmp_path)
    for number in range(30):
        path = folder.put(order(f"W-{number}"))
        moment = (NOW - timedelta(days=3, minutes=number)).timestamp()
        os.utime(path, (moment, moment))
    waiting = folder_at(tmp_path).waiting()
    assert len(waiting) == 30
    assert waiting[0].since == NOW - timedelta(days=3, minutes=29)
    for path in sorted((folder.path / "orders").iterdir()):
        answered(folder, path.stem, answer(etree.fromstring(path.read_bytes()).get("Номер", "")))
    numbers: list[str] = []
    for result in folder.answers().results:
        numbers.append(result.number)
        folder.settle(result)
    assert sorted(numbers) == sorted(f"W-{number}" for number in range(30))
    assert folder.waiting() == []
    assert folder.answers() == Answers(())


def test_a_share_that_is_gone_is_an_error_that_passes(tmp_path: Path) -> None:
    folder = folder_at(tmp_path)
    away = tmp_path / "away"
    folder.path.rename(away)
    for call in (lambda: folder.put(order()), folder.waiting, folder.answers):
        with pytest.raises(Unreachable, match="недоступна"):
            call()
    away.rename(folder.path)
    assert folder.put(order()).exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "exchange").write_bytes(b"a file stands here")
    with pytest.raises(Unreachable):
        folder_at(tmp_path)


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_an_answer_or_put_aside(content: bytes) -> None:
    with TemporaryDirectory() as place:
        folder = folder_at(Path(place))
        answered(folder, "a", content)
        found = folder.answers()
        assert (len(found.results), len(found.aside), len(found.later)) in ((0, 1, 0), (1, 0, 0))
