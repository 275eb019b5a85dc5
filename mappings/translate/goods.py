"""Goods and units: the manufacturer's classifier is checked row by row before it is kept.

A row ends kept or refused by a named rule: ``пустой код`` (no code of a good or a unit), ``коэффициент`` (a unit's
coefficient is not above zero), ``повтор`` (the same good and unit once more; the first one stands).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from mappings.translate.result import SET_ASIDE_COLUMNS, Counts, Translation

if TYPE_CHECKING:
    from typing import Any

KEPT, EMPTY, FACTOR, REPEATED = range(4)
REFUSED: Final = {EMPTY: "пустой код", FACTOR: "коэффициент", REPEATED: "повтор"}
SAID: Final = {
    EMPTY: "Производитель прислал строку без кода товара или единицы. Сообщите ему.",
    FACTOR: "Коэффициент единицы должен быть больше нуля. Сообщите производителю.",
    REPEATED: "Товар с этой единицей прислан дважды, взята первая строка.",
}


def translate(rows: pd.DataFrame) -> Translation:
    """Check rows (columns of ``model.THEIR_GOODS``) and return those that stand as table ``their_goods``."""
    good, unit = rows["their_good"].astype(str), rows["their_unit"].astype(str)
    fate = np.select(
        [
            ((good.str.strip() == "") | (unit.str.strip() == "")).to_numpy(dtype=bool),
            (rows["factor"] <= 0).to_numpy(dtype=bool),
            pd.DataFrame({"good": good, "unit": unit}).duplicated().to_numpy(dtype=bool),
        ],
        [EMPTY, FACTOR, REPEATED],
        default=KEPT,
    )
    kept = rows[fate == KEPT].reset_index(drop=True)
    counts = Counts(read=len(rows), sent=len(kept), lines=len(kept))
    counts.refused = {name: n for code, name in REFUSED.items() if (n := int((fate == code).sum()))}
    counts.check()
    totals = {"goods": str(kept["their_good"].nunique()), "units": str(len(kept))}
    return Translation({"their_goods": kept}, counts, totals, _refused(rows, fate))


def _refused(rows: pd.DataFrame, fate: np.ndarray[Any, np.dtype[Any]]) -> pd.DataFrame:
    refused = [
        ("their_good", str(row.their_good), str(row.name_), REFUSED[code], SAID[code], 0, 0)
        for row, code in zip(rows.rename(columns={"name": "name_"}).itertuples(), fate, strict=True)
        if code != KEPT
    ]
    return pd.DataFrame(refused, columns=list(SET_ASIDE_COLUMNS))
