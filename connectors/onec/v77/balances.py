"""Balances of a register now or at a moment: totals of the last closed period and the movements since, checked.

In a sound base the last period's totals are the balance now (reference onec-v77, 1.2): no movement comes after them. A
register whose balances all went to zero has no totals for the last months; its movements then say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.onec.v77 import words
from connectors.onec.v77.columns import Conversions
from connectors.onec.v77.periods import step_of
from connectors.onec.v77.reading import FieldColumn, Part, kept
from connectors.onec.v77.registers import summed
from foundation.errors import Impossible, NotFound, Retriable
from mappings.model import MICRO

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    import pandas as pd

    from connectors.onec.v77.dbf import Block, CodePage
    from connectors.onec.v77.names import Names
    from connectors.onec.v77.periods import Step
    from connectors.onec.v77.reading import Tables
    from connectors.onec.v77.registers import RegisterTables, Sums
    from connectors.onec.v77.request import Request

    Array = np.ndarray[Any, Any]

_INT64: Final = 2**63
_MICRO_DIGITS: Final = len(str(MICRO)) - 1
_NUMBER: Final = "number"


class OutOfStep(Retriable):
    """A register's totals are not the sum of its movements: documents may be being posted anew just now."""


def balances(tables: RegisterTables, at: datetime | None, *, check: bool) -> list[Array]:
    """Return, by resource, the balance of every key of ``tables.keys``, now or at a moment (its second included).

    Raises OutOfStep where ``check`` finds the last totals wrong, NotFound where the base has no totals so early.
    """
    import numpy as np

    totals = tables.totals()
    starts = np.unique(totals.days).tolist()
    step = step_of(tables.setting(), starts)
    closed = [start for start in starts if at is None or step.next(start) <= at.date()]
    opening = closed[-1] if closed else None
    if not check and at is None:
        rows = np.flatnonzero(totals.days == np.datetime64(opening, "D"))
        return [summed(totals, number, rows, len(tables.keys.texts)) for number in range(len(totals.amounts))]
    movements = tables.movements(moment=at is not None)
    if check and starts:
        _check(tables, totals, movements, starts, step)
    since = np.ones(len(movements.days), bool)
    if opening is not None:
        since = movements.days >= np.datetime64(step.next(opening), "D")
    if at is not None and movements.at is not None:
        since &= movements.at <= np.datetime64(at, "s")
        if opening is None and not since.any():
            raise NotFound(**words.no_periods(tables.register.name), register=tables.register.name)
    rows, moves = np.flatnonzero(totals.days == np.datetime64(opening, "D")), np.flatnonzero(since)
    keys = len(tables.keys.texts)
    return [
        summed(totals, number, rows, keys) + summed(movements, number, moves, keys)
        for number in range(len(totals.amounts))
    ]


def _check(tables: RegisterTables, totals: Sums, movements: Sums, starts: list[Any], step: Step) -> None:
    """Compare the last totals with all movements up to their end; where history was cut off, with the last period's."""
    import numpy as np

    keys, last = len(tables.keys.texts), np.datetime64(starts[-1], "D")
    upto = movements.days < np.datetime64(step.next(starts[-1]), "D")
    before = totals.days == np.datetime64(starts[-2] if len(starts) > 1 else None, "D")
    within = upto & (movements.days >= np.datetime64(step.next(starts[-2]) if len(starts) > 1 else starts[-1], "D"))
    differing = []
    for opening, moves in ((np.zeros(len(before), bool), upto), (before, within)):
        wrong = np.zeros(keys, bool)
        for number in range(len(totals.amounts)):
            expected = summed(totals, number, np.flatnonzero(opening), keys)
            expected += summed(movements, number, np.flatnonzero(moves), keys)
            wrong |= expected != summed(totals, number, np.flatnonzero(totals.days == last), keys)
        differing.append(int(wrong.sum()))
    if all(differing):
        name = tables.register.name
        shown = f"{starts[-1]:%m.%Y}"
        raise OutOfStep(**words.totals_differ(name, shown, differing[0]), register=name, period=shown)


