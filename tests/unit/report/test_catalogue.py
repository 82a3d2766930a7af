from sensorscape.report.catalogue import entries, walk_budget


def test_the_papers_figures_are_there_by_number(material):
    labels = [entry.label for entry in entries(material).values() if entry.label]
    assert sorted(labels, key=lambda label: int(label.split()[1])) == [f"Figure {number}" for number in range(1, 12)]


def test_names_are_file_names_and_every_figure_says_how_to_read_it(material):
    for name, entry in entries(material).items():
        assert name == entry.name
        assert name.replace("_", "").isalnum()
        assert len(entry.read) > 80
        assert "{" not in entry.title + entry.read


def test_the_walk_is_drawn_at_its_own_budget(make, page_of):
    made = make()
    made.footprint["conditions"]["walk"]["budget"] = 3
    assert walk_budget(page_of(made)) == 3
    made.footprint["conditions"]["walk"]["budget"] = 27  # the walks have no fitness there
    assert walk_budget(page_of(made)) == 9
