"""The command that starts MLflow's UI on the project's store: on this machine only, unless authentication is set up."""

import importlib.util
import socket
import sys
from collections.abc import Mapping

from sensorscape.errors import SensorscapeError
from sensorscape.project import Project
from sensorscape.registry import views
from sensorscape.registry.location import VARIABLE, Location, locate
from sensorscape.registry.opening import open_store
from sensorscape.registry.sync import workspace_study

LOOPBACK = ("127.0.0.1", "localhost", "::1")
AUTH_CONFIG, AUTH_KEY = "MLFLOW_AUTH_CONFIG_PATH", "MLFLOW_FLASK_SERVER_SECRET_KEY"
_QUIET = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}


def base(location: Location, host: str, port: int) -> str:
    """The address of the server."""
    return location.shown.rstrip("/") if location.uri.startswith("http") else f"http://{host}:{port}"


def address(location: Location, host: str, port: int) -> str:
    """Where the UI is: in its machine-learning mode (it opens in another by default), on the experiments."""
    return f"{base(location, host, port)}/#/experiments?workflowType=machine_learning"


def tables(project: Project, host: str, port: int) -> dict[str, str]:
    """The addresses of the runs tables of the workspace's study, by title: the cells of each sensor, best first."""
    study = workspace_study(project)
    if study is None or study.budget is None:
        return {}
    sensors = sorted({record["sensor"] for record in study.records.values()})
    keys = {f"cells of {sensor}, best first": views.key(study.name, sensor) for sensor in sensors}
    return views.addresses(open_store(project), base(locate(project), host, port), keys)


def refuse_taken_port(host: str, port: int) -> None:
    """MLflow would say so in a hundred lines.

    Raises:
        SensorscapeError: when something listens on `port` already.
    """
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise SensorscapeError(f"{host}:{port} cannot be used: {error.strerror}", f"sensorscape ui --port {port + 1}") from error


def command(location: Location, host: str, port: int, allowed: str, environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The server's command line and the environment it needs besides `environment`.

    Args:
        location: the store; not a server, which has its own UI.
        host: the interface to listen on.
        port: the port.
        allowed: the host names that browsers may use, comma-separated; needed for another interface than this machine's.
        environment: the caller's.

    Raises:
        SensorscapeError: for another interface without authentication or allowed hosts, and for a store that is a server.
    """
    if location.database is None and location.uri.startswith("http"):
        raise SensorscapeError(f"{VARIABLE} names a server, which has its own UI", f"open {address(location, host, port)}")
    # the URI may hold a password, which a command line would show to everyone on this machine
    extra = _QUIET | {"MLFLOW_BACKEND_STORE_URI": location.uri}
    words = [sys.executable, "-m", "mlflow", "server", "--host", host, "--port", str(port), "--workers", "1"]
    if location.artifacts:
        words += ["--default-artifact-root", location.artifacts.as_uri()]
    if host in LOOPBACK:
        return [*words, "--allowed-hosts", f"localhost:{port},127.0.0.1:{port}"], extra
    if not allowed or "*" in allowed.split(","):
        raise SensorscapeError(f"{host} can be reached by others: which names may their browsers use?", "--allowed-hosts my-host:5000")
    missing = [name for name in (AUTH_CONFIG, AUTH_KEY) if not environment.get(name)]
    if missing:
        raise SensorscapeError(
            f"{host} can be reached by others and has no authentication (unset: {', '.join(missing)}): anybody could read and delete",
            "set up MLflow's basic authentication (docs/registry.md), or stay on 127.0.0.1 and use ssh -L",
        )
    if importlib.util.find_spec("flask_wtf") is None:
        raise SensorscapeError("MLflow's basic authentication needs Flask-WTF, which is not installed", "pip install 'mlflow[auth]'")
    return [*words, "--app-name", "basic-auth", "--allowed-hosts", allowed], extra