class BalanceReader:
    """A reading of balances: the fields that are dimensions group, those that are resources are summed."""

    def __init__(
        self, request: Request, tables: Tables, register: RegisterTables, code_page: CodePage, names: Names
    ) -> None:
        self._request, self._tables, self._register = request, tables, register
        self._conversions = Conversions(code_page, names.of_kind)

    def frame(self, *, check: bool) -> pd.DataFrame:
        """Return one row a combination of the dimensions that are asked for, without those that are zero throughout.

        Raises OutOfStep, NotFound, and Impossible for a sum that millionths do not hold.
        """
        import pandas as pd

        amounts = balances(self._register, self._request.moment, check=check)
        block = self._block()
        resources = self._register.register.resources
        part = self._kept(block, amounts)
        columns: dict[str, Any] = {}
        summing: list[str] = []
        for field in self._request.fields:
            source = self._tables.plan.sources[field.source]
            if not source.join and source.columns and source.columns[0] in resources:
                columns[field.column] = self._micro(field.source, source.columns[0], part)
                summing.append(field.column)
            else:
                column = FieldColumn(field, self._tables, self._conversions)
                column.add(part.part)
                columns[field.column] = column.made()
        return _grouped(pd.DataFrame(columns, copy=False), summing)

    def _block(self) -> Block:
        """Return the keys as rows of their dimensions; the column after them is a key's number."""
        import numpy as np

        dbf, names = self._register.totals_dbf, self._register.register.dimensions
        formats = [(name, f"S{dbf.columns[name].width}") for name in names] or [("-", "S1")]
        cells = [text.encode("latin-1") for text in self._register.keys.texts]
        width = np.dtype(formats).itemsize
        whole = np.array(cells, f"S{width}") if cells else np.empty(0, f"S{width}")
        block = np.empty(len(cells), [*formats, (_NUMBER, np.int64)])
        block[[name for name, _ in formats]] = whole.view(np.dtype(formats))
        block[_NUMBER] = np.arange(len(cells))
        return block

    def _kept(self, block: Block, amounts: list[Array]) -> _Rows:
        import numpy as np

        alive = np.zeros(len(block), bool)
        for amount in amounts:
            alive |= amount != 0
        part = Part(self._tables, block[alive])
        part = kept(part, self._request.conditions, self._tables.plan.sources, self._tables.columns, self._conversions)
        return _Rows(part, amounts)

    def _micro(self, source: str, column: str, rows: _Rows) -> Array:
        import numpy as np

        register = self._register.register
        whole = rows.amounts[register.resources.index(column)][rows.block[_NUMBER]]
        decimals = self._register.totals_dbf.columns[column].decimals
        if decimals <= _MICRO_DIGITS:
            factor = 10 ** (_MICRO_DIGITS - decimals)
            wrong = np.abs(whole) > (_INT64 - 1) // factor
            found = whole * factor
        else:
            found, rest = np.divmod(whole, 10 ** (decimals - _MICRO_DIGITS))
            wrong = rest != 0
        if wrong.any():
            at = int(wrong.argmax())
            key = self._register.keys.texts
            shown = list(key)[int(rows.block[_NUMBER][at])]
            number = f"{int(whole[at])}E-{decimals}"
            raise Impossible(**words.not_exact(self._request.entity, source, shown, number), key=shown, value=number)
        return np.asarray(found)


class _Rows:
    """Rows of balances: the part with its cells, and the amounts of all keys."""

    def __init__(self, part: Part, amounts: list[Array]) -> None:
        self.part, self.block, self.amounts = part, part.block, amounts


def _grouped(frame: pd.DataFrame, summing: list[str]) -> pd.DataFrame:
    """Sum over the dimensions that were not asked for."""
    by = [name for name in frame.columns if name not in summing]
    if not by or not summing or not frame.duplicated(by).any():
        return frame
    order = list(frame.columns)
    grouped = frame.groupby(by, sort=False, observed=True, as_index=False)[summing].sum()
    return grouped.loc[(grouped[summing] != 0).any(axis=1), order].reset_index(drop=True)
