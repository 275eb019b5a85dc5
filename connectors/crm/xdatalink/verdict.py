"""Is an answer of the service a success? Its own words of refusal, and the answer to a set scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.crm.xdatalink.xml import events, shortened
from foundation.errors import BadAnswer, Refused

if TYPE_CHECKING:
    from lxml import etree


def confirm(text: str) -> None:
    """Check the answer to a set scheme: any well-formed ``extdata`` without an error is success.

    Raises Refused with the service's words, shortened, and BadAnswer for anything that is no ``extdata``.
    """
    for element in events(text, ("error",)):
        refuse_error(element)
        last = element
    expect_root(last)


def refuse_error(element: etree._Element) -> None:
    """Raise Refused where the element is ``extdata/error`` or ``extdata/scheme/error``."""
    above = [each.tag for each in element.iterancestors()]
    if element.tag != "error" or above not in (["extdata"], ["scheme", "extdata"]):
        return
    words = "".join(element.itertext()).strip()
    said = shortened(words or " ".join(str(value) for value in element.attrib.values()))
    raise Refused(
        f"Сервис производителя отказал: «{said or 'без объяснения'}».",
        en=f"The manufacturer's service refused: “{said or 'no reason given'}”.",
        todo="Устраните названную причину или передайте её производителю, затем повторите обмен.",
        todo_en="Remove the cause it names or pass it on to the manufacturer, then run the exchange again.",
        answer=said,
    )


def expect_root(root: etree._Element) -> None:
    """Raise BadAnswer where the document is no ``extdata``."""
    if root.tag != "extdata":
        raise BadAnswer(
            "В ответе сервиса нет данных xDataLink (элемента extdata).",
            en="The answer of the service holds no xDataLink data (no extdata element).",
            todo="Проверьте адрес веб-сервиса: по нему отвечает что-то другое.",
            todo_en="Check the address of the web service: something else answers there.",
        )


def untrusted(said: str, en: str, **facts: object) -> BadAnswer:
    """Return the error for an ``extdata`` that contradicts itself."""
    return BadAnswer(
        f"Ответ сервиса противоречив: {said}.",
        en=f"The service's answer contradicts itself: {en}.",
        todo="Сообщите производителю; данные не приняты.",
        todo_en="Tell the manufacturer; the data was not taken.",
        **facts,
    )
