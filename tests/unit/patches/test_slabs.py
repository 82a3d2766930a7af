from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from sensorscape.patches.slabs import slabs

Raw = Callable[..., Path]


@pytest.mark.parametrize("slab_bytes", [1, 2_000, 5_000, 1 << 30])
def test_slabs_hold_every_row_once_whatever_their_size(raw: Raw, slab_bytes: int) -> None:
    with h5py.File(raw()) as file:
        seen: dict[str, list[np.ndarray]] = {"a": [], "b": []}
        edges = []
        for slab in slabs(file, ["a", "b"], slab_bytes=slab_bytes):
            edges.append((slab.start, slab.stop))
            for name, values in slab.arrays.items():
                seen[name].append(values.copy())
        assert [edge[0] for edge in edges] == [0, *(edge[1] for edge in edges[:-1])]
        for name in seen:
            np.testing.assert_array_equal(np.concatenate(seen[name]), file[name][:])


def test_slabs_of_a_compressed_file_follow_its_chunks(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "chunked.h5", "w") as file:
        file.create_dataset("a", data=np.zeros((20, 4, 4, 1)), chunks=(8, 4, 4, 1), compression="gzip")
    with h5py.File(tmp_path / "chunked.h5") as file:
        assert [(slab.start, slab.stop) for slab in slabs(file, ["a"], slab_bytes=1)] == [(0, 8), (8, 16), (16, 20)]
        assert [(slab.start, slab.stop) for slab in slabs(file, ["a"], slab_bytes=16 * 8 * 17)] == [(0, 16), (16, 20)]
