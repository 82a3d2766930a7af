"""TensorFlow's record files: what is written is read, what is damaged is named."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorscape.cells import tfrecord
from sensorscape.errors import SensorscapeError

RECORDS = [b"", b"one", b"a longer record" * 9, b"last"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "some.tfrecord"


def test_crc32c_has_its_published_values():
    """RFC 3720, appendix B.4."""
    octets = [b"123456789", b"\x00" * 32, b"\xff" * 32, bytes(range(32)), bytes(reversed(range(32)))]
    assert tfrecord.crc32c(octets).tolist() == [0xE3069283, 0x8A9136AA, 0x62A8AB43, 0x46DD794E, 0x113FDB5C]


def test_a_record_is_its_length_its_octets_and_a_masked_checksum_of_each():
    framed = tfrecord.frame(b"123456789")
    masked = ((0xE3069283 >> 15 | 0xE3069283 << 17) + 0xA282EAD8) % 2**32  # record_writer.h: rotated by 15 bits, plus a constant
    assert (framed[:8], framed[12:21]) == (b"\x09" + bytes(7), b"123456789")
    assert int.from_bytes(framed[21:], "little") == masked
    assert len(framed) == 25


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=80), max_size=12), st.integers(1, 5))
def test_records_come_back_in_order_whatever_the_batch(tmp_path_factory, records, batch):
    path = tmp_path_factory.mktemp("records") / "some.tfrecord"
    path.write_bytes(b"".join(map(tfrecord.frame, records)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfrecord, "_BATCH", batch)
        assert list(tfrecord.read(path)) == records


def test_any_octet_that_changed_is_an_error_in_its_record(path):
    whole = b"".join(map(tfrecord.frame, RECORDS))
    number = [row for row, record in enumerate(RECORDS) for _ in range(16 + len(record))]
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 64]) + whole[place + 1 :])
        with pytest.raises(SensorscapeError, match=f"the checksum of record {number[place]} is wrong"):
            list(tfrecord.read(path))


def test_a_file_that_ends_early_ends_in_the_middle_of_a_record(path):
    whole = b"".join(map(tfrecord.frame, RECORDS))
    ends = [sum(16 + len(record) for record in RECORDS[:count]) for count in range(len(RECORDS) + 1)]
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        if length in ends:
            assert list(tfrecord.read(path)) == RECORDS[: ends.index(length)]
        else:
            with pytest.raises(SensorscapeError, match=f"ends in the middle of record {sum(end <= length for end in ends) - 1}"):
                list(tfrecord.read(path))


def test_a_record_longer_than_any_of_nasbench_101_is_not_read_into_memory(path):
    length = (1 << 40).to_bytes(8, "little")
    check = int(tfrecord.mask(tfrecord.crc32c([length]))[0]).to_bytes(4, "little")
    path.write_bytes(tfrecord.frame(b"one") + length + check + bytes(100_000))
    with pytest.raises(SensorscapeError, match="record 1 has 1099511627776 bytes"):
        list(tfrecord.read(path))


def test_a_missing_file_is_named(path):
    with pytest.raises(SensorscapeError, match=r"some.tfrecord cannot be read: No such file"):
        list(tfrecord.read(path))
