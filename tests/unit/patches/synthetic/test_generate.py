"""What the synthetic So2Sat must share with the published one, and what would betray a fake."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scipy import stats

from sensorscape.patches.baseline import evaluate, patch_features
from sensorscape.patches.split import split_groups, split_random
from sensorscape.patches.synthetic.generate import scene, synthesize
from sensorscape.patches.synthetic.geography import draw_cities, draw_polygons
from sensorscape.patches.synthetic.lee import refined_lee

# So2Sat's training file (Zhu et al. 2020)
SEN1_STD = np.array([0.17555, 0.17556, 0.45999, 0.45599])
SEN1_FILTERED_MEAN = np.array([0.0442, 0.25761])
SEN2_MEAN = np.array([0.12376, 0.10928, 0.10109, 0.11424, 0.15927, 0.18147, 0.17457, 0.19502, 0.15428, 0.10905])
SEN2_STD = np.array([0.03959, 0.04778, 0.06637, 0.06359, 0.07744, 0.09102, 0.09218, 0.10165, 0.09992, 0.08781])
COARSE = [3, 4, 5, 7, 8, 9]
SHARP = [0, 1, 2, 6]
WATER = 16

Arrays = dict[str, np.ndarray]


def _read(path: Path) -> Arrays:
    with h5py.File(path) as file:
        return {name: file[name][:] for name in file}


@pytest.fixture(scope="module", params=[42, 7])
def arrays(request: pytest.FixtureRequest, so2sat: Path, tmp_path_factory: pytest.TempPathFactory) -> Arrays:
    """The embedded study's data, and those of another seed."""
    if request.param == 42:
        return _read(so2sat)
    path = tmp_path_factory.mktemp("other") / "synthetic.h5"
    synthesize(path, patches=1200, cities=12, seed=request.param)
    return _read(path)


@pytest.fixture(scope="module")
def data(so2sat: Path) -> Arrays:
    return _read(so2sat)


@pytest.fixture(scope="module")
def scored(data: Arrays) -> Callable[..., float]:
    """Kappa of a linear classifier on channel means and deviations."""
    labels = data["label"].argmax(axis=1)
    known = {name: patch_features(data[name]).reshape(1200, -1) for name in ("sen1", "sen2")}

    def score(*names: str, by_city: bool = False, permuted: bool = False) -> float:
        rng = np.random.default_rng(1)
        shares: dict[str, Any] = {"test_share": 0.4, "train_share": 1.0, "rng": rng}
        rows = np.arange(1200)
        split = split_groups(rows, labels, data["city"], **shares) if by_city else split_random(rows, labels, **shares)
        features = np.concatenate([known[name] for name in names], axis=1)
        test = features[rng.permutation(split.test) if permuted else split.test]
        return float(evaluate(features[split.train], labels[split.train], test, labels[split.test], classes=17)["kappa"])

    return score


def test_the_file_has_the_published_layout(so2sat: Path) -> None:
    with h5py.File(so2sat) as file:
        assert {name: file[name].shape for name in file} == {
            "sen1": (1200, 32, 32, 8),
            "sen2": (1200, 32, 32, 10),
            "label": (1200, 17),
            **dict.fromkeys(("city", "polygon", "x", "y"), (1200,)),
        }
        for name in ("sen1", "sen2", "label"):
            assert file[name].dtype == np.dtype("<f8")
            assert file[name].chunks is None
            assert file[name].compression is None
        assert str(file.attrs["about"]).startswith("synthetic")


def test_all_values_are_finite_and_labels_one_hot(arrays: Arrays) -> None:
    assert all(np.isfinite(values).all() for values in arrays.values())
    assert (arrays["label"].sum(axis=1) == 1).all()
    assert set(np.unique(arrays["label"])) == {0, 1}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        synthesize(tmp_path / name, patches=60, cities=3, seed=seed)
    one, two, three = ((tmp_path / name).read_bytes() for name in ("one", "two", "three"))
    assert one == two
    assert one != three


