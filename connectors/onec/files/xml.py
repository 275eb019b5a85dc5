"""XML from 1C as a stream of records: no document type, no entity, no external file, no network, bounded memory.

What a file is written in is told by its root: the bytes of ``КоммерческаяИнформация`` differ in every encoding, and
the declaration may lie (reference domain, edge case 21). The text is decoded here, strictly, and handed on as UTF-8.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from connectors.onec.files import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from connectors.onec.files.address import Limits

ROOT: Final = "КоммерческаяИнформация"
ENCODINGS: Final = ("utf-8", "cp1251", "utf-16-le", "utf-16-be", "cp866", "koi8-r")
DEEPEST: Final = 64
"""How many elements may stand in each other; a group tree of ten levels needs 25."""

_PIECE: Final = 1 << 18
_LOOK: Final = 1 << 16
_MARKS: Final = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
_DECLARED: Final = re.compile(r"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
_ELEMENT: Final = re.compile(r"<((?:[\w.-]{1,100}:)?([\w.-]{1,100}))")
_SAME: Final = {"windows-1251": "cp1251", "utf8": "utf-8", "utf-16": "utf-16-le"}
_HELD_BACK: Final = {1, 22, 23, 26, 27, 99, *range(200, 210)}
"""libxml2's codes that it tells at the end of the text only: references to entities (as 1), namespaces."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first bytes of a file say: its real encoding, and the one it declares ("" = none)."""

    encoding: str
    declared: str

    @property
    def lies(self) -> bool:
        """Tell whether the declaration names another encoding than the bytes are in."""
        if not self.declared:
            return self.encoding != "utf-8"
        try:
            declared = codecs.lookup(_SAME.get(self.declared.lower(), self.declared)).name
        except LookupError:
            return True
        return declared not in {codecs.lookup(self.encoding).name, "utf-16"}


def opening(first: bytes) -> Opening:
    """Look at the first bytes (up to 64 KiB) of a file; raises BadAnswer for what is not to be parsed at all."""
    first = first[:_LOOK]
    if not first.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise words.empty()
    found = next((name for name in ENCODINGS if ROOT.encode(name) in first), None)
    text = _decoded(first, found)
    root = _root_name(text)
    if root != ROOT or found is None:
        raise words.not_commerceml(root)
    declared = _DECLARED.search(text[:400])
    return Opening(found, declared[1] if declared else "")


def _decoded(first: bytes, encoding: str | None) -> str:
    if encoding is None:
        encoding = next((name for name, mark in _MARKS.items() if first.startswith(mark)), "utf-8")
    return first.decode(encoding, "replace").removeprefix("\ufeff")


def _root_name(text: str) -> str:
    """Return the local name of the first element, past declarations and comments; raises BadAnswer for a DOCTYPE."""
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        for begin, end in (("<?", "?>"), ("<!--", "-->")):
            if text.startswith(begin, at):
                closed = text.find(end, at + len(begin))
                if closed < 0:
                    return ""
                at = closed + len(end)
                break
        else:
            break
    if text[at : at + 9].upper() == "<!DOCTYPE":
        raise words.with_doctype()
    found = _ELEMENT.match(text, at)
    return found[2] if found else ""


def elements(stream: IO[bytes], tags: tuple[str, ...], limits: Limits) -> Iterator[etree._Element]:
    """Yield each element of those local names when it ends, and the root at last.

    The reader takes out of the tree what it has read (:func:`prune`). Raises BadAnswer for what is not whole XML in
    one encoding, TooLarge for a file or a record past the limits.
    """
    from lxml import etree

    first = stream.read(_LOOK)
    encoding = opening(first).encoding
    first = first.removeprefix(_MARKS.get(encoding, b""))
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    parser = etree.XMLPullParser(
        events=("end",),
        tag=[f"{{*}}{tag}" for tag in tags],
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    pending = total = 0
    try:
        for piece in _pieces(first, stream):
            _feed(parser, decoder, piece, encoding, total)
            total += len(piece)
            pending += len(piece)
            for _, element in parser.read_events():
                pending = 0
                yield element
            if total > limits.file_bytes:
                raise words.too_large_file(limits.file_bytes)
            if pending > limits.record_bytes:
                raise words.too_large_record(limits.record_bytes)
        _feed(parser, decoder, b"", encoding, total, final=True)
    except etree.XMLSyntaxError as error:
        raise words.not_well_formed(error.lineno, error.offset) from None
    root = _closed(parser)
    for _, element in parser.read_events():
        yield element
    yield root


def _pieces(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    piece = first
    while piece:
        yield piece
        piece = stream.read(_PIECE)


def _feed(
    parser: etree.XMLPullParser,
    decoder: codecs.IncrementalDecoder,
    piece: bytes,
    encoding: str,
    total: int,
    *,
    final: bool = False,
) -> None:
    try:
        text = decoder.decode(piece, final)
    except UnicodeDecodeError as error:
        if final:
            raise words.cut_short() from None
        raise words.wrong_bytes(encoding, total + error.start) from None
    if not total:
        text = _undeclared(text)
    if text:
        parser.feed(text.encode())


def _undeclared(text: str) -> str:
    """Return a file's first text without its declaration, which may name any encoding, and blanks before it."""
    text = text.lstrip()
    return text[text.index("?>") + 2 :].lstrip() if text.startswith("<?xml") else text


def _closed(parser: etree.XMLPullParser) -> etree._Element:
    """Return the root; what is wrong with the text has been told while it was fed, so here its end is missing."""
    from lxml import etree

    try:
        root: etree._Element = parser.close()
    except etree.XMLSyntaxError as error:
        if error.code in _HELD_BACK:
            raise words.not_well_formed(error.lineno, error.offset) from None
        raise words.cut_short() from None
    return root


def prune(element: etree._Element) -> None:
    """Take a read element's content out of the tree, and all that stands before it up to the root."""
    element.clear(keep_tail=False)
    at: etree._Element | None = element
    while at is not None and (parent := at.getparent()) is not None:
        while at.getprevious() is not None:
            del parent[0]
        at = parent


class Names(dict[str, str]):
    """Tag with a namespace → local name."""

    def __missing__(self, tag: str) -> str:
        name = self[tag] = tag.rpartition("}")[2]
        return name

    def of(self, element: etree._Element) -> str:
        """Return an element's local name, "" for what is no element (a reference to an entity)."""
        tag = element.tag
        return self[tag] if isinstance(tag, str) else ""
