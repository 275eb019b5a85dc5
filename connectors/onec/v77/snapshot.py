"""Copies of a base's tables that belong together: read-only, no lock, taken again where the base changed meanwhile.

Before and after copying the base is fingerprinted: sizes and times of the files, 1SUIDCTL (every new object raises it),
ACTCNT and VERSTAMP of the journal's records (a document that is posted anew raises them) and VERSTAMP of the copied
catalogs. File times alone do not do: a share may hold them back while 1C keeps a file open.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connectors.onec.v77 import words
from connectors.onec.v77.dbf import Dbf, opened
from foundation.errors import BadAnswer, Busy, NotFound, Retriable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from connectors.onec.v77.address import V77Address

DICTIONARIES: Final = ("1CV7.DD", "1CV7.DDS")
JOURNAL: Final = "1SJOURN"

_UNIQUE: Final = "1SUIDCTL"
_STAMPS: Final = ("ACTCNT", "VERSTAMP")
_PIECE: Final = 1 << 20


class Moving(Retriable):
    """The base changed while its tables were copied."""


class Folder:
    """The files of a base's folder by name, whatever its case. Raises NotFound, BadAnswer (two differ in case only)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: dict[str, Path] = {}
        try:
            entries = sorted(path.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(**words.no_file(str(path)), path=str(path)) from None
        except OSError:
            raise Busy(**words.held(str(path)), path=str(path)) from None
        for entry in entries:
            name = entry.name.upper()
            if name in self._files and name.endswith((".DBF", ".DD")):
                raise BadAnswer(**words.two_files(name), path=str(path))
            self._files[name] = entry

    def file(self, name: str) -> Path:
        """Return a file by its name in any case; raises NotFound."""
        found = self._files.get(name.upper())
        if found is None:
            raise NotFound(**words.no_file(str(self.path / name)), path=str(self.path / name))
        return found

    def has(self, name: str) -> bool:
        """Whether the folder has a file of that name in any case."""
        return name.upper() in self._files

    def dictionary(self) -> Path:
        """Return the base's dictionary; raises NotFound."""
        return self.file(next((name for name in DICTIONARIES if self.has(name)), "1Cv7.DD"))


@contextmanager
def snapshot(
    address: V77Address,
    tables: Sequence[str],
    *,
    pause: Callable[[float], None] = time.sleep,
    copy: Callable[[Path, Path], None] | None = None,
) -> Iterator[Folder]:
    """Give a folder with copies of the tables (names without extension) as they were at one moment.

    The copies end with the block. Raises Moving where the base changed during every attempt, NotFound and Busy as files
    are. ``pause`` is how to wait between attempts, ``copy`` how a file is copied.
    """
    if not address.copy:
        yield Folder(address.folder)
        return
    for attempt in range(1, address.attempts + 1):
        with tempfile.TemporaryDirectory(prefix="mi1c-v77-", dir=address.scratch) as scratch:
            if _copied(address, tables, Path(scratch), copy or copied_file, last=attempt == address.attempts):
                yield Folder(Path(scratch))
                return
        if attempt < address.attempts:
            pause(address.wait)
    raise Moving(**words.moving(str(address.folder), address.attempts), path=str(address.folder))


def _copied(
    address: V77Address, tables: Sequence[str], target: Path, copy: Callable[[Path, Path], None], *, last: bool
) -> bool:
    """Copy the tables; return whether the base stood still meanwhile, and the copies are what it is.

    A file that cannot be read may be one that is being written: only the last attempt raises BadAnswer for it.
    """
    try:
        before = fingerprint(Folder(address.folder), tables)
        base = Folder(address.folder)
        for table in tables:
            copy(base.file(f"{table}.DBF"), target / f"{table}.DBF")
        copies = Folder(target)
        same = all(_stamps(copies, table) == _stamps(base, table) for table in tables if _stamped(table))
        return same and before == fingerprint(Folder(address.folder), tables)
    except BadAnswer:
        if last:
            raise
        return False


def copied_file(source: Path, target: Path) -> None:
    """Copy a file as it is read: shared, without a lock. Raises NotFound, Busy."""
    with opened(source) as file, target.open("wb") as copy:
        try:
            shutil.copyfileobj(file, copy, _PIECE)
        except OSError as error:
            raise Busy(**words.unreadable(str(source), error.strerror or type(error).__name__)) from None


def fingerprint(folder: Folder, tables: Sequence[str]) -> bytes:
    """Return what the base is at this moment, as far as the tables go."""
    digest = blake2b(digest_size=16)
    for table in dict.fromkeys([*tables, *([_UNIQUE] if folder.has(f"{_UNIQUE}.DBF") else [])]):
        path = folder.file(f"{table}.DBF")
        state = path.stat()
        digest.update(f"{table}:{state.st_size}:{state.st_mtime_ns};".encode())
        if table == _UNIQUE:
            with opened(path) as file:
                digest.update(file.read())
        if _stamped(table):
            digest.update(_stamps(folder, table))
    return digest.digest()


def _stamped(table: str) -> bool:
    return table == JOURNAL or table.startswith("SC")


def _stamps(folder: Folder, table: str) -> bytes:
    """Return a digest of the stamps of a table's records."""
    digest = blake2b(digest_size=16)
    dbf = Dbf(folder.file(f"{table}.DBF"))
    names = [name for name in _STAMPS if name in dbf.columns]
    for block in dbf.blocks(names):
        for name in names:
            digest.update(block[name].tobytes())
    return digest.digest()
