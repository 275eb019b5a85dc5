"""``$metadata`` kept on disk: 17 MB and up to half a minute on a real base, of which a small file remains.

1C sends neither an ETag nor a date. The service document, a list of the published sets, tells when the composition has
changed; a new attribute of a set it does not tell, so what is found missing in a kept copy is looked for in a fresh one
(:mod:`tasks.checking`), and a copy is not kept longer than ``MAX_AGE``.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from connectors.onec.odata.metadata import Metadata  # noqa: TC001 - msgspec reads the annotations when it decodes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from connectors.onec.odata.client import OneC

MAX_AGE: Final = 7 * 24 * 3600.0
"""Seconds that a copy is good for."""

_FORM: Final = 1
"""Goes up when what is kept changes its form."""


class Kept(msgspec.Struct, frozen=True):
    """A copy: the form it is in, the fingerprint of the composition, when it was read (seconds), what it says."""

    form: int
    fingerprint: str
    at: float
    metadata: Metadata


def fingerprint(sets: Collection[str]) -> str:
    """Return the hash of a service document's names, in whatever order they came."""
    return hashlib.sha256("\n".join(sorted(sets)).encode()).hexdigest()


def metadata_through(
    onec: OneC, folder: Path, *, fresh: bool = False, clock: Callable[[], float] = time.time
) -> tuple[Metadata, bool]:
    """Return what a base publishes and whether it came from the folder; ``fresh`` reads the base in any case.

    A copy that cannot be read or written is passed over: it is there for speed only. Raises what the base raises.
    """
    path = folder / f"{hashlib.sha256(onec.address.root.encode()).hexdigest()[:24]}.metadata"
    print_ = fingerprint(onec.service_document())
    kept = None if fresh else _kept(path)
    if kept is not None and kept.fingerprint == print_ and 0 <= clock() - kept.at <= MAX_AGE:
        return kept.metadata, True
    metadata = onec.metadata()
    _keep(path, Kept(_FORM, print_, clock(), metadata))
    return metadata, False


def _kept(path: Path) -> Kept | None:
    try:
        kept = msgspec.msgpack.decode(path.read_bytes(), type=Kept)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return kept if kept.form == _FORM else None


def _keep(path: Path, kept: Kept) -> None:
    """Write beside and rename: two processes may do it at once, and a reader never sees half."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.msgpack.encode(kept))
        Path(name).replace(path)
