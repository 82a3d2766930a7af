from sensorscape.landscape.footprint import footprint_of
from sensorscape.landscape.plots import plots
from sensorscape.landscape.schema import PLOTS


def test_plots_are_cuts_of_the_tables(sample, settings):
    made = footprint_of([sample(), sample(seed=4, name="s2")], settings)
    found = plots(made.tables, 36, 108, ["s1", "s2"])
    assert set(found) == set(PLOTS)
    for name, frame in found.items():
        assert set(frame.columns) == set(PLOTS[name].names), name
        assert len(frame), name
    assert found["means"]["mean"].tolist() == made.tables["means"]["mean"].tolist()
    assert set(found["persistence_positive"]["percent"]) == set(range(1, 51))
