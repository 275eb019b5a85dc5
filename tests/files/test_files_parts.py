"""Names of files, the words of errors, settings and stored states: the small parts of the exchange folder."""

from __future__ import annotations

import inspect
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.onec.files import FolderState, words
from connectors.onec.files.disk import safe_name
from connectors.onec.files.entities import ENTITIES, Section
from connectors.onec.files.plan import Piece, plan
from connectors.onec.files.state import Look, Part, TakenFile
from foundation.errors import Fault, MI1CError, NotPublished
from mappings.model import Reading
from tests.files.files_help import NOW

unhurried = settings(deadline=None)
"""A busy machine is no fault of the code."""

WHOLE, CHANGES = Section("Каталог", "c", changes=False), Section("Каталог", "c")


def _part(name: str, minutes: int = 0, section: Section = WHOLE, rows: int = 1, entity: str = "Товары") -> Part:
    return Part(name, NOW + timedelta(minutes=minutes), "utf-8", "2.10", (section,), ({entity: rows},))


def _file(*parts: Part) -> TakenFile:
    return TakenFile(f"taken-{parts[0].name}", parts[0].name, parts[0].name, parts)


def _planned(*files: TakenFile, entity: str = "Товары") -> list[str]:
    return [piece.part.name for piece in plan(FolderState(files), ENTITIES[entity])]


@pytest.mark.parametrize(
    ("name", "portion", "kind"),
    [
        ("import0_1.xml", ("import0", 1), ""),
        ("webdata/000001/offers0_12.xml", ("offers0", 12), ""),
        ("webdata\\rests1_2.XML", ("rests1", 2), ""),
        ("import.xml", ("import", 0), ""),
        ("offers_20261124.xml", ("offers_20261124", 0), ""),
        (
            "rests___3471fae0-92bc-47f5-8234-db142906215a.xml",
            ("rests___3471fae0-92bc-47f5-8234-db142906215a", 0),
            "rests",
        ),
        ("prices___11.xml", ("prices___11", 0), "prices"),
        ("без точки", ("без точки", 0), ""),
    ],
)
def test_what_1c_names_tell(name: str, portion: tuple[str, int], kind: str) -> None:
    part = _part(name)
    assert (part.portion, part.kind) == (portion, kind)


def test_whole_uploads_begin_anew_and_portions_go_on() -> None:
    old, first, second = (
        _file(_part("import0_1.xml")),
        _file(_part("import0_1.xml", 60)),
        _file(_part("import0_2.xml", 61)),
    )
    change = _file(_part("import0_3.xml", 62, CHANGES))
    assert _planned(old, first, second, change) == ["import0_1.xml", "import0_2.xml", "import0_3.xml"]
    assert _planned(change, second, first, old)[0] == "import0_1.xml"
    assert len(_planned(old)) == 1


def test_members_of_one_archive_go_together_whatever_their_names() -> None:
    archive = _file(_part("a.xml", 0), _part("b.xml", 200))
    assert _planned(archive) == ["a.xml", "b.xml"]
    assert _planned(_file(_part("a.xml")), _file(_part("b.xml", 1))) == ["b.xml"]


def test_an_hour_parts_uploads_by_groups() -> None:
    near = [_file(_part("rests___a.xml")), _file(_part("rests___b.xml", 59))]
    far = [_file(_part("rests___a.xml")), _file(_part("rests___b.xml", 61))]
    again = [_file(_part("rests___a.xml")), _file(_part("rests___a.xml", 5))]
    assert len(_planned(*near)) == 2
    assert _planned(*far) == ["rests___b.xml"]
    assert len(_planned(*again)) == 1


def test_a_section_without_rows_of_a_table_leaves_it_alone() -> None:
    full, empty = _file(_part("a.xml")), _file(_part("b.xml", 10, rows=0))
    assert _planned(full, empty) == ["a.xml", "b.xml"]
    elsewhere = _file(_part("c.xml", 20, entity="Цены"))
    assert _planned(full, elsewhere) == ["a.xml"]


