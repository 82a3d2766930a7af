from sensorscape.report import links


def test_a_point_leads_to_the_registered_model_of_its_cell():
    cell = "0123456789abcdef0123456789abcdef"
    assert links.model_link(cell) == "http://127.0.0.1:5000/#/models/cell-0123456789ab"
