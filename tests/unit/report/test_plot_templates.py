"""DVC's plot templates: each plot of dvc.yaml has its own, and its columns are those that the footprint writes."""

import json
from pathlib import Path

import pytest
import yaml

from sensorscape.landscape.schema import PLOTS

ROOT = Path(__file__).parents[3]
SHOWN = [
    (title, plot)
    for entry in yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8")).get("plots", [])
    for title, plot in entry.items()
]


@pytest.mark.parametrize(("title", "plot"), SHOWN)
def test_a_plot_names_columns_of_its_table_and_a_template_that_is_here(title, plot):
    assert (ROOT / ".dvc" / "plots" / f"{plot['template']}.json").is_file()
    for path, column in plot["y"].items():
        names = PLOTS[Path(path).stem].names
        assert {plot["x"], column} <= set(names), title


@pytest.mark.parametrize("path", sorted((ROOT / ".dvc" / "plots").glob("*.json")), ids=lambda path: path.stem)
def test_a_template_asks_nothing_of_the_network_and_keeps_revisions_apart(path):
    text = path.read_text(encoding="utf-8")
    template = json.loads(text)
    assert template.pop("$schema").startswith("https://vega.github.io/schema/")
    assert "http" not in json.dumps(template)
    assert template["data"]["values"] == "<DVC_METRIC_DATA>"
    assert "<DVC_METRIC_COLOR>" in text
