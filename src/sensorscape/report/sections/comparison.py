"""Budgets against each other, sensors against each other, and how much of either is noise."""

from sensorscape.report.blocks import Section
from sensorscape.report.tables import Column
from sensorscape.report.view import View
from sensorscape.report.words import metric_name

_SENSOR = Column("sensor", "sensor", kind="sensor")
_PAIR = (Column("first", "first", kind="sensor"), Column("second", "second", kind="sensor"))


def budgets(view: View) -> Section:
    """The mean at each budget and its paired change."""
    m = view.material
    columns = (
        _SENSOR, Column("budget", "budget", 0), Column("mean", "mean fitness", 3, "mean_low", "mean_high"),
        Column("sd", "σ", 3, "sd_low", "sd_high"),
        Column("previous_budget", "since", 0), Column("change", "mean change", 3, "change_low", "change_high"),
        Column("n_change", "n of the change", 0), Column("n", "n", 0),
    )  # fmt: skip
    table = view.table("means_by_budget", "Mean and standard deviation at every budget", m.tables["means"], columns, fold=True)
    return Section("budgets", "From one budget to the next", "What does longer training bring?", (view.figure("means"), table))


def sensors(view: View) -> Section:
    """Differences with intervals, effect sizes, and which are more than noise."""
    m = view.material
    frame = m.tables["differences"]
    frame = frame.assign(name=[metric_name(metric) for metric in frame["metric"]])
    columns = (
        Column("name", "metric", kind="text"),
        *_PAIR,
        Column("value_first", "of the first", 3),
        Column("value_second", "of the second", 3),
        Column("difference", "difference", 3, "low", "high"),
        Column("effect", "effect size", 2),
        Column("p_holm", "p (Holm)", kind="p"),
        Column("smallest_detectable", "smallest detectable", 3),
        Column("verdict", "verdict", kind="text"),
        Column("n", "n", 0),
    )
    caption = (
        "Paired over the cells that both sensors trained. Bold: more than noise after Holm's correction over metrics and pairs. The "
        "smallest detectable difference would be "
        "told from noise four times in five, Holm's adjustment included; a difference within noise that is smaller than it was simply "
        "not testable here."
    )
    table = view.table(
        "difference_table",
        "Which differences are more than noise?",
        frame,
        columns,
        caption=caption,
        strong=lambda row: row["verdict"] == "more than noise",
        empty="a study of one sensor has no pair to compare",
    )
    return Section(
        "sensors",
        "Comparing sensors",
        "Do the sensors differ by more than chance?",
        (*view.statements("differences"), view.figure("differences"), table),
    )


def noise(view: View) -> Section:
    """Reliability, corrected ruggedness, and agreement of sensors with the noise taken out."""
    m = view.material
    reliability = (
        _SENSOR, Column("budget", "budget", 0), Column("seeds", "seeds", 0), Column("value", "reliability R", 2, "low", "high"),
        Column("variance_cells", "σ² of cells", 5),
        Column("variance_noise", "σ² of seeds", 5), Column("rho", "ρ̂", 3),
        Column("rho_corrected", "ρ̂ / R", 3, "rho_corrected_low", "rho_corrected_high"),
        Column("n", "n", 0), Column("reason", "why not", kind="text"),
    )  # fmt: skip
    agreement = (
        *_PAIR, Column("budget", "budget", 0), Column("raw", "r of the means", 2),
        Column("value", "agreement, noise out", 2, "low", "high"), Column("n", "n", 0),
        Column("reason", "why not", kind="text"),
    )  # fmt: skip
    blocks = (
        *view.statements("noise"),
        view.figure("reliability"),
        view.table("reliability_table", "Reliability", m.tables["reliability"], reliability, fold=True),
        view.table(
            "agreement",
            "Agreement of two sensors on the cells",
            m.tables["agreement"],
            agreement,
            fold=True,
            empty="two sensors are needed",
        ),
    )
    return Section(
        "noise",
        "Noise",
        "Would the same cell, trained again, get the same fitness? Without an answer, “rugged” and “noisy” are one picture.",
        blocks,
    )
