"""Reads the policies tree: the folders of operators with their documents, versions, rules and restatements.

Files only: it checks that what lies together agrees, and writes nothing anywhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any

from consent_service.kernel.errors import PolicyDataError
from consent_service.policies.clauses import PolicyText
from consent_service.policies.consistency import Data, Problem, cited
from consent_service.policies.importing import ExpectedDocument
from consent_service.policies.restatements import LANGUAGES, parse_restatement
from consent_service.policies.schema import read_operator, read_terms

MAX_BYTES = 1 << 20
_OPERATOR = "operator.yaml"

# The texts of an operator: document, version, language.
_Texts = Mapping[str, Mapping[str, Mapping[str, PolicyText]]]


@dataclass(frozen=True, slots=True)
class AnnouncedDocument:
    """A document of which the operator has published the heading alone."""

    slug: str
    heading: str
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VersionFolder:
    """One version of one document: its rules as JSON data, and its restatement by language."""

    document: str
    version: str
    terms_data: Mapping[str, Any]  # Any: JSON values
    texts: Mapping[str, PolicyText]


@dataclass(frozen=True, slots=True)
class OperatorFolder:
    """One operator: ``data`` is its ``operator.yaml``; versions by document, then by day in force."""

    slug: str
    data: Mapping[str, Any]  # Any: JSON values
    announced: tuple[AnnouncedDocument, ...]
    versions: tuple[VersionFolder, ...]


def read_tree(policies_dir: Path) -> tuple[OperatorFolder, ...]:
    """Read every operator's folder, in the order of the alphabet.

    Raises:
        PolicyDataError: With a line for each problem of any folder.
    """
    if not policies_dir.is_dir():
        raise PolicyDataError(f"There is no folder {policies_dir}; name the folder that holds the operators.")
    folders: list[OperatorFolder] = []
    problems: list[str] = []
    for folder in _folders_in(policies_dir):
        try:
            folders.append(read_folder(folder))
        except PolicyDataError as error:
            problems.append(error.detail)
    if problems:
        raise PolicyDataError("\n".join(problems))
    return tuple(folders)


def read_folder(folder: Path) -> OperatorFolder:
    """Read one operator's folder.

    Raises:
        PolicyDataError: With a line for each problem.
    """
    _bytes(folder / _OPERATOR)  # first: without it the folder is something else altogether
    places = [version for document in _folders_in(folder) for version in _folders_in(document)]
    problems: list[str] = []
    texts: dict[str, dict[str, dict[str, PolicyText]]] = {}
    for place in places:
        try:
            texts.setdefault(place.parent.name, {})[place.name] = _texts_in(place)
        except PolicyDataError as error:
            problems.append(error.detail)
    if problems:
        raise PolicyDataError("\n".join(problems))
    versions: list[VersionFolder] = []
    for place in places:
        try:
            versions.append(_version_in(place, texts))
        except PolicyDataError as error:
            problems.append(error.detail)
    if problems:
        raise PolicyDataError("\n".join(problems))
    versions.sort(key=lambda v: (v.document, v.terms_data["dates"]["in_force_on"], v.version))
    _check_purposes(folder.name, versions)
    data = _operator_in(folder, texts)
    announced = tuple(AnnouncedDocument(a["slug"], a["heading"], a["title"]) for a in data["announced"])
    return OperatorFolder(folder.name, data, announced, tuple(versions))


def folder_of(policies_dir: Path, operator: str) -> OperatorFolder | None:
    """Read the folder of an operator, where there is one."""
    place = policies_dir / operator
    return read_folder(place) if place.is_dir() else None


def own_day(folder: OperatorFolder | None) -> date | None:
    """Return the day that an operator's folder gives to texts without a printed date."""
    days = [
        version.terms_data["dates"]["in_force_on"]
        for version in (folder.versions if folder else ())
        if version.terms_data["dates"]["date_source"] == "operator"
    ]
    return date.fromisoformat(str(max(days))) if days else None


def expected_documents(folder: OperatorFolder) -> list[ExpectedDocument]:
    """Say which printed lines open the documents of an operator's published file."""
    headings = {v.document: str(v.terms_data["source"]["heading"]) for v in folder.versions}
    return [
        *(ExpectedDocument(slug=slug, heading=heading) for slug, heading in headings.items()),
        *(ExpectedDocument(slug=a.slug, heading=a.heading, announced=True) for a in folder.announced),
    ]


