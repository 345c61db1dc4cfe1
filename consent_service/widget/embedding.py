"""How a page embeds the field: the version of the script with its digest, the snippet, the line of its CSP."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

_PUBLISHED = Path(__file__).parent / "published"
NAME = "k.js"


@dataclass(frozen=True, slots=True)
class Script:
    """A published version of the script; it never changes again."""

    version: str
    content: bytes

    @property
    def integrity(self) -> str:
        """The value of the attribute that lets a browser refuse anything else."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.content).digest()).decode()


@dataclass(frozen=True, slots=True)
class Embedding:
    """What an integrator copies: two lines of the page, what shows without scripts, two words for the CSP."""

    script: str
    element: str
    policy: str

    @property
    def snippet(self) -> str:
        """The two lines."""
        return f"{self.script}\n{self.element}"


@cache
def published() -> dict[str, Script]:
    """Return every published version, the newest first."""
    places = sorted(_PUBLISHED.iterdir(), key=lambda place: _numbers(place.name), reverse=True)
    return {place.name: Script(place.name, (place / NAME).read_bytes()) for place in places}


def newest() -> Script:
    """Return the newest version."""
    return next(iter(published().values()))


def script_of(version: str) -> Script | None:
    """Return a version by its name, or by its major number alone the newest of that."""
    known = published()
    return known.get(version) or next((one for name, one in known.items() if name.startswith(f"{version}.")), None)


def embed(base_url: str, site_key: str, form: str) -> Embedding:
    """Say how a page embeds a form."""
    script = newest()
    source = f"{base_url}/w/{script.version}/{NAME}"
    return Embedding(
        f'<script src="{escape(source)}" integrity="{script.integrity}" crossorigin="anonymous" async></script>',
        f'<k-field site="{escape(site_key)}" form-id="{escape(form)}" name="agreement"></k-field>',
        f"script-src {base_url}; connect-src {base_url}",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
