import numpy as np
import pytest

from sensorscape.patches.synthetic.fields import blur, coloured, exponential, frequencies, street_grid


@pytest.mark.parametrize("shape", [(40, 40), (45, 60), (64, 81)])
def test_fields_have_mean_0_and_variance_1(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).standard_normal((400, *shape))
    for amplitude in (exponential(*shape), street_grid(*shape, period=4, angle=0.5)):
        drawn = coloured(noise, amplitude)
        assert abs(drawn.mean()) < 1e-12
        assert drawn.var() == pytest.approx(1, abs=0.1)


def test_streets_repeat_at_their_period_in_both_directions() -> None:
    drawn = coloured(np.random.default_rng(1).standard_normal((300, 80, 80)), street_grid(80, 80, period=8, angle=0.0))

    def correlation(lag: int, axis: int) -> float:
        return float((drawn * np.roll(drawn, lag, axis=axis)).mean())

    for axis in (1, 2):
        # without a grid the correlation is convex: lower at a lag than half-way between its neighbours
        assert correlation(8, axis) > (correlation(4, axis) + correlation(12, axis)) / 2 + 0.03


def test_a_coarse_instrument_passes_nothing_beyond_its_nyquist_frequency() -> None:
    fy, fx = frequencies(64, 64)
    transfer = blur(64, 64, pixel=2)
    assert (transfer[np.hypot(fy, fx) >= 0.25] == 0).all()
    assert transfer[0, 0] == 1
    assert blur(64, 64, pixel=1)[32, 0] == pytest.approx(0.25)


def test_blurring_keeps_the_mean() -> None:
    scene = np.random.default_rng(2).random((50, 50))
    assert coloured(scene, blur(50, 50, pixel=2)).mean() == pytest.approx(scene.mean(), rel=1e-12)
