import pytest
from footprint_frames import Made, material_of


@pytest.fixture(scope="session")
def make():
    """The maker of made-up footprints: sensors, n, steps of the walk, with or without replay."""
    return Made


@pytest.fixture(scope="session")
def made(make):
    """A made-up footprint of s1, s2 and fusion with 24 models. Not to be changed."""
    return make()


@pytest.fixture(scope="session")
def look(made):
    """What most figures need beside their tables."""
    from sensorscape.report.palette import Palette
    from sensorscape.report.published import Published

    return {"sensors": list(made.sensors), "palette": Palette(made.sensors), "published": Published(made.tables["published"])}


@pytest.fixture(scope="session")
def material(made):
    """The material of a page, with synthetic data, pictures, checks, a recipe and champions."""
    return material_of(made)


@pytest.fixture(scope="session")
def page_of():
    """Makes the material of a page from a made-up footprint."""
    return material_of


@pytest.fixture
def section_of():
    """Builds one section of a page: (section function, material) → (section, view). Figures are not drawn but stand as reasons."""
    from sensorscape.report.catalogue import entries
    from sensorscape.report.view import View

    def build(section, material, drawn=None):
        catalogue = entries(material)
        view = View(material, catalogue, dict.fromkeys(catalogue, "not drawn here") | (drawn or {}))
        return section(view), view

    return build


@pytest.fixture
def words_of():
    """All text of a section, a block or a table."""
    from dataclasses import fields, is_dataclass

    def collect(value):
        if isinstance(value, str):
            return value
        if is_dataclass(value):
            return " ".join(collect(getattr(value, field.name)) for field in fields(value))
        return " ".join(collect(part) for part in value) if isinstance(value, tuple | list) else ""

    return collect


@pytest.fixture
def block_of():
    """A section's block by its name."""

    def find(section, name):
        return next(block for block in section.blocks if getattr(block, "name", None) == name)

    return find
