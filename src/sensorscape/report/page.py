"""The page as text: sections in, one HTML file out that needs no network and no other file to be read."""

from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from sensorscape.report.blocks import Section

FOOTER = (
    "Made by sensorscape. The picture of a landscape holds for the search space, data, recipe and budgets named above, and for nothing "
    "else. "
    "Published values: Traoré, Camero and Zhu, “Landscape of Neural Architecture Search across sensors: how much do they differ?”; "
    "the framework: the same, “Fitness Landscape Footprint” (arXiv 2111.01584)."
)


def render(
    title: str,
    sections: Sequence[Section],
    *,
    subtitle: str = "",
    badges: Sequence[str] = (),
    colours: Mapping[str, str] | None = None,
    footer: str = FOOTER,
) -> str:
    """The page as one HTML text: style, pictures and tables inside, no script, no date, nothing from the network.

    Args:
        title: the heading, also the window's title.
        sections: in reading order; their names are the anchors of the contents list.
        subtitle: one line under the heading.
        badges: short warnings beside the heading (``synthetic data``).
        colours: colour by sensor of this study, for the key.

    Everything but the SVG of figures is escaped, so names out of files cannot become markup.
    """
    environment = Environment(
        loader=PackageLoader("sensorscape.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    html: str = environment.get_template("index.html.j2").render(
        title=title,
        subtitle=subtitle,
        sections=sections,
        badges=badges,
        sensors=list((colours or {}).items()),
        footer=footer,
    )
    return html.strip() + "\n"
