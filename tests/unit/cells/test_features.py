import numpy as np
import pytest

from sensorscape.cells.features import features_of_space
from sensorscape.cells.space import space


@pytest.mark.parametrize("row", [0, 1, 90, *range(2000, 423_624, 8_011), 423_623])
def test_the_features_of_the_space_are_those_of_each_cell(row):
    found, cell = features_of_space(), space().cell(row)
    assert (found["depth"][row], found["width"][row]) == (cell.depth, cell.width)


def test_parameters_are_the_published_range():
    """NASBench-101: 227,274 (the trivial cell) to 49,979,274 trainable parameters."""
    numbers = 10 ** features_of_space()["parameters"]
    assert numbers.min() == pytest.approx(227_274)
    assert numbers.max() == pytest.approx(49_979_274)
    assert np.isfinite(numbers).all()
