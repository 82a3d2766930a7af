"""The page's question answered in words, from the table of differences: which sensor is easier to search."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sensorscape.landscape.compare import EXACT

EASIER = {
    "mean": 1, "mean_late": 1, "fdc": -1, "fdc_late": -1, "fdc_slope": -1, "persistence_positive": 1, "persistence_negative": 1,
    "auc_positive": 1, "auc_negative": 1, "autocorrelation": 1,
}  # fmt: skip
"""Which sign of a metric's difference is the easier landscape's; a spread has no easy side."""


def statements(frames: Mapping[str, pd.DataFrame]) -> list[dict[str, str]]:
    """Which sensor is easier to search, and which differences are more than noise, in words."""
    found = [{"topic": "answer", "text": text}] if (text := _answer(frames["differences"])) else []
    for (first, second), rows in frames["differences"].groupby(["first", "second"], sort=False):
        told = rows[rows["verdict"] == "more than noise"]
        tested = int((rows["verdict"] != "").sum())
        if not tested:
            text = f"{first} and {second} cannot be compared: {rows['reason'].iloc[0]}."
        elif not len(told):
            text = f"{first} and {second} are not told apart in any of {tested} metrics (Holm over all metrics and pairs)."
        else:
            named = zip(told["metric"].tolist(), told["difference"], strict=True)
            listed = ", ".join(f"{_plain(metric)} ({difference:+.3g})" for metric, difference in named)
            text = f"{first} against {second}: more than noise in {len(told)} of {tested} metrics: {listed}."
        found.append({"topic": "differences", "text": text})
    trend = frames["ruggedness_trend"]
    for sensor, rows in trend.groupby("sensor", sort=False):
        last = rows.iloc[-1]
        if last["verdict"]:
            change = "is not told apart in ruggedness" if last["verdict"] == "not told apart" else f"becomes {last['verdict']}"
            text = f"{sensor}: from {last['from_budget']} to {last['to_budget']} epochs the walk {change} "
            text += f"(change of ρ̂ {last['change']:+.2f}; Holm over sensors and steps)."
            found.append({"topic": "ruggedness", "text": text})
    return found


def _answer(differences: pd.DataFrame) -> str:
    """The page's question answered: who is easier than whom, in which metrics, by more than noise."""
    exact = differences["reason"] == EXACT
    if not ((differences["verdict"] != "") | exact).any():
        return ""
    told = differences[(differences["verdict"] == "more than noise") | exact]
    easier: dict[str, dict[str, list[str]]] = {}
    for first, second, metric, difference in told[["first", "second", "metric", "difference"]].values.tolist():
        sign = EASIER.get(metric, 0) * np.sign(difference)
        if sign:
            winner, loser = (first, second) if sign > 0 else (second, first)
            easier.setdefault(metric, {}).setdefault(winner, []).append(loser)
    if not easier:
        return "No sensor is easier to search than another by more than noise, in any metric that has an easy side."
    sentences = ["Easier to search by more than noise:"]
    for metric in (metric for metric in EASIER if metric in easier):
        over = ", ".join(f"{winner} than {' and '.join(losers)}" for winner, losers in easier[metric].items())
        sentences.append(f"in {_plain(metric)} {over};")
    text = " ".join(sentences)[:-1] + "."
    sensors = {*differences["first"], *differences["second"]}
    if len(sensors) == 2:
        return text
    over_all = {
        (winner, metric) for metric, winners in easier.items() for winner, losers in winners.items() if len(losers) == len(sensors) - 1
    }
    whole = []
    for sensor in sorted({winner for winner, _ in over_all}):
        metrics = ", ".join(_plain(metric) for metric in EASIER if (sensor, metric) in over_all)
        whole.append(f"{sensor} is easier than every other in {metrics}")
    return f"{text} {'; '.join(whole) or 'No sensor is easier than every other in any of them'}."


def _plain(metric: str) -> str:
    """A metric in a sentence; names of several words are put in their place by the page."""
    return {"mean": "mean fitness", "sd": "standard deviation", "fdc": "FDC r"}.get(metric, metric)
