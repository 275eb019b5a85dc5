"""Whatever comes: a result with faults, or an error of our tree; no hang, no crash, no other exception."""

from __future__ import annotations

import random
import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.onec.files import FolderAddress, FolderState, Limits
from connectors.onec.files.archive import part_names, part_stream
from connectors.onec.files.commerceml import inspect
from connectors.onec.files.entities import ENTITIES
from connectors.onec.files.folder import Folder
from connectors.onec.files.xml import opening
from foundation.errors import MI1CError
from sandbox.files import DIALECTS, Books, FileSide, books_of
from sandbox.world import build
from tests.files.files_help import Clock, contents, rows

BOOKS: Books = books_of(build(1, now=datetime.fromisoformat("2026-11-24")), goods=6, shipments=3)
SMALL = Limits(file_bytes=1 << 22, record_bytes=1 << 20, members=20)
quick = settings(max_examples=100, deadline=20_000, suppress_health_check=[HealthCheck.too_slow])


def _samples() -> list[bytes]:
    made: list[bytes] = []
    with TemporaryDirectory() as folder:
        for dialect in DIALECTS:
            side = FileSide(Path(folder), BOOKS, dialect)
            made += side.files().values()
            made += [side.upload_parties().read_bytes(), side.upload_documents().read_bytes()]
    return made


SAMPLES = _samples()
samples = st.sampled_from(SAMPLES)
TRICKS = (
    b"<", b">", b"&", b"&amp;", b"&#0;", b"&#x110000;", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"?>", b"\0",
    b"\xff\xfe", b"<!DOCTYPE a>", b"<!ENTITY a 'b'>", b'"', b"'", b"/>", b"</", b'="', b"#", b"-", b"999999999999999999",
    b"1e999999", b"xmlns:a=''", b"\xef\xbb\xbf", b"\xd0", "Ид".encode(), "</Документ>".encode(), "<Товар>".encode(),
)  # fmt: skip


def refused(error: MI1CError) -> bool:
    """Check that an error says something in both languages; returns that nothing was accepted."""
    assert error.said
    assert error.en
    return False


def read_all(content: bytes) -> bool:
    """Read a file by every way there is; returns whether it was accepted."""
    try:
        inspect(BytesIO(content), SMALL)
    except MI1CError as error:
        return refused(error)
    for entity in ENTITIES:
        rows(BytesIO(content), entity)
    return True


def test_the_samples_themselves_are_accepted() -> None:
    assert all(map(read_all, SAMPLES))
    assert len(SAMPLES) > 40


@quick
@given(st.binary(max_size=3000))
@example(b"\xff\xfe")
@example("КоммерческаяИнформация".encode())
@example("<КоммерческаяИнформация".encode())
@example("<?xml <КоммерческаяИнформация/>".encode())
@example("<КоммерческаяИнформация/>".encode("utf-16"))
def test_any_bytes(content: bytes) -> None:
    read_all(content)


