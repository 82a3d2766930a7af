"""The search space S of NASBench-101 and its neighbourhoods N: cells, codes, the whole space, samplers, walks, tables."""

from sensorscape.cells.cell import Cell
from sensorscape.cells.parameters import parameters, vertex_channels

__all__ = ["Cell", "parameters", "vertex_channels"]
