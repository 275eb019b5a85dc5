"""A trial of a layout without anybody's service: rows are made up, written by the codec, read again and compared.

What does not come back as it went is a fault of the layout: a type that cuts a value, a link column that a flat detail
does not repeat, two columns for one field.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

from connectors.crm.xdatalink.envelope import decode, encode
from foundation.errors import Fault, Faults, MI1CError
from mappings.model import MICRO, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from mappings.layouts.layout import Layout
    from mappings.model import Dataset, Scheme, WireColumn

ROWS: Final = 25
_WORDS: Final = ("Пиво", "№ 5 «Ёж»", "a&b<c>", "кор (12)", "")


def try_layout(layout: Layout, *, seed: int = 1, cap: int = 20_000) -> list[Fault]:
    """Return what is wrong with a layout, exchange by exchange; none where every made-up row comes back.

    ``cap`` is small, so that windows travel in parts.
    """
    faults: list[Fault] = []
    words = words_of(layout)
    for exchange in layout.exchanges:
        scheme = layout.scheme(exchange)
        try:
            rng = Random(f"{seed}:{exchange}")  # noqa: S311 - made-up rows, no secret
            faults += _round(f"exchanges.{exchange.value}", scheme, made_up(scheme, rng, words=words), cap)
        except Faults as error:
            faults += [Fault(f"exchanges.{exchange.value}.{each.path}", each.said, each.en) for each in error.faults]
        except MI1CError as error:
            faults.append(Fault(f"exchanges.{exchange.value}", error.russian, error.english))
    return faults


def words_of(layout: Layout) -> dict[str, list[str]]:
    """Return the fields that the layout's dictionaries fill: the manufacturer's own values."""
    fields = {"document_type": "shipment_kind", "status": "status", "kind": "order_kind", "verdict": "verdict"}
    dictionaries = layout.values  # noqa: PD011 - a layout is no frame
    return {field: [*dictionaries[name].values()] for field, name in fields.items() if dictionaries.get(name)}


def made_up(
    scheme: Scheme, rng: Random, rows: int = ROWS, words: Mapping[str, Sequence[str]] | None = None
) -> dict[str, pd.DataFrame]:
    """Return frames that fill a scheme: each dataset's own columns, and a detail's link to rows of its head.

    ``words``: fields that take one of these values only.
    """
    found: dict[str, pd.DataFrame] = {}
    for dataset in scheme.datasets:
        count = 1 if _is_parameters(scheme, dataset) else rows
        found |= dict(_frames(dataset, None, _Maker(rng, words or {}), count))
    return {name: frame for name, frame in found.items() if len(frame.columns)}


def _is_parameters(scheme: Scheme, dataset: Dataset) -> bool:
    return scheme.parts is not None and scheme.parts.dataset == dataset.name


def _frames(
    dataset: Dataset, head: tuple[Dataset, pd.DataFrame] | None, maker: _Maker, rows: int
) -> Iterator[tuple[str, pd.DataFrame]]:
    import pandas as pd

    columns = {
        column.field: pd.Series([maker.value(column, place) for place in range(rows)], dtype=_DTYPES[column.kind])
        for column in dataset.columns
        if column.field
    }
    frame = pd.DataFrame(columns)
    if head is not None:
        above, heads = head
        owners = [maker.rng.randrange(len(heads)) for _ in range(rows)]
        for name in dataset.link or above.link:
            frame[name] = heads[name].iloc[owners].reset_index(drop=True)
    yield dataset.name, frame
    for detail in dataset.details:
        yield from _frames(detail, (dataset, frame), maker, rows * 2)


_DTYPES: Final[dict[Kind, Any]] = {
    Kind.TEXT: "object",
    Kind.INTEGER: "int64",
    Kind.MICRO: "int64",
    Kind.MOMENT: "datetime64[s]",
}


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes values of columns, with what is hard to carry in them now and then."""

    rng: Random
    words: Mapping[str, Sequence[str]]

    def value(self, column: WireColumn, place: int) -> Any:
        """Return a value, a text other for each row."""
        rng = self.rng
        match column.kind:
            case Kind.MICRO:
                return rng.randrange(1, 10**9) * (MICRO // 100)
            case Kind.INTEGER:
                return place
            case Kind.MOMENT:
                day = f"2026-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
                return day if column.type == "Date" else f"{day}T{rng.randint(0, 23):02d}:15:00"
        allowed = self.words.get(column.field)
        return rng.choice(allowed) if allowed else f"{rng.choice(_WORDS)}{place}"


def _round(at: str, scheme: Scheme, tables: dict[str, pd.DataFrame], cap: int) -> Iterator[Fault]:
    messages = list(encode(replace(scheme, request="set"), "TRIAL", tables, cap=cap))
    answers = [decode(each.body, replace(scheme, request="get")) for each in messages]
    for name in sorted({fault for answer in answers for fault in (*answer.unknown, *answer.missing)}):
        yield Fault(f"{at}.{name}", "колонка не читается обратно", "the column does not come back")
    for dataset, link in _all(scheme):
        if dataset.name in tables:
            came = [answer.tables[dataset.name] for answer in answers]
            yield from _compared(at, dataset, link, tables[dataset.name], came)


def _all(scheme: Scheme) -> Iterator[tuple[Dataset, tuple[str, ...]]]:
    """Yield every dataset with the columns that tie it to its head."""
    waiting: list[tuple[Dataset, tuple[str, ...]]] = [(each, ()) for each in scheme.datasets]
    while waiting:
        dataset, link = waiting.pop(0)
        yield dataset, link
        waiting += [(detail, detail.link or dataset.link) for detail in dataset.details]


def _compared(
    at: str, dataset: Dataset, link: tuple[str, ...], sent: pd.DataFrame, came: list[pd.DataFrame]
) -> Iterator[Fault]:
    """Tell which columns of a dataset did not come back; a head that is repeated in several parts counts once."""
    names = list(dict.fromkeys((*link, *(column.field for column in dataset.columns if column.field))))
    if untied := [name for name in names if any(name not in frame for frame in came)]:
        said = f"строки не связать с их шапкой: повторите в наборе колонки с полями {', '.join(untied)}"
        yield Fault(f"{at}.datasets.{dataset.name}", said, f"rows cannot be tied to their head by {', '.join(untied)}")
        return
    there = {row for frame in came for row in _rows(frame, names)}
    lost = [row for row in _rows(sent, names) if row not in there]
    if not lost:
        return
    wrong = [
        name for place, name in enumerate(names) if not {row[place] for row in lost} <= {row[place] for row in there}
    ]
    listed = ", ".join(wrong or names)
    said = f"строк не вернулось: {len(lost)} из {len(sent)}; проверьте тип и имя колонок {listed}"
    yield Fault(f"{at}.datasets.{dataset.name}", said, f"{len(lost)} of {len(sent)} rows did not come back: {listed}")


def _rows(frame: pd.DataFrame, names: list[str]) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in frame[names].astype(object).itertuples(index=False, name=None)]
