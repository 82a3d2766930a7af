"""Where things are: the workspace, the main project behind an experiment, and the machine."""

import pytest

from sensorscape.errors import ConfigError, SensorscapeError
from sensorscape.project import Machine, Project


@pytest.fixture(autouse=True)
def outside_dvc(monkeypatch):
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)


def project_in(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("dvc.yaml", "params.yaml"):
        (folder / name).write_text("{}\n")
    return folder.resolve()


@pytest.fixture
def root(tmp_path):
    return project_in(tmp_path / "my project é")


def test_a_project_is_found_from_any_folder_in_it(root):
    (root / "data" / "raw").mkdir(parents=True)
    assert Project.find(root / "data" / "raw") == Project(root, root)


def test_the_current_folder_is_where_the_search_begins(root, monkeypatch):
    monkeypatch.chdir(root)
    assert Project.find().root == root


def test_outside_a_project_the_folder_is_named(tmp_path):
    with pytest.raises(SensorscapeError, match=f"no sensorscape project here: {tmp_path.resolve()}"):
        Project.find(tmp_path)


def test_a_folder_with_dvc_yaml_alone_is_no_project(tmp_path):
    (tmp_path / "dvc.yaml").write_text("{}\n")
    with pytest.raises(SensorscapeError, match="no sensorscape project"):
        Project.find(tmp_path)


def test_an_experiment_in_a_copy_uses_store_and_work_of_the_main_project(root):
    copy = project_in(root / ".dvc" / "tmp" / "exps" / "tmpabc")
    project = Project.find(copy)
    assert (project.root, project.main) == (copy, root)
    assert project.store == root / "models" / "store"
    assert project.work == root / ".sensorscape"
    assert project.in_experiment


def test_a_project_in_a_subfolder_of_its_repository_is_told_by_dvc(root, monkeypatch):
    """Then the copy's project is deeper: .dvc/tmp/exps/tmpabc/study."""
    copy = project_in(root / ".dvc" / "tmp" / "exps" / "tmpabc" / "study")
    monkeypatch.setenv("DVC_ROOT", str(root))
    assert Project.find(copy).main == root


def test_the_name_of_another_project_left_in_the_environment_is_not_believed(root, tmp_path, monkeypatch):
    other = project_in(tmp_path / "other")
    monkeypatch.setenv("DVC_ROOT", str(other))
    assert Project.find(root).main == root


def test_a_workspace_is_an_experiment_only_when_dvc_says_so(root, monkeypatch):
    assert not Project.find(root).in_experiment
    monkeypatch.setenv("DVC_EXP_NAME", "lucky-cat")
    assert Project.find(root).in_experiment


def test_without_machine_yaml_the_defaults_hold(root):
    assert Project.find(root).machine == Machine(device="auto", executor="local", workers="auto", ray_address=None, cuda_graphs=False)


@pytest.mark.parametrize("text", ["", "{}\n", "# nothing\n"])
def test_an_empty_machine_yaml_changes_nothing(root, text):
    (root / "machine.yaml").write_text(text)
    assert Project.find(root).machine == Machine()


def test_machine_yaml_is_read_from_the_main_project(root):
    (root / "machine.yaml").write_text("device: cuda:1\nexecutor: ray\nworkers: 3\nray_address: auto\n")
    copy = project_in(root / ".dvc" / "tmp" / "exps" / "tmpabc")
    assert Project.find(copy).machine == Machine("cuda:1", "ray", 3, "auto")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("device: gpu\n", {"device"}),
        ("workers: 0\n", {"workers"}),
        ("workers: true\n", {"workers"}),
        ("worker: 2\n", {"worker"}),
        ("executor: slurm\ndevice: 3\n", {"executor", "device"}),
    ],
)
def test_all_problems_of_machine_yaml_are_told_by_key(root, text, keys):
    (root / "machine.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"machine\.yaml") as caught:
        _ = Project.find(root).machine
    assert {problem.split(":")[0].split(".")[0] for problem in caught.value.problems} == keys


def test_the_example_of_machine_yaml_is_valid_and_says_the_defaults(root):
    from pathlib import Path

    example = Path(__file__).parents[2] / "machine.example.yaml"
    (root / "machine.yaml").write_bytes(example.read_bytes())
    assert Project.find(root).machine == Machine()
