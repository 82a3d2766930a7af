"""The command line: `sensorscape`. Commands live in `sensorscape.commands`; each imports what it needs when it is called."""

import sys

import typer

from sensorscape import __version__
from sensorscape.commands import cells, compare, plan, registry, report, study
from sensorscape.errors import SensorscapeError
from sensorscape.quiet import print_anywhere, silence_tools

app = typer.Typer(
    help="Which satellite sensor makes neural architecture search easy, and why? The study itself runs by `dvc repro`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(study.study)
app.command()(plan.plan)
app.command()(report.report)
app.command()(compare.compare)
app.command()(registry.status)
app.command()(registry.sync)
app.command()(registry.show)
app.command()(registry.ui)
app.command()(registry.prune)
app.add_typer(registry.model, name="model")
app.add_typer(cells.app, name="cells")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version.")) -> None:
    """Options of every command."""


def main() -> None:
    """Run the command line: exit code 0, 2 for whatever a user can mend, 130 when interrupted."""
    silence_tools()
    print_anywhere()
    try:
        app()
    except SensorscapeError as error:
        print(f"sensorscape: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("sensorscape: interrupted", file=sys.stderr)
        sys.exit(130)
