"""A sensor is a named selection of channels of named arrays, stacked in the order in which it is written (Traoré et al., Section 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sensorscape.errors import SensorscapeError


@dataclass(frozen=True)
class Sensor:
    """Channels of arrays: `parts` holds (array, channel numbers), in stacking order."""

    parts: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def channels(self) -> int:
        """Number of channels of the stacked patch."""
        return sum(len(numbers) for _, numbers in self.parts)

    @property
    def groups(self) -> tuple[int, ...]:
        """Channels per array, in stacking order: what the late fusion of a network splits by."""
        return tuple(len(numbers) for _, numbers in self.parts)

    def stack(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """The sensor's channels of `arrays` (each (n, H, W, C)) as one array (n, H, W, `channels`).

        Raises:
            SensorscapeError: when an array is missing, or has fewer channels, or the arrays differ in height or width.
        """
        taken = []
        for name, numbers in self.parts:
            if name not in arrays:
                raise SensorscapeError(
                    f"array {name!r} is missing; there are {', '.join(arrays) or 'none'}", "pass all arrays of the sensor"
                )
            array = arrays[name]
            if max(numbers) >= array.shape[-1]:
                raise SensorscapeError(f"array {name!r} has {array.shape[-1]} channels, channel {max(numbers)} is wanted")
            whole = numbers == tuple(range(array.shape[-1]))
            taken.append(array if whole else array[..., list(numbers)])
        if len({part.shape[:-1] for part in taken}) > 1:
            raise SensorscapeError(f"arrays of one sensor differ in shape: {', '.join(str(part.shape) for part in taken)}")
        return taken[0] if len(taken) == 1 else np.concatenate(taken, axis=-1)


def is_image(definition: Any) -> bool:
    """Whether a sensor's definition selects channels (and is not a table of fitness)."""
    return isinstance(definition, Mapping) and "table" not in definition


def arrays_of(sensors: Mapping[str, Any]) -> list[str] | None:
    """Names of all arrays that any of the sensors uses, sorted; None (whatever the file holds) where all sensors are tables."""
    return sorted({array for definition in sensors.values() if is_image(definition) for array in definition}) or None


def resolve(name: str, definition: Mapping[str, Any], channels: Mapping[str, int]) -> Sensor:
    """A sensor with its channel numbers written out.

    Args:
        name: the sensor, as params.yaml names it.
        definition: array → ``"all"`` or channel numbers from 0.
        channels: number of channels of each array there is.

    Raises:
        SensorscapeError: an array that is missing, a channel out of range, or no channels at all.
    """
    parts = []
    for array, wanted in definition.items():
        if array not in channels:
            raise SensorscapeError(
                f"sensors.{name}: there is no array {array!r}; there are {', '.join(channels)}", "correct `sensors` in params.yaml"
            )
        count = channels[array]
        numbers = tuple(range(count)) if wanted == "all" else tuple(int(number) for number in wanted)
        wrong = [number for number in numbers if not 0 <= number < count]
        if wrong:
            raise SensorscapeError(
                f"sensors.{name}.{array}: channel {wrong[0]} is out of range; the array has channels 0 to {count - 1}",
                "correct `sensors` in params.yaml",
            )
        if numbers:
            parts.append((array, numbers))
    if not parts:
        raise SensorscapeError(f"sensors.{name} selects no channels", "correct `sensors` in params.yaml")
    return Sensor(tuple(parts))


def check_sensors(sensors: Mapping[str, Any], shapes: Mapping[str, tuple[int, int, int]]) -> dict[str, Sensor]:
    """Resolve every image sensor against the arrays of a file, given as (height, width, channels).

    Raises:
        SensorscapeError: as `resolve`, or arrays of one sensor that differ in height or width and cannot be stacked.
    """
    channels = {array: shape[2] for array, shape in shapes.items()}
    resolved = {}
    for name, definition in sensors.items():
        if not is_image(definition):
            continue
        resolved[name] = resolve(name, definition, channels)
        sides = {array: shapes[array][:2] for array, _ in resolved[name].parts}
        if len(set(sides.values())) > 1:
            raise SensorscapeError(
                f"sensors.{name} stacks patches of different sizes: {sides}", "define one sensor per array, or resample the arrays"
            )
    return resolved
