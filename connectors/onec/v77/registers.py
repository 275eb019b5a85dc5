"""Registers: totals, movements, and the control that holds them together (reference onec-v77, 1.2).

``RG`` holds for each period the balance at its end (a turnover register: the period's sums), ``RA`` the movements,
which have no date of their own: the journal gives it. Sums are whole numbers in the resource's own digits, so that
quantities with eight digits are compared exactly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from connectors.onec.v77.columns import Codes
from connectors.onec.v77.dbf import Dbf
from connectors.onec.v77.joins import Lookup
from connectors.onec.v77.periods import step_of
from connectors.onec.v77.plan import Join, Source
from connectors.onec.v77.snapshot import JOURNAL
from connectors.onec.v77.values import days, grid, integers, moments, scaled

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import numpy as np

    from connectors.onec.v77.dbf import Block, Cells, CodePage
    from connectors.onec.v77.dictionary import DdTable
    from connectors.onec.v77.snapshot import Folder

    Array = np.ndarray[Any, Any]

SYSTEM: Final = "1SSYSTEM"
_PERIOD: Final = "PERIOD"
_PROPERTIES: Final = "PROP"


@dataclass(frozen=True, slots=True)
class Register:
    """A register's tables and columns: dimensions, and resources, which are what is summed."""

    name: str
    totals: str
    movements: str
    dimensions: tuple[str, ...]
    resources: tuple[str, ...]


def register_of(name: str, totals: DdTable, movements: DdTable) -> Register:
    """Return a register by its tables: the index PROP names the dimensions; without it numbers are resources."""
    own = [each for each in totals.fields.values() if each.name != _PERIOD]
    indexed = {*totals.indexes.get(_PROPERTIES, ())} - {_PERIOD}
    dimensions = tuple(each.name for each in own if each.name in indexed or each.type not in ("N", "I"))
    resources = tuple(each.name for each in own if each.name not in dimensions)
    return Register(name, totals.name, movements.name, dimensions, resources)


@dataclass(frozen=True, slots=True)
class PeriodTotals:
    """How a period's totals compare: ``rows`` of totals, ``differing`` keys where they are not the movements' sum."""

    period: date
    rows: int
    differing: int


@dataclass(frozen=True, slots=True)
class Reproduced:
    """A register's totals against its movements; ``turnover``: the totals are sums of periods, not balances.

    ``later``: movements after the last totals; ``orphans``: movements of documents that the journal does not have.
    """

    register: str
    turnover: bool
    periods: tuple[PeriodTotals, ...]
    movements: int
    later: int = 0
    orphans: int = 0

    @property
    def whole(self) -> bool:
        """Whether every total of every period is the sum of its movements."""
        return all(not each.differing for each in self.periods)


@dataclass(slots=True)
class Sums:
    """Rows of a register as arrays: ``codes`` of their dimensions, ``days`` or periods, ``amounts`` by resource.

    ``at`` are the moments of movements where they are needed.
    """

    codes: Array
    days: Array
    amounts: list[Array]
    at: Array | None = None
    orphans: int = 0


class RegisterTables:
    """One register in a snapshot's folder."""

    def __init__(self, register: Register, folder: Folder, code_page: CodePage) -> None:
        self.register, self._folder, self._code_page = register, folder, code_page
        self.keys = Codes(lambda cell: cell.decode("latin-1"))
        self.totals_dbf = self._open(register.totals)

    def _open(self, table: str) -> Dbf:
        return Dbf(self._folder.file(f"{table}.DBF"), code_page=self._code_page)

    def totals(self) -> Sums:
        """Return the totals of all periods; ``days`` are the first days of the periods."""
        rows = _Growing(len(self.register.resources))
        for block in self.totals_dbf.blocks([_PERIOD, *self.register.dimensions, *self.register.resources]):
            amounts = [scaled(block[name], self.totals_dbf.columns[name].decimals) for name in self.register.resources]
            rows.add(self._codes(block), days(block[_PERIOD]), amounts)
        return rows.made()

    def movements(self, *, moment: bool = False) -> Sums:
        """Return the movements with their days, issues as negative; those without a document are counted, not given."""
        dbf = self._open(self.register.movements)
        times = ["TIME"] if moment else []
        journal = Join(JOURNAL, "IDDOC", Source(("IDDOC",)))
        lookup = Lookup(self._open(JOURNAL), journal, ["IDDOC", "DATE", *times])
        signed = "DEBKRED" in dbf.columns
        rows = _Growing(len(self.register.resources), moment=moment)
        asked = ["IDDOC", *(["DEBKRED"] if signed else []), *self.register.dimensions, *self.register.resources]
        for whole in dbf.blocks(asked):
            positions, found = lookup.positions(whole["IDDOC"])
            rows.orphans += int(len(found) - found.sum())
            block, positions = whole[found], positions[found]
            known = found[found]
            date_cells = lookup.take("DATE", positions, known)
            sign = 1 - 2 * (integers(block["DEBKRED"], 0) != 0) if signed else 1
            amounts = [
                sign * self._rescaled(name, scaled(block[name], dbf.columns[name].decimals), dbf)
                for name in self.register.resources
            ]
            at = moments(date_cells, lookup.take("TIME", positions, known)) if moment else None
            rows.add(self._codes(block), days(date_cells), amounts, at)
        return rows.made()

    def _rescaled(self, name: str, amounts: Array, dbf: Dbf) -> Array:
        """Bring movements to the digits of the totals, which are the same ones in a sound base."""
        more = self.totals_dbf.columns[name].decimals - dbf.columns[name].decimals
        factor = 10 ** abs(more)
        found: Array = amounts * factor if more >= 0 else amounts // factor
        return found

    def _codes(self, block: Block) -> Array:
        import numpy as np

        found = _joined(block, self.register.dimensions).tolist()
        return np.fromiter(map(self.keys.__getitem__, found), np.int32, len(found))

    def setting(self) -> str:
        """Return the length of periods that 1SSYSTEM says, as its letter; "" where it is missing."""
        if self._folder.has(f"{SYSTEM}.DBF"):
            for block in self._open(SYSTEM).blocks(["SNAPSHPER"]):
                if len(block):
                    return bytes(block["SNAPSHPER"][0]).decode("ascii", "replace").strip()
        return ""


