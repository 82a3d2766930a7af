"""The data: HDF5 layout, sensors, synthetic scenes, per-patch summaries, subsets and what is computed from patches alone."""
