"""The UI listens on this machine only, unless others are named and must say who they are; no password on a command line."""

import socket

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.registry import ui
from sensorscape.registry.location import Location, locate

SERVER = Location("http://user:secret@lab:5000/", "http://lab:5000/", None, None)


def words_of(project, host, allowed="", environment=None):
    return ui.command(locate(project), host, 5000, allowed, environment or {})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_this_machine_it_starts_at_once(project, host):
    words, extra = words_of(project, host)
    assert words[words.index("--host") + 1] == host
    assert words[words.index("--allowed-hosts") + 1] == "localhost:5000,127.0.0.1:5000"
    assert extra["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"
    assert extra["MLFLOW_DISABLE_TELEMETRY"] == "true"


@pytest.mark.parametrize("allowed", ["", "*", "lab:5000,*"])
def test_for_others_it_must_know_their_names(project, allowed):
    with pytest.raises(SensorscapeError, match="which names"):
        words_of(project, "0.0.0.0", allowed)  # noqa: S104 - refused


def test_for_others_it_needs_authentication(project, monkeypatch):
    with pytest.raises(SensorscapeError, match="no authentication"):
        words_of(project, "0.0.0.0", "lab:5000")  # noqa: S104 - refused
    environment = {ui.AUTH_CONFIG: "auth.ini", ui.AUTH_KEY: "key"}
    monkeypatch.setattr(ui.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SensorscapeError, match="Flask-WTF"):
        words_of(project, "0.0.0.0", "lab:5000", environment)  # noqa: S104 - refused
    monkeypatch.setattr(ui.importlib.util, "find_spec", lambda _: object())
    words, _ = words_of(project, "0.0.0.0", "lab:5000", environment)  # noqa: S104 - with authentication
    assert words[words.index("--app-name") + 1] == "basic-auth"


def test_the_stores_address_is_in_the_environment_not_on_the_command_line(project):
    words, extra = words_of(project, "127.0.0.1")
    assert extra["MLFLOW_BACKEND_STORE_URI"] == locate(project).uri
    assert not any(word.startswith("sqlite:") for word in words)


def test_a_server_has_its_own_ui():
    with pytest.raises(SensorscapeError) as caught:
        ui.command(SERVER, "127.0.0.1", 5000, "", {})
    assert "http://lab:5000/#/experiments?workflowType=machine_learning" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_port_in_use_is_said_in_a_line():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SensorscapeError, match=f"127.0.0.1:{port} cannot be used") as caught:
            ui.refuse_taken_port("127.0.0.1", port)
    assert f"--port {port + 1}" in caught.value.hint
    ui.refuse_taken_port("127.0.0.1", port)


def test_a_project_that_was_never_run_has_no_tables(project):
    assert ui.tables(project, "127.0.0.1", 5000) == {}
