"""The stage `sample`: population and walks as they are written, the same every time."""

import json
from types import SimpleNamespace

import pytest

from sensorscape.cells import Cell
from sensorscape.cells.neighbourhoods import neighbourhood
from sensorscape.cells.space import space
from sensorscape.errors import SensorscapeError
from sensorscape.stages import sample

TRIVIAL = {"matrix": [[0, 1], [0, 0]], "ops": []}


def population(sampler="uniform", count=5, cells="data/external/cells/none.json"):
    return SimpleNamespace(sampler=sampler, count=count, cells=cells, seed=3)


def walk(**changes):
    return SimpleNamespace(
        **{"neighbourhood": "hamming", "walks": 2, "length": 12, "step": "uniform", "start": "redraw", "seed": 5} | changes
    )


@pytest.fixture
def project(tmp_path):
    return SimpleNamespace(root=tmp_path)


@pytest.mark.parametrize(("sampler", "distinct"), [("uniform", 60), ("lhs", 60), ("lhs-paper", None)])
def test_the_population_holds_distinct_cells_with_their_hashes(project, sampler, distinct):
    drawn = sample.draw_population(project, population(sampler, 60))
    cells = [Cell.from_dict(entry) for entry in drawn["cells"]]
    assert [cell.hash for cell in cells] == [entry["hash"] for entry in drawn["cells"]]
    assert len(set(cells)) == len(cells) == (distinct or drawn["diagnostics"]["distinct"])
    assert (drawn["sampler"], drawn["seed"]) == (sampler, 3)


def test_a_list_is_taken_whole_and_its_duplicates_are_reported(project):
    (project.root / "mine.json").write_text(json.dumps([TRIVIAL, TRIVIAL, Cell.from_edges([(0, 1), (1, 2)], ["conv3x3"]).to_dict()]))
    drawn = sample.draw_population(project, population("list", 1, "mine.json"))
    assert [len(entry["matrix"]) for entry in drawn["cells"]] == [2, 3]
    assert [entry["entry"] for entry in drawn["diagnostics"]["duplicates"]] == [1]


@pytest.mark.parametrize("step", ["uniform", "metropolis-hastings"])
def test_walks_tell_the_component_they_lie_in(step):
    drawn = sample.draw_walks(walk(step=step))
    graph = neighbourhood("hamming")
    assert [len(path) for path in drawn["walks"]] == [12, 12]
    assert {name for path in drawn["walks"] for name in path} == set(drawn["cells"])
    assert drawn["diagnostics"]["components"] == 4373
    for path, told in zip(drawn["walks"], drawn["diagnostics"]["walks"], strict=True):
        rows = space().index_of([Cell.from_dict(drawn["cells"][name]) for name in path])
        assert told["component_size"] == (graph.components == graph.components[rows[0]]).sum()
        assert told["degrees"] == graph.degrees[rows].tolist()
        assert told["distinct_cells"] == len(set(path))


def test_no_walks_are_no_error():
    drawn = sample.draw_walks(walk(walks=0))
    assert (drawn["walks"], drawn["cells"], drawn["diagnostics"]["walks"]) == ([], {}, [])


def test_the_files_are_the_same_every_time(project):
    written = []
    for _ in range(2):
        sample.run(project, population=population(), walk=walk(length=3))
        written.append({path.name: path.read_bytes() for path in (project.root / "models").iterdir()})
    assert set(written[0]) == {"population.json", "walks.json"}
    assert written[0] == written[1]


def test_nothing_is_written_when_the_list_is_missing(project):
    with pytest.raises(SensorscapeError, match=r"none.json is missing"):
        sample.run(project, population=population("list"), walk=walk())
    assert list(project.root.iterdir()) == []
