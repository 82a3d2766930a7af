"""What the tests of faults share: traps in real processes, and what a study's outputs and store hold."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

TRAPS = Path(__file__).parent / "trap"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.faults)


@pytest.fixture
def trap() -> Callable[..., dict[str, str]]:
    """The environment in which something happens at a call of a function: `trap("sensorscape.registry.ledger:write", "kill")`."""

    def environment(function: str, action: str, call: int = 1) -> dict[str, str]:
        return {"PYTHONPATH": str(TRAPS), "SENSORSCAPE_TRAP": f"{function}:{call}:{action}"}

    return environment


@pytest.fixture
def hashes() -> Callable[[Any], dict[str, str]]:
    """Path → hash of every output that dvc.lock names."""

    def read(project: Any) -> dict[str, str]:
        stages = YAML(typ="safe").load(project.root / "dvc.lock")["stages"]
        return {out["path"]: out["md5"] for stage in stages.values() for out in stage["outs"]}

    return read


@pytest.fixture
def ledger() -> Callable[[Any], dict[str, dict]]:
    """The records of models/runs.jsonl by fingerprint."""

    def read(project: Any) -> dict[str, dict]:
        lines = (project.root / "models" / "runs.jsonl").read_text().splitlines()
        return {record["fingerprint"]: record for record in map(json.loads, lines)}

    return read


@pytest.fixture
def stored() -> Callable[[Any], Counter]:
    """How many runs that are whole the store holds of every fingerprint."""

    def read(project: Any) -> Counter:
        with closing(sqlite3.connect(project.root / "models" / "store" / "mlflow.db")) as connection:
            rows = connection.execute(
                """SELECT t.value FROM tags t JOIN runs r USING (run_uuid) WHERE t.key = 'fingerprint' AND r.status != 'RUNNING'
                   AND r.lifecycle_stage = 'active' AND run_uuid NOT IN (SELECT run_uuid FROM tags WHERE key = 'set_aside')"""
            ).fetchall()
        return Counter(fingerprint for (fingerprint,) in rows)

    return read


@pytest.fixture
def versions() -> Callable[[Any], Counter]:
    """How many versions every registered model has of every fingerprint: (model, fingerprint) → number."""

    def read(project: Any) -> Counter:
        with closing(sqlite3.connect(project.root / "models" / "store" / "mlflow.db")) as connection:
            query = """
                SELECT name, value FROM model_version_tags JOIN model_versions USING (name, version)
                WHERE key = 'fingerprint' AND current_stage != 'Deleted_Internal'
            """
            return Counter(connection.execute(query).fetchall())

    return read
