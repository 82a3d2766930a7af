"""The few tables that DVC plots: the paper's curves, one point per row."""

import pandas as pd

Frames = dict[str, pd.DataFrame]


def plots(frames: Frames, budget: int, late_budget: int, sensors: list[str]) -> Frames:
    """`schema.PLOTS` from the tables of the footprint."""
    curves, ruggedness, points = frames["curves"], frames["ruggedness"], frames["fdc_boxes"]
    chosen = curves[(curves["budget"] == budget) & (curves["curve"] == "kernel")]
    boxes = points[(points["budget"] == budget) & (points["distance"] == "code")]
    walks = frames["walks"]
    walk = walks[(walks["budget"] == budget) & (walks["walk"] == 0) & walks["smoothed"].notna()]
    robust = ruggedness[(ruggedness["estimate"] == "robust") & ruggedness["rho"].notna()]
    proxies = frames["proxies"]
    target = proxies[
        (proxies["target_sensor"] == sensors[-1]) & (proxies["target_budget"] == late_budget) & (proxies["proxy_budget"] == budget)
    ]
    regret = target.assign(proxy=[f"{s} @ {b}" for s, b in zip(target["proxy_sensor"], target["proxy_budget"], strict=True)])
    return {
        "density": chosen[["sensor", "fitness", "density"]],
        "means": frames["means"][["sensor", "budget", "mean", "sd"]],
        "fdc": boxes.assign(fitness=boxes["mean"])[["sensor", "d", "fitness"]],
        "walk": walk[["sensor", "step", "smoothed"]],
        "ruggedness": robust[["sensor", "budget", "rho"]],
        "persistence_positive": _persistence(frames["persistence"], "positive"),
        "persistence_negative": _persistence(frames["persistence"], "negative"),
        "radar": frames["radar"][["sensor", "axis", "position"]],
        "regret": regret[["proxy", "shortlist", "cost_seconds", "regret"]],
    }


def _persistence(frame: pd.DataFrame, sign: str) -> pd.DataFrame:
    chosen: pd.DataFrame = frame[(frame["sign"] == sign) & (frame["reading"] == "paper") & frame["value"].notna()]
    last: pd.DataFrame = chosen[chosen["budgets"] == chosen["budgets"].max()]
    return last[["sensor", "percent", "value"]]
