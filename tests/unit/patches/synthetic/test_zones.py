import ast
from pathlib import Path

import pytest

from sensorscape.patches import synthetic
from sensorscape.patches.synthetic.zones import COUNTS, ZONES

FOLDER = Path(str(synthetic.__file__)).parent


def test_the_published_training_file_has_352366_patches() -> None:
    assert sum(COUNTS) == 352_366
    assert len(COUNTS) == len(ZONES)


@pytest.mark.parametrize("module", ["optical", "radar", "materials", "fields", "lee"])
def test_no_instrument_knows_of_classes_or_labels(module: str) -> None:
    """A gain or a noise keyed by class would have to name one: no name in these modules does."""
    tree = ast.parse((FOLDER / f"{module}.py").read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} | {
        node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)
    }
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [name for name in names if any(word in name.lower() for word in ("zone", "label"))]
    assert not [name for name in imported if name.endswith(("zones", "sensors"))]


def test_the_simulation_never_reads_the_definitions_of_sensors() -> None:
    for path in FOLDER.glob("*.py"):
        imported = {node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
        assert not imported & {"sensorscape.params", "sensorscape.patches.sensors"}, path.name
