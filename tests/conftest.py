"""Fixtures for all tests: a real project in a temporary folder, small enough to run in seconds."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

CHECKOUT = Path(__file__).parents[1]
TINY: dict[str, Any] = {
    "study": "tiny",
    "synthetic": {"patches": 240, "cities": 4, "seed": 1},
    "population": {"sampler": "uniform", "count": 3, "seed": 1},
    "walk": {"length": 3, "budget": 1, "seed": 1},
    "network": {"stem": 4, "stacks": 2, "cells": 1},
    "training": {"budgets": [1, 2], "batch": 32},
    "footprint": {"budget": 1, "late_budget": 2, "bootstrap": 100},
}


@dataclass
class TinyProject:
    """A committed git and DVC project; `run` executes a command in it with this environment's programs."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, check: bool = True, timeout: float = 300, **variables: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, cwd=self.root, env=self.environment | variables, capture_output=True, text=True, timeout=timeout, check=False
        )
        if check and done.returncode:
            pytest.fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done

    def edit(self, changes: dict[str, Any]) -> None:
        """Merge `changes` into params.yaml, section by section."""
        edit_params(self.root / "params.yaml", changes)

    def clone(self, folder: Path) -> "TinyProject":
        """Push the study to a remote beside `folder` and clone the project there; the clone knows the remote and has pulled nothing."""
        remote = folder.with_name(f"{folder.name}-remote")
        self.run("dvc", "remote", "add", "-f", "-d", "--local", "shelf", str(remote))
        self.run("dvc", "push", "-q")
        self.run("git", "clone", "-q", str(self.root), str(folder))
        cloned = TinyProject(folder, self.environment)
        cloned.run("dvc", "remote", "add", "-d", "--local", "shelf", str(remote))
        return cloned

    def commit(self, message: str = "a step") -> None:
        self.run("git", "add", "-A")
        self.run("git", "commit", "-q", "--allow-empty", "-m", message)


def edit_params(path: Path, changes: dict[str, Any]) -> None:
    yaml = YAML()
    values = yaml.load(path)
    for section, change in changes.items():
        if isinstance(change, dict) and section != "sensors":
            values[section].update(change)
        else:
            values[section] = change
    yaml.dump(values, path)


def make_project(root: Path, changes: dict[str, Any]) -> TinyProject:
    """Copy what git would keep of this checkout to `root`, with `changes` in params.yaml, and commit it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, check=True
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, target = CHECKOUT / name, root / name
        if source.is_file() and name != "dvc.lock" and not name.startswith("reports/"):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    shutil.copy2(CHECKOUT / "reports" / ".gitignore", _made(root / "reports") / ".gitignore")
    edit_params(root / "params.yaml", changes)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_", "GIT_", "SENSORSCAPE_"))}
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CI": "true",
        "DVC_NO_ANALYTICS": "true",
        "GIT_CONFIG_COUNT": "0",
    }
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "A Tester", f"GIT_{who}_EMAIL": "tester@example.invalid"}
    if "SENSORSCAPE_CACHE" in os.environ:
        environment["SENSORSCAPE_CACHE"] = os.environ["SENSORSCAPE_CACHE"]
    project = TinyProject(root, environment)
    project.run("git", "init", "-q", "-b", "main")
    project.run("git", "config", "gc.auto", "0")
    project.commit("a tiny study")
    return project


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def tiny_project(tmp_path: Path) -> TinyProject:
    """A tiny study that nobody has run yet: 3 cells, 3 sensors, budgets of 1 and 2 epochs."""
    return make_project(tmp_path / "project", TINY)


@pytest.fixture(scope="session")
def _repro_once(tmp_path_factory: pytest.TempPathFactory) -> TinyProject:
    project = make_project(tmp_path_factory.mktemp("repro") / "project", TINY)
    project.run("dvc", "repro", timeout=600)
    project.commit("the study was run")
    return project


@pytest.fixture
def run_project(_repro_once: TinyProject, tmp_path: Path) -> TinyProject:
    """A tiny study after `dvc repro`, committed; a fresh copy for every test."""
    root = tmp_path / "project"
    shutil.copytree(_repro_once.root, root, symlinks=True, copy_function=shutil.copy2)
    return TinyProject(root, _repro_once.environment)


@pytest.fixture
def new_project(tmp_path: Path) -> Callable[..., TinyProject]:
    """Makes tiny studies with further changes of params.yaml: `new_project("name", {"sensor": "s1"})`."""

    def make(name: str = "project", changes: dict[str, Any] | None = None) -> TinyProject:
        merged = {key: dict(value) if isinstance(value, dict) else value for key, value in TINY.items()}
        for section, change in (changes or {}).items():
            merged[section] = merged.get(section, {}) | change if isinstance(change, dict) and section != "sensors" else change
        return make_project(tmp_path / name, merged)

    return make
