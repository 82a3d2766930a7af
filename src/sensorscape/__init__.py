"""sensorscape: the fitness landscape footprint of neural architecture search, compared across satellite sensors."""

__version__ = "0.1.0"
