from sensorscape.report.sections import runs


def test_pruned_runs_are_listed_with_reason_and_link(block_of, section_of, material):
    section, _ = section_of(runs.section, material)
    table = block_of(section, "pruned_runs")
    assert len(table.rows) == 2
    assert table.rows[0][1].href.startswith("http://127.0.0.1:5000/#/models/cell-")
    assert table.rows[0][5].text == "outcome is diverged: loss is not finite"


def test_best_models_are_in_order_and_lead_to_mlflow(section_of, material, made):
    _, view = section_of(runs.section, material)
    frame = view.frames["best_models"]
    assert list(frame.groupby("sensor").size()) == [runs.BEST] * 3
    mine = frame[frame["sensor"] == "s1"]["fitness"]
    assert list(mine) == sorted(made.fitness["s1", 9], reverse=True)[: runs.BEST]


def test_cells_of_tables_are_not_linked(block_of, section_of, make, page_of):
    made = make(("cifar10",))
    made.footprint["conditions"]["tables"] = {"cifar10": {"path": "t", "unit": "accuracy"}}
    section, _ = section_of(runs.section, page_of(made, champions={}))
    table = block_of(section, "best_models")
    assert all(row[1].href == "" for row in table.rows)


def test_a_study_that_pruned_nothing_says_so(section_of, words_of, make, page_of):
    made = make()
    made.tables["pruned"] = made.tables["pruned"].iloc[:0]
    assert "Quality control accepted every run." in words_of(section_of(runs.section, page_of(made))[0])


def test_every_undefined_metric_is_listed_with_its_reason(section_of, material):
    _, view = section_of(runs.undefined, material)
    frame = view.frames["undefined"]
    assert set(frame["metric"]) == {"local_optima"}
    assert (frame["reason"] != "").all()


def test_champions_and_checks_have_tables(section_of, material):
    _, view = section_of(runs.section, material)
    assert list(view.frames["champions"]["sensor"]) == ["fusion", "s1", "s2"]
    assert list(view.frames["run_checks"]["found"]) == ["2 unexpected"]
