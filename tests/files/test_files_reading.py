"""Files of every version and habit become the same rows; what cannot be trusted is refused with the reason."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from connectors.onec.files import FolderAddress, OneCFiles
from connectors.onec.files.entities import ALL_WAREHOUSES, ENTITIES
from connectors.onec.files.xml import opening
from foundation.errors import BadAnswer, TooLarge
from mappings.profiles.profile import load_profile
from sandbox.files import DIALECTS, Books, Dialect, FileSide, books_of
from sandbox.world import build
from tests.files.files_help import (
    GOOD,
    LIMITS,
    PLACE,
    Clock,
    catalog,
    contents,
    good,
    offer,
    package,
    rows,
    whole,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

NOW = datetime.fromisoformat("2026-11-24")
PROFILE = load_profile("files")
CHILDREN_A = "<Склад><ИдСклада>A</ИдСклада><КоличествоНаСкладе>2</КоличествоНаСкладе></Склад>"
CHILDREN_B = "<Склад><ИдСклада>B</ИдСклада><КоличествоНаСкладе>3,5</КоличествоНаСкладе></Склад>"
ELEMENT_A = "<Склад><Ид>A</Ид><Количество>2</Количество></Склад>"
ELEMENT_B = "<Склад><Ид>B</Ид><Количество>3,5</Количество></Склад>"


@pytest.fixture(scope="module")
def books() -> Books:
    return books_of(build(1, now=NOW), goods=120, shipments=25)


@pytest.fixture
def tables(tmp_path: Path, books: Books, request: pytest.FixtureRequest) -> dict[str, pd.DataFrame]:
    side = FileSide(tmp_path, books, request.param)
    side.upload()
    side.upload_parties()
    side.upload_documents()
    clock = Clock()
    onec = OneCFiles(FolderAddress(tmp_path), clock=clock, sleep=clock.sleep)
    delivery = onec.take()
    assert not delivery.aside
    assert not delivery.waiting
    return {table: onec.read(PROFILE.reading(table)) for table in PROFILE.entities}


every_dialect = pytest.mark.parametrize("tables", DIALECTS, indirect=True, ids=lambda dialect: dialect.name)


def _micro(value: Decimal) -> int:
    return int(value.scaleb(6))


@every_dialect
def test_goods_of_every_dialect(tables: dict[str, pd.DataFrame], books: Books) -> None:
    frame = tables["goods"].set_index(tables["goods"]["our_good"].astype(str))
    assert set(frame.index) == set(books.goods)
    for ref, expected in books.goods.items():
        row = frame.loc[ref]
        assert (row["name"], row["code"], row["article"]) == (expected.name.strip(), expected.code, expected.article)
        assert (row["our_unit"], row["parent"], row["deleted"]) == (expected.unit, expected.group, expected.deleted)
    units = dict(zip(tables["units"]["our_unit"].astype(str), tables["units"]["numerator"], strict=True))
    assert {each.unit for each in books.goods.values()} <= set(units)
    assert {f"{each.ref}/упак": _micro(each.box) for each in books.goods.values() if each.box}.items() <= units.items()


@every_dialect
def test_barcodes_and_prices_of_every_dialect(tables: dict[str, pd.DataFrame], books: Books) -> None:
    barcodes = set(zip(tables["barcodes"]["barcode"], tables["barcodes"]["our_good"], strict=True))
    assert barcodes == {(barcode, each.ref) for each in books.goods.values() for barcode in each.barcodes}
    found = {(row.our_good, row.price_type): row.price for row in tables["prices"].itertuples()}
    assert found == {
        (each.ref, kind): _micro(price) for each in books.goods.values() for kind, price in each.prices.items()
    }
    assert set(tables["prices"]["our_unit"]) == {""}


@every_dialect
def test_stock_of_every_dialect(tables: dict[str, pd.DataFrame], books: Books) -> None:
    frame = tables["stock"]
    assert not frame.duplicated(["our_warehouse", "our_good"]).any()
    by_place: dict[tuple[str, str], int] = defaultdict(int)
    by_good: dict[str, int] = defaultdict(int)
    for row in frame.itertuples():
        by_place[str(row.our_warehouse), str(row.our_good)] += int(str(row.quantity))
        by_good[str(row.our_good)] += int(str(row.quantity))
    expected = {ref: _micro(sum(each.stock.values(), Decimal(0))) for ref, each in books.goods.items()}
    assert {ref: much for ref, much in by_good.items() if much} == {ref: much for ref, much in expected.items() if much}
    names = dict(zip(tables["warehouses"]["our_warehouse"].astype(str), tables["warehouses"]["name"], strict=True))
    assert set(frame["our_warehouse"]) <= set(names)
    if ALL_WAREHOUSES not in names:
        assert names == books.warehouses
        truth = {(place, ref): _micro(much) for ref, each in books.goods.items() for place, much in each.stock.items()}
        assert by_place == {place: much for place, much in truth.items() if much or place in by_place}


@every_dialect
def test_parties_of_every_dialect(tables: dict[str, pd.DataFrame], books: Books) -> None:
    frame = tables["counterparties"]
    assert set(frame["our_counterparty"]) == set(books.parties)
    inn = dict(zip(frame["our_counterparty"].astype(str), frame["inn"], strict=True))
    assert inn == {ref: party.inn for ref, party in books.parties.items()}
    assert set(tables["outlets"]["our_outlet"]) == set(books.parties)


def _documents(dialect: Dialect, books: Books, root: Path) -> BytesIO:
    path = FileSide(root, books, dialect).upload_documents()
    return BytesIO(path.read_bytes())


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_documents_of_every_dialect(dialect: Dialect, books: Books, tmp_path: Path) -> None:
    content = _documents(dialect, books, tmp_path)
    heads = {row["Ид"]: row for row in rows(content, "Документы")}
    assert len(heads) == len(books.shipments) > 10
    content.seek(0)
    lines = defaultdict(list)
    for line in rows(content, "СтрокиДокументов"):
        lines[line["Документ"]].append(line)
    for shipment in books.shipments:
        head = heads[shipment.ref]
        assert head["ХозОперация"] == "Отпуск товара"
        assert (head["Проведен"], head["Удален"]) == (str(shipment.posted).lower(), str(shipment.deleted).lower())
        assert head["Покупатель"] == shipment.party.ref
        assert head["Момент"].startswith(f"{shipment.moment:%Y-%m-%d}")
        assert [line["Товар"] for line in lines[shipment.ref]] == [line.good.ref for line in shipment.lines]
        assert [line["Единица"] for line in lines[shipment.ref]] == [line.good.unit for line in shipment.lines]


@pytest.mark.parametrize("space", ["", "urn:1C.ru:commerceml_2", "urn:1C.ru:commerceml_210", "urn:foreign"])
@pytest.mark.parametrize("prefix", ["", "cml:"])
def test_namespaces_do_not_matter(space: str, prefix: str) -> None:
    declared = (f' xmlns{":cml" if prefix else ""}="{space}"' if space else "") or (' xmlns:cml="x"' if prefix else "")
    text = whole(catalog(good(GOOD))).replace("<КоммерческаяИнформация", f"<КоммерческаяИнформация{declared}", 1)
    text = text.replace("<", f"<{prefix}").replace(f"<{prefix}/", f"</{prefix}").replace(f"<{prefix}?", "<?")
    assert [row["Ид"] for row in rows(BytesIO(text.encode()), "Товары")] == [GOOD]
    told = {fault.said for fault in contents(BytesIO(text.encode())).faults}
    assert ("пространство имён не из стандарта" in told) == (space == "urn:foreign" or (prefix != "" and not space))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "cp866", "koi8-r", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("declared", ["UTF-8", "windows-1251", "klingon", ""])
def test_the_real_encoding_is_found_whatever_is_declared(encoding: str, declared: str) -> None:
    text = whole(catalog(good(GOOD, "Квас «Живой»".replace("«", '"').replace("»", '"'))))
    text = text.replace(' encoding="UTF-8"', f' encoding="{declared}"' if declared else "")
    content = text.encode(encoding)
    assert [row["Наименование"] for row in rows(BytesIO(content), "Товары")] == ['Квас "Живой"']
    real = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(encoding, encoding)
    assert opening(content).encoding == real
    lies = any("кодировка" in fault.said for fault in contents(BytesIO(content)).faults)
    agree = {("utf-8", "UTF-8"), ("utf-8", ""), ("cp1251", "windows-1251")}
    assert lies == ((real, declared if declared != "klingon" else "?") not in agree)


def test_odd_cards_are_read_and_told() -> None:
    goods = (
        f'<Товар Статус="Удален"><Ид>{GOOD.upper()}</Ид><Наименование/><БазоваяЕдиница Код="6">м</БазоваяЕдиница>'
        "<Изготовитель><Ид>x</Ид></Изготовитель><Штрихкод>4600000000012; 4600000000029</Штрихкод></Товар>"
        "<Товар><Наименование>Без Ид</Наименование></Товар>"
        f"<Товар><Ид>{GOOD}#{PLACE}</Ид><Наименование>Разновидность</Наименование><БазоваяЕдиница>796 </БазоваяЕдиница></Товар>"
    )
    content = whole(catalog(goods)).encode()
    first, second = rows(BytesIO(content), "Товары")
    assert (first["Ид"], first["Удален"], first["Единица"]) == (GOOD, "true", "006")
    assert (second["Товар"], second["Характеристика"], second["Единица"]) == (GOOD, PLACE, "796")
    assert [row["Штрихкод"] for row in rows(BytesIO(content), "Штрихкоды")] == ["4600000000012", "4600000000029"]
    found = contents(BytesIO(content))
    assert found.left_out == 1
    told = {fault.path: fault.said for fault in found.faults}
    assert told[f"Товар № 1 (Ид {GOOD}), Наименование"] == "пусто"
    assert told["Товар № 2"] == "нет Ид: не принят"
    assert told[f"Товар № 1 (Ид {GOOD}), БазоваяЕдиница.Код"].startswith("короче трёх знаков")


def test_like_faults_are_counted_together_and_bounded() -> None:
    content = whole(catalog("".join(good(f"g{number}", "") for number in range(500)))).encode()
    faults = contents(BytesIO(content)).faults
    assert [(fault.path, fault.said) for fault in faults] == [("Товар № 1 (Ид g0), Наименование", "пусто (и ещё 499)")]


def test_packages_become_units_of_their_good() -> None:
    unit = (
        '<БазоваяЕдиница Код="796"><Пересчет><Единица>796</Единица><Коэффициент>1</Коэффициент></Пересчет>'
        "<Пересчет><Единица>кор</Единица><Коэффициент>12</Коэффициент></Пересчет>шт</БазоваяЕдиница>"
    )
    body = catalog(f"<Товар><Ид>{GOOD}</Ид><Наименование>Вода</Наименование>{unit}</Товар>")
    made = {row["Ид"]: row for row in rows(BytesIO(whole(body).encode()), "Единицы")}
    assert set(made) == {"796", f"{GOOD}/кор"}
    assert made["796"]["Наименование"] == "шт"
    assert (made[f"{GOOD}/кор"]["Числитель"], made[f"{GOOD}/кор"]["БазоваяЕдиница"]) == ("12", "796")


def test_a_price_of_a_package_names_the_package() -> None:
    price = (
        "<Цены><Цена><ИдТипаЦены>t</ИдТипаЦены><ЦенаЗаЕдиницу>1 200,50</ЦенаЗаЕдиницу><Единица>кор</Единица>"
        "<Коэффициент>12</Коэффициент></Цена></Цены>"
    )
    (row,) = rows(BytesIO(whole(package(offer(GOOD, more=price))).encode()), "Цены")
    assert (row["Единица"], row["Цена"], row["ТипЦены"]) == (f"{GOOD}/кор", "1 200,50", "t")


@pytest.mark.parametrize(
    "spelling",
    [
        '<Склад ИдСклада="A" КоличествоНаСкладе="2"/><Склад ИдСклада="B" КоличествоНаСкладе="3,5"/>',
        '<Склады ИдСклада="A" КоличествоНаСкладе="2"/><Склады ИдСклада="B" КоличествоНаСкладе="3,5"/>',
        '<Склады><Склад ИдСклада="A" КоличествоНаСкладе="2"/><Склад ИдСклада="B" КоличествоНаСкладе="3,5"/></Склады>',
        f"{CHILDREN_A}{CHILDREN_B}",
        f"<Остатки><Остаток>{ELEMENT_A}</Остаток><Остаток>{ELEMENT_B}</Остаток></Остатки>",
        f"<Остатки><Остаток>{ELEMENT_A}{ELEMENT_B}</Остаток></Остатки>",
    ],
)
def test_stock_in_every_spelling(spelling: str) -> None:
    body = package(f"<Предложение><Ид>{GOOD}</Ид>{spelling}<Количество>5,5</Количество></Предложение>")
    found = {row["Склад"]: row["Количество"] for row in rows(BytesIO(whole(body).encode()), "Остатки")}
    assert found == {"A": "2", "B": "3,5"}


@pytest.mark.parametrize(
    "spelling", ["<Количество>7</Количество>", "<Остатки><Остаток><Количество>7</Количество></Остаток></Остатки>"]
)
def test_stock_without_warehouses(spelling: str) -> None:
    body = package(f"<Предложение><Ид>{GOOD}</Ид>{spelling}</Предложение>")
    found = {row["Склад"]: row["Количество"] for row in rows(BytesIO(whole(body).encode()), "Остатки")}
    assert found == {ALL_WAREHOUSES: "7"}


def test_groups_in_groups() -> None:
    inner = "<Группы><Группа><Ид>b</Ид><Наименование>Соки</Наименование></Группа></Группы>"
    body = f"<Классификатор><Группы><Группа><Ид>a</Ид><Наименование>Напитки</Наименование>{inner}</Группа></Группы></Классификатор>"
    assert [(row["Ид"], row["Родитель"]) for row in rows(BytesIO(whole(body).encode()), "Группы")] == [
        ("a", ""),
        ("b", "a"),
    ]


def test_a_document_with_everything() -> None:
    text = (
        "<Контейнер><Документ><Ид>482</Ид><Номер>482</Номер><Номер1С>К-7   </Номер1С><Дата>2026-11-20</Дата>"
        "<Время>9:05:00</Время><ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль><Сумма>1 320,5</Сумма>"
        "<Контрагенты><Контрагент><Наименование>Ромашка</Наименование><ИНН>7705260699</ИНН><КПП>7705010010</КПП>"
        "<Роль>Покупатель</Роль></Контрагент><Контрагент><Ид>us</Ид><Наименование>Мы</Наименование><Роль>Продавец</Роль>"
        "</Контрагент></Контрагенты><Товары><Товар><Ид>a</Ид><Единица><Ид>796 </Ид><НаименованиеКраткое>шт"
        "</НаименованиеКраткое></Единица><Количество>2</Количество><Цена>660,25</Цена><Сумма>1320,5</Сумма></Товар></Товары>"
        "<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>Проведен</Наименование><Значение>true</Значение>"
        "</ЗначениеРеквизита><ЗначениеРеквизита><Наименование>Статус заказа</Наименование><Значение>[F] Доставлен"
        "</Значение></ЗначениеРеквизита><ЗначениеРеквизита><Наименование>Отменен</Наименование><Значение>false</Значение>"
        "</ЗначениеРеквизита></ЗначенияРеквизитов><ПодчиненныеДокументы><ПодчиненныйДокумент><Ид>483</Ид><Номер>1</Номер>"
        "<ХозОперация>Отпуск товара</ХозОперация></ПодчиненныйДокумент></ПодчиненныеДокументы></Документ></Контейнер>"
    )
    content = whole(text).encode()
    order, shipment = rows(BytesIO(content), "Документы")
    assert (order["Момент"], order["Номер1С"], order["Статус"]) == ("2026-11-20T9:05:00", "К-7", "[F] Доставлен")
    assert (order["Проведен"], order["Отменен"], order["Покупатель"]) == ("true", "false", "7705260699")
    assert (order["Покупатель.Наименование"], order["Продавец"]) == ("Ромашка", "us")
    assert (shipment["Ид"], shipment["Основание"]) == ("483", "482")
    (line,) = rows(BytesIO(content), "СтрокиДокументов")
    assert (line["Единица"], line["Цена"], line["НомерСтроки"]) == ("796", "660,25", "1")
    assert [row["Роль"] for row in rows(BytesIO(content), "УчастникиДокументов")] == ["Покупатель", "Продавец"]


def test_a_document_may_lack_an_id_and_versions_may_be_newer_or_missing() -> None:
    content = whole("<Документ><Номер>7</Номер></Документ>", attributes='ВерсияСхемы="3.1"').encode()
    assert [row["Ид"] for row in rows(BytesIO(content), "Документы")] == ["7"]
    found = contents(BytesIO(content))
    told = {fault.path.rpartition(", ")[2]: fault.said for fault in found.faults}
    assert told["ВерсияСхемы"] == "3.1: читается по правилам 2.10"
    assert told["ДатаФормирования"].startswith("не указана")
    assert told["ХозОперация"] == "нет в стандарте"
    bare = contents(BytesIO(whole("<Документ><Номер>7</Номер></Документ>", attributes="").encode()))
    assert "не указана, читается как 2.10" in {fault.said for fault in bare.faults}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Файл пуст"),
        (b"   \n", "Файл пуст"),
        (b"PK\x03\x04", "Это не CommerceML"),
        (b"<html><body>404</body></html>", "первый элемент <html>"),
        (b"<?xml version='1.0'?><Message/>", "первый элемент <Message>"),
        (whole("<Каталог>").encode()[:-20], "Файл обрывается"),
        (whole(catalog(good(GOOD)))[:-8].encode(), "Файл обрывается"),
        (whole("<Каталог></Склад>").encode(), "XML испорчен"),
        (whole("<Каталог>&неизвестно;</Каталог>").encode(), "XML испорчен"),
        (whole(catalog(good(GOOD, "&#1;"))).encode(), "XML испорчен"),
        (whole(catalog(good(GOOD, "ы"))).encode().replace("ы</Н".encode(), b"\xfb</\xd0\x9d"), "смешаны кодировки"),
        (whole("<!-- -->").replace("\n", "\n<!DOCTYPE a [<!ENTITY b 'c'>]>").encode(), "DOCTYPE"),
        (whole(f"<!--{whole('')}-->").replace("\n", "\n<!-- x --><!DOCTYPE a>", 1).encode(), "DOCTYPE"),
        (whole(catalog(good(GOOD)), attributes='ВерсияСхемы="1.0"').encode(), "CommerceML 1.0"),
        (
            whole('<Каталог><Товар Идентификатор="ID__B" Наименование="x"/></Каталог>', attributes="").encode(),
            "формат 1С 7.7",
        ),
        (whole("<а>" * 3000 + "</а>" * 3000).encode(), "XML испорчен"),
        (whole(catalog(good(GOOD, more="<а>" * 200 + "</а>" * 200))).encode(), "Вложенность элементов больше"),
        (whole(package(offer(GOOD, {PLACE: "много"}))).encode(), "Вместо числа другой текст"),
        (
            whole(
                package(offer(GOOD, more="<Цены><Цена><ЦенаЗаЕдиницу>договорная</ЦенаЗаЕдиницу></Цена></Цены>"))
            ).encode(),
            "Цена",
        ),
    ],
)
def test_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(BadAnswer) as raised:
        contents(BytesIO(content))
    assert reason in raised.value.said
    assert raised.value.todo
    assert "договорная" not in str(raised.value)


def test_an_attack_by_entities_is_refused_unread() -> None:
    entities = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
    text = whole(catalog(good(GOOD, "&e11;"))).replace("\n", f'\n<!DOCTYPE x [<!ENTITY e0 "ха">{entities}]>', 1)
    with pytest.raises(BadAnswer, match="DOCTYPE"):
        contents(BytesIO(text.encode()))


@pytest.mark.parametrize("where", ["text", "attribute", "comment", "unknown section"])
def test_a_hundred_megabytes_of_one_record_are_refused(where: str) -> None:
    big = "x" * 100_000_000
    body = {
        "text": catalog(good(GOOD, big)),
        "attribute": catalog(good(GOOD, more=f'<а б="{big}"/>')),
        "comment": catalog(good(GOOD, more=f"<!--{big}-->")),
        "unknown section": "<Журнал>" + "<Запись>ы</Запись>" * 2_000_000 + "</Журнал>",
    }[where]
    with pytest.raises(TooLarge, match="больше 32 МиБ"):
        contents(BytesIO(whole(body).encode()))


def test_a_file_past_the_limit_is_refused() -> None:
    from dataclasses import replace

    from connectors.onec.files.commerceml import inspect

    content = whole(catalog("".join(good(f"g{number}") for number in range(10_000)))).encode()
    with pytest.raises(TooLarge, match="распакованном"):
        inspect(BytesIO(content), replace(LIMITS, file_bytes=100_000))


def test_every_documented_table_is_made_by_some_file(books: Books, tmp_path: Path) -> None:
    side = FileSide(tmp_path, books, DIALECTS[7])
    side.upload()
    side.upload_parties()
    side.upload_documents()
    seen = set()
    for path in side.inbox.iterdir():
        for found in contents(BytesIO(path.read_bytes())).rows:
            seen |= set(found)
    assert set(ENTITIES) - seen == {"Свойства"}
