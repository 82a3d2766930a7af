"""What the page shows of the patches behind a study, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Data:
    """The patches behind the study.

    Attributes:
        source: the raw file as params.yaml names it.
        synthetic: what the file says of its own making when it was simulated, else empty.
        classes: the classes' names.
        pictures: kind of picture → per class an (H, W, 3) uint8 array or None; see `figures.data_shown`.
        rows: the raw row of each class's pictures, None for a class without a patch.
        checks: data/checks/patches.json.
        subset: data/subset/subset.json.
        baseline: sensor → ``{"kappa": number or None, "reason": text}`` of a linear classifier.
    """

    source: str = ""
    synthetic: str = ""
    classes: Sequence[str] = ()
    pictures: Mapping[str, Sequence["NDArray[Any] | None"]] = field(default_factory=dict)
    rows: Sequence[int | None] = ()
    checks: Mapping[str, Any] = field(default_factory=dict)
    subset: Mapping[str, Any] = field(default_factory=dict)
    baseline: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