def test_documents_only_grow() -> None:
    section = Section("Документы")
    files = [_file(_part(f"{number}.xml", number, section, entity="Документы")) for number in range(4)]
    assert _planned(*files, entity="Документы") == ["0.xml", "1.xml", "2.xml", "3.xml"]


def test_lists_need_no_whole_upload_and_tables_do() -> None:
    lists = _file(_part("a.xml", 0, CHANGES, entity="Склады"))
    assert _planned(lists, entity="Склады") == ["a.xml"]
    with pytest.raises(NotPublished, match="только изменения"):
        _planned(_file(_part("a.xml", 0, CHANGES)))


def test_a_piece_knows_whether_it_is_whole() -> None:
    file = _file(_part("a.xml"), _part("b.xml", section=CHANGES))
    assert [Piece(file, part, 0).whole for part in file.parts] == [True, False]


@unhurried
@given(
    st.lists(st.text(max_size=12), max_size=3),
    st.dictionaries(
        st.text(max_size=8), st.tuples(st.integers(0, 2**40), st.integers(0, 2**60), st.floats(0, 1e10)), max_size=3
    ),
    st.datetimes(datetime.fromisoformat("1970-01-01"), datetime.fromisoformat("2100-01-01")),
)
def test_a_state_is_the_same_after_it_was_stored(
    names: list[str], looks: dict[str, tuple[int, int, float]], formed: datetime
) -> None:
    part = Part(
        "a.xml",
        formed,
        "cp1251",
        "2.05",
        (WHOLE, CHANGES),
        ({"Товары": 3}, {}),
        1,
        (Fault("п", "с", "e"),),
        timed=False,
    )
    taken = tuple(TakenFile(name, name, "0" * 64, (part,)) for name in names)
    state = FolderState(taken, {name: Look(*look) for name, look in looks.items()})
    assert FolderState.from_json(state.to_json()) == state


def test_faults_of_a_file_name_their_member() -> None:
    part = Part("import0_1.xml", NOW, "utf-8", "2.10", (), (), 0, (Fault("Товар № 1", "пусто", "is empty"),))
    assert [fault.path for fault in TakenFile("f", "upload.zip", "0", (part,)).faults] == ["import0_1.xml: Товар № 1"]


@unhurried
@given(st.text(max_size=300))
def test_names_are_safe_on_every_system(name: str) -> None:
    made = safe_name(name)
    assert not set(made) & set('<>:"/\\|?*\n\r\t\0')
    assert len(made.rpartition(".")[0]) <= 100


def test_a_safe_name_keeps_its_ending() -> None:
    assert safe_name("выгрузка (1) за ноябрь.xml") == "выгрузка-1-за-ноябрь.xml"
    assert safe_name("без точки") == "без-точки"


def _errors() -> list[MI1CError]:
    """Return every error of the module, made with plain arguments."""
    asked = Reading("t", "Остатки", (), ())
    given = {"limit": 1 << 20, "line": 3, "column": 7, "at": 5, "reading": asked}
    made = []
    for _, function in inspect.getmembers(words, inspect.isfunction):
        if function.__module__ == words.__name__:
            wanted = inspect.signature(function).parameters
            error = function(**{name: given.get(name, "x") for name in wanted})
            if isinstance(error, MI1CError):
                made.append(error)
    return made


def test_every_error_says_what_happened_and_what_to_do_in_both_languages() -> None:
    errors = _errors()
    assert len(errors) > 15
    for error in errors:
        for text in (error.said, error.todo, error.en, error.todo_en):
            assert text
            assert text.endswith((".", ")"))
            assert "{" not in text
        assert any("а" <= letter <= "я" for letter in error.said.lower())
        assert not any("а" <= letter <= "я" for letter in error.todo_en.lower())
