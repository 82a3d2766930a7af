"""Runs, subsets and a textbook network that tests of training share."""

import torch

torch.set_num_threads(1)  # as in worker processes: another number of threads adds in another order
