"""params.yaml as typed objects. Each file of params/invalid/ holds a change of params.yaml and the problems that it should be told."""

import dataclasses
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sensorscape import params
from sensorscape.errors import ConfigError, SensorscapeError
from sensorscape.problems import OVERLOOKED_BY_DVC

ROOT = Path(__file__).parents[2]
INVALID = sorted((Path(__file__).parent / "params" / "invalid").glob("*.yaml"))
EMBEDDED = params.read_yaml(ROOT / "params.yaml")


def changed(changes):
    """params.yaml with `changes` merged in, section by section."""
    merged = {key: dict(value) if isinstance(value, dict) else value for key, value in EMBEDDED.items()}
    for key, value in changes.items():
        section = merged.get(key)
        merged[key] = {**section, **value} if isinstance(section, dict) and isinstance(value, dict) and key != "sensors" else value
    return merged


@pytest.mark.parametrize("file", INVALID, ids=lambda file: file.stem)
def test_an_invalid_configuration_is_told_all_its_problems(file):
    changes, problems = yaml.safe_load_all(file.read_text(encoding="utf-8"))
    with pytest.raises(ConfigError) as caught:
        params.parse(changed(changes))
    assert sorted(caught.value.problems) == sorted(problems)


def test_there_are_invalid_configurations():
    assert len(INVALID) > 30


def test_problems_of_all_sections_come_at_once():
    changes = {"sensor": "nosuch", "training": {"learning_rate": -1}, "subset": {"split": "town"}, "walk": {"budget": 2}, "nonsense": 1}
    with pytest.raises(ConfigError) as caught:
        params.parse(changed(changes))
    assert {problem.split(":")[0] for problem in caught.value.problems} == {
        "sensor",
        "training.learning_rate",
        "subset.split",
        "walk.budget",
        "nonsense",
    }


def test_every_key_that_is_left_out_is_named():
    with pytest.raises(ConfigError) as caught:
        params.parse({})
    assert set(caught.value.problems) == {f"{key}: is missing" for key in EMBEDDED}


@pytest.mark.parametrize("raw", [None, [], "text", 3])
def test_what_is_no_mapping_is_refused(raw):
    with pytest.raises(ConfigError, match="should be a mapping"):
        params.parse(raw)


@pytest.mark.parametrize("section", [key for key, value in EMBEDDED.items() if isinstance(value, dict) and key != "sensors"])
def test_each_section_has_exactly_the_keys_of_params_yaml(section):
    assert [field.name for field in dataclasses.fields(getattr(params.parse(EMBEDDED), section))] == list(EMBEDDED[section])


def test_no_key_has_a_name_that_dvc_overlooks():
    """A parameter called `size` or `nfiles` can change without DVC running the stage again: its run cache leaves these keys out."""

    def keys(value):
        if isinstance(value, dict):
            yield from value
            for item in value.values():
                yield from keys(item)

    assert set(keys(EMBEDDED)) & set(OVERLOOKED_BY_DVC) == set()


def test_the_embedded_study_is_valid_and_typed():
    study = params.load(ROOT / "params.yaml")
    assert study.sensor == ("s1", "s2", "fusion")
    assert study.sensors["fusion"] == {"sen1": "all", "sen2": "all"}
    assert study.training.budgets == (1, 3, 9, 27)
    assert isinstance(study.subset, params.Subset)


def test_typed_values_cannot_be_changed():
    study = params.parse(EMBEDDED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.training.batch = 1


def test_one_sensor_may_be_named_without_a_list():
    assert params.parse(changed({"sensor": "s2"})).sensor == ("s2",)


def test_a_sensor_of_channels_keeps_their_order():
    study = params.parse(changed({"sensor": "rgb", "sensors": {"rgb": {"sen2": [2, 1, 0]}}}))
    assert study.sensors["rgb"] == {"sen2": (2, 1, 0)}


def test_a_table_sensor_has_the_defaults_of_nasbench_101():
    study = params.parse(changed({"sensor": "t", "sensors": {"t": {"table": "data/external/tables/t.tfrecord"}}}))
    assert study.sensors["t"] == params.Table(table="data/external/tables/t.tfrecord")
    assert (study.sensors["t"].unit, study.sensors["t"].range, study.sensors["t"].repeat) == ("accuracy", (0.0, 1.0), "mean")


def test_whole_numbers_serve_as_real_ones():
    assert params.parse(changed({"training": {"learning_rate": 1}})).training.learning_rate == 1.0


@pytest.mark.parametrize("overlay", sorted((ROOT / "studies").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_study_is_a_valid_change_of_params_yaml(overlay):
    assert params.parse(changed(params.read_yaml(overlay))).study == overlay.stem


def test_the_paper_study_has_the_published_values():
    """Traoré et al.: 100 cells; 4, 12, 36, 108 epochs; a walk of 100 at 36; 80/20, 35 %; batch 128; NASBench-101's stem and stacks."""
    paper = params.parse(changed(params.read_yaml(ROOT / "studies" / "paper.yaml")))
    assert paper.population.count == 100
    assert paper.training.budgets == (4, 12, 36, 108)
    assert (paper.walk.walks, paper.walk.length, paper.walk.budget, paper.walk.neighbourhood) == (1, 100, 36, "hamming")
    assert (paper.subset.split, paper.subset.test_share, paper.subset.train_share) == ("random", 0.2, 0.35)
    assert (paper.training.batch, paper.training.optimiser, paper.training.epsilon, paper.training.weight_decay) == (
        128,
        "rmsprop",
        1.0,
        1e-4,
    )
    assert (paper.network.stem, paper.network.stacks, paper.network.cells, paper.network.batch_norm_momentum) == (128, 3, 3, 0.003)
    assert (paper.footprint.budget, paper.footprint.late_budget) == (36, 108)


def write(folder, text):
    path = folder / "params.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_numbers_without_a_point_are_read_as_dvc_reads_them(tmp_path):
    """YAML 1.1 takes 5e-4 for text and `no` for false; DVC reads YAML 1.2."""
    assert params.read_yaml(write(tmp_path, "a: 5e-4\nb: no\n")) == {"a": 5e-4, "b": "no"}


@pytest.mark.parametrize("text", ["a: [1", "a: 1\na: 2", "\ta: 1", b"a: \xff", "a: !!python/object/apply:os.getcwd []"])
def test_what_is_not_yaml_is_said_with_its_file(tmp_path, text):
    with pytest.raises(SensorscapeError, match=r"params\.yaml cannot be read"):
        params.load(write(tmp_path, text))


def test_a_missing_file_is_said_with_its_name(tmp_path):
    with pytest.raises(SensorscapeError, match=r"params\.yaml is missing"):
        params.load(tmp_path / "params.yaml")


def test_plain_forgets_comments_and_keeps_values():
    round_trip = YAML().load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert params.plain(round_trip) == EMBEDDED
    assert type(params.plain(round_trip)["training"]["budgets"]) is list
    assert type(params.plain(round_trip)["training"]) is dict


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(key=st.sampled_from([*EMBEDDED, "other"]), value=JSON)
def test_no_value_of_any_key_breaks_the_check(key, value):
    """Whatever stands there, it is accepted or told about by its key path."""
    problems = None
    try:
        params.parse({**EMBEDDED, key: value})
    except ConfigError as error:
        problems = error.problems
    assert problems is None or (problems and all(": " in problem for problem in problems))
