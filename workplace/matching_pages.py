"""«Сопоставление»: the list, a decision by one key, undo, claims, search, the history of a row."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any, Final

from fastapi import Form, Query, Request, Response
from sqlalchemy.orm import Session

from foundation.errors import Fault, Faults, NotFound, Occupied
from mappings import correspondences, decisions, worklist
from mappings.audits import draw
from mappings.decisions import Choice, Decision
from mappings.their_search import find_theirs, units_of, warehouses
from mappings.worklist import KINDS, Filter, Queue, Work, WorkKind
from workplace.access import Role
from workplace.guard import Pages
from workplace.names import ACTIONS, KIND_PATHS, PATHS, QUEUE_HELP, QUEUES, SOURCES
from workplace.names import KINDS as TITLES
from workplace.site import Here
from workplace.work_view import Shown, choice, shown

pages = Pages()

PAGE: Final = 30
LONGEST: Final = 18
"""Digits of a factor's part."""


class Desk:
    """The matching of one kind of things in one request: the filter of the address, and the counts."""

    def __init__(self, request: Request, link: str, what: str) -> None:
        if what not in KIND_PATHS:
            raise NotFound(
                "Такого раздела сопоставления нет.",
                en="There is no such part of the matching.",
                todo="Выберите товары, единицы, контрагентов или точки.",
                todo_en="Choose goods, units, counterparties or outlets.",
            )
        self.here = Here(request, link)
        self.what = what
        self.kind: WorkKind = KIND_PATHS[what]  # type: ignore[assignment]  # the mapping holds the kinds
        self.base = f"/links/{link}/matching/{what}"

    def filter(self, asked: Any) -> Filter:
        """Return the filter that an address or a form asks for; without a queue it is the one that holds the answer."""
        queue = asked.get("queue", "")
        least = asked.get("least", "")
        made = Filter(
            queue=Queue(queue) if queue in set(Queue) else self._first(),
            text=asked.get("text", "")[:100],
            group=asked.get("group", "")[:200],
            warehouse=asked.get("warehouse", "")[:100],
            least=int(least) * 100 if least.isascii() and least.isdigit() and len(least) < 4 else 0,  # noqa: PLR2004 - per cent
            order="chance" if asked.get("order") == "chance" else "blocks",
            about=asked.get("about", "")[:100],
        )
        return made if queue in set(Queue) or not made.narrowed else replace(made, queue=self._holding(made))

    def _holding(self, wanted: Filter) -> Queue:
        with self.here.database.session() as session:
            return worklist.holding(session, self.here.link_id, self.kind, wanted) or wanted.queue

    def _first(self) -> Queue:
        """Return the first queue that has anything."""
        counted = self.counts()
        return next((queue for queue in Queue if counted[queue]), Queue.GREEN)

    def counts(self) -> dict[Queue, int]:
        """Return how many rows stand in each queue, as of a few seconds ago and with what was decided here since."""
        key = ("counts", self.here.link_id, self.kind)

        def read() -> dict[Queue, int]:
            with self.here.database.session() as session:
                return worklist.counts(session, self.here.link_id, self.kind)

        found: dict[Queue, int] = self.here.site.queues.take(key, read)
        return found

    def moved(self, before: Queue, after: Queue, number: int = 1) -> None:
        """Count that rows went from a queue to another."""
        counted = self.counts()
        counted[before] -= number
        counted[after] += number

    def recount(self) -> None:
        """Count anew at the next look."""
        self.here.site.queues.forget(("counts", self.here.link_id, self.kind))
        self.here.site.figures.forget(("groups", self.here.link_id, self.kind))

    def values(self, wanted: Filter) -> dict[str, Any]:
        """Return what every page of the matching shows around its content."""
        counted = self.counts()
        return {
            "desk": self,
            "what": self.what,
            "kind": self.kind,
            "base": self.base,
            "wanted": wanted,
            "query": query(wanted),
            "counts": counted,
            "total": sum(counted.values()),
            "kinds": [(PATHS[kind], TITLES[kind]) for kind in KINDS],
            "queue_names": QUEUES,
            "queue_help": QUEUE_HELP,
            "may_decide": self.here.visitor is not None and self.here.visitor.may(Role.OPERATOR),
        }

    def facets(self, wanted: Filter) -> dict[str, Any]:
        """Return groups with their counts, and warehouses."""

        def groups() -> list[tuple[str, int]]:
            with self.here.database.session() as session:
                return worklist.groups(session, self.here.link_id, self.kind, wanted.queue)

        def places() -> list[tuple[str, str]]:
            with self.here.database.session() as session:
                return warehouses(session, self.here.link_id)

        figures = self.here.site.figures
        return {
            "groups": figures.take(("groups", self.here.link_id, self.kind, wanted.queue), groups),
            "places": figures.take(("places", self.here.link_id), places) if self.kind in {"good", "unit"} else [],
        }

    def found(self, session: Session, wanted: Filter) -> int:
        """Return how many rows a filter shows: the queue's count where nothing more is asked."""
        if not wanted.narrowed:
            return self.counts()[wanted.queue]
        key = ("found", self.here.link_id, self.kind, replace(wanted, order="blocks"))
        # Counting what frequent words find reads a whole queue: it is remembered longer than plain counts.
        memory = self.here.site.figures if wanted.text else self.here.site.queues
        number: int = memory.take(key, lambda: worklist.count(session, self.here.link_id, self.kind, wanted))
        return number


