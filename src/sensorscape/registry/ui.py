"""The command that starts MLflow's UI on the project's store: on this machine only, unless authentication is set up."""

import sys
from collections.abc import Mapping

from sensorscape.errors import SensorscapeError
from sensorscape.registry.location import VARIABLE, Location

LOOPBACK = ("127.0.0.1", "localhost", "::1")
AUTH_CONFIG, AUTH_KEY = "MLFLOW_AUTH_CONFIG_PATH", "MLFLOW_FLASK_SERVER_SECRET_KEY"
_QUIET = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}


def address(location: Location, host: str, port: int) -> str:
    """Where the UI is: in its machine-learning view, on the models and runs."""
    base = location.shown if location.uri.startswith("http") else f"http://{host}:{port}"
    return f"{base}/?workflowType=machine_learning#/experiments"


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
    return [*words, "--app-name", "basic-auth", "--allowed-hosts", allowed], extra
