"""Pictures as SVG text: lines, pairs of bars, bars that lie; readable in print and without colour.

What a mark means is told by its dash, its hatching and its label, colour only repeats it. No style stands in the
markup: the pages' policy forbids it, and the stylesheet knows the classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH: Final = 640
HEIGHT: Final = 220
LEFT: Final = 84
RIGHT: Final = 12
TOP: Final = 14
BOTTOM: Final = 26
MOST_LABELS: Final = 8


@dataclass(frozen=True, slots=True)
class Series:
    """A row of values with its name; None is a gap."""

    name: str
    values: Sequence[float | None]


def lines(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    told: Callable[[float], str],
    scale: Callable[[float], str],
) -> Markup:
    """Return lines over time between 0 and 100 per cent, each with its own dash and marks."""
    frame = _Frame(labels, 0.0, 100.0)
    body = [frame.grid((0, 25, 50, 75, 100), scale), frame.days()]
    for place, each in enumerate(series):
        points = [(frame.x(at), frame.y(value)) for at, value in enumerate(each.values) if value is not None]
        if not points:
            continue
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        body.append(f'<polyline class="c-line c-line-{place}" points="{path}"/>')
        body += [_mark(place, x, y) for x, y in points[-1:]]
        known = [value for value in each.values if value is not None]
        body.append(
            _text(
                points[-1][0] - 6,
                points[-1][1] - 8 if place == 0 else points[-1][1] + 16,
                told(known[-1]),
                "end",
                "c-value",
            )
        )
    return _picture(title, "".join(body), _legend_lines([each.name for each in series]))


def pairs(title: str, labels: Sequence[str], series: Sequence[Series], told: Callable[[float], str]) -> Markup:
    """Return two bars for each day, side by side: the first filled, the second hatched."""
    top = max((value for each in series for value in each.values if value is not None), default=0.0) or 1.0
    frame = _Frame(labels, 0.0, top)
    steps = [top * part / 4 for part in range(5)]
    body = [frame.grid(steps, told), frame.days()]
    width = max(1.5, frame.step * 0.36)
    for place, each in enumerate(series):
        for at, value in enumerate(each.values):
            if value is None:
                continue
            x = frame.x(at) + (place - 1) * width + (0.5 if place else -0.5)
            y = frame.y(max(value, 0.0))
            body.append(
                f'<rect class="c-bar c-bar-{place}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{max(frame.floor - y, 0.5 if value else 0):.1f}">'
                f"<title>{escape(labels[at])}: {escape(each.name)} {escape(told(value))}</title></rect>"
            )
    return _picture(title, "".join(body), _legend_bars([each.name for each in series]))


def lying(title: str, rows: Sequence[tuple[str, float, str]]) -> Markup:
    """Return a bar for each row, the name above it and the value below: name, value, value as it is told."""
    top = max((value for _, value, _ in rows), default=0.0) or 1.0
    high = 64
    body = []
    for place, (name, value, told) in enumerate(rows):
        y = place * high
        width = max(2.0, value / top * WIDTH)
        body.append(_text(0, y + 13, _short(name), "start", "c-name"))
        body.append(f'<rect class="c-bar c-bar-0" x="0" y="{y + 18}" width="{width:.1f}" height="12"/>')
        body.append(_text(0, y + 48, told, "start", "c-value"))
    return _picture(title, "".join(body), "", height=max(high, high * len(rows)))


def strip(title: str, values: Sequence[tuple[float, str, bool]]) -> Markup:
    """Return small bars in a row: value, what is told of it, whether it failed (hatched, with a cross above)."""
    width, high, step = 240, 34, 8
    top = max((value for value, _, _ in values), default=0.0) or 1.0
    body = []
    for place, (value, told, failed) in enumerate(values[-width // step :]):
        height = max(1.5, value / top * (high - 8))
        x, y = place * step, high - height
        kind = "c-bar-1" if failed else "c-bar-0"
        body.append(
            f'<rect class="c-bar {kind}" x="{x}" y="{y:.1f}" width="{step - 2}" height="{height:.1f}">'
            f"<title>{escape(told)}</title></rect>"
        )
        if failed:
            body.append(_text(x + 3, y - 1, "×", "middle", "c-cross"))
    inside = f'<title>{escape(title)}</title><line class="c-axis" x1="0" y1="{high}" x2="{width}" y2="{high}"/>'
    return Markup(  # noqa: S704 - made here, and every text in it is escaped
        f'<svg class="strip" viewBox="0 0 {width} {high + 1}" role="img">{inside}{"".join(body)}</svg>'
    )


@dataclass(slots=True)
class _Frame:
    """The ground that values stand on."""

    labels: Sequence[str]
    low: float
    high: float

    @property
    def floor(self) -> float:
        return HEIGHT - BOTTOM

    @property
    def step(self) -> float:
        return (WIDTH - LEFT - RIGHT) / max(1, len(self.labels))

    def x(self, at: int) -> float:
        return LEFT + self.step * (at + 0.5)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.floor - share * (self.floor - TOP)

    def grid(self, steps: Sequence[float], told: Callable[[float], str]) -> str:
        found = []
        for value in steps:
            y = self.y(value)
            found.append(f'<line class="c-grid" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>')
            found.append(_text(LEFT - 6, y + 4, told(value), "end", "c-label"))
        return "".join(found)

    def days(self) -> str:
        every = max(1, -(-len(self.labels) // MOST_LABELS))
        return "".join(
            _text(self.x(at), HEIGHT - 8, label, "middle", "c-label")
            for at, label in enumerate(self.labels)
            if at % every == 0
        )


def _picture(title: str, body: str, legend: str, *, height: int = HEIGHT) -> Markup:
    return Markup(  # noqa: S704 - made here, and every text in it is escaped
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img"><title>{escape(title)}</title>'
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="c-hatch-ground" width="6" height="6"/><line class="c-hatch" x1="0" y1="0" x2="0" y2="6"/>'
        f"</pattern></defs>{body}</svg>{legend}"
    )


def _legend_lines(names: Sequence[str]) -> str:
    return _legend(
        f'<svg class="key" viewBox="0 0 34 12" aria-hidden="true"><line class="c-line c-line-{place}" x1="1" y1="6" '
        f'x2="33" y2="6"/>{_mark(place, 17, 6)}</svg>{escape(name)}'
        for place, name in enumerate(names)
    )


def _legend_bars(names: Sequence[str]) -> str:
    return _legend(
        f'<svg class="key" viewBox="0 0 34 12" aria-hidden="true"><rect class="c-bar c-bar-{place}" x="8" y="0" '
        f'width="18" height="12"/></svg>{escape(name)}'
        for place, name in enumerate(names)
    )


def _legend(items: object) -> str:
    return f'<ul class="legend">{"".join(f"<li>{item}</li>" for item in items)}</ul>'  # type: ignore[attr-defined]  # an iterable of texts


def _mark(place: int, x: float, y: float) -> str:
    if place == 0:
        return f'<circle class="c-mark c-mark-0" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    return f'<rect class="c-mark c-mark-1" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
