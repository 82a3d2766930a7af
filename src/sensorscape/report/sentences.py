"""Sentences of the footprint stage as the page says them: sensors that say the same together, metrics by their names, a real minus."""

import re
from collections.abc import Sequence

from sensorscape.report.text import listed
from sensorscape.report.words import NAMES

_MINUS = re.compile(r"(?<![\w.)])-(?=\d)")
_METRIC = re.compile(r"\b(" + "|".join(sorted((name for name in NAMES if "_" in name), key=len, reverse=True)) + r")\b")


def worded(sentence: str) -> str:
    """Keys of metrics as their names, hyphens before digits as minus signs."""
    return _MINUS.sub("−", _METRIC.sub(lambda match: NAMES[match.group()], sentence))


def grouped(sentences: Sequence[str], sensors: Sequence[str]) -> tuple[str, ...]:
    """The sentences with those that differ in their sensors alone as one, in the order of their first.

    Args:
        sentences: ``s1: 20 models are too few.``, ``s1 and s2 are not told apart.``, or anything else, which stays as it is.
        sensors: names that may begin a sentence.
    """
    names = "|".join(map(re.escape, sorted(sensors, key=len, reverse=True)))
    form = re.compile(rf"(?:(?P<one>{names}): |(?P<pair>(?:{names}) and (?:{names})) (?=are ))(?P<rest>.*)", re.DOTALL)
    found: dict[tuple[str, str], list[str]] = {}
    for sentence in sentences:
        match = form.fullmatch(sentence) if sensors else None
        if match is None:
            found[("", sentence)] = []
        else:
            kind = "one" if match["one"] else "pair"
            found.setdefault((kind, match["rest"]), []).append(match[kind])
    return tuple(_together(kind, rest, who, len(sensors)) for (kind, rest), who in found.items())


def _together(kind: str, rest: str, who: Sequence[str], count: int) -> str:
    if kind == "one":
        return f"{f'all {count} sensors' if len(who) == count > 3 else listed(who)}: {rest}"
    return f"{'; '.join(who)} {rest}" if kind == "pair" else rest
