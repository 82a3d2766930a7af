"""Runs, subsets and a textbook network that tests of training share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "material"))

import torch

torch.set_num_threads(1)  # as in worker processes: another number of threads adds in another order
