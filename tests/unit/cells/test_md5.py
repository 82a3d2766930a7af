import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.cells import md5
from sensorscape.cells.md5 import md5_hex


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        (b"", b"d41d8cd98f00b204e9800998ecf8427e"),
        (b"abc", b"900150983cd24fb0d6963f7d28e17f72"),
        (b"message digest", b"f96b697d7cb7938d525a2f31aaf161d0"),
        (b"1234567890" * 8, b"57edf4a22be3c955ac49da2e2107b67a"),
    ],
)
def test_digests_are_those_of_rfc_1321(text, digest):
    assert md5_hex(np.frombuffer(text, dtype=np.uint8)[None]).tolist() == [digest]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.integers(0, 9), st.randoms(use_true_random=False))
def test_many_messages_of_one_length_are_hashed_as_one_by_one(length, count, random):
    """Lengths around the ends of blocks (55, 56, 63, 64, 119, 120) included, in passes of four."""
    messages = np.array([[random.randrange(256) for _ in range(length)] for _ in range(count)], dtype=np.uint8).reshape(count, length)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(md5, "_LANES", 4)
        found = md5_hex(messages)
    assert found.tolist() == [hashlib.md5(bytes(message)).hexdigest().encode() for message in messages]  # noqa: S324
