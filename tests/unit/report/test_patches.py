from sensorscape.report.patches import Data


def test_a_study_of_tables_alone_has_no_patches_to_show():
    data = Data()
    assert not any((data.source, data.synthetic, data.classes, data.pictures, data.rows, data.checks, data.subset, data.baseline))