@quick
@given(samples, st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_is_refused(content: bytes, share: float) -> None:
    whole = content.rstrip()
    assert not read_all(whole[: int(len(whole) * share)])


@quick
@given(samples, st.integers(0, 2**32), st.integers(1, 12))
def test_mutated_files(content: bytes, seed: int, times: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - tricks, no cryptography
    mutated = bytearray(content)
    for _ in range(times):
        at = rng.randrange(len(mutated) + 1)
        match rng.randrange(4):
            case 0:
                mutated[at:at] = rng.choice(TRICKS)
            case 1:
                mutated[at : at + rng.randrange(1, 40)] = rng.choice(TRICKS)
            case 2:
                del mutated[at : at + rng.randrange(1, 400)]
            case _:
                end = min(len(mutated), at + rng.randrange(1, 400))
                mutated[at:at] = mutated[at:end]
    read_all(bytes(mutated))


@quick
@given(samples, st.sampled_from(["utf-8", "cp1251", "cp866", "koi8-r", "utf-16", "utf-32", "utf-7", "cp037"]))
def test_wrong_encodings(content: bytes, encoding: str) -> None:
    text = content.decode(opening(content).encoding)
    read_all(text.encode(encoding, "replace"))


elements = st.recursive(
    st.text(max_size=8),
    lambda inner: st.lists(
        st.tuples(
            st.sampled_from(["Ид", "Товары", "Товар", "Предложение", "Склад", "Склады", "Документ", "Группа", "Группы",
                             "Контрагенты", "Контрагент", "Каталог", "Цены", "Цена", "Остатки", "Остаток", "Количество",
                             "ЗначенияРеквизитов", "ЗначениеРеквизита", "Пересчет", "БазоваяЕдиница", "КоммерческаяИнформация",
                             "ПодчиненныеДокументы", "Классификатор", "ПакетПредложений", "ЕдиницаИзмерения"]),
            inner,
        ),
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


def _written(tree: object) -> str:
    from xml.sax.saxutils import escape

    if isinstance(tree, str):
        return escape("".join(sign for sign in tree if sign.isprintable()))
    assert isinstance(tree, list)
    return "".join(f"<{name}>{_written(inner)}</{name}>" for name, inner in tree)


@quick
@given(elements)
def test_any_tree_of_known_elements(tree: object) -> None:
    read_all(f"<КоммерческаяИнформация>{_written(tree)}</КоммерческаяИнформация>".encode())


@quick
@given(st.integers(1, 3000), st.sampled_from(["Группа", "Группы", "Товар", "Документ", "ПодчиненныеДокументы", "а"]))
def test_deep_nesting(depth: int, name: str) -> None:
    inside = f"<{name}>" * depth + "<Ид>1</Ид>" + f"</{name}>" * depth
    accepted = read_all(f"<КоммерческаяИнформация><Каталог>{inside}</Каталог></КоммерческаяИнформация>".encode())
    assert not accepted or depth < 2048


def test_groups_and_documents_cannot_exhaust_the_stack() -> None:
    groups = "<Группы><Группа>" * 700 + "<Ид>1</Ид>" + "</Группа></Группы>" * 700
    assert not read_all(
        f"<КоммерческаяИнформация><Классификатор>{groups}</Классификатор></КоммерческаяИнформация>".encode()
    )
    documents = "<Документ><Ид>1</Ид><ПодчиненныеДокументы>" * 700 + "</ПодчиненныеДокументы></Документ>" * 700
    assert not read_all(f"<КоммерческаяИнформация>{documents}</КоммерческаяИнформация>".encode())


def _taken(path: Path) -> None:
    """Read a file as the folder does; only errors of our tree come out."""
    try:
        for name in part_names(path, SMALL):
            with part_stream(path, name) as stream:
                inspect(stream, SMALL)
    except MI1CError as error:
        refused(error)


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


@quick
@given(
    st.integers(0, 2**32),
    st.integers(1, 8),
    st.sampled_from([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA]),
)
def test_mutated_archives(seed: int, times: int, method: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - tricks, no cryptography
    mutated = bytearray(_zip({"import0_1.xml": rng.choice(SAMPLES), "offers0_1.xml": rng.choice(SAMPLES)}, method))
    for _ in range(times):
        at = rng.randrange(len(mutated))
        if rng.random() < 0.7:
            mutated[at] = rng.randrange(256)
        else:
            del mutated[at : at + rng.randrange(1, 200)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "upload.zip"
        path.write_bytes(mutated)
        _taken(path)


def test_a_bomb_is_stopped_by_what_it_unpacks_to(tmp_path: Path) -> None:
    head = "<КоммерческаяИнформация><Каталог>".encode()
    path = tmp_path / "bomb.zip"
    path.write_bytes(_zip({"import.xml": head + b"<a>" + b" " * 60_000_000}))
    assert path.stat().st_size < 200_000
    with pytest.raises(MI1CError, match="МиБ"):
        part_names(path, SMALL)
    lying = bytearray(path.read_bytes())
    central = lying.rindex(b"PK\x01\x02")
    lying[central + 24 : central + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(lying)
    _taken(path)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a.xml", "b.ZIP", "c.xml", "import0_1.xml"]), st.binary(max_size=200)), max_size=4
    )
)
def test_a_folder_of_rubbish_never_raises(files: list[tuple[str, bytes]]) -> None:
    with TemporaryDirectory() as root:
        address = FolderAddress(Path(root))
        address.coming.mkdir()
        good = SAMPLES[0]
        (address.coming / "good.xml").write_bytes(good)
        for name, content in files:
            (address.coming / name).write_bytes(content)
        clock = Clock()
        folder = Folder(address, clock=clock, sleep=clock.sleep)
        state, delivery = folder.take(FolderState())
        clock.sleep(address.patience)
        state, later = folder.take(state)
        assert [file.came_as for file in (*delivery.taken, *later.taken)].count("good.xml") == 1
        assert not later.waiting
        assert not [path for path in address.coming.iterdir() if path.is_file()]


@quick
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_a_stored_state_that_is_none(text: str | bytes) -> None:
    try:
        assert isinstance(FolderState.from_json(text), FolderState)
    except MI1CError as error:
        refused(error)


def test_inspecting_changes_nothing() -> None:
    assert contents(BytesIO(SAMPLES[0])) == contents(BytesIO(SAMPLES[0]))
