"""NASBench-101's published records (``nasbench_full.tfrecord``, ``nasbench_only108.tfrecord``), converted once to Parquet.

A record is JSON: hash, epochs, adjacency as digits, operations as text, and the metrics as a base64 protobuf. Every cell has three
repeats per number of epochs, each evaluated before, halfway through and at the end of its training. Source: Ying et al. 2019,
``nasbench/api.py`` and ``nasbench/lib/model_metrics.proto``.
"""

import base64
import binascii
import json
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sensorscape.cells import graph, tfrecord
from sensorscape.cells.hashing import hashes
from sensorscape.cells.space import Space, canonical_keys, space
from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_path

if TYPE_CHECKING:
    import pyarrow as pa

EVALUATIONS = ("start", "half", "end")
SPLITS = ("train", "validation", "test")
_OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
_FIELDS = 5
_BATCH = 16384
"""Records that are decoded, checked and written together, some 50 MB."""
_DOUBLES = ("current_epoch", "training_time", "train_accuracy", "validation_accuracy", "test_accuracy")

_Record = tuple[str, int, str, str, list[tuple[float, ...]], int]
"""Hash, epochs, adjacency as digits, operations as text, evaluations (values of `_DOUBLES`), trainable parameters."""


@cache
def messages() -> tuple[Any, Any]:
    """The protobuf classes ModelMetrics and EvaluationData, built from their published fields."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="sensorscape/model_metrics.proto", package="nasbench", syntax="proto2")
    metrics, evaluation = file.message_type.add(name="ModelMetrics"), file.message_type.add(name="EvaluationData")
    metrics.field.add(
        name="evaluation_data", number=1, label=field.LABEL_REPEATED, type=field.TYPE_MESSAGE, type_name=".nasbench.EvaluationData"
    )
    metrics.field.add(name="trainable_parameters", number=2, label=field.LABEL_OPTIONAL, type=field.TYPE_INT32)
    metrics.field.add(name="total_time", number=3, label=field.LABEL_OPTIONAL, type=field.TYPE_DOUBLE)
    for number, name in enumerate(_DOUBLES, start=1):
        evaluation.field.add(name=name, number=number, label=field.LABEL_OPTIONAL, type=field.TYPE_DOUBLE)
    evaluation.field.add(name="checkpoint_path", number=6, label=field.LABEL_OPTIONAL, type=field.TYPE_STRING)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    first, second = (message_factory.GetMessageClass(pool.FindMessageTypeByName(f"nasbench.{one.name}")) for one in (metrics, evaluation))
    return first, second


def convert(source: Path, target: Path) -> dict[str, int]:
    """Write the records of `source` as Parquet: a row per cell, epochs, repeat and evaluation; memory does not grow with the file.

    Columns: ``hash``, ``epochs`` (of the whole training), ``repeat`` (in file order, from 0), ``evaluation`` (start, half, end),
    ``epoch`` (at the evaluation), ``seconds``, ``train``, ``validation`` and ``test`` accuracy, ``parameters``.

    Returns:
        Numbers of ``records`` and ``cells``.

    Raises:
        SensorscapeError: when a record is damaged or not of NASBench-101's form, or its hash is not that of its graph: with its
            number. `target` is then as it was.
    """
    import pyarrow.parquet as pq

    cells, records = _Cells(), enumerate(tfrecord.read(source))
    count = 0
    with atomic_path(target) as part, pq.ParquetWriter(part, _schema(), compression="zstd") as writer:
        while batch := [_decode(f"{source}: record {number}", record) for number, record in islice(records, _BATCH)]:
            rows = cells.rows([record[0] for record in batch], [record[2:4] for record in batch])
            wrong = np.flatnonzero(rows < 0)
            if len(wrong):
                place = f"{source}: record {count + int(wrong[0])}"
                name = batch[int(wrong[0])][0]
                raise SensorscapeError(
                    f"{place}: the hash {name} is not that of its graph", "the file is not NASBench-101's, or it is damaged"
                )
            writer.write_table(_rows(batch, [cells.repeat(row, record[1]) for row, record in zip(rows.tolist(), batch, strict=True)]))
            count += len(batch)
        if not count:
            raise SensorscapeError(f"{source} holds no records", "bring nasbench_full.tfrecord or nasbench_only108.tfrecord")
    return {"records": count, "cells": cells.seen}


class _Cells:
    """What was seen of every cell of the space: its hash, once worked out, and the repeats by number of epochs."""

    def __init__(self) -> None:
        self._hashes = np.zeros(len(space()), dtype="S32")
        self._repeats: dict[int, NDArray[np.uint16]] = {}

    @property
    def seen(self) -> int:
        """Number of cells."""
        return int(np.count_nonzero(self._hashes))

    def rows(self, names: list[str], graphs: list[tuple[str, str]]) -> NDArray[np.int64]:
        """Rows of the space of `graphs`, adjacency as digits and operations as text; -1 where `names` says another hash."""
        rows = _rows_of(graphs)
        new = np.unique(rows[rows >= 0])
        new = new[self._hashes[new] == b""]
        self._hashes[new] = hashes(Space(space().vertices[new], space().masks[new], space().labels[new]))
        return np.where((rows >= 0) & (self._hashes[rows] == np.array([name.encode("ascii", "replace") for name in names])), rows, -1)

    def repeat(self, row: int, epochs: int) -> int:
        """How often this cell was seen at so many epochs before."""
        if epochs not in self._repeats:
            self._repeats[epochs] = np.zeros(len(self._hashes), dtype=np.uint16)
        before = int(self._repeats[epochs][row])
        self._repeats[epochs][row] = before + 1
        return before


def _rows_of(graphs: list[tuple[str, str]]) -> NDArray[np.int64]:
    """Rows of the space, -1 where a text is no cell's graph: all graphs of one size at once."""
    rows = np.full(len(graphs), -1, dtype=np.int64)
    sizes = np.array([len(matrix) for matrix, _ in graphs])
    for vertices in range(2, graph.MAX_VERTICES + 1):
        here = np.flatnonzero(sizes == vertices**2)
        digits = [_digits(graphs[place][1], vertices) for place in here.tolist()]
        sound = np.array([found is not None for found in digits], dtype=bool)
        here = here[sound]
        text = "".join(graphs[place][0] for place in here.tolist())
        matrices = np.frombuffer(text.encode("ascii", "replace"), dtype=np.uint8).reshape(-1, vertices, vertices) - ord("0")
        upper = (matrices <= np.triu(np.ones((vertices, vertices), dtype=np.uint8), 1)).all(axis=(1, 2))
        masks = np.zeros(len(here), dtype=np.int64)
        for bit, (x, y) in enumerate(graph.edge_ends(vertices)):
            masks |= (matrices[:, x, y].astype(np.int64) & 1) << bit
        operations = np.array([found for found in digits if found is not None], dtype=np.int64).reshape(len(here), vertices - 2)
        keys, _ = canonical_keys(vertices, masks, operations)
        rows[here] = np.where(upper & (keys >= 0), space().rows(keys), -1)
    return rows


