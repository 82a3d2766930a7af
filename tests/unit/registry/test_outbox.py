"""A store that cannot be written holds no training up: runs wait, go in when it is back, and are counted."""

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.registry import outbox, reading, store
from sensorscape.registry.location import StoreError
from sensorscape.registry.outbox import Outbox


@pytest.fixture
def gate(monkeypatch):
    """Whether the store lets runs in, and how patiently each was tried."""
    state = {"open": True, "patience": []}
    real = store.log_run

    def log_run(project, record, *, tags=None, patience):
        state["patience"].append(patience)
        if not state["open"]:
            raise StoreError("the store is locked", "wait")
        return real(project, record, tags=tags, patience=patience)

    monkeypatch.setattr(outbox.store, "log_run", log_run)
    return state


def test_runs_go_into_the_store_at_once(stored, record, gate):
    box = Outbox(stored)
    box.log(record(), {"study.a.roles": "walk"})
    assert (box.added, box.close()) == (1, 0)
    (run,) = reading.index(store.open_store(stored), prefix="study.a")
    assert run.tags["study.a.roles"] == "walk"


def test_what_cannot_go_in_waits_is_said_once_and_goes_in_later(stored, record, gate, capsys):
    box = Outbox(stored)
    gate["open"] = False
    box.log(record(cell="a"))
    box.log(record(cell="b"))
    assert capsys.readouterr().err.count("not in the store yet") == 1
    assert gate["patience"][0] > 60
    assert gate["patience"][1:] == [0.0]
    gate["open"] = True
    box.log(record(cell="c"))
    assert (box.added, box.close()) == (3, 0)
    assert len(reading.index(store.open_store(stored))) == 3


def test_what_still_waits_at_the_end_is_counted_and_named(stored, record, gate, capsys):
    box = Outbox(stored)
    gate["open"] = False
    box.log(record())
    assert box.close() == 1
    assert "sensorscape sync" in capsys.readouterr().err


def test_an_altered_record_is_an_error_all_the_same(stored, record, gate):
    one = record()
    one["seed"] = 7
    with pytest.raises(SensorscapeError, match="altered"):
        Outbox(stored).log(one)
