"""A file of the inbox as its XML parts: itself, or the members of a ZIP, unpacked as a stream within limits."""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from connectors.onec.files import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connectors.onec.files.address import Limits

_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, OverflowError, UnicodeError)
_PACKED: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""What 1C makes; the other ways of packing are not unpacked."""


def part_names(path: Path, limits: Limits) -> list[str]:
    """Return the names of a file's XML parts; raises BadAnswer and TooLarge."""
    if path.suffix.lower() != ".zip":
        return [path.name]
    with _archive(path) as archive:
        members = [each for each in archive.infolist() if each.filename.lower().endswith(".xml") and not each.is_dir()]
    if not members:
        raise words.no_members()
    if any(each.compress_type not in _PACKED for each in members):
        raise words.locked_archive()
    if len(members) > limits.members:
        raise words.too_many_members(limits.members)
    if any(each.file_size > limits.file_bytes for each in members):
        raise words.too_large_file(limits.file_bytes)
    return [each.filename for each in members]


@contextmanager
def part_stream(path: Path, name: str) -> Iterator[IO[bytes]]:
    """Open one part for the length of the block; what turns out broken while it is read is BadAnswer."""
    if path.suffix.lower() != ".zip":
        with path.open("rb") as stream:
            yield stream
        return
    with _archive(path) as archive:
        try:
            with archive.open(name) as member:
                yield member
        except _BROKEN:
            raise words.bad_archive() from None
        except (RuntimeError, NotImplementedError):  # zipfile's words for a password and for a compression it lacks
            raise words.locked_archive() from None
        except OSError as error:
            raise _broken_or(error) from None


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN:
        raise words.bad_archive() from None
    except (ValueError, NotImplementedError):
        raise words.locked_archive() from None
    except OSError as error:
        raise _broken_or(error) from None
    with archive:
        yield archive


def _broken_or(error: OSError) -> Exception:
    """Return the error for an archive whose own table points before its beginning, or the system's error as it is."""
    return words.bad_archive() if error.errno == errno.EINVAL else error
