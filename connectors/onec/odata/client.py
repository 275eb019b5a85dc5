"""The connector's front: one 1C base, read by readings and written object by object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from connectors.onec.odata import writing
from connectors.onec.odata.address import Retry
from connectors.onec.odata.metadata import Pieces, read_metadata
from connectors.onec.odata.reading import Reader, count, read_any
from connectors.onec.odata.urls import with_options
from connectors.onec.odata.wire import JSON, Wire
from foundation.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import httpx
    import pandas as pd

    from connectors.onec.odata.address import OneCAddress, Paging
    from connectors.onec.odata.metadata import Metadata
    from connectors.onec.odata.writing import Key, Object
    from mappings.model import Reading


class OneC:
    """One 1C base over OData; a context manager that ends its sessions and connections.

    ``transport`` stands in for the network in tests, ``retry`` is the policy for reads. Every failure is an error of
    ``foundation.errors``: AccessDenied, NotPublished, BadAnswer, Refused, NotFound, TooLarge (a person must act),
    Unreachable, Busy, Ambiguous (raised after the policy's last attempt), Impossible (a number that is not exact).
    """

    def __init__(
        self, address: OneCAddress, *, transport: httpx.BaseTransport | None = None, retry: Retry | None = None
    ) -> None:
        self.address = address
        self._wire = Wire(address, retry=retry or Retry(), transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sessions and the connections."""
        self._wire.close()

    @property
    def connections(self) -> int:
        """How many requests may be under way: the setting, or 1 once 1C has run out of sessions."""
        return self._wire.lanes.limit

    def read(
        self, reading: Reading, *, progress: Callable[[int], None] | None = None, paging: Paging | None = None
    ) -> pd.DataFrame:
        """Read all rows into a frame, dtypes by the table of kinds in ``mappings.model``.

        ``progress`` is told the rows read so far after every page, and from 0 again where the base changed between two
        pages: then all is read once more, and if it changes again Retriable is raised. ``paging`` overrides the
        address's setting.
        """
        return Reader(self._wire, reading, paging=paging or self.address.paging).frame(progress)

    def pages(
        self, reading: Reading, *, progress: Callable[[int], None] | None = None, paging: Paging | None = None
    ) -> Iterator[pd.DataFrame]:
        """Yield a frame a page, for what is too long for one frame; raises Retriable where the base changes between."""
        return Reader(self._wire, reading, paging=paging or self.address.paging).frames(progress)

    def read_any(self, reading: Reading, source: str, keys: Sequence[str]) -> pd.DataFrame:
        """Read the rows whose property ``source`` is one of ``keys``, however many those are."""
        return read_any(self._wire, reading, source, keys, paging=self.address.paging)

    def count(self, reading: Reading) -> int:
        """Return how many rows a reading of a set has."""
        return count(self._wire, reading)

    def service_document(self) -> set[str]:
        """Return the names of the published sets: small, and a fingerprint of the composition."""
        ask = self._wire.ask()
        answer = writing.decoded(self._wire.get(with_options("/", {"$format": JSON}), ask), ask)
        found = answer.get("value")
        if not isinstance(found, list) or not all(isinstance(each, dict) and "name" in each for each in found):
            raise BadAnswer(
                "Ответ по адресу 1С не похож на список объектов OData.",
                en="The answer at 1C's address is not OData's list of objects.",
                todo="Проверьте адрес базы.",
                todo_en="Check the base's address.",
                **ask.facts,
            )
        return {str(each["name"]) for each in found}

    def metadata(self) -> Metadata:
        """Return what the base publishes, streamed: tens of megabytes and seconds on a real base; keep the result."""
        return self._wire.repeated(self._metadata)

    def _metadata(self) -> Metadata:
        with self._wire.stream("/$metadata", self._wire.ask()) as pieces:
            return read_metadata(Pieces(pieces), self.address.root)

    def find(self, entity: str, where: str, *, select: Sequence[str] = (), top: int = 2) -> list[Object]:
        """Return up to ``top`` objects that a filter finds."""
        return writing.find(self._wire, entity, where, select=select, top=top)

    def load(self, entity: str, key: Key, *, select: Sequence[str] = ()) -> Object:
        """Return one object by its reference or a record by its key; raises NotFound."""
        return writing.load(self._wire, entity, key, select=select)

    def create(self, entity: str, values: Mapping[str, Any]) -> Object:
        """Create an object and return it; lists are tabular sections and get their line numbers."""
        return writing.create(self._wire, entity, values)

    def patch(self, entity: str, key: Key, values: Mapping[str, Any], *, version: str = "") -> Object:
        """Change an object and return it; with ``version`` only if its DataVersion is still that one, else Refused."""
        return writing.patch(self._wire, entity, key, values, version=version)

    def post(self, entity: str, ref: str) -> None:
        """Post a document (провести)."""
        writing.post(self._wire, entity, ref)

    def unpost(self, entity: str, ref: str) -> None:
        """Undo a document's posting."""
        writing.unpost(self._wire, entity, ref)
