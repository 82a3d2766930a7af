"""Telemetry is off before any tool is imported, and no terminal ends a command."""

import os
import subprocess
import sys
import textwrap
from unittest import mock

from sensorscape import quiet


def test_every_switch_is_set_for_this_process_and_its_children():
    with mock.patch.dict(os.environ, {"GX_ANALYTICS_ENABLED": "true"}):
        quiet.silence_tools()
        assert {name: os.environ[name] for name in quiet.SWITCHES} == quiet.SWITCHES


def test_the_tools_that_phone_home_have_their_switches():
    """As their documentation names them: MLflow, Great Expectations, DVC, Ray."""
    wanted = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GX_ANALYTICS_ENABLED": "false",
        "DVC_NO_ANALYTICS": "true",
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    assert wanted.items() <= quiet.SWITCHES.items()


def test_mlflow_loads_no_pickles():
    assert quiet.SWITCHES["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] == "false"


def test_a_stage_is_silent_before_it_imports_a_tool():
    code = """
        import os, runpy, sys
        sys.argv = ["stages"]
        try:
            runpy.run_module("sensorscape.stages", run_name="__main__")
        except SystemExit:
            print(os.environ["DO_NOT_TRACK"], "mlflow" in sys.modules)
    """
    environment = {name: value for name, value in os.environ.items() if name not in quiet.SWITCHES}
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1 False\n"


def test_a_terminal_that_lacks_a_character_shows_a_question_mark():
    code = "from sensorscape.quiet import print_anywhere; print_anywhere(); print('kappa \u03ba')"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True, check=True)
    assert done.stdout.strip() == b"kappa ?"
