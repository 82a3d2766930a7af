"""Where a point of a figure leads: the registered model of its cell in the MLflow UI that `sensorscape ui` starts."""

MLFLOW = "http://127.0.0.1:5000"
MOST_LINKS = 600  # points of a figure with a link each; more would make the page slow to open


def model_name(cell: str) -> str:
    """The registered model of a cell: ``cell-`` and the first 12 digits of its hash."""
    return f"cell-{cell[:12]}"


def model_link(cell: str) -> str:
    """Address of a cell's registered model. By name, so that it holds when a store is rebuilt and run ids change."""
    return f"{MLFLOW}/#/models/{model_name(cell)}"
