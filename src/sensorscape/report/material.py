"""Everything the page is made of, as plain values: the stage reads the files, the page only arranges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sensorscape.files import read_json
from sensorscape.landscape.schema import TABLES, read_tables
from sensorscape.report.palette import Palette
from sensorscape.report.patches import Data
from sensorscape.report.published import Published

KAPPA = "kappa"
"""The fitness of everything that is trained here: Cohen's kappa."""


@dataclass(frozen=True)
class Material:
    """All of one page.

    Attributes:
        footprint: reports/footprint/footprint.json (`sensorscape.landscape.schema`).
        tables: the tables of reports/footprint/ by name.
        palette: the sensors' looks.
        data: the patches.
        identity: ``identity`` of one record per sensor: the recipe that the records themselves name.
        commits: the git commits that the records name.
        population, walks: models/population.json and walks.json.
        verdicts: models/verdicts.json.
        champions: sensor → ``{"cell", "kappa_choice", "kappa_report", …}`` of models/registered.json.
        partial: empty, or why this page is not the study's whole footprint.
    """

    footprint: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    palette: Palette
    data: Data = field(default_factory=Data)
    identity: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    commits: Sequence[str] = ()
    population: Mapping[str, Any] = field(default_factory=dict)
    walks: Mapping[str, Any] = field(default_factory=dict)
    verdicts: Mapping[str, Any] = field(default_factory=dict)
    champions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    partial: str = ""

    @property
    def sensors(self) -> list[str]:
        """The study's sensors, in its order."""
        return list(self.footprint["sensors"])

    @property
    def budget(self) -> int:
        """The budget of the eight metrics, epochs."""
        return int(self.footprint["budget"])

    @property
    def late_budget(self) -> int:
        """The budget it is compared with, epochs."""
        return int(self.footprint["late_budget"])

    @property
    def conditions(self) -> Mapping[str, Any]:
        """`sensorscape.landscape.schema.CONDITIONS`."""
        conditions: Mapping[str, Any] = self.footprint["conditions"]
        return conditions

    @property
    def table_sensors(self) -> set[str]:
        """Sensors whose fitness is looked up; their cells have no registered models."""
        return set(self.conditions.get("tables") or {})

    @property
    def unit(self) -> str:
        """What the fitness is counted in: ``kappa``, the unit of the tables where it is looked up, or both by name."""
        tables = self.conditions.get("tables") or {}
        units = [tables[sensor]["unit"] if sensor in tables else KAPPA for sensor in self.sensors]
        return " or ".join(dict.fromkeys(units)) or KAPPA

    @cached_property
    def published(self) -> Published:
        """The published values."""
        return Published(self.tables["published"])


def read_footprint(reports: Path) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """footprint.json and the tables of ``reports/footprint``.

    Raises:
        SensorscapeError: when one is missing or of another version.
    """
    folder = reports / "footprint"
    footprint: dict[str, Any] = read_json(folder / "footprint.json", made_by="dvc repro footprint")
    return footprint, read_tables(folder, TABLES)
