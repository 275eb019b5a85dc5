"""Own goods: our assortment with its codes and names, for matching at the manufacturer.

Where a row ends: ``группа`` and ``помечен на удаление`` are no goods to match; ``не в выбранных группах`` and ``не
сопоставлен`` by the link's choice; ``нет кода`` waits, where codes leave instead of references; ``нет наименования``
and ``код повторяется`` are refused: the manufacturer keeps one name a code.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from mappings.translate.result import SET_ASIDE_COLUMNS, Counts, Translation

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

GROUP: Final = "группа"
DELETED: Final = "помечен на удаление"
ELSEWHERE: Final = "не в выбранных группах"
UNMATCHED: Final = "не сопоставлен"
NO_CODE: Final = "нет кода"
NO_NAME: Final = "нет наименования"
REPEATED: Final = "код повторяется"
SAID: Final = {
    NO_CODE: "Заполните код товара в 1С или отправляйте ссылки (настройка «Наши коды»).",
    NO_NAME: "Заполните наименование товара в 1С.",
    REPEATED: "Такой же код есть у другого товара: исправьте коды в 1С или отправляйте ссылки.",
}
LEFT_OUT: Final = (GROUP, DELETED, ELSEWHERE, UNMATCHED)


def translate(
    goods: pd.DataFrame,
    *,
    codes: Mapping[str, str],
    groups: Collection[str] = (),
    matched: Collection[str] | None = None,
) -> Translation:
    """Translate our goods (``model.GOODS``) into table ``goods``: key, good_code, name.

    ``codes``: what of ours leaves; ``groups``: references of the groups that are sent, with what lies in them (empty =
    all); ``matched``: the goods that have a correspondence, where only those are sent.
    """
    import pandas as pd

    lines: dict[str, tuple[str, str, str]] = {}
    fates: Counter[str] = Counter()
    aside = []
    wanted = _inside(goods, groups)
    flags = [
        goods[name].tolist() if name in goods.columns else [False] * len(goods) for name in ("is_group", "deleted")
    ]
    for our_id, name, is_group, deleted in zip(_texts(goods, "our_good"), _texts(goods, "name"), *flags, strict=True):
        code = codes.get(our_id, "")
        reason = _reason(
            {
                GROUP: is_group,
                DELETED: deleted,
                ELSEWHERE: wanted is not None and our_id not in wanted,
                UNMATCHED: matched is not None and our_id not in matched,
                NO_CODE: not code,
                NO_NAME: not name.strip(),
                REPEATED: code in lines,
            }
        )
        fates[reason] += 1
        if not reason:
            lines[code] = (our_id, code, name.strip())
        elif reason in SAID:
            aside.append(("good", our_id, name, reason, SAID[reason], 0, 0))
    counts = Counts(read=len(goods), sent=len(lines), lines=len(lines))
    counts.left_out = {name: fates[name] for name in LEFT_OUT if fates[name]}
    counts.unmatched = {NO_CODE: fates[NO_CODE]} if fates[NO_CODE] else {}
    counts.refused = {name: fates[name] for name in (NO_NAME, REPEATED) if fates[name]}
    counts.check()
    frame = pd.DataFrame(list(lines.values()), columns=["key", "good_code", "name"], dtype=object)
    set_aside = pd.DataFrame(aside, columns=list(SET_ASIDE_COLUMNS))
    return Translation({"goods": frame}, counts, {"goods": str(len(lines))}, set_aside)


def _reason(rules: Mapping[str, bool]) -> str:
    """Return the first rule that holds, "" where none does."""
    return next((name for name, holds in rules.items() if holds), "")


def _inside(goods: pd.DataFrame, groups: Collection[str]) -> set[str] | None:
    """Return everything that lies in some groups, at any depth; None where no group is chosen."""
    if not groups:
        return None
    parent = dict(zip(_texts(goods, "our_good"), _texts(goods, "parent"), strict=True))
    inside: dict[str, bool] = {}

    def lies(our_id: str) -> bool:
        trail = []
        while our_id and our_id not in inside and our_id not in groups and our_id not in trail:
            trail.append(our_id)
            our_id = parent.get(our_id, "")
        found = our_id in groups or inside.get(our_id, False)
        inside.update(dict.fromkeys(trail, found))
        return found

    return {our_id for our_id in parent if lies(parent[our_id])}


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    return [str(value) for value in frame[name].astype(object)] if name in frame.columns else [""] * len(frame)
