"""The estimate of a study's time comes from training and follows the work of its runs."""

import pytest
from training_runs import DEEP, SMALL, TRIVIAL, place_of, run_of

from sensorscape.training import probe

RUNS = [run_of(cell=cell) for cell in (SMALL, TRIVIAL, DEEP)]


def test_the_estimate_is_images_times_the_measured_time_per_image(tmp_path, monkeypatch):
    monkeypatch.setattr(probe, "_seconds_per_image", lambda *_: 0.5)
    assert probe.estimate(place_of(tmp_path), RUNS, 40, 64, 1.0) == pytest.approx(3 * 0.5 * (3 + 2 / 3) * 40)


def test_a_probe_trains_and_writes_nothing(tmp_path):
    place = place_of(tmp_path)
    assert probe.estimate(place, RUNS, 40, 64, 0.3) > 0
    assert not place.work.exists()


def test_of_a_large_network_a_probe_trains_small_batches(tmp_path):
    run = run_of(cell=SMALL)
    place = place_of(tmp_path)
    assert probe._in_small_steps(run, place, 1.0, 1.0).training.batch == run.training.batch
    assert probe._in_small_steps(run, place, 1e12, 1.0).training.batch == min(8, run.training.batch)
