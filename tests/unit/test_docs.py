"""The documentation is true: its commands exist, its parameters are valid, its Python runs, and every command is shown somewhere."""

import re
import shlex
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from typer.main import get_command

from sensorscape import params
from sensorscape.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
MACHINE = {"device", "executor", "workers", "ray_address", "cuda_graphs"}
PROGRAMS = {
    "make",
    "source",
    "sensorscape",
    "dvc",
    "git",
    "mlflow",
    "python",
    "python3",
    "pip",
    "ray",
    "sbatch",
    "srun",
    "export",
    "cd",
    "cp",
    "ln",
    "sleep",
}
"""Programs that the documentation may ask for: ours, what our set-up installs, git, and a cluster's own."""


class Block(NamedTuple):
    page: str
    line: int
    language: str
    text: str


def blocks_of(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    name, start, language = str(page.relative_to(ROOT)), None, ""
    for number, line in enumerate(lines, start=1):
        fence = re.fullmatch(r"\s*```(\S*)\s*", line)
        if fence and start is None:
            start, language = number, fence[1]
        elif fence:
            yield Block(name, start, language, "\n".join(lines[start : number - 1]))
            start = None
    assert start is None, f"{name}, line {start}: a block that is not closed"


BLOCKS = [block for page in PAGES for block in blocks_of(page)]


def place(block):
    return f"{block.page}:{block.line}"


def commands_in(block):
    """The simple commands of a shell block as lists of words; of a console block only what stands after the prompt."""
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language == "console":
        lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    for line in lines:
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        words = []
        for word in [*lexer, ";"]:
            if word in {";", "&&", "||", "|", "&"}:
                if words:
                    yield words
                words = []
            else:
                words.append(word)


def without_settings(words):
    """A command without the variables set before it (``NAME=value``)."""
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    return words


def is_shell(block):
    """Blocks of a shell, named so or holding nothing but calls of ours."""
    ours = all(line.startswith("sensorscape ") for line in block.text.splitlines())
    return block.language in {"bash", "console", "sh"} or (block.language == "" and ours)


SHELL = [block for block in BLOCKS if is_shell(block)]
COMMANDS = [(place(block), without_settings(words)) for block in SHELL for words in commands_in(block)]


def our_command(words):
    """The command that `words` (after ``sensorscape``) lead to, its path of names, and the words that are left."""
    command, path = get_command(app), ()
    while words and words[0] in getattr(command, "commands", {}):
        command, path, words = command.commands[words[0]], (*path, words[0]), words[1:]
    return command, path, words


def all_our_commands(command=None, path=()):
    command = command or get_command(app)
    if not hasattr(command, "commands"):
        return [path]
    return [found for name, child in command.commands.items() for found in all_our_commands(child, (*path, name))]


def test_there_are_commands_to_check():
    assert len(COMMANDS) > 10


@pytest.mark.parametrize(("where", "words"), COMMANDS, ids=lambda value: value if isinstance(value, str) else " ".join(value[:3]))
def test_a_documented_command_exists(where, words):
    assert words, f"{where}: variables are set for no command"
    assert words[0] in PROGRAMS, f"{where}: {words[0]} is not a program that a reader has"
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
        assert [word for word in words[1:] if "=" not in word and word not in targets] == []
    elif words[0] == "sensorscape":
        command, path, rest = our_command(words[1:])
        is_group = hasattr(command, "commands")
        assert not is_group or (rest and rest[0].startswith("-")), f"{where}: sensorscape has no {' '.join([*path, *rest[:1]])}"
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
        assert [word for word in rest if word.startswith("-") and word.split("=")[0] not in known] == []


@pytest.mark.parametrize(
    ("where", "key"),
    [
        (where, setting.split("=")[0].lstrip("+"))
        for where, words in COMMANDS
        if words[:2] == ["dvc", "exp"]
        for option, setting in pairwise(words)
        if option in {"-S", "--set-param"}
    ],
)
def test_a_parameter_set_in_an_experiment_exists(where, key):
    value = PARAMS
    for part in key.split("."):
        assert isinstance(value, dict), f"{where}: {key}"
        assert part in value, f"{where}: {key}"
        value = value[part]


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "yaml"], ids=place)
def test_documented_yaml_is_a_valid_change_of_params_or_machine(block):
    changes = yaml.safe_load(block.text)
    if set(changes) <= MACHINE:
        return
    merged = {key: dict(value) if isinstance(value, dict) else value for key, value in PARAMS.items()}
    for key, value in changes.items():
        merged[key] = {**merged[key], **value} if isinstance(value, dict) else value
    params.parse(merged, source=place(block))


PYTHON = [page for page in PAGES if any(block.language == "python" for block in blocks_of(page))]


@pytest.mark.parametrize("page", PYTHON, ids=lambda page: page.name)
def test_documented_python_runs(page, tmp_path):
    """All Python of a page as one script, in an empty folder."""
    script = "\n".join(block.text for block in blocks_of(page) if block.language == "python")
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", all_our_commands(), ids=" ".join)
def test_every_command_has_a_documented_example(path):
    shown = [our_command(words[1:])[1] for _, words in COMMANDS if words[0] == "sensorscape"]
    assert path in shown, f"no block of the README or docs shows `sensorscape {' '.join(path)}`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_into_the_project_lead_somewhere(page):
    """Pictures and pages; what a study makes first (reports/) is not there in a fresh clone."""
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith(("mailto:", "reports/"))]
    assert [link for link in local if not (page.parent / link).exists()] == []
