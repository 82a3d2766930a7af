"""Paths of a place."""

from training_runs import place_of


def test_a_run_has_a_folder_and_a_lock_of_its_own_outside_of_every_output(tmp_path):
    place = place_of(tmp_path)
    assert place.folder("a" * 64) == tmp_path / "work" / "runs" / ("a" * 64)
    assert place.lock("a" * 64).parent == tmp_path / "work" / "locks"
