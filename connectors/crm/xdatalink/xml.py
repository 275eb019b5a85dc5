"""XML from outside, read safely and as a stream.

No document type, no entity, no external file, no network. A text has been decoded by its carrier already, so the
encoding that its prolog names is a mere label (reference xdatalink, "Transport"): it is not looked at.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final

from lxml import etree

from foundation.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAID: Final = 300
"""Characters of the other side's own words that an error may carry."""

_SLICE: Final = 1 << 18
_LOOK: Final = 200
_UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED: Final = re.compile(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding=["']([A-Za-z0-9._-]+)""")
_DECLARATION: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml\s.*?\?>)?", re.DOTALL)
_BEFORE_ROOT: Final = re.compile(
    r"\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*(<!DOCTYPE\s+)?(<?html\b)?", re.DOTALL | re.IGNORECASE
)
_TRACE: Final = re.compile(r"\s*\n\s*(?:at|в) |\s*--- End of")


def events(text: str, tags: Sequence[str]) -> Iterator[etree._Element]:
    """Yield each element of those tags when it ends, and the root at last; the reader removes what it has read.

    Raises BadAnswer for nothing, HTML, a document type, and for what is not XML or not all of it.
    """
    guard(text)
    parser = etree.XMLPullParser(
        events=("end",),
        tag=list(tags),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    start = 1 if text.startswith("\ufeff") else 0
    try:
        for at in range(start, len(text), _SLICE):
            parser.feed(text[at : at + _SLICE].encode())
            for _, element in parser.read_events():
                yield element
        root = parser.close()
    except etree.XMLSyntaxError as error:
        raise cut_short(error.lineno, error.offset) from None
    yield root


def guard(text: str) -> None:
    """Raise BadAnswer for a text that must not even be parsed: nothing, an HTML page, a document type."""
    if not text or text.isspace():
        raise empty_answer()
    found = _BEFORE_ROOT.match(text.removeprefix("\ufeff"))
    doctype, html = found.groups() if found else (None, None)
    if html:
        raise html_page()
    if doctype:
        raise _with_doctype()


def _with_doctype() -> BadAnswer:
    return BadAnswer(
        "В ответе сервиса есть описание типа документа (DOCTYPE): такой ответ не принимается.",
        en="The answer of the service has a document type (DOCTYPE): such an answer is not accepted.",
        todo="Проверьте адрес веб-сервиса и сообщите производителю.",
        todo_en="Check the address of the web service and tell the manufacturer.",
    )


def empty_answer() -> BadAnswer:
    """Return the error for an answer with nothing in it: a failure, never a success (reference, "Envelope")."""
    return BadAnswer(
        "Сервис производителя ответил пустым сообщением.",
        en="The manufacturer's service gave an empty answer.",
        todo="Повторите обмен; если повторится, сообщите производителю.",
        todo_en="Run the exchange again; if it happens again, tell the manufacturer.",
    )


def html_page() -> BadAnswer:
    """Return the error for an HTML page where data was expected."""
    return BadAnswer(
        "Вместо данных сервис прислал страницу HTML.",
        en="The service sent an HTML page instead of data.",
        todo="Проверьте адрес веб-сервиса и нет ли на пути страницы входа или прокси-сервера.",
        todo_en="Check the address of the web service and whether a sign-in page or a proxy stands in the way.",
    )


def cut_short(line: int | None, column: int | None) -> BadAnswer:
    """Return the error for what is not well-formed XML; no word of the text is told, only the place."""
    return BadAnswer(
        "Ответ сервиса производителя не читается: это не XML или только его часть.",
        en="The answer of the manufacturer's service cannot be read: it is no XML or only a part of it.",
        todo="Повторите обмен; если повторится, сообщите производителю.",
        todo_en="Run the exchange again; if it happens again, tell the manufacturer.",
        line=line,
        column=column,
    )


def document(content: bytes, charset: str | None = None) -> bytes:
    """Return a carrier's document (an envelope, a WSDL) as UTF-8 without a declaration, fit to be parsed.

    ``charset`` is that of the HTTP header, which says more than the document's own declaration. Raises BadAnswer as
    :func:`events` does for what must not be parsed.
    """
    declared = _DECLARED.match(content[:_LOOK])
    name = "utf-16" if content.startswith(_UTF16) else charset or (declared[1].decode() if declared else "utf-8")
    try:
        if codecs.lookup(name).name != "utf-8":
            content = content.decode(name).encode()
    except (LookupError, UnicodeError):
        raise cut_short(None, None) from None
    content = _DECLARATION.sub(b"", content, count=1)
    guard(content[:_SLICE].decode("utf-8", "replace"))
    if b"\0" in content[:4]:  # libxml2 would guess an encoding here, past the search below
        raise cut_short(1, 1)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _with_doctype()
    return content


def shortened(words: str) -> str:
    """Return the other side's words on one line, a stack trace cut off, at most SAID characters."""
    text = " ".join(_TRACE.split(words.strip(), maxsplit=1)[0].split())
    return text if len(text) <= SAID else text[: SAID - 1] + "…"