@lru_cache(maxsize=4096)
def _digits(operations: str, vertices: int) -> tuple[int, ...] | None:
    """Operation digits of a text such as ``input,conv3x3-bn-relu,output``; None for any other."""
    names = operations.split(",")
    if len(names) != vertices or (names[0], names[-1]) != ("input", "output") or not set(names[1:-1]) <= set(_OPERATIONS):
        return None
    return tuple(_OPERATIONS.index(name) for name in names[1:-1])


def _schema() -> "pa.Schema":
    import pyarrow as pa

    kinds = {"hash": pa.string(), "evaluation": pa.string(), "epochs": pa.int32(), "repeat": pa.int16(), "parameters": pa.int32()}
    names = ("hash", "epochs", "repeat", "evaluation", "epoch", "seconds", *SPLITS, "parameters")
    return pa.schema([(name, kinds.get(name, pa.float64())) for name in names])


def _rows(batch: list[_Record], repeats: list[int]) -> "pa.Table":
    """Three rows for every record: its evaluations."""
    import pyarrow as pa

    rows = [
        (record[0], record[1], repeat, evaluation, *values, record[5])
        for record, repeat in zip(batch, repeats, strict=True)
        for evaluation, values in zip(EVALUATIONS, record[4], strict=True)
    ]
    columns = zip(*rows, strict=True)
    schema = _schema()
    return pa.table([pa.array(column, type=kind) for column, kind in zip(columns, schema.types, strict=True)], schema=schema)


def _decode(place: str, record: bytes) -> _Record:
    try:
        fields = json.loads(record.decode("utf-8"))
        if not isinstance(fields, list) or len(fields) != _FIELDS:
            raise SensorscapeError(f"{place} has not the five fields of NASBench-101's first version", "no other version is known")
        name, epochs, matrix, operations, encoded = fields
        metrics = messages()[0].FromString(base64.b64decode(encoded, validate=True))
        epochs = int(epochs)
    except (ValueError, TypeError, binascii.Error, _decode_error()) as error:
        raise SensorscapeError(f"{place} is not one of NASBench-101: {error}", "bring the published file") from error
    if len(metrics.evaluation_data) != len(EVALUATIONS):
        raise SensorscapeError(
            f"{place} has {len(metrics.evaluation_data)} evaluations instead of {len(EVALUATIONS)}", "no other version is known"
        )
    evaluations = [tuple(getattr(found, field) for field in _DOUBLES) for found in metrics.evaluation_data]
    return str(name), epochs, str(matrix), str(operations), evaluations, metrics.trainable_parameters


def _decode_error() -> type[Exception]:
    from google.protobuf.message import DecodeError

    found: type[Exception] = DecodeError
    return found
