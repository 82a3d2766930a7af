"""The stage writes what its section asks for, and depends on nothing else."""

import h5py
import pytest

from sensorscape.errors import SensorscapeError
from sensorscape.params import Synthetic
from sensorscape.project import Project
from sensorscape.stages import synthesize


def write(folder, **section):
    synthesize.run(Project(folder, folder), synthetic=Synthetic(**section))
    return folder / "data" / "raw" / "synthetic.h5"


def test_the_file_holds_the_patches_that_were_asked_for_and_says_that_it_is_synthetic(tmp_path):
    with h5py.File(write(tmp_path, patches=60, cities=2, seed=1)) as file:
        assert {name: file[name].shape for name in ("sen1", "sen2", "label")} == {
            "sen1": (60, 32, 32, 8),
            "sen2": (60, 32, 32, 10),
            "label": (60, 17),
        }
        assert file.attrs["about"].startswith("synthetic")


def test_the_seed_decides_every_byte(tmp_path):
    one, again, other = (
        write(tmp_path / name, patches=40, cities=2, seed=seed).read_bytes() for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert one == again
    assert one != other


def test_a_disk_without_room_is_said_before_anything_is_written(tmp_path, monkeypatch):
    import shutil

    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(SensorscapeError, match="the disk has 0 MB"):
        write(tmp_path, patches=40, cities=2, seed=1)
    assert not list((tmp_path / "data" / "raw").glob("*"))
