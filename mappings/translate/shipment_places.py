"""The outlets of shipments where a document does not name them by one reference of its own.

* Outlets are addresses of a partner (:data:`mappings.outlet_cards.PLACES`): the outlet is the partner's address that
  the document is delivered to. A return and a correction have no address: theirs is that of the shipment they name.
* Outlets are the consignees: an empty consignee is 1C's way to say that the counterparty receives the goods itself.

A document that names no outlet in the end keeps an empty one, and its lines wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mappings.outlet_cards import place_id
from mappings.same_places import normal_address
from mappings.translate.shipment_rules import Party

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def at_places(
    frames: Mapping[str, pd.DataFrame], told: Mapping[str, str]
) -> tuple[dict[str, pd.DataFrame], dict[str, Party]]:
    """Return lines (``model.SHIPMENTS`` by kind) whose outlets are addresses, and these outlets with their addresses.

    The frames' own ``our_outlet`` is the partner; ``told``: document → address of shipments that are not among them
    (:func:`named_elsewhere`).
    """
    addresses = {**told, **addresses_of(frames)}
    made: dict[str, pd.DataFrame] = {}
    places: dict[str, Party] = {}
    for kind, frame in frames.items():
        of_document: dict[str, str] = {}
        for document, partner, basis in _rows(frame, "document", "our_outlet", "basis"):
            address = addresses.get(document) or addresses.get(basis, "")
            if partner and address and not of_document.get(document):
                place = of_document[document] = place_id(partner, address)
                places[place] = Party(place, name=address, address=address)
        made[kind] = _with_outlets(frame, of_document)
    return made, places


def addresses_of(frames: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return document → delivery address, of the documents that have one."""
    rows = (row for frame in frames.values() for row in _rows(frame, "document", "address"))
    return {document: address.strip() for document, address in rows if normal_address(address)}


def named_elsewhere(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the shipments that documents without an address name and that are not among the documents themselves."""
    known = addresses_of(frames)
    here = {document for frame in frames.values() for (document,) in _rows(frame, "document")}
    named = {
        basis
        for frame in frames.values()
        for document, basis in _rows(frame, "document", "basis")
        if document not in known
    }
    return sorted(named - here - {""})


def or_counterparty(frame: pd.DataFrame) -> pd.DataFrame:
    """Return lines whose empty outlet is the counterparty."""
    of_document = {
        document: outlet or counterparty
        for document, outlet, counterparty in _rows(frame, "document", "our_outlet", "counterparty")
    }
    return _with_outlets(frame, of_document)


def _with_outlets(frame: pd.DataFrame, of_document: Mapping[str, str]) -> pd.DataFrame:
    """Return the frame with the outlet of each line by its document, "" for none."""
    documents = frame["document"].cat
    named = np.array([of_document.get(each, "") for each in documents.categories], dtype=object)
    places, distinct = pd.factorize(named)
    codes = places[documents.codes.to_numpy()] if len(frame) else np.empty(0, np.int64)
    return frame.assign(our_outlet=pd.Categorical.from_codes(codes, categories=pd.Index(distinct, dtype=object)))


def _rows(frame: pd.DataFrame, *names: str) -> Iterator[tuple[str, ...]]:
    """Yield some columns of the lines as texts, each combination once; a column that is missing is empty."""
    present = [name for name in names if name in frame.columns]
    each = frame[present].drop_duplicates()
    columns = [each[name].astype(object).fillna("").tolist() if name in present else [""] * len(each) for name in names]
    yield from zip(*columns, strict=True)
