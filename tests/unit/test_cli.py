"""The command line as a program: help, version, exit codes, and errors without a traceback."""

import os
import subprocess
import sys

import pytest
import typer

from sensorscape import __version__, cli
from sensorscape.errors import SensorscapeError


def run(*arguments, folder):
    """The installed program in an empty folder."""
    code = "import sys; from sensorscape.cli import main; sys.argv = ['sensorscape', *sys.argv[1:]]; main()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_version_is_the_packages(tmp_path):
    assert run("--version", folder=tmp_path).stdout == f"{__version__}\n"


def test_without_a_command_the_help_is_shown(tmp_path):
    done = run(folder=tmp_path)
    assert "Usage: sensorscape" in done.stdout + done.stderr


@pytest.mark.parametrize("command", sorted(typer.main.get_command(cli.app).commands))
def test_every_command_has_help_without_a_project(tmp_path, command):
    done = run(command, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert f"Usage: sensorscape {command}" in done.stdout
    assert not list(tmp_path.iterdir())


def test_an_unknown_command_or_option_ends_with_2(tmp_path):
    assert run("nosuch", folder=tmp_path).returncode == 2
    assert run("study", "--nosuch", folder=tmp_path).returncode == 2


def test_outside_a_project_the_message_is_one_without_a_traceback(tmp_path):
    done = run("study", "pilot", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("sensorscape: no sensorscape project here:")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("error", "code"), [(SensorscapeError("it is broken", "mend it"), 2), (KeyboardInterrupt(), 130)])
def test_errors_become_a_message_and_an_exit_code(monkeypatch, capsys, error, code):
    def fail():
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == code
    assert capsys.readouterr().err.startswith("sensorscape: ")
