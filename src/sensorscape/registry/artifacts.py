"""Files of a run: written and read in place where the store's artifacts are local, through MLflow elsewhere.

Files that DVC already holds are hard-linked, so that a model costs no disk; a link cannot cross disks, then it is copied.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sensorscape.errors import SensorscapeError
from sensorscape.files import inside
from sensorscape.registry.location import StoreError, local_path
from sensorscape.registry.opening import Store

_READERS = 16


def put(store: Store, run_id: str, artifact_uri: str, files: Mapping[str, bytes | Path], *, replace: bool = False) -> None:
    """Add files to a run, `files` by path within its artifacts. What is there already stays, unless `replace`.

    Raises:
        SensorscapeError: for a path that leaves the run's folder, or a full disk.
    """
    folder = local_path(artifact_uri)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            _place(inside(folder, name), content, replace)
        return
    with tempfile.TemporaryDirectory(prefix="sensorscape-") as name:
        for path, content in files.items():
            _place(inside(Path(name), path), content, replace)
        store.client.log_artifacts(run_id, name)


def get(store: Store, artifact_uri: str, path: str) -> bytes | None:
    """The bytes of one artifact; None when it is missing."""
    folder = local_path(artifact_uri)
    if folder:
        try:
            return inside(folder, path).read_bytes()
        except FileNotFoundError:
            return None
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory(prefix="sensorscape-") as name:
        try:
            uri = f"{artifact_uri.rstrip('/')}/{path}"
            return Path(download_artifacts(uri, dst_path=name, tracking_uri=store.location.uri)).read_bytes()
        except MlflowException as error:
            if "404" in str(error) or "not exist" in str(error).lower() or "no such" in str(error).lower():
                return None
            raise
        except FileNotFoundError:
            return None


def get_many(store: Store, artifact_uris: Mapping[str, str], path: str) -> dict[str, bytes | None]:
    """The same artifact of many runs: `artifact_uris` by run id."""
    if all(local_path(uri) for uri in artifact_uris.values()):
        return {run: get(store, uri, path) for run, uri in artifact_uris.items()}
    with ThreadPoolExecutor(_READERS) as pool:
        return dict(zip(artifact_uris, pool.map(lambda uri: get(store, uri, path), artifact_uris.values()), strict=True))


def link(source: Path, target: Path) -> None:
    """Make `target` the same file as `source` (one inode), or a copy where disks differ; an existing `target` stays.

    Raises:
        StoreError: when it cannot be written.
    """
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        try:
            os.link(source.resolve(), part)
        except OSError:
            shutil.copyfile(source, part)
        part.replace(target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        part.unlink(missing_ok=True)


def _place(target: Path, content: bytes | Path, replace: bool) -> None:
    if isinstance(content, Path):
        link(content, target)
    elif replace or not target.exists():
        # renamed into place, not flushed to the disk: the store can be rebuilt, and flushing costs more than all the rest
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            part.replace(target)
        except OSError as error:
            raise _cannot_write(target, error) from error
        finally:
            part.unlink(missing_ok=True)


def _cannot_write(target: Path, error: OSError) -> SensorscapeError:
    return StoreError(f"{target} cannot be written: {error.strerror}", "free space or mend the permissions, then: sensorscape sync")