def query(wanted: Filter, **changed: str) -> str:
    """Return a filter as the query of an address."""
    from urllib.parse import urlencode

    told = {
        "queue": wanted.queue.value,
        "text": wanted.text,
        "group": wanted.group,
        "warehouse": wanted.warehouse,
        "least": str(wanted.least // 100) if wanted.least else "",
        "about": wanted.about,
        "order": wanted.order if wanted.order != "blocks" else "",
        **changed,
    }
    return urlencode({name: value for name, value in told.items() if value})


# -- the list ----------------------------------------------------------------------------------------------------------


@pages.get("/links/{link}/matching")
def first(request: Request, link: str) -> Response:
    """Lead to the goods."""
    return Here(request, link).go(f"/links/{link}/matching/goods")


@pages.get("/links/{link}/matching/{what}")
def listed(request: Request, link: str, what: str, after: Annotated[str, Query(max_length=400)] = "") -> Response:
    """Show a queue, a page at a time."""
    desk = Desk(request, link, what)
    here, wanted = desk.here, desk.filter(request.query_params)
    with here.database.session() as session:
        page = worklist.page(session, here.link_id, desk.kind, wanted, at=here.now, after=after, limit=PAGE)
        rows = shown(session, here.link_id, desk.kind, page.rows)
        number = desk.found(session, wanted) if not after else 0
    values = {**desk.values(wanted), "rows": rows, "after": page.after, "found": number}
    if here.partial and after:
        return here.render("parts/rows.html", **values)
    return here.render("matching.html", **values, **desk.facets(wanted), query_of=query)


# -- deciding ----------------------------------------------------------------------------------------------------------


@pages.post("/links/{link}/matching/{what}/decide")
def decide(
    request: Request,
    link: str,
    what: str,
    our_id: Annotated[str, Form()],
    action: Annotated[str, Form()],
    scope: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
    their_id: Annotated[str, Form()] = "",
    their_unit: Annotated[str, Form()] = "",
    factor: Annotated[str, Form()] = "",
) -> Response:
    """Decide one row; the answer is the row as it stands then, the counts, and its doubles."""
    desk = Desk(request, link, what)
    here = desk.here
    chosen = _choice(desk.kind, action, their_id, their_unit, factor)
    with here.database.begin() as session:
        row, decision = decisions.decide(
            session,
            here.link_id,
            desk.kind,
            (our_id, scope),
            chosen,
            author=here.author,
            at=here.now,
            seen=Queue(seen) if seen in set(Queue) else None,
        )
        unseen_green = row.queue is Queue.GREEN and action == "pair" and their_id == row.their_id
        if unseen_green:
            draw(session, here.link_id, desk.kind, [row], at=here.now)
        pair = action == "pair"
        twins = worklist.twins(session, here.link_id, desk.kind, row, at=here.now) if pair else []
    desk.moved(row.queue, decisions.AFTER[chosen.action])
    return _decided(desk, row, decision, chosen, twins)


def _choice(kind: WorkKind, action: str, their_id: str, their_unit: str, factor: str) -> Choice:
    """Return what a form chose; raises Faults."""
    faults = []
    if action not in decisions.AFTER:
        faults.append(Fault("action", "такого решения нет", "there is no such decision"))
    if action == "pair" and not (their_unit if kind == "unit" else their_id):
        faults.append(Fault("their_id", "не выбрано, с чем сопоставить", "nothing was chosen"))
    ratio = _ratio(factor) if action == "pair" and their_unit else Fraction(1)
    if ratio is None:
        said = "коэффициент пишется как 12, 0,5 или 1/3 и больше нуля"
        faults.append(Fault("factor", said, "a factor is written 12, 0.5 or 1/3, above zero"))
    if faults or ratio is None:
        raise Faults(
            "Строка не решена.",
            faults,
            en="The row was not decided.",
            todo="Исправьте и повторите.",
            todo_en="Mend it and try again.",
        )
    return Choice(action, their_id, their_unit, ratio.numerator, ratio.denominator)  # type: ignore[arg-type]  # checked above


def _ratio(text: str) -> Fraction | None:
    above, _, below = text.replace(" ", "").replace(",", ".").partition("/")
    if not above or max(len(above), len(below)) > LONGEST:
        return None
    try:
        found = Fraction(above) / Fraction(below or "1")
    except (ValueError, ZeroDivisionError):
        return None
    return found if found > 0 else None


def _decided(desk: Desk, row: Work, decision: Decision, chosen: Choice, twins: list[Work]) -> Response:
    name = next((str(each["name"]) for each in row.candidates if each.get("their_id") == chosen.their_id), "")
    return desk.here.render(
        "parts/decided.html",
        row=row,
        decision=decision,
        chosen=chosen,
        name=name,
        twins=twins,
        action=ACTIONS[chosen.action],
        **desk.values(Filter(queue=row.queue)),
    )


@pages.post("/links/{link}/matching/{what}/twins")
def decide_twins(
    request: Request,
    link: str,
    what: str,
    decision: Annotated[int, Form()],
) -> Response:
    """Give the doubles of a decided row the same pair."""
    desk = Desk(request, link, what)
    here = desk.here
    with here.database.begin() as session:
        done = decisions.story_of(session, here.link_id, decision)
        row = worklist.one(session, here.link_id, desk.kind, done.our_id, done.scope, at=here.now)
        if row is None:
            raise decisions.gone()
        number = 0
        for twin in worklist.twins(session, here.link_id, desk.kind, row, at=here.now):
            if twin.claimed_by in {"", here.author}:
                chosen = decisions.chosen_before(session, here.link_id, done)
                decisions.decide(
                    session, here.link_id, desk.kind, (twin.our_id, twin.scope), chosen, author=here.author, at=here.now
                )
                number += 1
    desk.recount()
    told = here.t.count(number, "строка", "строки", "строк")
    return here.render("parts/twins_done.html", told=told, **desk.values(Filter()))


@pages.post("/links/{link}/matching/{what}/undo")
def undo(request: Request, link: str, what: str, decision: Annotated[int, Form()] = 0) -> Response:
    """Undo a decision, the operator's last one where none is named; the answer is the row as it was."""
    desk = Desk(request, link, what)
    here = desk.here
    with here.database.begin() as session:
        if not decision:
            newest = decisions.last(session, here.link_id, desk.kind, here.author)
            if newest is None:
                raise Occupied(
                    "Отменять нечего: в этом разделе нет ваших решений.",
                    en="There is nothing of yours to undo here.",
                    todo="Решение другого оператора отменяется в истории строки.",
                    todo_en="What another one decided is undone in the row's history.",
                )
            decision = newest.id
        done = decisions.undo_decision(session, here.link_id, decision, author=here.author, at=here.now)
        work = worklist.one(session, here.link_id, desk.kind, done.our_id, done.scope, at=here.now)
        if work is None:
            raise decisions.gone()
        row = shown(session, here.link_id, desk.kind, [work])[0]
    desk.moved(decisions.AFTER[done.action], work.queue)  # type: ignore[index]  # as stored
    return here.render("parts/undone.html", row=row, **desk.values(Filter(queue=work.queue)))


@pages.post("/links/{link}/matching/{what}/claim")
def claim(
    request: Request,
    link: str,
    what: str,
    our_id: Annotated[str, Form()],
    scope: Annotated[str, Form()] = "",
) -> Response:
    """Put a row before the operator; 409 where another one has it."""
    desk = Desk(request, link, what)
    here = desk.here
    with here.database.begin() as session:
        decisions.claim(session, here.link_id, desk.kind, our_id, scope, operator=here.author, at=here.now)
    return Response(status_code=204)


# -- looking further ---------------------------------------------------------------------------------------------------


@pages.get("/links/{link}/matching/{what}/search")
def search(
    request: Request,
    link: str,
    what: str,
    our_id: str,
    scope: str = "",
    find: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Find other candidates for a row by words or code."""
    desk = Desk(request, link, what)
    here = desk.here
    with here.database.session() as session:
        work = worklist.one(session, here.link_id, desk.kind, our_id, scope, at=here.now)
        if work is None:
            raise decisions.gone()
        if desk.kind == "unit":
            found = units_of(session, here.link_id, work)
        else:
            found = find_theirs(session, here.link_id, desk.kind, find) if find.strip() else []
    if not found and find.strip() and desk.kind in {"counterparty", "outlet"}:
        # Parties of theirs need not be in any catalog of ours: their code is enough.
        found = [{"their_id": find.strip(), "name": here.t("код производителя, нет в справочнике")}]
    choices = [choice(work, each, 0) for each in found]
    return here.render("parts/found.html", choices=choices, find=find, **desk.values(Filter()))


@pages.get("/links/{link}/matching/{what}/history")
def history(request: Request, link: str, what: str, our_id: str, scope: str = "") -> Response:
    """Show everything that was ever decided on a row."""
    return _history(Desk(request, link, what), our_id, scope)


def _history(desk: Desk, our_id: str, scope: str) -> Response:
    here = desk.here
    with here.database.session() as session:
        work = worklist.one(session, here.link_id, desk.kind, our_id, scope, at=here.now)
        pairs = correspondences.history(session, here.link_id, desk.kind, our_id, scope)
        steps = decisions.story(session, here.link_id, desk.kind, our_id, scope)
    return here.render(
        "history.html",
        work=work,
        our_id=our_id,
        scope=scope,
        pairs=pairs,
        steps=steps,
        sources=SOURCES,
        actions=ACTIONS,
        **desk.values(Filter(queue=work.queue if work else Queue.CHECK)),
    )


@pages.post("/links/{link}/matching/{what}/history/undo")
def undo_step(
    request: Request,
    link: str,
    what: str,
    our_id: Annotated[str, Form()],
    decision: Annotated[int, Form()],
    scope: Annotated[str, Form()] = "",
) -> Response:
    """Undo one step of a row's history."""
    desk = Desk(request, link, what)
    here = desk.here
    with here.database.begin() as session:
        decisions.undo_decision(session, here.link_id, decision, author=here.author, at=here.now)
    desk.recount()
    return here.go(_address(desk, our_id, scope), here.t("Решение отменено."))


@pages.post("/links/{link}/matching/{what}/history/again")
def again(
    request: Request,
    link: str,
    what: str,
    our_id: Annotated[str, Form()],
    pair: Annotated[int, Form()],
    scope: Annotated[str, Form()] = "",
) -> Response:
    """Bring a pair of the past back."""
    desk = Desk(request, link, what)
    here = desk.here
    with here.database.begin() as session:
        decisions.confirm_again(session, here.link_id, desk.kind, pair, author=here.author, at=here.now)
    desk.recount()
    return here.go(_address(desk, our_id, scope), here.t("Прежняя пара снова действует."))


def _address(desk: Desk, our_id: str, scope: str) -> str:
    from urllib.parse import urlencode

    return f"{desk.base}/history?{urlencode({'our_id': our_id, 'scope': scope})}"


__all__ = ["Desk", "Shown", "pages", "query"]
