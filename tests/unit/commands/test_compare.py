import pytest
from footprint_frames import Made
from typer import Typer
from typer.testing import CliRunner

from sensorscape.commands.compare import compare
from sensorscape.errors import SensorscapeError
from sensorscape.project import Project


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a footprint, and another one beside it."""
    root = tmp_path / "project"
    for folder, sensors in ((root, ("s1", "s2")), (tmp_path / "other", ("s1",))):
        Made(sensors, n=4, steps=4, replay=False).write(folder / "reports")
        (folder / "params.yaml").write_text(f"study: {folder.name}\n")
        (folder / "dvc.yaml").write_text("stages: {}\n")
    monkeypatch.chdir(root)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    return Project(root, root)


def run(*names):
    app = Typer()
    app.command()(compare)
    return CliRunner().invoke(app, list(names))


def test_the_page_lies_outside_dvc_outputs(project):
    done = run("workspace", "../other")
    assert done.exit_code == 0, done.exception
    page = project.work / "compare" / "index.html"
    assert str(page) in done.output
    assert "Footprints of workspace and ../other" in page.read_text(encoding="utf-8")
    assert not (project.root / "reports" / "index.html").exists()


def test_one_alone_is_laid_beside_the_workspace(project):
    assert run("../other").exit_code == 0
    assert "Footprints of workspace and ../other" in (project.work / "compare" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("names", [["workspace"], ["../other", "../other"]])
def test_a_comparison_needs_two_different_sides(project, names):
    done = run(*names)
    assert isinstance(done.exception, SensorscapeError)
    assert "twice" in str(done.exception)
