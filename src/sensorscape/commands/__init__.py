"""The commands of `sensorscape`, a module each; heavy imports happen inside the functions, so that `--help` is quick."""
