"""Extract: whole readings of both sides, each in one frame."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.runtime import task_run

from foundation.errors import NotFound
from ledger.parcels import Ledger
from mappings import model
from mappings.model import Exchange
from mappings.table_names import SAID
from tasks.running import progress, run_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from tasks.links import Link

log = logging.getLogger(__name__)


def read_table(link: Link, table: str, *, show: Callable[[int], None] | None = None) -> pd.DataFrame:
    """Return a canonical table of the link's 1C base; ``show`` is told how many rows have come."""
    if not link.reads(table):
        known = ", ".join(link.profile.entities)
        raise NotFound(
            f"Профиль {link.profile.name} не описывает таблицу «{table}».",
            en=f"Profile {link.profile.name} does not describe the table {table!r}.",
            todo=f"Выберите одну из: {known}.",
            todo_en=f"Choose one of {known}.",
        )
    arguments = _arguments(link, table)
    with link.onec() as onec:
        readings = [link.reading(name, arguments) for name in link.parts(table)]
        return joined([with_constants(onec.read(each, progress=show), each) for each in readings])


def with_constants(frame: pd.DataFrame, reading: model.Reading) -> pd.DataFrame:
    """Return a frame with the columns that the reading gives one value for."""
    for column, text in reading.constants:
        kind = model.TABLES[reading.table].column(column).kind
        frame[column] = int(text) * model.MICRO if kind is model.Kind.MICRO else text
    return frame


def joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the parts of a table as one; a column that a part lacks is empty there."""
    import pandas as pd
    from pandas.api.types import union_categoricals

    if len(frames) == 1:
        return frames[0]
    columns = dict.fromkeys(name for frame in frames for name in frame.columns)
    made: dict[str, Any] = {}
    for name in columns:
        parts = [frame[name] if name in frame else _empty(name, frames, len(frame)) for frame in frames]
        if all(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
            made[name] = union_categoricals([part.array for part in parts])
        else:
            made[name] = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(made)


def _empty(name: str, frames: Sequence[pd.DataFrame], rows: int) -> pd.Series[Any]:
    import pandas as pd

    like = next(frame[name] for frame in frames if name in frame)
    if isinstance(like.dtype, pd.CategoricalDtype):
        return pd.Series(pd.Categorical([""] * rows, categories=[""]))
    empty: Any = {"i": 0, "b": False, "M": pd.NaT}.get(like.dtype.kind, "")
    return pd.Series([empty] * rows, dtype=like.dtype)


def _arguments(link: Link, table: str) -> dict[str, str]:
    """Balances at the moment of the run, where the link asks for it: they stand still while pages are read."""
    if table in {"stock", "stock_batches"} and link.settings.stock_moment == "now":
        return {"Period": f"datetime'{link.now():%Y-%m-%dT%H:%M:%S}'"}
    return {}


def _run_name() -> str:
    table = str(task_run.parameters["table"])
    return f"Прочитать из 1С: {SAID.get(table, table)}"


@task(name="Прочитать из 1С", task_run_name=_run_name, cache_policy=NO_CACHE, persist_result=False)
def extract(link: Link, table: str) -> pd.DataFrame:
    """Return a canonical table of the link's 1C base, with progress."""
    said = SAID.get(table, table)
    with progress(f"1С, {said}") as show:
        frame = read_table(link, table, show=show)
    log.info("1С, %s: прочитано строк %d", said, len(frame))
    return frame


@task(
    name="Получить классификатор производителя",
    task_run_name="Получить классификатор производителя",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def receive_goods(link: Link) -> tuple[int, pd.DataFrame]:
    """Get the manufacturer's goods and units; the answer is in the ledger before anything is done with it.

    Returns the ledger's parcel and the rows (columns of ``model.THEIR_GOODS``).
    """
    scheme = link.layout.scheme(Exchange.GOODS)
    with link.crm() as crm:
        answer = crm.get(scheme)
    frame = answer.tables[scheme.datasets[0].name]
    message = Ledger(link.database, link.id).received(Exchange.GOODS, run_id(), scheme.name, answer.text, len(frame))
    log.info("Классификатор производителя: получено строк %d", len(frame))
    return message.parcel_id, frame
