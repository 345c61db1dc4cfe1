"""Reading the environment, one variable after another, and remembering everything that was wrong."""

from collections.abc import Callable, Mapping

from consent_service.kernel.errors import SettingsError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Reader:
    """Reads variables; an empty one counts as absent."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def wrong(self, name: str, what: str) -> None:
        """Note what is wrong with a variable."""
        self.problems.append(f"{name} {what}")

    def text(self, name: str, default: str) -> str:
        """Return a variable as it is written."""
        return self.environ.get(name, "").strip() or default

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        text = self.text(name, str(default))
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            self.wrong(name, f"must be a whole number from {low} to {high}, not {text!r}")
            return default
        return int(text)

    def flag(self, name: str) -> bool:
        """Return whether a switch is on."""
        text = self.text(name, "0")
        if text not in {"0", "1"}:
            self.wrong(name, f"must be 0 or 1, not {text!r}")
        return text == "1"

    def checked(self, name: str, default: str, check: Callable[[str], str | None]) -> str:
        """Return a variable in which a check finds nothing."""
        text = self.text(name, default)
        try:
            problem = check(text)
        except ValueError:  # what cannot even be split into its parts, such as http://[
            problem = "cannot be read as an address"
        if problem:
            self.wrong(name, problem)
            return default
        return text

    def finish(self) -> None:
        """Refuse everything that was wrong, all at once.

        Raises:
            SettingsError: Something was.
        """
        if self.problems:
            raise SettingsError("Wrong settings: " + "; ".join(self.problems) + ".")
