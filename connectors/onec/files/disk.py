"""Files on a disk or a share: reached or told unreachable, written whole or not at all, named as all systems can."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from connectors.onec.files import words
from foundation.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from connectors.onec.files.address import FolderAddress

_UNSAFE: Final = re.compile(r"[^\w.\-]+")
_BLOCK: Final = 1 << 20
_NAME: Final = 100


@contextmanager
def reaching(address: FolderAddress) -> Iterator[None]:
    """Turn an error of the file system into Unreachable: nothing was lost, the same call may succeed later."""
    try:
        yield
    except OSError as error:
        raise Unreachable(
            **words.no_folder(str(address.root)), folder=str(address.root), system=error.strerror
        ) from error


def write_whole(path: Path, content: bytes, *, sync: Callable[[int], None] = os.fsync) -> None:
    """Write a file so that nobody ever sees a part of it: a temporary name, ``sync`` to the disk, rename."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        sync(stream.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename lasting, where the system can (Windows and some shares cannot open a folder)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)


def digest_of(path: Path) -> str:
    """Return a file's SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def safe_name(name: str) -> str:
    """Return a name that every file system takes, its ending kept."""
    stem, dot, ending = name.rpartition(".")
    return f"{_UNSAFE.sub('-', stem)[:_NAME]}{dot}{ending}" if dot else _UNSAFE.sub("-", name)[:_NAME]
