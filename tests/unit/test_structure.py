"""The house keeps its plan: imports run one way, tests mirror the source, stages see what dvc.yaml says, no file names a machine."""

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sensorscape.stages import runner

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "sensorscape"
MODULES = sorted(SOURCE.rglob("*.py"))

BASE = {"errors", "files", "forking", "params", "problems", "project", "quiet"}
MAY_IMPORT = {
    "errors": set(),
    "quiet": set(),
    "files": {"errors"},
    "forking": {"errors"},
    "problems": set(),
    "params": {"errors", "problems"},
    "project": {"errors", "params", "problems"},
    "cells": {"errors", "files"},
    "patches": {"errors", "files"},
    "landscape": {"errors", "files", "forking"},
    "training": {"errors", "files", "forking", "params", "cells", "patches"},
    "checks": {"errors", "files", "project"},
    "registry": BASE,
    "report": {"errors", "files", "forking", "landscape"},
    "predictor": {"errors", "files", "params", "cells", "patches", "training"},
    "explore": BASE | {"landscape", "report", "registry", "cells"},
    "stages": BASE | {"cells", "patches", "landscape", "training", "checks", "registry", "report", "predictor"},
    "commands": BASE | {"cells", "patches", "landscape", "training", "checks", "registry", "report", "predictor", "stages", "explore"},
    "cli": BASE | {"commands"},
}
"""What each package or module of sensorscape may import of the others: a graph without a circle."""
ONLY_IN = {"great_expectations": {"checks"}, "mlflow": {"registry"}, "jinja2": {"report"}, "ray": {"training"}}
"""Libraries that one package alone may import."""
NO_TORCH = {*BASE, "cells", "patches", "landscape", "checks", "report", "cli", "explore"}


def unit_of(module):
    """The package or top-level module that a file belongs to."""
    return module.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports_of(module):
    """(imported name, whether it is imported when the module is) for every import statement, ``from`` imports with their names."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    lazy = {
        id(node) for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(outer)
    } | {
        id(node)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.If) and "TYPE_CHECKING" in ast.dump(outer.test)
        for node in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) not in lazy) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield from ((f"{node.module}.{alias.name}", id(node) not in lazy) for alias in node.names)


def own_imports(module):
    """Packages and modules of sensorscape that a file imports, its own apart."""
    names = {name.split(".")[1] for name, _ in imports_of(module) if name.startswith("sensorscape.")}
    return names - {unit_of(module), "__version__"}


def name_of(module):
    return str(module.relative_to(SOURCE))


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_imports_run_one_way(module):
    unit = unit_of(module)
    if unit == "__init__":
        assert own_imports(module) == set()
    else:
        assert own_imports(module) <= MAY_IMPORT[unit]


def test_no_package_may_import_what_may_import_it():
    """MAY_IMPORT can be put in an order in which everything imports only what stands before it."""
    placed, waiting = set(), dict(MAY_IMPORT)
    while waiting:
        free = [unit for unit, imports in waiting.items() if imports <= placed]
        assert free, f"these import each other: {sorted(waiting)}"
        placed |= set(free)
        for unit in free:
            del waiting[unit]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_libraries_stay_in_their_package(module):
    unit = unit_of(module)
    libraries = {name.split(".")[0]: at_import for name, at_import in imports_of(module)}
    for library, units in ONLY_IN.items():
        assert library not in libraries or unit in units, f"{library} is imported outside {units}"
    if unit in NO_TORCH:
        assert "torch" not in libraries
    if unit in {"registry", "predictor", "commands", "stages"}:
        assert not libraries.get("torch"), "torch is imported when this module is, not where it is used"


def test_the_packages_of_the_plan_are_there():
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert packages == {"cells", "patches", "training", "checks", "registry", "landscape", "report", "stages", "commands"}


def has_code(module):
    """Whether a module holds more than a docstring and names for others to import."""
    body = ast.parse(module.read_text(encoding="utf-8")).body
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in body)


def test_every_module_has_its_test_file():
    """tests/unit mirrors src one to one."""
    wanted = []
    for module in MODULES:
        if has_code(module) and module.stem != "__main__":
            place = module.relative_to(SOURCE)
            wanted.append(place.with_name(f"test_{place.parent.name if place.stem == '__init__' else place.stem}.py"))
    assert {str(place) for place in wanted if not (ROOT / "tests" / "unit" / place).is_file()} == set()


def test_modules_are_small():
    """A module that is read in one go; 300 lines are the plan's limit, but for the schema, which is a table."""
    lengths = {name_of(module): len(module.read_text(encoding="utf-8").splitlines()) for module in MODULES}
    del lengths["landscape/schema.py"]
    assert {name: lines for name, lines in lengths.items() if lines > 310} == {}


STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def test_dvc_yaml_has_the_stages_of_the_runner_in_their_order():
    assert tuple(STAGES) == runner.STAGES


@pytest.mark.parametrize("stage", runner.STAGES)
def test_a_stage_receives_the_parameters_that_dvc_watches(stage):
    module = importlib.import_module(f"sensorscape.stages.{stage}")
    assert set(runner.sections(module)) == set(STAGES[stage].get("params", []))


@pytest.mark.parametrize("stage", runner.STAGES)
def test_a_stage_runs_again_when_its_code_changes_and_only_then(stage):
    """DVC watches the stage's module and exactly those packages that it reaches by imports; `BASE` may change without new results."""
    reached, front = set(), own_imports(SOURCE / "stages" / f"{stage}.py")
    while front:
        reached |= front
        files = [module for module in MODULES if unit_of(module) in front]
        front = {unit for module in files for unit in own_imports(module)} - reached
    code = {Path(path).relative_to("src/sensorscape") for path in STAGES[stage]["deps"] if path.startswith("src/sensorscape")}
    assert {path.parts[0].removesuffix(".py") for path in code if path.parts[0] != "stages"} == reached - BASE
    assert [path for path in code if path.parts[0] == "stages"] == [Path("stages") / f"{stage}.py"]


@pytest.mark.parametrize("stage", runner.STAGES)
def test_a_stage_names_the_command_that_runs_it(stage):
    assert STAGES[stage]["cmd"] == f"sh src/stage {stage}"


def test_help_loads_no_heavy_library():
    heavy = {"torch", "mlflow", "dvc", "pandas", "numpy", "scipy", "h5py", "great_expectations", "matplotlib", "ray"}
    code = "import sys; from sensorscape.cli import main; sys.argv = ['sensorscape', '--help']; main()"
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True)
    loaded = {line.rsplit("|", 1)[1].strip().split(".")[0] for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "typer" in loaded
    assert loaded & heavy == set()


def project_files():
    """What git keeps or would keep, as text."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in sorted(filter(None, listed.split("\0"))):
        path = ROOT / name
        if path.is_file():
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # a picture or another binary file


def matches(pattern):
    return {name: match.group() for name, text in project_files() if (match := re.search(pattern, text))}


def test_no_file_names_a_path_of_a_machine():
    homes = "(?:work|root|home|Users|mnt|scratch)"
    assert matches(rf"(?<![\w.:/}}-])/{homes}/\w|file:///{homes}/|[A-Z]:\\Users") == {}


def test_no_file_is_left_with_a_placeholder():
    assert matches(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error)\b") == {}


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_nothing_is_asserted_in_the_source(module):
    """`python -O` would drop it."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)] == []
