"""The data: pictures, classes, split, overlap, a linear baseline, and what the checks of the patches found."""

from typing import Any

import pandas as pd

from sensorscape.report.blocks import Block, Facts, Section, Words
from sensorscape.report.tables import Column
from sensorscape.report.text import number, plural
from sensorscape.report.view import View


def section(view: View) -> Section:
    """Figure 2, class counts, split and overlap, baseline, checks."""
    data = view.material.data
    blocks: list[Block] = []
    if data.synthetic:
        blocks.append(
            Words((f"Synthetic patches from {data.source}. {data.synthetic[0].upper()}{data.synthetic[1:].rstrip('.')}.",), "warning")
        )
    blocks.append(view.figure("data_shown", "Synthetic patches, simulated." if data.synthetic else ""))
    blocks.append(Facts(tuple(_facts(view)), "Split and overlap"))
    if data.baseline:
        blocks.append(_baseline(view))
    if data.subset.get("class_counts"):
        blocks.append(_classes(view))
    if data.checks:
        blocks.append(_checks(view))
    return Section("data", "The data" + (" (synthetic)" if data.synthetic else ""), "What the networks were given.", tuple(blocks))


def _facts(view: View) -> list[tuple[str, str]]:
    m = view.material
    subset = m.data.subset
    rows = [("file", m.data.source + (" (synthetic)" if m.data.synthetic else ""))] if m.data.source else []
    for part, name in (("main", "patches"), ("test", "patches of the test file")):
        found = m.data.checks.get(part)
        if found:
            why = "; ".join(f"{reason} ({count})" for reason, count in (found.get("reasons") or {}).items())
            pruned = f"{number(int(found['pruned']))} pruned" + (f": {why}" if why else "")
            rows.append((name, f"{plural(int(found['rows']), 'patch', 'patches')}, {pruned}"))
            rows += [("flag", str(flag)) for flag in found.get("flags") or []]
    if subset:
        rows.append(("trained on", f"{number(int(subset['train']))} patches, tested on {number(int(subset['test']))}"))
        rows.append(
            ("split", f"{subset['split']}" + ("; neighbouring patches may fall on both sides" if subset["split"] == "random" else ""))
        )
    overlap = subset.get("overlap", m.conditions.get("overlap"))
    if overlap is None:
        rows.append(("overlap", f"not known: {subset.get('overlap_reason') or 'no coordinates'}"))
    else:
        rows.append(
            (
                "overlap",
                f"{100 * float(overlap):.0f} % of the test patches overlap a training patch on the ground (88–90 % in the paper's split)",
            )
        )
    return rows


def _baseline(view: View) -> Block:
    m = view.material
    rows = [
        {"sensor": sensor, "kappa": found.get("kappa"), "reason": found.get("reason") or ""} for sensor, found in m.data.baseline.items()
    ]
    frame = pd.DataFrame(rows, columns=["sensor", "kappa", "reason"])
    frame["kappa"] = pd.to_numeric(frame["kappa"])
    columns = (Column("sensor", "sensor", kind="sensor"), Column("kappa", "kappa on the test split", 3))
    caption = (
        "A linear classifier on simple per-channel statistics of the same patches: what a network has to beat before its architecture "
        "matters."
    )
    return view.table("baseline", "Linear baseline per sensor", frame, columns, caption=caption)


def _classes(view: View) -> Block:
    m = view.material
    counts: Any = m.data.subset["class_counts"]
    names = list(m.data.classes) or [f"class {index}" for index in range(len(counts["train"]))]
    frame = pd.DataFrame({"class": names[: len(counts["train"])], "train": counts["train"], "test": counts["test"]})
    columns = (Column("class", "class", kind="text"), Column("train", "train patches", 0), Column("test", "test patches", 0))
    return view.table("classes", "Patches per class", frame, columns, fold=True)


def _checks(view: View) -> Block:
    m = view.material
    frame = pd.DataFrame([{"file": part, **result} for part, found in m.data.checks.items() for result in found["expectations"]])
    frame["found"] = [
        "passed" if success else f"{int(count)} unexpected" for success, count in zip(frame["success"], frame["unexpected"], strict=True)
    ]
    columns = (
        Column("file", "file", kind="text"),
        Column("name", "expectation", kind="text"),
        Column("looks_at", "looks at", kind="text"),
        Column("consequence", "if not met", kind="text"),
        Column("checked", "checked", 0),
        Column("found", "found", kind="text"),
    )
    return view.table("patch_checks", "What the quality control of the patches expected and found", frame, columns, fold=True)
