"""What the data support, and what a study of this size cannot tell."""

from sensorscape.report.blocks import Block, Bullets, Section, Words
from sensorscape.report.text import listed
from sensorscape.report.view import View


def section(view: View) -> Section:
    """The first section: sentences before numbers."""
    m = view.material
    blocks: list[Block] = []
    if m.partial:
        blocks.append(Words((m.partial,), "warning"))
    if m.data.synthetic:
        blocks.append(
            Words(
                (
                    f"The data are synthetic ({m.data.source}): {_after_colon(m.data.synthetic)}. They show that the instrument works "
                    f"and what its "
                    "pictures look like. Nothing on this page is a finding about real Sentinel-1 or Sentinel-2 images.",
                ),
                "warning",
            )
        )
    said = view.sentences("statements", "answer") + view.sentences("statements", "overview")
    said += view.sentences("statements", "differences", "noise", "ruggedness")
    if said:
        blocks.append(Bullets(said, "What the data support"))
    else:
        blocks.append(Words(("There is too little to say anything: see the reasons below.",), "note"))
    cannot = view.sentences("cannot")
    if cannot:
        blocks.append(Bullets(cannot, "What a study of this size cannot tell"))
    return Section(
        "summary",
        "What the data say",
        f"Which of {listed(m.sensors)} is easiest to search with?" if len(m.sensors) > 1 else "",
        tuple(blocks),
    )


def _after_colon(about: str) -> str:
    return about.split(":", 1)[-1].strip().rstrip(".")