def test_a_scene_does_not_depend_on_the_scenes_before_it() -> None:
    rng = np.random.default_rng([5, 0])
    cities = draw_cities(3, rng)
    polygons = draw_polygons(60, 3, rng)
    alone = scene(polygons[9], cities[polygons[9].city], seed=5)
    for polygon in polygons[:9]:
        scene(polygon, cities[polygon.city], seed=5)
    for first, second in zip(alone, scene(polygons[9], cities[polygons[9].city], seed=5), strict=True):
        np.testing.assert_array_equal(first, second)


def test_overlapping_patches_show_the_same_ground(data: Arrays) -> None:
    found = 0
    for polygon in range(60):
        rows = np.flatnonzero(data["polygon"] == polygon)
        for first in rows:
            for second in rows[data["x"][rows] == data["x"][first] + 100]:
                if data["y"][first] == data["y"][second]:
                    for name in ("sen1", "sen2"):
                        np.testing.assert_array_equal(data[name][first][:, 10:], data[name][second][:, :-10])
                    found += 1
    assert found > 20


def test_sentinel_2_has_the_published_means_and_deviations(arrays: Arrays) -> None:
    np.testing.assert_allclose(arrays["sen2"].mean(axis=(0, 1, 2)), SEN2_MEAN, rtol=0.15)
    np.testing.assert_allclose(arrays["sen2"].std(axis=(0, 1, 2)), SEN2_STD, rtol=0.35)


def test_sentinel_1_has_the_published_deviations_and_filtered_means(arrays: Arrays) -> None:
    ratio = arrays["sen1"][..., :4].std(axis=(0, 1, 2)) / SEN1_STD
    assert (ratio > 1 / 1.5).all()
    assert (ratio < 1.5).all()
    filtered = arrays["sen1"][..., 4:6].mean(axis=(0, 1, 2)) / SEN1_FILTERED_MEAN
    assert (filtered > 0.5).all()
    assert (filtered < 2).all()
    assert (np.abs(arrays["sen1"][..., :4].mean(axis=(0, 1, 2))) < 0.01).all()


def test_backscatter_lies_where_real_pairs_have_it(arrays: Arrays) -> None:
    vh, vv = (10 * np.log10(np.median(arrays["sen1"][..., channel])) for channel in (4, 5))
    assert vv == pytest.approx(-11.4, abs=2)
    assert vh == pytest.approx(-17.4, abs=2)
    water = arrays["sen1"][arrays["label"][:, WATER] == 1] ** 2
    vh_water, vv_water = (10 * np.log10((water[..., channel] + water[..., channel + 1]).mean(axis=(1, 2))) for channel in (0, 2))
    assert -26 < vv_water.min() < vv_water.max() < -12
    assert -32 < vh_water.min() < vh_water.max() < -25


def test_texture_fades_with_distance_as_in_real_rgb(arrays: Arrays) -> None:
    rgb = arrays["sen2"][..., :3]
    centred = rgb - rgb.mean(axis=(1, 2), keepdims=True)
    variance = (centred**2).mean(axis=(1, 2)).sum()
    found = [(centred[:, :, :-lag] * centred[:, :, lag:]).mean(axis=(1, 2)).sum() / variance for lag in (1, 2, 4, 8)]
    np.testing.assert_allclose(found, [0.87, 0.65, 0.40, 0.16], atol=0.09)


def test_blue_is_brighter_than_green_and_green_than_red_as_at_the_top_of_the_atmosphere(arrays: Arrays) -> None:
    blue, green, red = arrays["sen2"][..., :3].mean(axis=(0, 1, 2))
    assert blue > green > red


