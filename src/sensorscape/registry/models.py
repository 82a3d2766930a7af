"""Registered models: ``cell-<first 12 of the hash>`` with one version per run, ``sensorscape-<sensor>`` for the champions.

A version is found again by the fingerprint and record SHA-256 in its tags, so registering is idempotent. The weights in the
run's artifacts are hard links to models/weights: one inode, no copies.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sensorscape.files import safe_name, sha256_file
from sensorscape.registry import artifacts, description
from sensorscape.registry.champions import kappa_of
from sensorscape.registry.database import connect
from sensorscape.registry.location import local_path
from sensorscape.registry.opening import Store, patiently, speaking
from sensorscape.registry.reading import Key, StoredRun
from sensorscape.registry.record import Record
from sensorscape.registry.writing import Writer

CHAMPION = "champion"
_TAG_FINGERPRINT, _TAG_RECORD = "fingerprint", "record_sha256"


@dataclass
class Version:
    """A version of a registered model: its name, number, tags, the aliases that point at it, and where its files are."""

    name: str
    number: str
    source: str
    run_id: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)

    @property
    def key(self) -> Key:
        """(fingerprint, record SHA-256) of its run."""
        return self.tags.get(_TAG_FINGERPRINT, ""), self.tags.get(_TAG_RECORD, "")


@dataclass
class Shelf:
    """All registered models of a store: versions by name and key, as they were when it was read and as they were added since."""

    versions: dict[str, dict[Key, Version]]

    def add(self, version: Version) -> None:
        """Put a version on the shelf; of two with one key the older stays."""
        self.versions.setdefault(version.name, {}).setdefault(version.key, version)

    def find(self, name: str, key: Key) -> Version | None:
        """The version of a run in a model, None when there is none."""
        return self.versions.get(name, {}).get(key)


def model_name(record: Record) -> str:
    """The registered model of a cell: ``cell-`` and the first 12 digits of its hash."""
    return f"cell-{record['cell']['hash'][:12]}"


def champion_name(sensor: str) -> str:
    """The registered model that holds the champions of a sensor."""
    return f"sensorscape-{safe_name(sensor)}"


def alias_of(sensor: str) -> str:
    """The alias of a sensor: its name, unless MLflow reserves that (``latest``, ``v3``) or forbids a sign in it."""
    plain = re.sub(r"[^\w-]", "-", sensor)
    return f"sensor-{plain}" if plain.lower() == "latest" or re.fullmatch(r"v\d+", plain, re.IGNORECASE) else plain


def shelf(store: Store) -> Shelf:
    """Read all registered models of sensorscape.

    Raises:
        StoreError: when the store cannot be read.
    """
    found = Shelf({})
    with speaking(store.location):
        file = store.location.database
        versions = patiently(lambda: shelf_of_file(file)) if file else _search(store)
    for version in versions:
        found.add(version)
    return found


def shelf_of_file(database: Path | None) -> list[Version]:
    """The versions in an SQLite file, oldest first, without MLflow; empty when the file is not there."""
    if database is None or not database.exists():
        return []
    found: dict[tuple[str, int], Version] = {}
    with closing(connect(database)) as connection:
        query = """SELECT name, version, coalesce(storage_location, source), run_id FROM model_versions
                   WHERE name LIKE 'cell-%' OR name LIKE 'sensorscape-%' ORDER BY version"""
        for name, number, source, run_id in connection.execute(query):
            found[name, number] = Version(name, str(number), source or "", run_id or "")
        for name, number, key, value in connection.execute("SELECT name, version, key, value FROM model_version_tags"):
            if (name, number) in found:
                found[name, number].tags[key] = value
        for name, number, alias in connection.execute("SELECT name, version, alias FROM registered_model_aliases"):
            if (name, number) in found:
                found[name, number].aliases.add(alias)
    return list(found.values())


def add_files(store: Store, run: StoredRun, record: Record, subset: Mapping[str, Any], weights: Path) -> bool:
    """Put the model of a run among its artifacts; False when `weights` are not the bytes of the record.

    Files that are there stay, except weights that were damaged since: those are replaced.
    """
    if sha256_file(weights) != record["weights"]["sha256"]:
        return False
    local = local_path(run.artifact_uri)
    if local:
        there = local / description.FOLDER / description.WEIGHTS
        if there.exists() and not there.samefile(weights) and sha256_file(there) != record["weights"]["sha256"]:
            there.unlink()
    named = {f"{description.FOLDER}/{name}": content for name, content in description.files(record, subset, weights).items()}
    artifacts.put(store, run.run_id, run.artifact_uri, named)
    return True


def add_version(writer: Writer, known: Shelf, name: str, run: StoredRun, record: Record, about: str) -> Version:
    """The version of a run in the registered model `name`, made if it is not there."""
    key = (record["fingerprint"], record["record_sha256"])
    found = known.find(name, key)
    if found:
        return found
    tags = version_tags(record)
    source = f"{run.artifact_uri}/{description.FOLDER}"
    number = writer.version(name, about, source=source, run_id=run.run_id, tags=tags, described=about_version(record))
    version = Version(name, number, source, run.run_id, dict(tags))
    known.add(version)
    return version


def point(writer: Writer, known: Shelf, version: Version, alias: str) -> None:
    """Let `alias` of the version's model point at it."""
    if alias in version.aliases:
        return
    writer.alias(version.name, alias, version.number)
    for other in known.versions[version.name].values():
        other.aliases.discard(alias)
    version.aliases.add(alias)


