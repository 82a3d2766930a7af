"""The runs themselves: the best, the pruned, the checks they went through; and every value that is undefined, with its reason."""

import pandas as pd

from sensorscape.report.blocks import Block, Section, Words
from sensorscape.report.links import MLFLOW
from sensorscape.report.tables import Column
from sensorscape.report.view import View
from sensorscape.report.words import metric_name

BEST = 5


def section(view: View) -> Section:
    """Champions, the best and worst cells with links to MLflow, pruned runs, the checks."""
    m = view.material
    blocks: list[Block] = [
        Words(
            (
                f"Links open the cell's registered model in the MLflow UI on {MLFLOW}: start it with “sensorscape ui”. They go by the "
                f"model's name, so they hold when "
                "the store is rebuilt.",
            ),
            "note",
        )
    ]
    if m.champions:
        blocks.append(_champions(view))
    blocks += [_cells(view, best=True), _cells(view, best=False), _pruned(view)]
    if m.verdicts.get("expectations"):
        blocks.append(_checks(view))
    return Section("runs", "Cells and runs", "Where to look a model up.", tuple(blocks))


def undefined(view: View) -> Section:
    """Every metric without a value, and why."""
    m = view.material
    metrics = m.tables["metrics"]
    rows = metrics[metrics["value"].isna() & (metrics["reason"] != "")]
    rows = rows.assign(name=[metric_name(metric) for metric in rows["metric"]])
    columns = (
        Column("sensor", "sensor", kind="sensor"), Column("name", "metric", kind="text"), Column("budget", "budget", kind="text"),
        Column("reading", "reading", kind="text"),
        Column("reason", "why it is undefined", kind="text"),
    )  # fmt: skip
    table = view.table("undefined", "Undefined values", rows, columns, empty="every metric is defined")
    return Section("undefined", "What is undefined, and why", "An undefined number is never filled in.", (table,))


def _champions(view: View) -> Block:
    m = view.material
    rows = pd.DataFrame([{"sensor": sensor, **champion} for sensor, champion in sorted(m.champions.items())])
    columns = [Column("sensor", "sensor", kind="sensor"), Column("cell", "registered model", kind="cell")]
    columns += [
        Column(key, header, 3)
        for key, header in (("kappa_choice", "kappa it was chosen by"), ("kappa_report", "kappa it is reported with"))
        if key in rows
    ]
    caption = "Chosen on one half of the test split and reported on the other, so that being the best of many does not flatter it."
    return view.table("champions", "Champions", rows, columns, caption=caption)


def _cells(view: View, *, best: bool) -> Block:
    m = view.material
    frame = m.tables["fitness"]
    frame = frame[(frame["budget"] == m.budget) & frame["fitness"].notna()]
    frame = frame.merge(m.tables["cells"], on="cell", how="left", suffixes=("", "_cell"))
    ordered = frame.sort_values(["fitness", "cell", "seed"], ascending=[not best, True, True])
    picked = pd.concat([ordered[ordered["sensor"] == sensor].head(BEST) for sensor in m.sensors]) if len(ordered) else ordered
    columns = (
        Column("sensor", "sensor", kind="sensor"),
        Column("cell", "registered model", kind="cell"),
        Column("seed", "seed", 0),
        Column("fitness", "fitness", 3),
        Column("accuracy", "accuracy", 3),
        Column("depth", "depth", 0),
        Column("edges", "edges", 0),
        Column("conv3x3", "conv3×3", 0),
        Column("conv1x1", "conv1×1", 0),
        Column("maxpool3x3", "maxpool3×3", 0),
        Column("parameters", "parameters", 0),
    )
    which = "best" if best else "worst"
    title = f"The {BEST} {which} models of each sensor after {m.budget} epochs"
    return view.table(
        f"{which}_models",
        title,
        picked,
        columns,
        fold=not best,
        unlinked=sorted(m.table_sensors),
        empty="no model was trained: the fitness is looked up" if m.table_sensors >= set(m.sensors) else "no model was accepted",
    )


def _pruned(view: View) -> Block:
    m = view.material
    columns = (
        Column("sensor", "sensor", kind="sensor"), Column("cell", "registered model", kind="cell"),
        Column("seed", "seed", kind="text"), Column("roles", "role", kind="text"),
        Column("outcome", "outcome", kind="text"), Column("reasons", "why it was pruned", kind="text"),
    )  # fmt: skip
    return view.table("pruned_runs", "Pruned runs", m.tables["pruned"], columns, empty="quality control accepted every run")


def _checks(view: View) -> Block:
    m = view.material
    frame = pd.DataFrame(list(m.verdicts["expectations"]))
    frame["found"] = [
        "passed" if success else f"{int(count)} unexpected" for success, count in zip(frame["success"], frame["unexpected"], strict=True)
    ]
    columns = (
        Column("name", "expectation", kind="text"), Column("looks_at", "looks at", kind="text"),
        Column("consequence", "if not met", kind="text"),
        Column("checked", "checked", 0), Column("found", "found", kind="text"),
    )  # fmt: skip
    return view.table("run_checks", "What the quality control of the runs expected and found", frame, columns, fold=True)
