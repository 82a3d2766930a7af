import numpy as np
import pytest

from sensorscape.patches.split import overlap_share, split_random
from sensorscape.patches.synthetic.geography import class_counts, draw_cities, draw_polygons
from sensorscape.patches.synthetic.zones import CONFUSABLE, ZONES, partners

# So2Sat's training file, patches per class as published
PUBLISHED = np.array([5068, 24431, 31693, 8651, 16493, 35290, 3269, 39326, 13584, 11954, 42902, 9514, 9165, 41377, 2392, 7898, 49359])


@pytest.mark.parametrize("patches", [17, 34, 240, 1200, 10_000])
def test_class_shares_are_the_published_ones(patches: int) -> None:
    counts = class_counts(patches)
    assert counts.sum() == patches
    assert counts.min() >= min(2, patches // 17)
    if patches >= 1200:
        assert np.abs(counts - PUBLISHED / PUBLISHED.sum() * patches).max() <= 1


def test_the_polygons_hold_exactly_the_patches_of_each_label() -> None:
    polygons = draw_polygons(1200, 12, np.random.default_rng(1))
    held = np.zeros(17, int)
    for polygon in polygons:
        held[polygon.label] += len(polygon.cells)
        assert len(set(polygon.cells)) == len(polygon.cells)
    assert held.tolist() == class_counts(1200).tolist()
    assert [polygon.number for polygon in polygons] == list(range(len(polygons)))


def test_labels_are_wrong_for_whole_polygons_of_confusable_classes_only() -> None:
    polygons = draw_polygons(20_000, 20, np.random.default_rng(2))
    confusable = {label for group in CONFUSABLE for label in group}
    wrong = [polygon for polygon in polygons if polygon.label != polygon.zone]
    assert all(polygon.zone in partners(polygon.label) for polygon in wrong)
    share = len(wrong) / sum(polygon.label in confusable for polygon in polygons)
    assert share == pytest.approx(0.15, abs=0.02)


def test_confusable_classes_are_those_of_the_definitions() -> None:
    assert partners(5) == (3, 4, 8)
    assert partners(8) == (5,)
    assert partners(10) == (11,)
    assert partners(16) == ()
    assert len(ZONES) == 17


def test_patches_lie_on_a_grid_of_100_metres_and_polygons_apart() -> None:
    polygons = draw_polygons(1200, 3, np.random.default_rng(3))
    for polygon in polygons:
        centres = np.array(polygon.centres())
        assert (np.abs(centres - centres[0]) % 100 == 0).all()
    boxes = [(p.city, *np.min(p.centres(), axis=0) - 160, *np.max(p.centres(), axis=0) + 160) for p in polygons]
    for index, (city, left, bottom, right, top) in enumerate(boxes):
        for other, left2, bottom2, right2, top2 in boxes[index + 1 :]:
            assert city != other or left >= right2 or left2 >= right or bottom >= top2 or bottom2 >= top


def test_a_random_split_overlaps_about_as_much_as_on_the_published_coordinates() -> None:
    polygons = draw_polygons(10_000, 12, np.random.default_rng(4))
    places = np.array([(polygon.city, polygon.label, *centre) for polygon in polygons for centre in polygon.centres()])
    split = split_random(np.arange(10_000), places[:, 1].astype(int), test_share=0.2, train_share=1.0, rng=np.random.default_rng(0))
    share = overlap_share(places[:, 2], places[:, 3], places[:, 0], split.train, split.test, width=320, height=320)
    assert share == pytest.approx(0.89, abs=0.03)


def test_a_class_is_not_confined_to_one_city() -> None:
    polygons = draw_polygons(1200, 12, np.random.default_rng(5))
    for label in range(17):
        assert len({polygon.city for polygon in polygons if polygon.label == label}) >= 2


def test_one_city_is_enough() -> None:
    assert {polygon.city for polygon in draw_polygons(60, 1, np.random.default_rng(6))} == {0}
    assert len(draw_cities(1, np.random.default_rng(0))) == 1
