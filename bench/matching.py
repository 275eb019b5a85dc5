"""``make bench-matching``: what the matching engine finds, leave one dealer out, and how fast it is.

Nothing is tuned on the dealer that is judged: weights, calibration and threshold come from the other eight.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bench.matching_data import FILES, Dealers, addresses, candidates, lessons, read
from bench.matching_world import catalogs, drinks_and_snacks, household
from bench.stock import RESULTS, machine
from mappings.matching.certainty import best, probabilities
from mappings.matching.evaluating import evaluated
from mappings.matching.fitting import Outcome, fit_model, judged_by, measured, rescored
from mappings.matching.goods import suggest_goods
from mappings.matching.learning import Lesson, fit_weights, wilson
from mappings.matching.model import SHIPPED, Model
from mappings.matching.names import Steps
from mappings.matching.parties import suggest_outlets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mappings.matching.ranking import Ranked

DATA: Final = Path(__file__).parent.parent.parent / "shared" / "data" / "matching"
STEPS: Final = (
    ("glued", "glued words"),
    ("alike", "look-alike letters"),
    ("quantities", "quantities"),
    ("abbreviations", "abbreviations"),
    ("vocabulary", "catalog's words and spelling"),
    ("stems", "stems (all)"),
)
SPEEDS: Final = ((10_000, 10_000), (100_000, 10_000))


def foreign(dealers: Dealers, seed: int) -> list[Ranked]:
    """Return rankings of goods that the manufacturer does not make: the same trade, and others."""
    strange = (household(3000, seed), drinks_and_snacks(2000, seed))
    return [candidates(goods, dealers.theirs) for goods in strange]


def generated() -> Lesson:
    """Return a lesson of another trade: drinks of the sandbox as a distributor writes them."""
    ours, theirs, truth = catalogs(1000, 1500, seed=11)
    ours = [item for item in ours if item.id in truth]
    places = {item.id: place for place, item in enumerate(theirs)}
    return Lesson(candidates(ours, theirs), np.array([places[truth[item.id]] for item in ours]))


def left_out(dealers: Dealers) -> dict[str, Any]:
    """Judge every dealer by a model of the others and return the figures of all together."""
    taught = lessons(dealers)
    drinks = generated()
    before, after = foreign(dealers, 1), foreign(dealers, 2)
    outcomes: list[Outcome] = []
    chosen: list[Any] = []
    strange = np.zeros(3, dtype=np.int64)
    missing = np.zeros(2, dtype=np.int64)
    per_dealer: dict[str, Any] = {}
    for dealer, lesson in taught.items():
        others = [other for name, other in taught.items() if name != dealer]
        model = fit_model(others, aside=[drinks], foreign=before)
        outcome = judged_by(model, lesson)
        green = (outcome.probability >= model.green) & (outcome.margin >= model.margin)
        outcomes.append(outcome)
        chosen.append(green)
        strange += sum((_foreign_states(ranked, model) for ranked in after), start=np.zeros(3, dtype=np.int64))
        missing += _without_answers(lesson, model)
        per_dealer[dealer] = measured(outcome, model.green, model.margin) | {"threshold": model.green}
        print(f"  dealer {dealer:>3}: {len(outcome.right):4} rows, recall@1 {per_dealer[dealer]['recall_1']:.3f}, "
              f"green {green.mean():.3f} from {model.green:.3f}")  # fmt: skip
    joined = Outcome(*(np.concatenate([getattr(each, name) for each in outcomes]) for name in Outcome.__slots__))
    # The greens are those of each dealer's own threshold: probabilities are marked by it and measured at one half.
    marked = replace(joined, probability=np.where(np.concatenate(chosen), 1.0, 0.0), margin=np.ones(len(joined.right)))
    figures = measured(marked, 0.5, 0.0)
    figures["brier"] = measured(joined, 0.5, 0.0)["brier"]
    figures["foreign_goods"], figures["foreign_green"], figures["foreign_none"] = (int(each) for each in strange)
    figures["answer_missing_rows"], figures["answer_missing_green"] = (int(each) for each in missing)
    figures["bins"] = calibration_bins(joined)
    return figures | {"dealers": per_dealer}


def _foreign_states(ranked: Ranked, model: Model) -> Any:
    ordered = rescored(ranked, model.weights, model.outbid)
    first = best(ordered)
    chance = probabilities(first.figures, model.certainty)
    green = (chance >= model.green) & (first.clear >= model.margin)
    return np.array([len(chance), green.sum(), (chance < model.none).sum()])


def _without_answers(lesson: Lesson, model: Model) -> Any:
    """Count what is green where the right good is taken out of the catalog and its siblings stay."""
    ordered = rescored(lesson.ranked, model.weights, model.outbid)
    first = best(ordered, without=lesson.answers)
    chance = probabilities(first.figures, model.certainty)
    known = lesson.answers >= 0
    green = (chance >= model.green) & (first.clear >= model.margin) & known
    return np.array([known.sum(), green.sum()])


def calibration_bins(outcome: Outcome) -> list[dict[str, float]]:
    """Return for tenths of probability: rows, mean probability, share that was right."""
    made = []
    for low in np.arange(0, 1, 0.1):
        held = (outcome.probability >= low) & (outcome.probability < low + 0.1)
        if held.any():
            said, was = outcome.probability[held].mean(), outcome.right[held].mean()
            made.append({"rows": int(held.sum()), "said": round(float(said), 3), "was": round(float(was), 3)})
    return made


def levels() -> list[tuple[str, Steps]]:
    """Return the normaliser with no step, with the first, the first two, and so on."""
    none = Steps(**{name: False for name, _ in STEPS})
    made = [("lower case only", none)]
    for name, title in STEPS:
        made.append((f"+ {title}", replace(made[-1][1], **{name: True})))
    return made


def ablation(dealers: Dealers) -> list[dict[str, Any]]:
    """Return recall by likeness of letters and words alone, and by the whole ranking, for each normaliser step."""
    made = []
    for title, steps in levels():
        taught = lessons(dealers, steps)
        plain = {"letters": 1.0, "words": 1.0}
        rows = {"plain": [], "ranked": []}  # type: dict[str, list[int]]
        for dealer, lesson in taught.items():
            weights = fit_weights([other for name, other in taught.items() if name != dealer])
            zero = dict.fromkeys(weights, 0.0) | plain
            rows["plain"] += _places(lesson, zero, 0.0)
            rows["ranked"] += _places(lesson, weights, Model().outbid)
        figures = {f"{name}_{at}": _recall(places, at) for name, places in rows.items() for at in (1, 5)}
        made.append({"step": title} | figures)
        print(f"  {title:32}" + "".join(f"{value:9.3f}" for value in figures.values()))
    return made


def _places(lesson: Lesson, weights: dict[str, float], outbid: float) -> list[int]:
    ordered = rescored(lesson.ranked, weights, outbid)
    made = []
    for row, answer in enumerate(lesson.answers):
        if answer >= 0:
            found = np.flatnonzero(ordered.goods[ordered.starts[row] : ordered.starts[row + 1]] == answer)
            made.append(int(found[0]) if len(found) else -1)
    return made


def _recall(places: Sequence[int], at: int) -> float:
    return round(sum(0 <= place < at for place in places) / len(places), 4)


def outlets(folder: Path) -> dict[str, Any]:
    """Print and return what is found by addresses alone, among composed neighbours."""
    ours, theirs, truth = addresses(folder)
    found = evaluated(suggest_outlets(ours, theirs), truth)
    print(f"Addresses, {len(ours)} typed among {len(theirs)} composed: {found}")
    return {"theirs": len(theirs)} | asdict(found)


def fitted(dealers: Dealers) -> Model:
    """Return the model to be shipped, fitted on all dealers."""
    taught = list(lessons(dealers).values())
    return fit_model(taught, aside=[generated()], foreign=foreign(dealers, 1), version=f"shipped {date(2026, 11, 24)}")


def speed(rows: int, goods: int) -> dict[str, Any]:
    """Suggest for a generated catalog in a process of its own: CPU and wall seconds, peak memory, how much is right."""
    command = [sys.executable, "-m", "bench.matching", "--once", str(rows), str(goods)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def once(rows: int, goods: int) -> dict[str, Any]:
    """Do the speed job in this process and return its figures."""
    ours, theirs, truth = catalogs(rows, goods)
    before, cpu = time.perf_counter(), time.process_time()
    made = suggest_goods(ours, theirs)
    took, used = time.perf_counter() - before, time.process_time() - cpu
    known = [each for each in made if each.our_id in truth]
    green = [each for each in made if each.state == "green"]
    right = sum(each.best is not None and each.best.their_id == truth.get(each.our_id) for each in green)
    first = sum(each.best is not None and each.best.their_id == truth[each.our_id] for each in known)
    return {
        "ours": len(ours), "theirs": len(theirs), "wall_s": round(took, 2), "cpu_s": round(used, 2),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "recall_1": round(first / max(len(known), 1), 4), "green": len(green),
        "green_precision_low": round(wilson(right, len(green))[0], 4),
    }  # fmt: skip


def start_time() -> float:
    """Return the least of three: seconds until ``mi1c match --help`` has answered."""
    took = []
    for _ in range(3):
        before = time.perf_counter()
        subprocess.run([sys.executable, "-m", "mi1c", "match", "--help"], capture_output=True, check=True)
        took.append(time.perf_counter() - before)
    return round(min(took), 2)


def main() -> None:
    """Measure quality (where the data is there), with ``--speed`` speed as well; write bench/results/matching.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--speed", action="store_true", help="measure speed on generated goods instead of quality")
    parser.add_argument("--fit", action="store_true", help="fit the model that is shipped and write it")
    parser.add_argument("--once", type=int, nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.once:
        print(json.dumps(once(*given.once)))
        return
    if not given.speed and not all((given.data / name).is_file() for name in FILES):
        raise SystemExit(
            f"The development data is not there: {given.data} needs {' and '.join(FILES)}. Say --data FOLDER."
        )
    if given.fit:
        model = fitted(read(given.data))
        SHIPPED.write_text(model.dumps(), "utf-8")
        print(json.dumps({"green": model.green} | model.figures, indent=1))
        return
    part = measured_speed() if given.speed else measured_quality(given.data)
    keep(part)


def measured_speed() -> dict[str, Any]:
    """Print and return the speed figures."""
    made: dict[str, Any] = {"start_s": start_time()}
    print(f"mi1c match --help: {made['start_s']} s")
    for rows, goods in SPEEDS:
        figures = speed(rows, goods)
        print(f"{rows:,} x {goods:,}: {figures}")
        made[f"{rows}x{goods}"] = figures
    return {"speed": made}


def measured_quality(folder: Path) -> dict[str, Any]:
    """Print and return the quality figures."""
    places = outlets(folder)
    dealers = read(folder)
    print("Leave one dealer out:")
    figures = left_out(dealers)
    for name, value in figures.items():
        if not isinstance(value, (dict, list)):
            print(f"  {name:34}{value}")
    print(f"Normaliser, step by step:{'':9}{'plain @1':>9}{'@5':>9}{'ranked @1':>9}{'@5':>9}")
    return {"left_out": figures, "normaliser": ablation(dealers), "addresses": places}


def keep(part: dict[str, Any]) -> None:
    """Write figures into the results' file beside those of other parts."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / "matching.json"
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    stamp = {"machine": machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    path.write_text(json.dumps(before | stamp | part, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"\n{path.relative_to(Path(__file__).parent.parent)}")


if __name__ == "__main__":
    main()
