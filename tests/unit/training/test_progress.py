"""What the driver says while it trains."""

from types import SimpleNamespace

import pytest
from training_runs import DEEP, SMALL, place_of, run_of

from sensorscape.training import progress as module
from sensorscape.training import worker
from sensorscape.training.progress import Progress

ONE, TWO = run_of(cell=SMALL), run_of(cell=DEEP)


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def begin(found=(), **more):
    runs = [ONE, TWO]
    return Progress(runs, {run.fingerprint: 100 for run in runs}, {ONE.fingerprint: 1.0, TWO.fingerprint: 3.0}, found, **more)


def news(run, images, before=0, kappa=None):
    return {"fingerprint": run.fingerprint, "images": images, "before": before, "kappa": kappa}


def ended(outcome="finished", kappa=0.5, **environment):
    return {"outcome": outcome, "evaluations": {"1": {"test": {"kappa": kappa}}}, "environment": environment}


def test_rate_time_left_and_best_kappa_follow_what_was_done(clock):
    with begin() as progress:
        clock[0] += 10
        progress.heard(news(TWO, 50, kappa=0.2))
        assert progress.rate() == pytest.approx(5.0)
        assert progress.seconds_left() == pytest.approx(10 * (4 - 1.5) / 1.5)
        progress.ended(ONE, ended(kappa=0.7))
        assert progress.rate() == pytest.approx(15.0)
        assert progress.line() == "1/2 runs · 15 images/s · 6 s left · best kappa s2 0.700"


def test_runs_that_did_not_finish_are_counted(clock):
    with begin(found=[("s2", ended(kappa=None))] * 5) as progress:
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
                progress.heard(news(ONE, 1))
        assert len(capsys.readouterr().err.splitlines()) == lines


def test_news_of_a_run_that_is_not_ours_is_left_alone(clock):
    with begin() as progress:
        progress.heard(news(ONE, 1) | {"fingerprint": "0" * 64})
        assert progress.rate() == 0


def test_images_of_an_earlier_process_count_as_done_and_not_into_the_rate(clock):
    with begin() as progress:
        clock[0] += 1
        progress.heard(news(TWO, 90, before=88))
        assert progress.rate() == pytest.approx(2.0)
        # 2 % of the work 3 took a second; 10 % of it and the whole of the work 1 are left
        assert progress.seconds_left() == pytest.approx((0.3 + 1) / 0.06)
        clock[0] += 1
        progress.heard(news(TWO, 92, before=91))
        assert progress.rate() == pytest.approx(2.0), "where it was taken up is told by the first report"
        progress.ended(TWO, ended())
        assert progress.rate() == pytest.approx(12 / 2)
        assert progress.seconds_left() == pytest.approx(2 * 1 / (3 * 0.12))


def test_a_run_that_began_again_was_not_taken_up(clock):
    with begin() as progress:
        clock[0] += 1
        progress.heard(news(TWO, 90, before=88))
        progress.heard(news(TWO, 4, before=2))
        assert progress.rate() == pytest.approx(2.0)


def test_a_resumed_run_that_ends_before_anything_is_heard_of_it_adds_no_images(clock):
    with begin() as progress:
        clock[0] += 1
        progress.ended(ONE, ended(resumed=1))
        assert (progress.rate(), progress.seconds_left()) == (0.0, None)
        progress.ended(TWO, ended())
        assert (progress.rate(), progress.seconds_left()) == (100.0, 0.0)


def test_of_a_run_that_did_not_finish_only_what_was_trained_counts_and_nothing_is_left(clock):
    with begin() as progress:
        clock[0] += 1
        progress.ended(ONE, ended("diverged", kappa=None))
        assert progress.rate() == 0
        clock[0] += 1
        progress.heard(news(TWO, 20))
        assert progress.seconds_left() == pytest.approx(2 * 2.4 / 0.6)
        progress.ended(TWO, ended("diverged", kappa=None))
        numbers = progress.numbers()
    assert (numbers["images_per_second"], numbers["seconds_left"], numbers["not_finished"]) == (10.0, 0.0, 2)


def test_late_news_of_a_run_that_ended_changes_nothing(clock):
    with begin() as progress:
        clock[0] += 1
        progress.ended(ONE, ended())
        progress.heard(news(ONE, 10))
        assert progress.rate() == 100


def test_the_best_kappa_is_also_sought_among_runs_that_were_taken_over(clock):
    found = [("s2", ended(kappa=0.735)), ("s2", ended(kappa=0.5)), ("s1", ended(kappa=None)), ("fusion", ended(kappa=0.1))]
    with begin(found) as progress:
        progress.ended(ONE, ended(kappa=0.176))
        numbers = progress.numbers()
        assert "best kappa fusion 0.100 · best kappa s2 0.735" in progress.line()
    assert {name: value for name, value in numbers.items() if name.startswith("best")} == {"best_kappa/s2": 0.735, "best_kappa/fusion": 0.1}
    assert numbers["taken_over"] == 4


def test_the_numbers_are_passed_on_from_the_beginning_and_stand_still_after_the_end(clock):
    passed = []
    with begin(log=lambda numbers: passed.append(numbers())) as progress:
        clock[0] += 4
        progress.heard(news(TWO, 20))
        progress.ended(ONE, ended())
    clock[0] += 100
    assert [(numbers["trained"], numbers["images_per_second"]) for numbers in passed] == [(0, 0.0), (0, 5.0), (1, 30.0)]
    assert progress.numbers() == passed[-1]


def test_where_nothing_is_trained_nothing_is_passed_on(clock):
    passed = []
    with Progress([], {}, {}, [], passed.append) as progress:
        pass
    assert passed == []
    assert progress.numbers()["images_per_second"] == 0


@pytest.mark.parametrize(("seconds", "before"), [(0.3, 0), (5.0, 810)])
def test_a_worker_s_first_report_says_what_came_by_the_checkpoint(seconds, before):
    """900 images in 5 s of training: the last half second of them is this process's own, all others are not."""
    state = SimpleNamespace(
        epoch=2,
        step=10,
        evaluations={},
        clock=SimpleNamespace(seconds=seconds),
        feed=SimpleNamespace(train=range(400)),
        run=SimpleNamespace(training=SimpleNamespace(batch=10)),
    )
    told = worker._progress(state, "f" * 64)
    assert (told["images"], told["before"]) == (900, before)


def test_a_run_that_is_resumed_shows_the_rate_of_this_process(tmp_path):
    """Half a second of training reports itself; what a checkpoint brought is not in the rate."""
    run = run_of(cell=SMALL, budgets=(2000,), epochs=2000)

    def until(seconds, report=lambda _: None):
        place, end = place_of(tmp_path), module.time.monotonic() + seconds
        interruption = worker.Interruption()

        def heard(news):
            report(news)
            interruption.requested = module.time.monotonic() > end

        with pytest.raises(worker.StoppedError):
            worker.Worker(place, heard, interruption).train(run)

    worker.Worker(place_of(tmp_path)).train(ONE)  # compiles what is compiled on first use
    first, again = [], []
    until(2.5, first.append)
    with Progress([run], {run.fingerprint: 80000}, {run.fingerprint: 1.0}, []) as progress:
        until(0.1, lambda news: (again.append(news), progress.heard(news)))
    assert again[0]["before"] == pytest.approx(first[-1]["images"], rel=0.4)
    assert progress.rate() * progress.numbers()["training_seconds"] < first[-1]["images"] / 2


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (600, "10 min"), (7200, "2.0 h")])
def test_durations_are_in_the_unit_that_fits(seconds, text):
    assert module.duration(seconds) == text
