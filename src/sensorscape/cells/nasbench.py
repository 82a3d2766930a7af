"""NASBench-101's published records (``nasbench_full.tfrecord``, ``nasbench_only108.tfrecord``), converted once to Parquet.

A record is JSON: hash, epochs, adjacency as digits, operations as text, and the metrics as a base64 protobuf. Every cell has three
repeats per number of epochs, each evaluated before, halfway through and at the end of its training. Source: Ying et al. 2019,
``nasbench/api.py`` and ``nasbench/lib/model_metrics.proto``.
"""

import base64
import binascii
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from sensorscape.cells import tfrecord
from sensorscape.cells.cell import Cell
from sensorscape.errors import SensorscapeError
from sensorscape.files import atomic_path

EVALUATIONS = ("start", "half", "end")
SPLITS = ("train", "validation", "test")
_FIELDS = 5
_DOUBLES = ("current_epoch", "training_time", "train_accuracy", "validation_accuracy", "test_accuracy")


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
    """Write the records of `source` as Parquet: a row per cell, epochs, repeat and evaluation.

    Columns: ``hash``, ``epochs`` (of the whole training), ``repeat`` (in file order, from 0), ``evaluation`` (start, half, end),
    ``epoch`` (at the evaluation), ``seconds``, ``train``, ``validation`` and ``test`` accuracy, ``parameters``.

    Returns:
        Numbers of ``records`` and ``cells``.

    Raises:
        SensorscapeError: when a record is damaged or not of NASBench-101's form, or its hash is not that of its graph: with its number.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    repeats: Counter[tuple[str, int]] = Counter()
    columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
    known: dict[str, tuple[str, str]] = {}
    number = -1
    for number, record in enumerate(tfrecord.read(source)):
        place = f"{source}: record {number}"
        name, epochs, matrix, operations, metrics = _decode(place, record)
        if name not in known and _same(name, matrix, operations):
            known[name] = (matrix, operations)
        if known.get(name) != (matrix, operations):
            raise SensorscapeError(f"{place}: the hash {name} is not that of its graph", "the file is not NASBench-101's, or it is damaged")
        repeat = repeats[name, epochs]
        repeats[name, epochs] += 1
        for evaluation, found in zip(EVALUATIONS, metrics.evaluation_data, strict=True):
            values = (name, epochs, repeat, evaluation, *(getattr(found, field) for field in _DOUBLES), metrics.trainable_parameters)
            for column, value in zip(_COLUMNS, values, strict=True):
                columns[column].append(value)
    if number < 0:
        raise SensorscapeError(f"{source} holds no records", "bring nasbench_full.tfrecord or nasbench_only108.tfrecord")
    kinds = {"epochs": pa.int32(), "repeat": pa.int8(), "parameters": pa.int32()}
    table = pa.table({name: pa.array(values, type=kinds.get(name)) for name, values in columns.items()})
    with atomic_path(target) as part:
        pq.write_table(table, part, compression="zstd")
    return {"records": number + 1, "cells": len(known)}


_COLUMNS = ("hash", "epochs", "repeat", "evaluation", "epoch", "seconds", *SPLITS, "parameters")


def _decode(place: str, record: bytes) -> tuple[str, int, str, str, Any]:
    try:
        fields = json.loads(record.decode("utf-8"))
        if not isinstance(fields, list) or len(fields) != _FIELDS:
            raise SensorscapeError(f"{place} has not the five fields of NASBench-101's first version", "no other version is known")
        name, epochs, matrix, operations, encoded = fields
        metrics = messages()[0].FromString(base64.b64decode(encoded, validate=True))
    except (ValueError, TypeError, binascii.Error, _decode_error()) as error:
        raise SensorscapeError(f"{place} is not one of NASBench-101: {error}", "bring the published file") from error
    if len(metrics.evaluation_data) != len(EVALUATIONS):
        raise SensorscapeError(
            f"{place} has {len(metrics.evaluation_data)} evaluations instead of {len(EVALUATIONS)}", "no other version is known"
        )
    return str(name), int(epochs), str(matrix), str(operations), metrics


def _decode_error() -> type[Exception]:
    from google.protobuf.message import DecodeError

    found: type[Exception] = DecodeError
    return found


def _same(name: str, matrix: str, operations: str) -> bool:
    side = round(len(matrix) ** 0.5)
    if side * side != len(matrix):
        return False
    rows = [[int(digit) for digit in matrix[row * side : (row + 1) * side]] for row in range(side)]
    try:
        return Cell.of(rows, operations.split(",")).hash == name
    except SensorscapeError:
        return False
