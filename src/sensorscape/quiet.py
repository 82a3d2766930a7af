"""What each entry point does first: switch off the telemetry of every tool (they read these when imported), print on any terminal."""

import os
import sys
from io import TextIOWrapper

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


def print_anywhere() -> None:
    """Let a terminal or log whose encoding lacks a character (locale C, Latin-1) show `?` for it instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
