"""What the driver says while it trains."""

import pytest
from training_runs import DEEP, SMALL, run_of

from sensorscape.training import progress as module
from sensorscape.training.progress import Progress

ONE, TWO = run_of(cell=SMALL), run_of(cell=DEEP)


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def begin(found=5):
    runs = [ONE, TWO]
    return Progress(runs, {run.fingerprint: 100 for run in runs}, {ONE.fingerprint: 1.0, TWO.fingerprint: 3.0}, found)


def ended(outcome="finished", kappa=0.5):
    return {"outcome": outcome, "evaluations": {"1": {"test": {"kappa": kappa}}}}


def test_rate_time_left_and_best_kappa_follow_what_was_done(clock):
    with begin() as progress:
        clock[0] += 10
        progress.heard({"fingerprint": TWO.fingerprint, "images": 50, "kappa": 0.2})
        assert progress.rate() == pytest.approx(5.0)
        assert progress.seconds_left() == pytest.approx(10 * (4 - 1.5) / 1.5)
        progress.ended(ONE, ended(kappa=0.7))
        assert progress.rate() == pytest.approx(15.0)
        assert progress.line() == "1/2 runs · 15 images/s · 6 s left · best kappa s2 0.700"


def test_runs_that_did_not_finish_are_counted(clock):
    with begin() as progress:
        clock[0] += 1
        progress.ended(ONE, ended("diverged", kappa=None))
        assert "1 not finished" in progress.line()
        numbers = progress.numbers()
    assert (numbers["trained"], numbers["taken_over"], numbers["not_finished"]) == (1, 5, 1)


def test_a_line_a_minute_where_nobody_watches_and_none_in_ci(clock, capsys, monkeypatch):
    for ci, lines in (("", 1), ("true", 0)):
        monkeypatch.setenv("CI", ci)
        with begin() as progress:
            for _ in range(5):
                clock[0] += 20
                progress.heard({"fingerprint": ONE.fingerprint, "images": 1, "kappa": None})
        assert len(capsys.readouterr().err.splitlines()) == lines


def test_news_of_a_run_that_is_not_ours_is_left_alone(clock):
    with begin() as progress:
        progress.heard({"fingerprint": "0" * 64, "images": 1, "kappa": None})
        assert progress.rate() == 0


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (600, "10 min"), (7200, "2.0 h")])
def test_durations_are_in_the_unit_that_fits(seconds, text):
    assert module.duration(seconds) == text
