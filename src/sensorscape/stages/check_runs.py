"""Quality control of the runs: the ledger's records → models/verdicts.json."""

from sensorscape.checks.runs import judge
from sensorscape.files import read_json, write_json
from sensorscape.params import Quality
from sensorscape.project import Project
from sensorscape.registry import ledger


def run(project: Project, *, quality: Quality) -> None:
    """Judge every run of the study; prune on validity, flag and keep what looks odd.

    Raises:
        SensorscapeError: when the ledger is missing or damaged, or does not belong to models/study.json.
    """
    models = project.root / "models"
    records = ledger.read(models / "runs.jsonl")
    study = read_json(models / "study.json", made_by="dvc repro train")
    verdicts = judge(list(records.values()), study, epoch_time_factor=quality.runs.epoch_time_factor)
    write_json(models / "verdicts.json", verdicts)
    for sensor, count in verdicts["counts"].items():
        why = ", ".join(f"{number} {reason}" for reason, number in count["reasons"].items())
        print(
            f"{sensor}: {count['accepted']} of {count['population']} runs of the population and {count['walk_accepted']} of"
            f" {count['walk']} of the walks accepted, {count['flagged']} flagged{f'; pruned: {why}' if why else ''}"
        )
