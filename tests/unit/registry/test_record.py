"""A record's digests hold what it says; names in it cannot leave their folder."""

import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.files import canonical_json, sha256_text
from sensorscape.registry import record as module


def test_the_fingerprint_is_the_digest_of_the_identity_alone(record):
    one, other = record(kappa=0.5), record(kappa=0.6)
    assert one["fingerprint"] == other["fingerprint"] == sha256_text(canonical_json(one["identity"]))
    assert one["record_sha256"] != other["record_sha256"]
    assert record(seed=1)["fingerprint"] != one["fingerprint"]


def test_sealing_twice_changes_nothing(record):
    one = record()
    assert module.seal(one) == one
    assert module.verify(one, "here") == one


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("outcome", "splendid", "outcome"),
        ("sensor", "../../etc/passwd", "plain file name"),
        ("cell", {"hash": "../x"}, "32 hex digits"),
        ("weights", {"sha256": "../../x"}, "SHA-256"),
        ("seed", 7, "altered"),
        ("identity", {"cell": "x"}, "altered"),
    ],
)
def test_an_altered_record_is_refused_with_its_place(record, key, value, words):
    with pytest.raises(SensorscapeError, match=words) as caught:
        module.verify({**record(), key: value}, "line 3")
    assert "line 3" in str(caught.value)


def test_a_record_without_a_part_is_refused(record):
    for key in ("fingerprint", "evaluations", "record_sha256"):
        with pytest.raises(SensorscapeError, match=f"lacks {key}"):
            module.verify({name: value for name, value in record().items() if name != key}, "here")
    with pytest.raises(SensorscapeError, match="not a record"):
        module.verify([], "here")


@pytest.mark.parametrize(
    ("text", "is_one"), [("a" * 64, True), ("A" * 64, False), ("a" * 63, False), ("../" + "a" * 61, False), (None, False)]
)
def test_only_64_hex_digits_are_a_digest(text, is_one):
    assert module.is_sha256(text) is is_one