class _Growing:
    def __init__(self, resources: int, *, moment: bool = False) -> None:
        self._codes: list[Array] = []
        self._days: list[Array] = []
        self._amounts: list[list[Array]] = [[] for _ in range(resources)]
        self._at: list[Array] | None = [] if moment else None
        self.orphans = 0

    def add(self, codes: Array, dates: Array, amounts: Sequence[Array], at: Array | None = None) -> None:
        self._codes.append(codes)
        self._days.append(dates)
        for column, values in zip(self._amounts, amounts, strict=True):
            column.append(values)
        if self._at is not None and at is not None:
            self._at.append(at)

    def made(self) -> Sums:
        at = None if self._at is None else _whole(self._at, "datetime64[s]")
        amounts = [_whole(column, "int64") for column in self._amounts]
        return Sums(_whole(self._codes, "int32"), _whole(self._days, "datetime64[D]"), amounts, at, self.orphans)


def _whole(parts: list[Array], dtype: str) -> Array:
    import numpy as np

    return np.concatenate(parts) if parts else np.empty(0, dtype)


def _joined(block: Block, names: Sequence[str]) -> Cells:
    """Return the cells of several columns as one, so that a combination of dimensions is one key."""
    import numpy as np

    if not names:
        return np.full(len(block), b"-", "S1")
    whole = np.ascontiguousarray(np.concatenate([grid(block[name]) for name in names], axis=1))
    return whole.view(f"S{whole.shape[1]}").ravel()


# -- the control -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Comparison:
    """Totals and movements by period, in one numbering of keys."""

    periods: list[date]
    totals: Sums
    movements: Sums
    places: Array
    keys: int
    differing: dict[bool, list[int]] = field(default_factory=dict)

    def compare(self) -> None:
        """Count the keys of each period that differ, for balances (False) and for turnovers (True)."""
        import numpy as np

        of_totals = np.searchsorted(np.array(self.periods, "datetime64[D]"), self.totals.days)
        order_totals, order = np.argsort(of_totals, kind="stable"), np.argsort(self.places, kind="stable")
        bounds = np.arange(len(self.periods) + 1)
        total_bounds = np.searchsorted(of_totals[order_totals], bounds)
        move_bounds = np.searchsorted(self.places[order], bounds)
        self.differing = {False: [0] * len(self.periods), True: [0] * len(self.periods)}
        running = [np.zeros(self.keys, np.int64) for _ in self.totals.amounts]
        for number in range(len(self.periods)):
            rows = order_totals[total_bounds[number] : total_bounds[number + 1]]
            moves = order[move_bounds[number] : move_bounds[number + 1]]
            wrong = {False: np.zeros(self.keys, bool), True: np.zeros(self.keys, bool)}
            for resource in range(len(running)):
                turnover = summed(self.movements, resource, moves, self.keys)
                running[resource] += turnover
                kept = summed(self.totals, resource, rows, self.keys)
                wrong[False] |= running[resource] != kept
                wrong[True] |= turnover != kept
            for turnovers, mask in wrong.items():
                self.differing[turnovers][number] = int(mask.sum())


def summed(sums: Sums, resource: int, rows: Array, keys: int) -> Array:
    """Return a resource's sum by key over some rows."""
    import numpy as np

    total = np.zeros(keys, np.int64)
    np.add.at(total, sums.codes[rows], sums.amounts[resource][rows])
    return total


def reproduced(tables: RegisterTables) -> Reproduced:
    """Compare every period's totals with the movements up to its end, both as balances and as turnovers.

    A register is taken for a turnover one where its totals are the sums of periods and are not balances: the dictionary
    does not say which it is.
    """
    import numpy as np

    register = tables.register
    totals, movements = tables.totals(), tables.movements()
    if not len(totals.days):
        count = len(movements.codes)
        return Reproduced(
            register.name, turnover=False, periods=(), movements=count, later=count, orphans=movements.orphans
        )
    starts = np.unique(totals.days).tolist()
    step = step_of(tables.setting(), starts)
    periods = step.all(starts[0], starts[-1])
    ends = np.array([step.next(period) for period in periods], "datetime64[D]")
    places = np.searchsorted(ends, movements.days, side="right")
    comparison = _Comparison(periods, totals, movements, places, len(tables.keys.texts))
    comparison.compare()
    turnover = any(comparison.differing[False]) and not any(comparison.differing[True])
    counts = np.bincount(np.searchsorted(np.array(periods, "datetime64[D]"), totals.days), minlength=len(periods))
    found = zip(periods, counts.tolist(), comparison.differing[turnover], strict=True)
    return Reproduced(
        register=register.name,
        turnover=turnover,
        periods=tuple(PeriodTotals(*each) for each in found),
        movements=len(movements.codes),
        later=int((places == len(periods)).sum()),
        orphans=movements.orphans,
    )
