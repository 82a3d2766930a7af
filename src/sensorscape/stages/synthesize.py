"""Stage `synthesize`: write the synthetic So2Sat that the embedded study runs on."""

from sensorscape.params import SYNTHETIC_FILE, Synthetic
from sensorscape.patches.synthetic.generate import synthesize
from sensorscape.project import Project


def run(project: Project, *, synthetic: Synthetic) -> None:
    """Write data/raw/synthetic.h5; it depends on the section `synthetic` alone, never on the sensors.

    Raises:
        SensorscapeError: when the disk is full.
    """
    synthesize(project.root / SYNTHETIC_FILE, patches=synthetic.patches, cities=synthetic.cities, seed=synthetic.seed)
