"""Switches off the telemetry of every tool; called first in each entry point, since the tools read these when imported."""

import os

SWITCHES = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DVC_NO_ANALYTICS": "true",
    "RAY_USAGE_STATS_ENABLED": "0",
    "DO_NOT_TRACK": "1",
}


def silence_tools() -> None:
    """Set every switch in the environment of this process and its children."""
    os.environ.update(SWITCHES)
