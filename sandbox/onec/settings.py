"""How a published base behaves: everything that differs between bases or that nobody has measured is set here."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one double; the defaults are what live bases were seen to do.

    - ``forbidden``: user → sets that he has no right to (401, code 20); ``hidden_rows``: set → references that record
      level security hides (401 without ``allowedOnly``).
    - ``strict_if_match``: If-Match counts, as the vendor's book says and live bases do not do.
    - ``ignore_session``: ``IBSession: start`` brings no cookie. ``pool_size`` sessions at once, more are answered 406;
      a kept session ends ``session_max_age`` seconds after its last request.
    - ``cold_start_seconds``: how long the first request waits.
    - ``balance_inclusive``: a balance at a moment has what happened at that very moment (not measured anywhere).
    - ``inlinecount_whole``: ``$inlinecount`` makes ``$top`` and ``$skip`` ignored (the vendor's book, not measured).
    - ``stored_order``: references sort by their stored bytes, where the groups of a GUID stand the other way round, and
      not as text. Whoever pages by Ref_Key must not compare GUIDs himself.
    - ``shuffle``: lists without ``$orderby`` come in another order each time, as nothing promises one.
    - ``url_limit``: longer addresses are answered 414.
    - ``handlers``: set → a configuration's own check before writing; what it returns is the error's text.
    """

    publication: str = "ut"
    enabled: bool = True
    users: Mapping[str, str] = field(default_factory=lambda: {"Администратор": "секрет"})
    forbidden: Mapping[str, Collection[str]] = field(default_factory=dict)
    hidden_rows: Mapping[str, Collection[str]] = field(default_factory=dict)
    strict_if_match: bool = False
    ignore_session: bool = False
    pool_size: int = 50
    session_max_age: float = 20.0
    cold_start_seconds: float = 0.0
    balance_inclusive: bool = False
    inlinecount_whole: bool = True
    stored_order: bool = True
    shuffle: bool = False
    url_limit: int = 8190
    handlers: Mapping[str, Callable[[dict[str, Any]], str | None]] = field(default_factory=dict)
    clock: Callable[[], datetime] = datetime.now
    ticks: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
