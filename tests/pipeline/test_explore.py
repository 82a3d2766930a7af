"""A notebook reads the study that the stages wrote, number for number."""

import json

import pytest

from sensorscape.explore import Landscape, footprint

pytestmark = [pytest.mark.pipeline, pytest.mark.xdist_group("pipeline")]


def test_a_landscape_from_the_store_has_the_metrics_of_the_stage(run_project):
    landscapes = [Landscape.from_store(run_project.root, name) for name in ("s1", "s2", "fusion")]
    made = footprint(landscapes, budget=1, late_budget=2, bootstrap=100, seed=11)
    assert json.loads((run_project.root / "reports" / "metrics.json").read_text()) == made.metrics
    assert all(one.edit is not None and one.walks for one in landscapes)