def test_on_water_speckle_is_single_look_with_uniform_phase(arrays: Arrays) -> None:
    water = arrays["sen1"][arrays["label"][:, WATER] == 1]
    for real, imaginary in ((0, 1), (2, 3)):
        z = water[..., real] + 1j * water[..., imaginary]
        intensity = np.abs(z.reshape(len(z), -1)) ** 2
        normalised = intensity / intensity.mean(axis=1, keepdims=True)
        assert (normalised**2).mean() == pytest.approx(2, abs=0.02)
        # overlapping patches share pixels: one patch of each polygon is independent
        once = np.unique(arrays["polygon"][arrays["label"][:, WATER] == 1], return_index=True)[1]
        phase = np.angle(z[once]).ravel()
        assert stats.kstest(phase / (2 * np.pi) + 0.5, "uniform").pvalue > 1e-3


def test_channels_5_to_8_are_recomputable_from_1_to_4(data: Arrays) -> None:
    for row in range(0, 1200, 40):
        patch = data["sen1"][row]
        again = refined_lee(patch[..., 0] + 1j * patch[..., 1], patch[..., 2] + 1j * patch[..., 3])
        np.testing.assert_allclose(patch[3:-3, 3:-3, 4:], again, rtol=1e-9, atol=1e-13)


def test_the_filtered_covariance_is_one_everywhere(arrays: Arrays) -> None:
    vh, vv, real, imaginary = np.moveaxis(arrays["sen1"][..., 4:], -1, 0)
    assert (vh > 0).all()
    assert (real**2 + imaginary**2 <= vh * vv).all()


def test_20_metre_bands_have_no_power_beyond_1_over_40_metres(data: Arrays) -> None:
    window = np.outer(np.blackman(32), np.blackman(32))[None, :, :, None]
    land = data["sen2"][data["label"][:, WATER] == 0]
    centred = (land - land.mean(axis=(1, 2), keepdims=True)) * window
    power = (np.abs(np.fft.fft2(centred, axes=(1, 2))) ** 2).sum(axis=0)
    frequency = np.abs(np.fft.fftfreq(32))
    # the window smears a frequency over three bins of 1/32
    beyond = np.hypot(frequency[:, None], frequency[None, :]) > 0.25 + 3 / 32
    share = power[beyond].sum(axis=0) / power.sum(axis=(0, 1))
    assert (share[COARSE] < 1e-6).all()
    assert (share[SHARP] > 1e-3).all()


def test_permuted_patches_drive_a_sensors_kappa_to_zero(scored: Callable[..., float]) -> None:
    for sensor in ("sen1", "sen2"):
        assert scored(sensor) > 0.3
        assert abs(scored(sensor, permuted=True)) < 0.06


def test_unknown_cities_are_clearly_harder_than_known_ones(scored: Callable[..., float]) -> None:
    for names in (("sen1",), ("sen2",), ("sen1", "sen2")):
        assert scored(*names, by_city=True) < scored(*names) - 0.08


def test_removing_the_speckle_raises_the_radars_kappa(data: Arrays, tmp_path: Path) -> None:
    """On 2 × 2 pixels, where nothing averages it away."""
    synthesize(tmp_path / "even.h5", patches=1200, cities=12, seed=42, speckle=False)
    even = _read(tmp_path / "even.h5")
    np.testing.assert_array_equal(even["label"], data["label"])
    np.testing.assert_array_equal(even["sen2"], data["sen2"])
    labels = data["label"].argmax(axis=1)
    found = {}
    for name, values in (("speckled", data), ("even", even)):
        part = values["sen1"][:, 12:14, 12:14, :4] ** 2
        features = np.log(part[..., [0, 2]] + part[..., [1, 3]]).mean(axis=(1, 2))
        kappas = []
        for seed in range(4):
            split = split_random(np.arange(1200), labels, test_share=0.5, train_share=1.0, rng=np.random.default_rng(seed))
            kappas.append(
                evaluate(features[split.train], labels[split.train], features[split.test], labels[split.test], classes=17)["kappa"]
            )
        found[name] = np.mean(kappas)
    assert found["even"] > found["speckled"] + 0.02
