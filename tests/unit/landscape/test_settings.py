from dataclasses import fields

from sensorscape.landscape.settings import Settings
from sensorscape.params import Footprint


def test_settings_are_the_section_footprint():
    assert [field.name for field in fields(Settings)] == [field.name for field in fields(Footprint)]
