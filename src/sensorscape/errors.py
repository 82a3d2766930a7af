"""The errors that a user can cause: each names the thing, the place and the next command. The exit code is always 2."""

from collections.abc import Sequence


class SensorscapeError(Exception):
    """Something a user can mend.

    Args:
        message: what is wrong and where (file, key, row, cell).
        hint: the next command or edit, printed on a line of its own; may be empty.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  → {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        return type(self), (self.message, self.hint)


class ConfigError(SensorscapeError):
    """All problems of a configuration at once.

    Args:
        source: the file that was read, as the user knows it (``params.yaml``).
        problems: one line each, beginning with the key path (``training.batch: must be at least 1, is -4``).
    """

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        self.source = source
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(f"{source}: {count}\n{lines}", f"edit {source} and run the command again")

    def __reduce__(self) -> tuple[type, tuple[str, tuple[str, ...]]]:  # type: ignore[override]
        return type(self), (self.source, self.problems)
