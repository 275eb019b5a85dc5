"""Trade names in one form: letters, glued words, abbreviations, stems; and nothing changes the second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.matching.names import ABBREVIATIONS, Normaliser, Steps, compact, read_abbreviations

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.text(
    alphabet='абвгежкмнорстухыАВЕКОРСЁё abcxELMPU0123456789.,:;/-+%№"()*хx×&\N{NO-BREAK SPACE}', max_size=60
)
LIKELY = (
    "Пиво", "Сок", "св.", "д/", "ж/б", "0,5 л", "24х0,5л", "1/12", "3,2%", "1:10", "Prosept", "ECO", "(12 шт)", "+",
    "кор 12", "/24", "*20", "500мл", "I", "2-я", "№9", "007-10", "4607083000018", "ХМ-11", "л", "1,5", "кег 30 л",
)  # fmt: skip
PIECES = st.lists(st.sampled_from(LIKELY), max_size=8)


@pytest.fixture(scope="module")
def plain() -> Normaliser:
    return Normaliser()


@given(NAMES)
@settings(max_examples=400, deadline=None)
def test_one_form_is_its_own_form(text: str) -> None:
    normaliser = Normaliser()
    once = normaliser.canonical(text)
    assert normaliser.canonical(once) == once


@given(PIECES)
@settings(max_examples=400, deadline=None)
def test_one_form_of_likely_names_is_its_own_form(pieces: list[str]) -> None:
    normaliser = Normaliser()
    once = normaliser.canonical(" ".join(pieces))
    assert normaliser.canonical(once) == once


@given(NAMES)
@settings(max_examples=200, deadline=None)
def test_case_of_plain_words_and_blanks_say_nothing(text: str) -> None:
    normaliser = Normaliser(steps=Steps(glued=False, alike=False))
    assert normaliser.canonical(f"  {text.lower()} ") == normaliser.canonical(text.lower())


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Средство для мытьяFloorLine / 1 л", "средство для мытья floor line 1000мл"),
        ("Антисептик невымываемыйULTRAконцентрат", "антисептик невымываемый ultra концентрат"),
        ("Очиститель Сement", "очиститель cement"),
        ("пиво CBEТЛОЕ", "пиво светлое"),
        ("Kaмeнный мост", "каменный мост"),
        ("удаленияMaxготовый", "удаления max готовый"),
        ("МылоDionaАpple", "мыло diona apple"),
        ("дляCookyконцентрат", "для cooky концентрат"),
        ("Средство 107-5 л", "средство #1075 л"),
        ("Ёлка зелёная", "елка зеленая"),
        ("Bath Acid+", "bath acid plus"),
        ("Огнебио II группа", "огнебио 2 группа"),
        ("Группа 1-ая, 2-я", "группа 1 2"),
        ("Средство д/стёкол", "средство для стекол"),
        ("ср-во чист. универс.", "средство чистящее универсальный"),
        ("&quot;Ключ&quot; вода", "ключ вода"),
        ("Лак,0,9л", "лак 900мл"),
        ("конц.3 л", "концентрат 3000мл"),
        ("Prosept50,1л", "prosept 50 1000мл"),
        ("XM-11,5л", "xm 11 5000мл"),
    ],
)
def test_names_as_they_are_typed(plain: Normaliser, typed: str, meant: str) -> None:
    assert plain.canonical(typed) == meant


def test_articles_and_barcodes_stand_apart_from_numbers(plain: Normaliser) -> None:
    name = plain.name("Герметик 0024-15б 15 кг 4680008146090")
    assert name.codes == ("002415б", "4680008146090")
    assert name.numbers == ()
    assert name.measures == ("15000г",)


def test_words_are_stems_and_latin_ones_are_told_apart(plain: Normaliser) -> None:
    name = plain.name("Красная краска Super Rubber краски")
    assert name.words == ("красн", "краск", "super", "rubber")
    assert name.latin == ("super", "rubber")


def test_linen_is_not_white(plain: Normaliser) -> None:
    assert plain.name("гель для белья").words[-1] != plain.name("белая").words[0]


def test_glued_words_come_apart_by_the_catalogs_words() -> None:
    normaliser = Normaliser()
    normaliser.learn([], ["Средство для удаления цемента", "Средство для удаления ржавчины", "Удалитель цемента"])
    assert normaliser.name("Средстводляудаленияцемента5л").text == "средство для удаления цемента 5000мл"


def test_a_word_of_their_catalog_stays_whole() -> None:
    normaliser = Normaliser()
    normaliser.learn([], ["Огнебио защита", "Огнебио защита", "Огнебиозащита", "Огнебиозащита"])
    assert normaliser.name("огнебиозащита").text == "огнебиозащита"


def test_look_alike_words_go_to_the_alphabet_that_is_usual() -> None:
    normaliser = Normaliser()
    normaliser.learn(["ЕСО 50"], ["ECO 50", "ECO Ultra"])
    assert normaliser.name("Антисептик ЕСО").text == "антисептик eco"  # the word is typed in Cyrillic


def test_steps_can_be_left_out() -> None:
    nothing = Normaliser(
        steps=Steps(**dict.fromkeys(("glued", "alike", "quantities", "abbreviations", "vocabulary", "stems"), False))
    )
    assert nothing.name("Ср-во CleanFloor 0,5 л").text == "ср во cleanfloor 0.5 л"


def test_the_shipped_abbreviations_are_one_to_one_and_change_nothing_twice() -> None:
    known = read_abbreviations(ABBREVIATIONS)
    lines = [line for line in ABBREVIATIONS.read_text("utf-8").splitlines() if "=" in line.partition("#")[0]]
    assert len(known) == len(lines)
    again = {short for short, long in known.items() if any(word in known for word in long.split())}
    assert again == set()


def test_an_own_list_of_abbreviations_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("# свои\nпрпт. = пропитка  # у нас так\n\nбез знака\n", "utf-8")
    assert read_abbreviations(path) == {"прпт": "пропитка"}
    assert Normaliser(read_abbreviations(path)).canonical("Прпт. для дерева") == "пропитка для дерева"


def test_codes_lose_signs_and_look_alikes() -> None:
    assert compact("С-015/5 а") == compact("c015.5A") == "c0155a"
