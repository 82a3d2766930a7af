from collections.abc import Callable
from pathlib import Path

import h5py
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import pandas as pd
from hypothesis import given

from sensorscape.patches.summary import patch_facts, summarise

Raw = Callable[..., Path]


def test_a_summary_has_one_row_per_patch_with_all_that_the_checks_need(raw: Raw) -> None:
    table = summarise(raw(city=np.array([b"Graz", b"Wien"] * 6), polygon=np.arange(12), x=np.arange(12.0), y=np.arange(12.0)))
    expected = ["row", *(f"{a}_{what}" for a in "ab" for what in ("min", "max", "nan", "inf", "constant_bands"))]
    expected += ["constant", "label_sum", "label_one_hot", "class", "hash", "city", "polygon", "x", "y"]
    assert sorted(table.columns) == sorted(expected)
    assert table["row"].tolist() == list(range(12))
    assert table["class"].tolist() == [0, 1, 2] * 4
    assert table["city"].tolist() == ["Graz", "Wien"] * 6


def test_what_is_wrong_with_a_patch_is_counted(raw: Raw) -> None:
    a = np.random.default_rng(1).normal(size=(12, 6, 6, 3))
    b = np.random.default_rng(2).integers(0, 200, size=(12, 6, 6, 2)).astype(np.uint8)
    label = np.eye(3)[np.arange(12) % 3]
    a[1, 0, 0, 0] = np.nan
    a[2, 0, :2, 1] = [np.inf, -np.inf]
    a[3] = np.nan
    a[4, ..., 2] = 7
    a[5], b[5] = 1, 3
    label[6] = [1, 1, 0]
    a[8], b[8] = a[7], b[7]
    table = summarise(raw(a=a, b=b, label=label), slab_bytes=4_000)
    assert table["a_nan"].tolist() == [0, 1, 0, 108, *[0] * 8]
    assert table["a_inf"].tolist() == [0, 0, 2, *[0] * 9]
    assert table["a_constant_bands"].tolist() == [0, 0, 0, 3, 1, 3, *[0] * 6]
    assert table["constant"].tolist() == [row == 5 for row in range(12)]
    assert table["label_one_hot"].tolist() == [row != 6 for row in range(12)]
    assert table.loc[6, "label_sum"] == 2
    assert table.loc[6, "class"] == -1
    assert np.isnan(table.loc[3, "a_min"])
    assert table.loc[1, "a_max"] == np.nanmax(a[1])
    assert table.loc[2, "a_min"] == a[2][np.isfinite(a[2])].min()
    assert table["hash"].duplicated(keep=False).tolist() == [row in (7, 8) for row in range(12)]


def test_a_hash_covers_every_array(raw: Raw) -> None:
    b = np.zeros((12, 6, 6, 2), np.uint8)
    b[1, 3, 3, 1] = 1
    same = summarise(raw(a=np.ones((12, 6, 6, 3)), b=b))["hash"]
    assert same.nunique() == 2
    assert same[1] != same[0]
    assert same.str.fullmatch("[0-9a-f]{32}").all()


def test_the_size_of_a_slab_changes_nothing(so2sat: Path) -> None:
    pd.testing.assert_frame_equal(summarise(so2sat, slab_bytes=3 << 20), summarise(so2sat, slab_bytes=64 << 20))


def test_a_column_of_another_length_is_not_taken_for_a_side_column(raw: Raw) -> None:
    path = raw()
    with h5py.File(path, "a") as file:
        file.create_dataset("city", data=np.arange(5))
    assert "city" not in summarise(path)


@given(arrays.arrays(np.float64, st.tuples(*[st.integers(1, 5)] * 4), elements=st.floats(width=64)))
def test_facts_agree_with_plain_numpy_for_any_values(patches: np.ndarray) -> None:
    facts = patch_facts(patches)
    for row, patch in enumerate(patches):
        finite = patch[np.isfinite(patch)]
        np.testing.assert_equal(facts["min"][row], finite.min() if finite.size else np.nan)
        np.testing.assert_equal(facts["max"][row], finite.max() if finite.size else np.nan)
        assert facts["nan"][row] == np.isnan(patch).sum()
        assert facts["inf"][row] == np.isinf(patch).sum()
        bands = [band[np.isfinite(band)] for band in patch.reshape(-1, patch.shape[-1]).T]
        assert facts["constant_bands"][row] == sum(not band.size or bool((band == band[0]).all()) for band in bands)
