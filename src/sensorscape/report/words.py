"""The words of the page that do not depend on the data: names of metrics as a reader knows them."""

NAMES = {
    "mean": "mean fitness",
    "sd": "standard deviation σ",
    "ruggedness": "ruggedness τ",
    "autocorrelation": "autocorrelation ρ̂(1)",
    "correlation_length": "correlation length (steps)",
    "local_optima": "local optima of the sample",
    "persistence_positive": "positive persistence P₊ (%)",
    "persistence_negative": "negative persistence P₋ (%)",
    "auc_positive": "positive AuC",
    "auc_negative": "negative AuC",
    "mean_late": "late mean fitness",
    "sd_late": "late standard deviation",
    "walk_mean": "mean fitness of the walk",
    "best": "best fitness",
    "fdc": "FDC r (code distance)",
    "fdc_slope": "FDC slope (per bit)",
    "fdc_late": "late FDC r",
}


def metric_name(metric: str) -> str:
    """The metric as a reader knows it; an unknown one as it is, underscores as spaces."""
    return NAMES.get(metric, metric.replace("_", " "))
