"""Which files make a table: the last whole upload and the changes since, in the order 1C formed them.

A whole upload may be several files. Two whole files of one section belong together where they came in one archive,
where their names are portions of one (``import0_1.xml``, ``import0_2.xml``), or parts by group formed within an hour
(``rests___<guid>.xml``); any other whole file begins the section anew. A file that has no row of a table leaves the
table alone: a whole ``prices.xml`` does not empty the stock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from connectors.onec.files import words
from connectors.onec.files.entities import ALL_WAREHOUSES, ENTITIES
from foundation.errors import NotPublished

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.onec.files.entities import Entity
    from connectors.onec.files.state import FolderState, Part, TakenFile

UPLOAD: Final = timedelta(hours=1)
"""How long 1C may take to form the files of one upload by groups."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A section of a part that takes part in a table."""

    file: TakenFile
    part: Part
    section: int

    @property
    def whole(self) -> bool:
        """Whether the section is a whole upload."""
        return not self.part.sections[self.section].changes

    def continues(self, before: Piece) -> bool:
        """Tell whether this whole section goes on with the upload of ``before``."""
        if self.file is before.file:
            return True
        (stem, portion), (stem_before, portion_before) = self.part.portion, before.part.portion
        if portion_before and stem == stem_before:
            return portion > portion_before
        kind = self.part.kind
        near = self.part.formed - before.part.formed <= UPLOAD
        return bool(kind) and kind == before.part.kind and self.part.stem != before.part.stem and near


def plan(state: FolderState, entity: Entity, *, changes_enough: bool = False) -> list[Piece]:
    """Return the pieces that make a table, oldest first; raises NotPublished where there is no beginning."""
    pieces = list(_pieces(state, entity.name))
    if not pieces:
        raise words.nothing_yet(entity.name, entity.sections)
    if entity.grows:
        return pieces
    chains: dict[tuple[str, str], list[Piece]] = {}
    begun = not entity.strict or changes_enough
    last: dict[tuple[str, str], Piece] = {}
    for piece in pieces:
        section = piece.part.sections[piece.section]
        key = (section.name, section.id)
        begun = begun or piece.whole
        if piece.whole and (entity.owned or piece.part.rows[piece.section][entity.name]):
            if key not in last or not piece.continues(last[key]):
                chains[key] = []
            last[key] = piece
        chains.setdefault(key, []).append(piece)
    if not begun:
        raise words.only_changes(entity.name)
    kept = {id(piece) for chain in chains.values() for piece in chain}
    return [piece for piece in pieces if id(piece) in kept]


def _pieces(state: FolderState, entity: str) -> Iterator[Piece]:
    """Yield every section that says something of a table, in the order of forming, names and places."""
    parts = [(part, file) for file in state.taken for part in file.parts]
    parts.sort(key=lambda each: (each[0].formed, each[0].portion, each[0].name))
    for part, file in parts:
        for section, rows in enumerate(part.rows):
            if entity in rows:
                yield Piece(file, part, section)


def has_nameless_stock(state: FolderState) -> bool:
    """Tell whether any file gave stock without a warehouse."""
    return any(ALL_WAREHOUSES in rows for file in state.taken for part in file.parts for rows in part.rows)


def needless(state: FolderState, *, changes_enough: bool = False) -> list[TakenFile]:
    """Return the files that no table needs any more: everything in them was replaced by later whole uploads."""
    needed: set[str] = set()
    for entity in ENTITIES.values():
        if any(entity.name in rows for file in state.taken for part in file.parts for rows in part.rows):
            try:
                needed |= {piece.file.file for piece in plan(state, entity, changes_enough=changes_enough)}
            except NotPublished:  # changes only: they wait for their whole upload
                needed |= {piece.file.file for piece in _pieces(state, entity.name)}
    return [file for file in state.taken if file.file not in needed]