def first_difference(one: PolicyText, other: PolicyText) -> tuple[str, str] | None:
    """Return the first tokens at which two languages part (``the end`` where one stops), or None."""
    marks = (
        [f"{'## ' if clause.is_heading else ''}{clause.number}" for clause in text.clauses] for text in (one, other)
    )
    pairs = zip_longest(*marks, fillvalue="the end")
    return next(((left, right) for left, right in pairs if left != right), None)


def _texts_in(place: Path) -> dict[str, PolicyText]:
    texts: dict[str, PolicyText] = {}
    for language in LANGUAGES:
        file = place / f"{language}.md"
        restatement = parse_restatement(_bytes(file), _name(file))
        found = (restatement.operator, restatement.document, restatement.version, restatement.text.language)
        wanted = (place.parent.parent.name, place.parent.name, place.name, language)
        if found != wanted:
            raise PolicyDataError(f"{_name(file)}:1: The first block says {found}; the folder says {wanted}.")
        texts[language] = restatement.text
    for language in LANGUAGES[1:]:
        difference = first_difference(texts[LANGUAGES[0]], texts[language])
        if difference:
            raise PolicyDataError(
                f"{_name(place / f'{language}.md')}: {difference[1]} stands where {LANGUAGES[0]}.md has "
                f"{difference[0]}. Give each language the same tokens in the same order."
            )
    return texts


def _version_in(place: Path, texts: _Texts) -> VersionFolder:
    document, version = place.parent.name, place.name
    named = {"operator": place.parent.parent.name, "document": document, "version": version}

    def agrees(terms: Data) -> Iterator[Problem]:
        for key, value in named.items():
            if terms[key] != value:
                yield (key,), f"The folder is named {value!r}; write the same here."
        for language, text in texts[document][version].items():
            if terms["title"][language] != text.title:
                yield (
                    ("title", language),
                    f"The title in {language}.md is {text.title!r}; write the same here.",
                )
        if terms["dates"]["date_source"] == "text" and version != terms["dates"]["printed_on"]:
            yield ("dates", "printed_on"), "A dated text is named by its date: rename the folder."
        yield from _uncited(terms, texts, texts[document][version][LANGUAGES[0]])

    file = place / "terms.yaml"
    return VersionFolder(document, version, read_terms(_bytes(file), _name(file), agrees), texts[document][version])


def _operator_in(folder: Path, texts: _Texts) -> dict[str, Any]:  # Any: JSON values
    def agrees(operator: Data) -> Iterator[Problem]:
        if operator["slug"] != folder.name:
            yield ("slug",), f"The folder is named {folder.name!r}; write the same here."
        for place, announced in enumerate(operator["announced"]):
            if announced["slug"] in texts:
                yield ("announced", place, "slug"), "This document has a folder with a text; remove it here."
        yield from _uncited(operator, texts, None)

    file = folder / _OPERATOR
    return read_operator(_bytes(file), _name(file), agrees)


def _uncited(data: Data, texts: _Texts, own: PolicyText | None) -> Iterator[Problem]:
    """Yield every cited clause that is in no text."""
    for path, token in cited(data):
        document, slash, number = token.rpartition("/")
        if slash:
            places = [languages[LANGUAGES[0]] for languages in texts.get(document, {}).values()]
        else:
            places = [own] if own else []
        if not any(clause.number == number for text in places for clause in text.clauses):
            where = f"of {document!r}" if slash else "of this document"
            yield path, f"There is no clause {number} in the texts {where}."


def _check_purposes(operator: str, versions: Sequence[VersionFolder]) -> None:
    owners: dict[str, str] = {}
    for version in versions:
        for purpose in version.terms_data["purposes"]:
            owner = owners.setdefault(purpose["code"], version.document)
            if owner != version.document:
                raise PolicyDataError(
                    f"{operator}/{version.document}/{version.version}/terms.yaml: The purpose "
                    f"{purpose['code']!r} is also one of {owner}; use a code once in all documents."
                )


def _folders_in(folder: Path) -> list[Path]:
    return sorted(place for place in folder.iterdir() if place.is_dir() and place.name[0] not in "._")


def _bytes(file: Path) -> bytes:
    if not file.is_file():
        raise PolicyDataError(f"{_name(file)}: This file is missing; write it.")
    if file.stat().st_size > MAX_BYTES:
        raise PolicyDataError(f"{_name(file)}: The file has more than {MAX_BYTES} bytes.")
    return file.read_bytes()


def _name(file: Path) -> str:
    """Return how a file is named in errors: from the operator's folder on."""
    parts = file.parts
    return "/".join(parts[-2:] if file.name == _OPERATOR else parts[-4:])
