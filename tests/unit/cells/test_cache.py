import numpy as np
import pytest

from sensorscape.cells import Cell, cache
from sensorscape.cells.space import Space, space
from sensorscape.errors import SensorscapeError
from sensorscape.files import sha256_file


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The first 91 cells stand for the space: those of up to four vertices."""
    whole = space()
    part = Space(whole.vertices[:91], whole.masks[:91], whole.labels[:91])
    monkeypatch.setattr(cache, "space", lambda: part)
    monkeypatch.setenv("SENSORSCAPE_CACHE", str(tmp_path))
    cache.space_hashes.cache_clear()
    yield part
    cache.space_hashes.cache_clear()


def test_the_file_holds_every_cell_and_is_read_back(small):
    import pyarrow.parquet as pq

    table = pq.read_table(cache.space_file()).to_pydict()
    cells = [small.cell(row) for row in range(len(small))]
    assert table["hash"] == [cell.hash for cell in cells] == cache.space_hashes().astype(str).tolist()
    assert table["operations"] == [" ".join(cell.operations) for cell in cells]
    assert table["parameters"][0] == 882570
    words = np.array([table[f"word{word}"] for word in range(5)], dtype=np.uint64).T
    assert np.array_equal(words, small.words)


def test_a_cell_is_found_by_its_hash_or_the_beginning_of_it(small):
    trivial = Cell.from_edges([(0, 1)], [])
    assert cache.find("043721b9c7fe8c5fad811d47d83132ec") == trivial
    assert cache.find("043721B9") == trivial
    for name in ("ffffffffffff", "", "zz"):
        with pytest.raises(SensorscapeError, match="no cell of NASBench-101"):
            cache.find(name)
    with pytest.raises(SensorscapeError, match="cells have hashes that begin with '0'"):
        cache.find("0")


def test_a_damaged_file_is_made_again(small):
    path = cache.space_file()
    digest = sha256_file(path)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert sha256_file(cache.space_file()) == digest
