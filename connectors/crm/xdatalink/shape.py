"""Do a scheme and the frames that are to fill it fit together? All that is wrong is told at once.

A frame that is missing or misnamed must never become an empty message: for a scheme that replaces by period, an empty
message deletes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.crm.xdatalink.values import fits
from foundation.errors import Fault, Faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from mappings.model import Dataset, Scheme


def check(scheme: Scheme, tables: Mapping[str, pd.DataFrame]) -> None:
    """Raise Faults with everything in which frames and scheme disagree."""
    faults = [*_scheme_faults(scheme), *_frame_faults(scheme, tables), *_parts_faults(scheme, tables)]
    if faults:
        raise Faults(
            f"Данные не подходят к схеме {scheme.name} раскладки.",
            faults,
            en=f"The data does not fit the scheme {scheme.name} of the layout.",
            todo="Исправьте раскладку; ничего не отправлено.",
            todo_en="Correct the layout; nothing was sent.",
            scheme=scheme.name,
        )


def walk(scheme: Scheme) -> Iterator[tuple[Dataset, Dataset | None]]:
    """Yield every dataset of a scheme with its head (None at the top), heads first."""

    def under(dataset: Dataset, head: Dataset | None) -> Iterator[tuple[Dataset, Dataset | None]]:
        yield dataset, head
        for detail in dataset.details:
            yield from under(detail, dataset)

    for dataset in scheme.datasets:
        yield from under(dataset, None)


def link_of(detail: Dataset, head: Dataset) -> tuple[str, ...]:
    """Return the frame columns that tie a detail to its head: its own, or those that the head gives all details."""
    return detail.link or head.link


def _scheme_faults(scheme: Scheme) -> Iterator[Fault]:
    seen: set[str] = set()
    for dataset, head in walk(scheme):
        if dataset.name in seen:
            yield Fault(dataset.name, "набор данных назван дважды", "the dataset is named twice")
        seen.add(dataset.name)
        if not dataset.columns:
            yield Fault(dataset.name, "в наборе нет колонок", "the dataset has no columns")
        if head is not None and head.nested and dataset.details and not dataset.nested:
            yield Fault(
                dataset.name,
                "плоские подробности внутри вложенного набора не поддерживаются",
                "flat details inside a nested dataset are not supported",
            )


def _frame_faults(scheme: Scheme, tables: Mapping[str, pd.DataFrame]) -> Iterator[Fault]:
    known = {dataset.name for dataset, _ in walk(scheme)}
    for name in tables:
        if name not in known:
            yield Fault(name, "такого набора в схеме нет", "the scheme has no such dataset")
    marks = scheme.parts.dataset if scheme.parts else ""
    for dataset, head in walk(scheme):
        frame = tables.get(dataset.name)
        if frame is None:
            filled = any(column.field for column in dataset.columns)
            if filled and dataset.name != marks and not any(column.constant for column in dataset.columns):
                yield Fault(dataset.name, "для набора нет таблицы", "the dataset has no frame")
            continue
        wanted = {column.field for column in dataset.columns if column.field}
        if head is not None:
            wanted |= set(link_of(dataset, head))
        for detail in dataset.details:
            wanted |= set(link_of(detail, dataset))
        for name in sorted(wanted - set(frame.columns)):
            yield Fault(f"{dataset.name}.{name}", "в таблице нет колонки", "the frame has no such column")
        for column in dataset.columns:
            if column.field in frame.columns and not fits(frame[column.field], column.kind):
                found = frame[column.field].dtype
                yield Fault(
                    f"{dataset.name}.{column.field}",
                    f"тип {found} не подходит для вида {column.kind.value}",
                    f"the dtype {found} does not fit the kind {column.kind.value}",
                )


def _parts_faults(scheme: Scheme, tables: Mapping[str, pd.DataFrame]) -> Iterator[Fault]:
    if scheme.parts is None:
        return
    marked = [dataset for dataset in scheme.datasets if dataset.name == scheme.parts.dataset]
    if not any(column.name == scheme.parts.column for dataset in marked for column in dataset.columns):
        path = f"{scheme.parts.dataset}.{scheme.parts.column}"
        yield Fault(path, "признак частей не найден в схеме", "the mark of parts is not in the scheme")
    rows = len(tables.get(scheme.parts.dataset, "1"))
    if rows != 1:
        yield Fault(
            scheme.parts.dataset,
            f"в наборе с признаком частей должна быть одна строка, а их {rows}",
            f"the dataset that marks the parts must have one row, it has {rows}",
        )
