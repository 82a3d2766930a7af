import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.patches import writing
from sensorscape.patches.writing import new_hdf5

# a file size limit fails as a full disk does, at the same calls
_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
import numpy as np
from sensorscape.errors import SensorscapeError
from sensorscape.patches.layout import read_layout
from sensorscape.patches.subset import Plan, write_subset
from sensorscape.patches.synthetic.generate import synthesize

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    if sys.argv[1] == "subset":
        layout = read_layout(Path(sys.argv[3]))
        write_subset(Path(sys.argv[2]), layout, Plan(), accepted=np.ones(layout.rows, bool))
    else:
        synthesize(Path(sys.argv[2]), patches=20, cities=2, seed=1)
except SensorscapeError as error:
    print(error)
"""


@pytest.mark.parametrize("what", ["subset", "synthesize"])
def test_a_disk_that_fills_up_leaves_the_old_file_and_says_so(so2sat: Path, tmp_path: Path, what: str) -> None:
    (tmp_path / "s.h5").write_bytes(b"before")
    command = [sys.executable, "-c", _FULL_DISK, what, str(tmp_path / "s.h5"), str(so2sat)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "s.h5 cannot be written: File too large" in done.stdout
    assert (tmp_path / "s.h5").read_bytes() == b"before"
    assert [path.name for path in tmp_path.iterdir()] == ["s.h5"]


def test_a_disk_without_room_is_noticed_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with pytest.raises(SensorscapeError, match=r"s\.h5 needs 5,000 MB, the disk has 0 MB"), new_hdf5(tmp_path / "s.h5", need=5 * 10**9):
        pass
    assert not list(tmp_path.iterdir())


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    with new_hdf5(tmp_path / "s.h5", need=8) as file:
        file["a"] = np.zeros(1)
        assert not (tmp_path / "s.h5").exists()
    assert (tmp_path / "s.h5").exists()
    with pytest.raises(KeyError), new_hdf5(tmp_path / "s.h5", need=8) as file:
        file["nothing"]
    assert [path.name for path in tmp_path.iterdir()] == ["s.h5"]
