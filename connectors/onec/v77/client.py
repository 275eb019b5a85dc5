"""The connector's front: one 1C 7.7 base of DBF files, read by readings; nothing in it is ever written.

Orders go into 7.7 and their statuses come back through ``connectors.onec.v77.folder``. Starting 1C by OLE
(``V77.Application``) is out of scope: it takes a licence and a desktop, and stops on any dialog.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

from connectors.onec.v77.balances import BalanceReader
from connectors.onec.v77.dictionary import read_dictionary
from connectors.onec.v77.names import Missing, Names
from connectors.onec.v77.published import Published
from connectors.onec.v77.reading import Reader, Tables
from connectors.onec.v77.references import ColumnReferences, check_references, tables_with_ids
from connectors.onec.v77.registers import SYSTEM, RegisterTables, register_of, reproduced
from connectors.onec.v77.request import Request, request_of
from connectors.onec.v77.snapshot import JOURNAL, Folder, snapshot
from connectors.onec.v77.sources import BALANCE, Planner
from connectors.onec.v77.where import Condition
from mappings.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from connectors.onec.v77.address import V77Address
    from connectors.onec.v77.dictionary import Dictionary
    from connectors.onec.v77.plan import Plan
    from connectors.onec.v77.registers import Register, Reproduced
    from mappings.model import Reading


class V77:
    """One 1C 7.7 base. ``pause`` is how to wait between attempts to copy a base that is being worked in.

    Every failure is an error of ``foundation.errors``: NotFound (no base, no file), Busy (exclusive mode), Faults
    (names that the base lacks, all at once; a wrong dictionary), BadAnswer (damaged files, a value of another kind),
    Impossible (a number that is not exact), and of Retriable: Moving (the base changed while it was copied), OutOfStep
    (totals that are not the sum of their movements).
    """

    def __init__(self, address: V77Address, *, pause: Callable[[float], None] = time.sleep) -> None:
        self.address = address
        self._pause = pause

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget the dictionary: nothing else is held between readings."""
        self.__dict__.pop("dictionary", None)

    @cached_property
    def dictionary(self) -> Dictionary:
        """The base's dictionary, read once."""
        path = self.address.names or Folder(self.address.folder).dictionary()
        return read_dictionary(path)

    def read(self, reading: Reading, *, progress: Callable[[int], None] | None = None) -> pd.DataFrame:
        """Read all rows into a frame, dtypes by the table of kinds in ``mappings.model``.

        Entities and sources: ``connectors.onec.v77.sources``. Of the functions 7.7 has ``Balance`` (totals of a
        register). ``progress`` is told the rows read so far after every block.
        """
        request = request_of(reading)
        if reading.function == BALANCE:
            return self._balance(request, progress)
        with self._reader(request) as reader:
            return reader.frame(progress)

    def read_any(self, reading: Reading, source: str, keys: Sequence[str]) -> pd.DataFrame:
        """Read the rows whose ``source`` is one of ``keys``."""
        request = request_of(reading)
        asked = Condition(source, "in", Kind.TEXT, frozenset(keys))
        with self._reader(replace(request, conditions=(*request.conditions, asked))) as reader:
            return reader.frame()

    def count(self, reading: Reading) -> int:
        """Return how many rows a reading has."""
        with self._reader(request_of(reading)) as reader:
            return sum(len(part) for part in reader.parts())

    def metadata(self) -> Published:
        """Return what the base has, as a profile's check asks for it."""
        return Published(self.dictionary)

    def registers(self) -> list[str]:
        """Return the names of the base's registers, as far as its dictionary has them whole."""
        return [each.name for each in Names(self.dictionary).objects("Регистр")]

    def totals_reproduced(self, register: str) -> Reproduced:
        """Compare a register's totals of every period with its movements; ``register`` is its name or RG table."""
        described = self._register(register)
        with self._snapshot(self._register_tables(described)) as folder:
            return reproduced(RegisterTables(described, folder, self.address.code_page))

    def references(self) -> list[ColumnReferences]:
        """Check every reference of the base: which columns lead where, and how many references lead nowhere."""
        with self._snapshot(tables_with_ids(self.dictionary)) as folder:
            return list(check_references(self.dictionary, folder))

    # -- how it is done ------------------------------------------------------------------------------------------------

    @contextmanager
    def _reader(self, request: Request) -> Iterator[Reader]:
        plan = self._planned(request)
        with self._snapshot(plan.tables) as folder:
            tables = Tables(plan, folder, self.address.code_page)
            yield Reader(request, tables, self.address.code_page, Names(self.dictionary))

    def _planned(self, request: Request) -> Plan:
        missing = Missing(request.entity)
        plan = Planner(self.dictionary, request.entity, missing, request.function).plan(request.sources)
        missing.raise_if_any()
        assert plan is not None
        return plan

    def _balance(self, request: Request, progress: Callable[[int], None] | None) -> pd.DataFrame:
        plan = self._planned(request)
        described = self._register(plan.table)
        needed = [*plan.tables, *self._register_tables(described)]
        with self._snapshot(list(dict.fromkeys(needed))) as folder:
            tables = Tables(plan, folder, self.address.code_page)
            register = RegisterTables(described, folder, self.address.code_page)
            reader = BalanceReader(request, tables, register, self.address.code_page, Names(self.dictionary))
            frame = reader.frame(check=self.address.check_totals)
        if progress:
            progress(len(frame))
        return frame

    def _register(self, name: str) -> Register:
        missing = Missing(name)
        names = Names(self.dictionary)
        totals = names.table("Регистр", name, missing)
        missing.raise_if_any()
        assert totals is not None
        movements = names.table("Движения", f"RA{totals.number}", missing)
        missing.raise_if_any()
        assert movements is not None
        return register_of(f"Регистр.{names.name_of(totals)}", totals, movements)

    def _register_tables(self, register: Register) -> list[str]:
        system = [SYSTEM] if Folder(self.address.folder).has(f"{SYSTEM}.DBF") else []
        return [register.totals, register.movements, JOURNAL, *system]

    @contextmanager
    def _snapshot(self, tables: Sequence[str]) -> Iterator[Folder]:
        with snapshot(self.address, tables, pause=self._pause) as folder:
            yield folder
