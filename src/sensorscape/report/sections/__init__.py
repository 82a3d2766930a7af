"""The page's sections, a module per part of the story; `build` puts them in reading order."""

from sensorscape.report.blocks import Section
from sensorscape.report.sections import comparison, conditions, data, footprint, measures, proxies, runs, summary
from sensorscape.report.view import View


def build(view: View) -> tuple[Section, ...]:
    """All sections of the page of one study."""
    return (
        summary.section(view),
        conditions.section(view),
        data.section(view),
        footprint.section(view),
        measures.density(view),
        measures.fdc(view),
        measures.ruggedness(view),
        measures.persistence(view),
        measures.optima(view),
        comparison.budgets(view),
        comparison.sensors(view),
        comparison.noise(view),
        proxies.proxies(view),
        proxies.features(view),
        proxies.replay(view),
        runs.section(view),
        runs.undefined(view),
    )
