import numpy as np
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.patches.sensors import arrays_of, check_sensors, is_image, resolve

CHANNELS = {"sen1": 8, "sen2": 10}
SHAPES = {"sen1": (32, 32, 8), "sen2": (32, 32, 10)}


def test_the_papers_sensors_have_8_10_and_18_channels() -> None:
    sensors = {"s1": {"sen1": "all"}, "s2": {"sen2": "all"}, "fusion": {"sen1": "all", "sen2": "all"}}
    found = check_sensors(sensors, SHAPES)
    assert {name: sensor.channels for name, sensor in found.items()} == {"s1": 8, "s2": 10, "fusion": 18}
    assert found["fusion"].groups == (8, 10)


def test_channels_are_stacked_in_the_order_in_which_they_are_written() -> None:
    arrays = {"sen1": np.arange(8.0).reshape(1, 1, 1, 8), "sen2": 100 + np.arange(10.0).reshape(1, 1, 1, 10)}
    sensor = resolve("mix", {"sen2": (2, 1, 0), "sen1": [5]}, CHANNELS)
    assert sensor.stack(arrays).ravel().tolist() == [102, 101, 100, 5]


def test_a_channel_out_of_range_is_named() -> None:
    for wrong in (10, -1):
        with pytest.raises(SensorscapeError, match=rf"sensors\.s2\.sen2: channel {wrong} is out of range; the array has channels 0 to 9"):
            resolve("s2", {"sen2": [0, wrong]}, CHANNELS)


def test_a_missing_array_is_named() -> None:
    with pytest.raises(SensorscapeError, match=r"sensors\.x: there is no array 'lidar'; there are sen1, sen2"):
        resolve("x", {"lidar": "all"}, CHANNELS)


def test_a_sensor_without_channels_is_refused() -> None:
    with pytest.raises(SensorscapeError, match="selects no channels"):
        resolve("x", {"sen1": []}, CHANNELS)


def test_patches_of_different_sizes_cannot_be_stacked() -> None:
    with pytest.raises(SensorscapeError, match="different sizes"):
        check_sensors({"both": {"sen1": "all", "sen2": "all"}}, {"sen1": (32, 32, 8), "sen2": (16, 16, 10)})


def test_table_sensors_need_no_array() -> None:
    sensors = {"cifar": {"table": "data/external/tables/x.csv"}, "object": object(), "s2": {"sen2": "all"}}
    assert not is_image(sensors["cifar"])
    assert arrays_of(sensors) == ["sen2"]
    assert arrays_of({"cifar": sensors["cifar"]}) is None
    assert list(check_sensors(sensors, SHAPES)) == ["s2"]


def test_stacking_names_what_is_missing_or_does_not_fit() -> None:
    sensor = resolve("x", {"sen1": [7], "sen2": "all"}, CHANNELS)
    with pytest.raises(SensorscapeError, match="array 'sen2' is missing"):
        sensor.stack({"sen1": np.zeros((1, 2, 2, 8))})
    with pytest.raises(SensorscapeError, match="has 3 channels, channel 7 is wanted"):
        sensor.stack({"sen1": np.zeros((1, 2, 2, 3)), "sen2": np.zeros((1, 2, 2, 10))})
    with pytest.raises(SensorscapeError, match="differ in shape"):
        sensor.stack({"sen1": np.zeros((1, 2, 2, 8)), "sen2": np.zeros((2, 2, 2, 10))})
