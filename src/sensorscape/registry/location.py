"""Where the store is: the project's own SQLite file, or whatever MLFLOW_TRACKING_URI names. Knows no MLflow."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psutil

from sensorscape.errors import SensorscapeError
from sensorscape.project import Project

VARIABLE = "MLFLOW_TRACKING_URI"
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|afs|ncpfs|9p|lustre|gpfs|beegfs|ceph|glusterfs|orangefs|pvfs2|ocfs2|gfs2|panfs|webdav|davfs|"
    r"fuse\.(?:sshfs|glusterfs|s3fs|rclone|ceph|gcsfuse|goofys|davfs|cvmfs|juicefs|mfs|lizardfs|nfs|smb)[\w.-]*"
)


class StoreError(SensorscapeError):
    """The store cannot be used now: unreachable, locked, read-only, full. What was trained is kept and can be added later."""


@dataclass(frozen=True)
class Location:
    """A store's place.

    Attributes:
        uri: MLflow's tracking URI; may hold a password.
        shown: the same for people, without user and password.
        database: the SQLite file, None for a server.
        artifacts: the folder of the artifacts of the project's own store, None where the server decides.
    """

    uri: str
    shown: str
    database: Path | None
    artifacts: Path | None

    @property
    def embedded(self) -> bool:
        """Whether this is the project's own store."""
        return self.artifacts is not None


def locate(project: Project) -> Location:
    """The store of a project: `MLFLOW_TRACKING_URI` if it is set, else models/store/mlflow.db of the main project.

    Raises:
        SensorscapeError: for a URI that MLflow cannot use as a store.
    """
    uri = os.environ.get(VARIABLE, "").strip()
    if not uri:
        database = project.store / "mlflow.db"
        if any(sign in str(database) for sign in "?#"):
            raise SensorscapeError(f"{database.parent}: SQLite cannot open a path with ? or # in it", "rename the folder, then run again")
        return Location(f"sqlite:///{database}", str(database), database, project.store / "artifacts")
    parts = urlsplit(uri)
    scheme = parts.scheme.split("+")[0]
    if scheme == "sqlite":
        database = Path(uri.split("///", 1)[-1].split("?")[0])
        if not database.is_absolute():
            raise SensorscapeError(f"{VARIABLE}={uri} is relative: every experiment would have a store of its own", "give an absolute path")
        return Location(uri, str(database), database, None)
    if scheme not in ("http", "https", "postgresql", "mysql", "mssql"):
        known = "http(s)://, postgresql://, mysql://, mssql:// or sqlite:////absolute/path"
        raise SensorscapeError(f"{VARIABLE} should begin with {known}, not {scheme or uri!r}", f"mend or unset {VARIABLE}")
    return Location(uri, redacted(uri), None, None)


def redacted(uri: str) -> str:
    """`uri` without user, password and query, for messages and pages."""
    parts = urlsplit(uri)
    host = parts.hostname or ""
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))


def local_path(uri: str) -> Path | None:
    """The local path of an artifact URI (``file:///a%20b`` or a plain path); None when it is somewhere else."""
    parts = urlsplit(uri)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return Path(unquote(parts.path))
    return Path(uri) if not parts.scheme and uri.startswith("/") else None


def refuse_network_disk(folder: Path) -> None:
    """SQLite loses data on network disks, whose locks do not reach across machines.

    Raises:
        SensorscapeError: when `folder` lies on one, with the ways out.
    """
    kind = file_system(folder)
    if _NETWORK.fullmatch(kind):
        raise SensorscapeError(
            f"{folder} is on a network disk ({kind}), on which an SQLite store would be damaged",
            f"name a local one: export {VARIABLE}=sqlite:////local/disk/mlflow.db; or a server: export {VARIABLE}=http://host:5000",
        )


def file_system(folder: Path) -> str:
    """The type of the file system that holds `folder` (or will hold it), in lower case; empty when unknown."""
    there = folder.resolve()
    best, kind = "", ""
    for partition in psutil.disk_partitions(all=True):
        point = partition.mountpoint
        if there.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, partition.fstype
    return kind.lower()
