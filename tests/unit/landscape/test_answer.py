import pandas as pd

from sensorscape.landscape import answer, compare
from sensorscape.landscape.measured import Measured
from sensorscape.landscape.schema import TABLES


def told(*rows):
    """Differences of which these (first, second, metric, difference) are more than noise, beside one that is not."""
    columns = ["first", "second", "metric", "difference", "verdict", "reason"]
    noise = [("a", "b", "sd", 5.0, "more than noise", ""), ("a", "b", "auc_positive", 9.0, "within noise", "")]
    found = [(*row, "more than noise", "") for row in rows] + noise
    frames = {"differences": pd.DataFrame(found, columns=columns), "ruggedness_trend": pd.DataFrame({"sensor": []})}
    (text,) = [one["text"] for one in answer.statements(frames) if one["topic"] == "answer"]
    return text


def test_the_answer_says_who_is_easier_in_what():
    assert told() == "No sensor is easier to search than another by more than noise, in any metric that has an easy side."
    assert told(("a", "b", "mean", -0.1)) == "Easier to search by more than noise: in mean fitness b than a."
    assert "in FDC r a than b" in told(("a", "b", "fdc", -0.2)), "a fitness that falls with the distance is easier"
    both = told(("a", "b", "autocorrelation", -0.5), ("a", "b", "persistence_positive", 30.0))
    assert both.endswith("in persistence_positive a than b; in autocorrelation b than a.")


def test_the_answer_names_the_sensor_that_is_easier_than_every_other():
    pairs = [("a", "b", "mean", 0.1), ("a", "c", "mean", 0.2), ("b", "c", "mean_late", 0.2)]
    assert "in mean fitness a than b and c; in mean_late b than c." in told(*pairs)
    assert told(*pairs).endswith("a is easier than every other in mean fitness.")
    assert told(*pairs[:1], *pairs[2:]).endswith("No sensor is easier than every other in any of them.")


def test_a_space_measured_whole_answers_without_an_interval(sample, settings):
    tables = {
        name: pd.DataFrame(rows, columns=TABLES[name].names)
        for name, rows in compare.tables(
            [Measured(sample(seed=1), settings), Measured(sample(seed=2, name="s2", shift=0.1), settings)]
        ).items()
    }
    tables["differences"] = tables["differences"].assign(verdict="", reason=compare.EXACT)
    (found,) = [one for one in answer.statements(tables) if one["topic"] == "answer"]
    assert "s2 than" in found["text"]
