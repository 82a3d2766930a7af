"""One thin module per stage of dvc.yaml, of the same name; `python -m sensorscape.stages NAME` runs one."""
