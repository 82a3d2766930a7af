import numpy as np
import pytest

from sensorscape.patches.synthetic.geography import draw_cities
from sensorscape.patches.synthetic.ground import build
from sensorscape.patches.synthetic.materials import COVERS, ROOFS
from sensorscape.patches.synthetic.zones import ZONES

CITY = draw_cities(1, np.random.default_rng(0))[0]
# building surface fraction in per cent, Stewart and Oke (2012), Table 3
BUILDING = [(40, 60), (40, 70), (40, 70), (20, 40), (20, 40), (20, 40), (60, 90), (30, 50), (10, 20), (20, 30)] + [(0, 10)] * 7


@pytest.mark.parametrize("zone", range(17))
def test_cover_fractions_add_up_and_buildings_follow_stewart_and_oke(zone: int) -> None:
    for seed in range(5):
        ground = build(zone, CITY, (40, 50), np.random.default_rng(seed))
        np.testing.assert_allclose(ground.cover.sum(axis=0), 1, rtol=1e-12)
        assert (ground.cover >= 0).all()
        np.testing.assert_allclose(ground.building, ground.cover[: len(ROOFS)].sum(axis=0), atol=1e-12)
        low, high = BUILDING[zone]
        # impervious ground yields when both would fill more than the polygon
        assert 0.8 * low / 100 - 0.01 <= ground.building.mean() <= high / 100 + 0.01
        assert 0 <= ground.streets <= np.pi / 4
        assert ZONES[zone].height[0] <= ground.height <= ZONES[zone].height[1]


def test_water_is_water_alone() -> None:
    ground = build(16, CITY, (40, 40), np.random.default_rng(1))
    assert (ground.cover[COVERS.index("water")] == 1).all()
    assert not ground.building.any()
