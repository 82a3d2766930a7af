"""`sensorscape study NAME`: put an overlay of studies/ in place."""

import subprocess
from typing import Any

import typer


def study(name: str = typer.Argument(help="An overlay in studies/, without .yaml: paper, pilot, …")) -> None:
    """Merge studies/NAME.yaml into params.yaml (comments stay); refused while params.yaml has uncommitted changes."""
    from ruamel.yaml import YAML

    from sensorscape import params
    from sensorscape.errors import SensorscapeError
    from sensorscape.files import atomic_write
    from sensorscape.project import Project

    project = Project.find()
    overlays = {path.stem: path for path in sorted((project.root / "studies").glob("*.yaml"))}
    if name not in overlays:
        raise SensorscapeError(f"there is no study {name!r} in studies/", f"one of: {', '.join(overlays) or 'none yet'}")
    target = project.root / "params.yaml"
    state = subprocess.run(["git", "status", "--porcelain", "--", target], cwd=project.root, capture_output=True, text=True, check=False)
    if state.returncode or state.stdout.strip():
        raise SensorscapeError("params.yaml has changes that are not committed", "git commit params.yaml, or git restore params.yaml")
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 120, True
    merged = yaml.load(target.read_text(encoding="utf-8"))
    overlay = params.read_yaml(overlays[name])
    _merge(merged, overlay)
    params.parse(params.plain(merged), source=f"params.yaml with studies/{name}.yaml")
    with atomic_write(target) as stream:
        yaml.dump(merged, stream)
    typer.echo(f"params.yaml is now the study {name}: look at it with `git diff params.yaml`, then `dvc repro`")


def _merge(base: dict[str, Any], overlay: dict[str, Any]) -> None:
    """Overwrite values of `base` by those of `overlay` where they differ, section by section; lists and sensors as a whole."""
    for key, value in overlay.items():
        present = base.get(key)
        if isinstance(value, dict) and isinstance(present, dict) and key != "sensors":
            _merge(present, value)
        elif isinstance(value, list) and isinstance(present, list):
            present[:] = value  # in place: it keeps its style and its comment
        elif value != present:
            base[key] = value
