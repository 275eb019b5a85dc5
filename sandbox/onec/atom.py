"""The default representation: Atom feeds and entries, the service document, errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from sandbox.onec.errors import internal
from sandbox.onec.rendering import address_writer
from sandbox.onec.values import EMPTY_REF, Kind, Row, number_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.onec.query.paths import Lookup
    from sandbox.onec.selection import Selection
    from sandbox.onec.shapes import Property

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_ATOM: Final = 'xmlns="http://www.w3.org/2005/Atom"'
_DATA: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_NAMESPACES: Final = f'{_ATOM} xmlns:d="{_DATA}" xmlns:m="{_DATA}/metadata"'
_UPDATED: Final = "2026-01-01T00:00:00"


def value_text(value: Any, kind: Kind) -> str:
    """Write a simple value as the text of an element."""
    if kind is Kind.FLAG:
        return "true" if value else "false"
    return number_text(value) if kind is Kind.NUMBER else escape(str(value))


def _property(told: Property, value: Any, selection: Selection, lookup: Lookup) -> str:
    name = told.name
    if value is None:
        return f'<d:{name} m:null="true"/>'
    if told.rows is None:
        type_ = "" if told.edm == "Edm.String" else f' m:type="{told.edm}"'
        return f"<d:{name}{type_}>{value_text(value, told.kind)}</d:{name}>"
    inner = selection.sections[name]
    rows = "".join(f"<d:element>{_properties(row, inner, lookup)}</d:element>" for row in value)
    return f'<d:{name} m:type="{told.edm}">{rows}</d:{name}>'


def _properties(row: Row, selection: Selection, lookup: Lookup) -> str:
    shape = selection.shape
    slots = [shape.slot(name) for name in selection.names]
    return "".join(_property(shape.properties[slot], row[slot], selection, lookup) for slot in slots)


def _link(row: Row, name: str, selection: Selection, lookup: Lookup, address: str) -> str:
    shape = selection.shape
    told = shape.properties[shape.navigations[name]]
    start = (
        f'<link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/{name}"'
        f' href={quoteattr(f"{address}/{name}")} type="application/atom+xml;type=entry" title={quoteattr(name)}'
    )
    inner = selection.expanded.get(name)
    if inner is None:
        return f"{start}/>"
    target = lookup.rows_of(told.target).get(row[shape.navigations[name]])
    held = "" if target is None else _entry(target, inner, lookup, "")
    return f"{start}><m:inline>{held}</m:inline></link>"


def _entry(row: Row, selection: Selection, lookup: Lookup, root: str, *, top: bool = False) -> str:
    shape = selection.shape
    address = address_writer(shape)(row) if shape.key else shape.name
    names = [*selection.links, *(name for name in selection.expanded if "/" not in name)]
    links = [
        _link(row, name, selection, lookup, address)
        for name in names
        if row[shape.navigations[name]] not in (EMPTY_REF, None)
    ]
    return (
        f"<entry{' ' + _NAMESPACES if top else ''}><id>{escape(f'{root}/{address}')}</id>"
        f'<category term="StandardODATA.{shape.name}" scheme="{_DATA}/scheme"/><title type="text"/>'
        f"<updated>{_UPDATED}</updated><author/><summary/>"
        f'<link rel="edit" href={quoteattr(address)} title="edit-link"/>{"".join(links)}'
        f'<content type="application/xml"><m:properties>{_properties(row, selection, lookup)}</m:properties></content>'
        "</entry>"
    )


def feed(
    rows: Sequence[Row], selection: Selection, lookup: Lookup, *, root: str, title: str, count: int | None
) -> bytes:
    """Return a feed; ``m:count`` stands at its end."""
    entries = "\n".join(_entry(row, selection, lookup, root) for row in rows)
    number = "" if count is None else f"<m:count>{count}</m:count>"
    return (
        f"{_HEAD}<feed {_NAMESPACES}><id>{escape(f'{root}/{title}')}</id>"
        f'<title type="text">{title}</title><updated>{_UPDATED}</updated>'
        f'<link rel="self" href={quoteattr(title)} title={quoteattr(title)}/>\n{entries}\n{number}</feed>'
    ).encode()


def entry(row: Row, selection: Selection, lookup: Lookup, root: str) -> bytes:
    """Return one object as a document of its own."""
    return (_HEAD + _entry(row, selection, lookup, root, top=True)).encode()


def single_value(name: str, value: Any, kind: Kind) -> bytes:
    """Return one property as a document of its own."""
    return f'{_HEAD}<d:{name} xmlns:d="{_DATA}">{value_text(value, kind)}</d:{name}>'.encode()


def service(root: str, names: Iterable[str]) -> bytes:
    """Return the service document."""
    held = "\n".join(
        f"\t\t<collection href={quoteattr(name)}>\n\t\t\t<atom:title>{name}</atom:title>\n\t\t</collection>"
        for name in names
    )
    return (
        f'{_HEAD}<service xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom"'
        f" xml:base={quoteattr(root + '/')}>\n\t<workspace>\n\t\t<atom:title>Default</atom:title>\n{held}\n"
        "\t</workspace>\n</service>"
    ).encode()


def error(code: str, text: str) -> bytes:
    """Return an error."""
    return (
        f'{_HEAD}<m:error xmlns:m="{_DATA}/metadata">\n\t<m:code>{code}</m:code>\n'
        f"\t<m:message>{escape(text)}</m:message>\n</m:error>"
    ).encode()


def properties_of(body: bytes) -> dict[str, Any]:
    """Return the properties of an entry that a client sent, as texts; a section is a list of such."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        raise internal() from None
    found = root.find(f".//{{{_DATA}/metadata}}properties")
    return {} if found is None else _read(found)


def _read(element: etree._Element) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for child in element.iterchildren(f"{{{_DATA}}}*"):
        lines = list(child.iterchildren(f"{{{_DATA}}}element"))
        if child.get(f"{{{_DATA}/metadata}}null") == "true":
            made[etree.QName(child).localname] = None
        elif lines or child.get(f"{{{_DATA}/metadata}}type", "").startswith("Collection("):
            made[etree.QName(child).localname] = [_read(line) for line in lines]
        else:
            made[etree.QName(child).localname] = child.text or ""
    return made
