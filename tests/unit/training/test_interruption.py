"""A training is asked to end once, where its state is whole."""

import signal

import pytest

from sensorscape.training.interruption import Interruption, StoppedError


def test_asked_again_or_too_late_nothing_is_raised():
    interruption = Interruption()
    with pytest.raises(StoppedError):
        interruption.request()
    interruption.request()
    ending = Interruption()
    ending.end()
    ending.request()


def test_an_interruption_waits_for_the_end_of_a_critical_block():
    interruption, passed = Interruption(), []

    def block():
        with interruption.critical():
            with interruption.critical():
                interruption.request()
                passed.append("inner")
            passed.append("outer")

    with pytest.raises(StoppedError):
        block()
    assert passed == ["inner", "outer"]


def test_sigterm_is_an_interruption():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        Interruption().install()
        with pytest.raises(StoppedError):
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