def tag(writer: Writer, version: Version, tags: Mapping[str, str]) -> None:
    """Set the tags of a version that it does not have yet."""
    fresh = {key: value for key, value in tags.items() if version.tags.get(key) != value}
    if fresh:
        writer.tag_version(version.name, version.number, fresh)
        version.tags |= fresh


def version_tags(record: Record) -> dict[str, str]:
    """What a version says of its run: kappa at every budget, sensor, digests."""
    tags = {
        "sensor": record["sensor"],
        _TAG_FINGERPRINT: record["fingerprint"],
        _TAG_RECORD: record["record_sha256"],
        "weights_sha256": record["weights"]["sha256"],
    }
    return {f"kappa_{budget}": f"{kappa:.6f}" for budget, kappa in _kappas(record)} | tags


def about_version(record: Record) -> str:
    """What the table of a model's versions says of one: sensor, seed, cell and kappas."""
    found = _kappas(record)
    kappas = ", ".join(f"{kappa:.3f}" for _, kappa in found)
    after = f": kappa {kappas} after {', '.join(budget for budget, _ in found)} epochs" if found else ": no kappa is defined"
    return f"{record['sensor']}, cell {record['cell']['hash'][:12]}, seed {record['seed']}{after}"


def _kappas(record: Record) -> list[tuple[str, float]]:
    found = [(budget, kappa_of(record, int(budget))) for budget in sorted(record["evaluations"], key=int)]
    return [(budget, kappa) for budget, kappa in found if kappa is not None]


def _search(store: Store) -> list[Version]:
    found = []
    aliases: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for prefix in ("cell-", "sensorscape-"):
        token: Any = None
        while True:
            page = store.client.search_registered_models(f"name LIKE '{prefix}%'", max_results=500, page_token=token)
            for model in page:
                for alias, number in dict(model.aliases).items():
                    aliases[model.name][str(number)].add(alias)
            token = page.token
            if not token:
                break
        while True:
            page = store.client.search_model_versions(f"name LIKE '{prefix}%'", max_results=5000, page_token=token)
            for item in page:
                number = str(item.version)
                known_as = set(aliases[item.name][number])
                found.append(Version(item.name, number, item.source or "", item.run_id or "", dict(item.tags), known_as))
            token = page.token
            if not token:
                break
    return sorted(found, key=lambda version: int(version.number))
