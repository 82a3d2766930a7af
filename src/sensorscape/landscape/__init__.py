"""Measures of a fitness landscape, one file each: arrays in, plain results with intervals and reasons out."""
