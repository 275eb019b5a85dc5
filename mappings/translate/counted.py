"""Lines of documents brought to one way of counting: quantities in the good's own unit, sums that hold VAT.

УТ writes both quantities into a line. УНФ writes one, in the line's own unit; БП a sum without VAT where the document's
prices are without it. What the profile says of its documents (``counts``, ``amount``) is applied here, exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mappings.units import divided, weighted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from mappings.units import Factor


def in_own_units(lines: pd.DataFrame, factors: Mapping[str, Factor]) -> pd.DataFrame:
    """Return lines with ``quantity`` counted in the good's unit, made of ``packages`` in ``our_unit``.

    A unit that no factor is known of is the good's own. Quantities are rounded once, to a millionth.
    """
    units = lines["our_unit"].cat
    of_unit = [factors.get(name) for name in units.categories]
    packages = lines["packages"].to_numpy()
    quantity = packages.copy()
    codes = units.codes.to_numpy()
    for place, factor in enumerate(of_unit):
        if factor is None:
            continue
        mine = np.flatnonzero(codes == place)
        whole = weighted(packages[mine], [factor.numerator], np.zeros(len(mine), np.int64))
        quantity[mine] = divided(whole, factor.denominator)
    return lines.assign(quantity=quantity)


def with_vat(lines: pd.DataFrame) -> pd.DataFrame:
    """Return lines whose ``amount`` holds VAT on every document; it was without it where ``vat_included`` is not."""
    amount = lines["amount"].to_numpy()
    return lines.assign(amount=np.where(lines["vat_included"].to_numpy(), amount, amount + lines["vat"].to_numpy()))
