from sensorscape.report.blocks import Missing
from sensorscape.report.sections import measures


def test_tables_1_to_3_with_the_published_likelihoods(section_of, material):
    section, view = section_of(measures.density, material)
    labels = {block.name: block.label for block in section.blocks if getattr(block, "label", "").startswith("Table")}
    assert labels == {"fits_s1": "Table 1", "fits_s2": "Table 2", "fits_fusion": "Table 3"}
    frame = view.frames["fits_s2"]
    ours = frame[frame["budget"] == 9].set_index("family")
    assert ours.loc["beta", "published"] == 165.18
    assert frame[frame["budget"] == 27]["published"].isna().all()  # the paper's tables are at one budget


def test_the_smallest_aic_is_bold(block_of, section_of, material):
    section, _ = section_of(measures.density, material)
    table = block_of(section, "fits_s1")
    assert [row[1].strong for row in table.rows] == [True, False, False, True, False, False]


def test_fdc_shows_both_budgets_only(section_of, material):
    _, view = section_of(measures.fdc, material)
    assert set(view.frames["fdc_fits"]["budget"]) == {9, 27}


def test_the_abstracts_claim_about_ruggedness_has_its_table(section_of, words_of, material):
    section, view = section_of(measures.ruggedness, material)
    assert "Is longer training less rugged?" in words_of(section)
    assert list(view.frames["ruggedness_trend"]["verdict"]) == ["not told apart"] * 3
    assert "walk_correlation" in view.frames


def test_areas_over_all_budgets(section_of, material):
    _, view = section_of(measures.persistence, material)
    assert set(view.frames["auc"]["budgets"]) == {4}


def test_undefined_optima_say_why(section_of, words_of, material):
    assert "not every neighbour was measured" in words_of(section_of(measures.optima, material)[0])


def test_a_study_without_walks_says_so(section_of, make, page_of):
    made = make()
    for name in ("walks", "ruggedness", "ruggedness_trend", "walk_correlation"):
        made.tables[name] = made.tables[name].iloc[:0]
    section, _ = section_of(measures.ruggedness, page_of(made))
    reasons = [block.reason for block in section.blocks if isinstance(block, Missing)]
    assert "The study has no walk." in reasons
