"""Quality control of runs: which trainings count in the landscape, and which look odd but stay.

A run is pruned when it is not *valid*: it did not finish, numbers are missing or impossible, its clock runs backwards or stands
still, an evaluation is not of its budget, or its kappa is undefined. Fitness is never a ground to prune: a run with a low or odd
kappa is flagged, kept, and the footprint is shown with and without it. (The paper left 100, 88 and 75 of 100 models of s1, s2 and
fusion after a quality control that it does not describe: Traoré et al.)
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sensorscape.checks.suite import Expectation, Result, none_of, validate
from sensorscape.errors import SensorscapeError

OUTLIER = 3.5
"""Modified z-score beyond which a kappa is an outlier (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993)."""
SHORTEST = 1.0
"""Seconds below which no median epoch is taken: another process on the cores easily holds one up for as long (assumed)."""
FALL = 0.1
"""A kappa that falls by more than this from one budget to a later one is odd (assumed)."""

Record = Mapping[str, Any]


def expectations(epoch_time_factor: float) -> list[Expectation]:
    """The suite over the table of `tabulate`: what makes a run valid, then what is odd about a fitness.

    Args:
        epoch_time_factor: an epoch that took more than this many times the run's median epoch is not plausible.
    """
    return [*_of_validity(epoch_time_factor), *_of_fitness()]


def _of_validity(epoch_time_factor: float) -> list[Expectation]:
    """A run that fails one of these is pruned."""
    return [
        Expectation("finished", "outcome", "prune", "unfinished", "{value}", "ExpectColumnValuesToBeInSet", {"value_set": ["finished"]}),
        none_of("evaluated_at_every_budget", "missing_evaluations", "prune", "incomplete", "{value} budgets without an evaluation"),
        none_of("trained_every_epoch", "missing_epochs", "prune", "epochs-missing", "{value} epochs are not in the history"),
        none_of("finite_numbers", "not_finite", "prune", "not-finite", "{value} losses or accuracies are not finite numbers"),
        none_of("possible_fitness", "impossible", "prune", "impossible", "{value} kappas or accuracies outside their range"),
        none_of("kappa_defined", "undefined_kappas", "prune", "kappa-undefined", "{value} evaluations with an undefined kappa"),
        none_of(
            "evaluations_of_their_budget",
            "foreign_evaluations",
            "prune",
            "foreign-budget",
            "{value} evaluations not of a budget of the run",
        ),
        none_of(
            "clock_runs_forward", "time_reversals", "prune", "time-reversed", "the cumulative time is missing or falls in {value} steps"
        ),
        Expectation(
            "epoch_time_plausible",
            "slowest_epoch",
            "prune",
            "epoch-time",
            "an epoch took {value:.1f} times the run's median",
            arguments={"max_value": epoch_time_factor},
        ),
    ]


def _of_fitness() -> list[Expectation]:
    """A run that fails one of these is flagged and kept."""
    return [
        Expectation(
            "better_than_chance",
            "kappa",
            "flag",
            "chance",
            "kappa is {value:.3f}, no better than chance",
            arguments={"min_value": 0, "strict_min": True},
        ),
        Expectation(
            "not_an_outlier",
            "deviation",
            "flag",
            "outlier",
            f"kappa lies {{value:+.1f}} robust deviations from its sensor's median (rule: beyond {OUTLIER})",
            arguments={"min_value": -OUTLIER, "max_value": OUTLIER},
        ),
        Expectation(
            "does_not_fall",
            "fall",
            "flag",
            "falls",
            f"kappa falls by {{value:.3f}} at a later budget (rule: more than {FALL})",
            arguments={"max_value": FALL},
        ),
        Expectation(
            "predicts_several_classes",
            "predicted_classes",
            "flag",
            "one-class",
            "predicts {value:.0f} class only",
            arguments={"min_value": 2},
        ),
    ]


def judge(records: Sequence[Record], study: Mapping[str, Any], *, epoch_time_factor: float) -> dict[str, Any]:
    """Verdicts on the runs of a study.

    Args:
        records: the ledger's records.
        study: models/study.json: ``budgets`` and ``entries`` (fingerprint, record SHA-256, sensor, seed, roles).
        epoch_time_factor: see `expectations`.

    Returns:
        ``runs``: fingerprint → ``verdict`` (accepted or pruned), ``reasons`` and ``flags`` ("code: words");
        ``expectations``: the table of results; ``counts``: per sensor ``runs``, ``pruned``, ``flagged``, ``population`` and how many of it
        were ``accepted``, ``walk`` and ``walk_accepted``, and ``reasons`` (first reason's code → pruned runs).

    Raises:
        SensorscapeError: when the ledger and the study do not name the same records.
    """
    entries = _matched(records, study["entries"])
    table = tabulate(records, entries, study["budgets"])
    results = validate(table, expectations(epoch_time_factor))
    runs = {
        fingerprint: {"verdict": "pruned" if reasons else "accepted", "reasons": reasons, "flags": flags}
        for fingerprint, reasons, flags in zip(
            table["fingerprint"], _said(results, table, "prune"), _said(results, table, "flag"), strict=True
        )
    }
    return {"runs": runs, "expectations": [result.to_dict() for result in results], "counts": _counts(entries, runs)}


def tabulate(records: Sequence[Record], entries: Mapping[str, Mapping[str, Any]], budgets: Sequence[int]) -> pd.DataFrame:
    """One row per run, in the records' order: what the expectations look at.

    Args:
        records: the ledger's records.
        entries: fingerprint → entry of the study (sensor and roles).
        budgets: the study's budgets in epochs.

    Returns:
        Counts of what should not be there, ``slowest_epoch`` (over the run's median epoch), and of the fitness ``kappa`` at the run's last
        budget, its ``deviation`` (modified z-score among the sensor's finished runs evaluated at that budget; NaN where half of them are
        equal), the largest ``fall`` between budgets, and ``predicted_classes`` at the last budget. NaN where there is no such number.
    """
    rows = [_row(record, _expected_budgets(record, entries[record["fingerprint"]]["roles"], budgets)) for record in records]
    table = pd.DataFrame(rows, columns=list(_row_types)).astype(_row_types)
    table["deviation"] = _deviations(records, table["last_budget"].tolist())
    return table


_row_types: dict[str, str] = {
    "fingerprint": "object",
    "outcome": "object",
    "missing_evaluations": "int64",
    "missing_epochs": "int64",
    "not_finite": "int64",
    "impossible": "int64",
    "undefined_kappas": "int64",
    "foreign_evaluations": "int64",
    "time_reversals": "int64",
    "slowest_epoch": "float64",
    "last_budget": "int64",
    "kappa": "float64",
    "fall": "float64",
    "predicted_classes": "float64",
}


def _row(record: Record, expected: frozenset[int]) -> dict[str, Any]:
    evaluations = {int(key): value for key, value in sorted(record["evaluations"].items(), key=lambda item: int(item[0]))}
    history, epochs = record["history"], record["identity"]["training"]["epochs"]
    times = dict(zip(history["epoch"], history["seconds"], strict=True))
    kappas = [_number(evaluation["test"]["kappa"]) for evaluation in evaluations.values()]
    accuracies = [
        _number(evaluation[part][name])
        for evaluation in evaluations.values()
        for part in ("train", "test")
        for name in ("accuracy", "average_accuracy")
    ]
    durations = np.diff([0.0, *(_number(times[epoch]) for epoch in sorted(times))])
    clock = [0.0, *(_number(evaluation["seconds"]) for evaluation in evaluations.values())]
    last = evaluations[max(evaluations)]["test"] if evaluations else None
    return {
        "fingerprint": record["fingerprint"],
        "outcome": record["outcome"],
        "missing_evaluations": len(expected - set(evaluations)),
        "missing_epochs": len(set(range(1, epochs + 1)) - set(times)),
        "not_finite": sum(not math.isfinite(value) for value in (*map(_number, history["loss"]), *accuracies)),
        "impossible": sum(abs(kappa) > 1 for kappa in kappas) + sum(not 0 <= value <= 1 for value in accuracies if math.isfinite(value)),
        "undefined_kappas": sum(math.isnan(kappa) for kappa in kappas),
        "foreign_evaluations": sum(budget not in expected or value["epoch"] != budget for budget, value in evaluations.items()),
        "time_reversals": int(np.sum(~(durations >= 0)) + np.sum(~(np.diff(clock) >= 0))),
        "slowest_epoch": _slowest(durations),
        "last_budget": max(evaluations, default=0),
        "kappa": kappas[-1] if kappas else math.nan,
        "fall": _fall(kappas),
        "predicted_classes": float(np.count_nonzero(np.sum(last["confusion"], axis=0))) if last else math.nan,
    }


def _expected_budgets(record: Record, roles: Iterable[str], budgets: Sequence[int]) -> frozenset[int]:
    """The budgets that a run should be evaluated at: its own with independent budgets, else all, or on a walk those up to its end."""
    training = record["identity"]["training"]
    own = frozenset(budgets) & frozenset(training["budgets"])  # of independent budgets a run's schedule holds only its own
    return frozenset(budget for budget in own if "population" in roles or budget <= training["epochs"])


def _deviations(records: Sequence[Record], last_budgets: Sequence[int]) -> list[float]:
    """Modified z-score of each run's kappa at its last budget, among all finished runs of its sensor evaluated at that budget."""
    groups: dict[tuple[str, int], list[float]] = {}
    for record in records:
        for budget, evaluation in record["evaluations"].items():
            kappa = _number(evaluation["test"]["kappa"])
            if record["outcome"] == "finished" and math.isfinite(kappa):
                groups.setdefault((record["sensor"], int(budget)), []).append(kappa)
    deviations = []
    for record, budget in zip(records, last_budgets, strict=True):
        group = np.array(groups.get((record["sensor"], budget), [math.nan]))
        centre = float(np.median(group))
        spread = float(np.median(np.abs(group - centre)))
        kappa = _number(record["evaluations"][str(budget)]["test"]["kappa"]) if budget else math.nan
        deviations.append(0.6745 * (kappa - centre) / spread if spread > 0 else math.nan)
    return deviations


def _slowest(durations: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """The longest epoch over the median one, which counts as at least a second: a busy machine can stop shorter ones for longer.

    1 without epochs, or where a clock that runs backwards is another reason already.
    """
    if not durations.size or not np.all(durations >= 0) or not durations.max() > 0:
        return 1.0
    return float(durations.max()) / max(float(np.median(durations)), SHORTEST)


def _fall(kappas: Sequence[float]) -> float:
    """The most that kappa loses against its best at an earlier budget; negative when it only grows, NaN with fewer than two budgets."""
    known = [kappa for kappa in kappas if math.isfinite(kappa)]
    if len(known) < 2:
        return math.nan
    best = np.maximum.accumulate(known)
    return float(np.max(best[:-1] - known[1:]))


def _number(value: Any) -> float:
    """A JSON number as float; null (how records write NaN) as NaN."""
    return math.nan if value is None else float(value)


def _matched(records: Sequence[Record], entries: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Entries by fingerprint, when they and the records name the same runs, once each, with the same digests."""
    ledger = Counter((record["fingerprint"], record["record_sha256"]) for record in records)
    study = Counter((entry["fingerprint"], entry["record_sha256"]) for entry in entries)
    fingerprints = {fingerprint for fingerprint, _ in ledger}
    if ledger != study or len(fingerprints) < len(records):
        differing = sorted({fingerprint[:12] for fingerprint, _ in (ledger - study) + (study - ledger)}) or ["one is named twice"]
        raise SensorscapeError(
            f"models/runs.jsonl and models/study.json do not name the same records (runs {', '.join(differing[:5])}"
            f"{', …' if len(differing) > 5 else ''})",
            "make them again with: dvc repro train",
        )
    return {entry["fingerprint"]: entry for entry in entries}


def _said(results: Sequence[Result], table: pd.DataFrame, consequence: str) -> list[list[str]]:
    """Per row of the table, the reasons of this consequence, in the suite's order."""
    said: list[list[str]] = [[] for _ in range(len(table))]
    for result in results:
        if result.expectation.consequence == consequence:
            for row, reason in zip(result.rows, result.reasons(), strict=True):
                said[row].append(reason)
    return said


def _counts(entries: Mapping[str, Mapping[str, Any]], runs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Per sensor: all runs, pruned and flagged ones, why (first reasons); of the population and of the walks, how many were accepted."""
    counts: dict[str, Any] = {}
    zero = ("runs", "pruned", "flagged", "population", "accepted", "walk", "walk_accepted")
    for fingerprint, entry in entries.items():
        run = runs[fingerprint]
        accepted = run["verdict"] == "accepted"
        count = counts.setdefault(entry["sensor"], {**dict.fromkeys(zero, 0), "reasons": {}})
        count["runs"] += 1
        count["pruned"] += not accepted
        count["flagged"] += bool(run["flags"])
        for role, accepted_of_role in (("population", "accepted"), ("walk", "walk_accepted")):
            count[role] += role in entry["roles"]
            count[accepted_of_role] += role in entry["roles"] and accepted
        if not accepted:
            code = run["reasons"][0].split(":")[0]
            count["reasons"][code] = count["reasons"].get(code, 0) + 1
    return counts
