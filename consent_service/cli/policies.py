"""``policies check | import | publish | diff | report``."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from consent_service.cli.app import ACTOR, opened, writing
from consent_service.cli.compliance import report
from consent_service.cli.output import as_json, fail, progress, show
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.queries import operator_number
from consent_service.policies.checking import RuleCheck, Verdict, check_terms
from consent_service.policies.clauses import PolicyText
from consent_service.policies.difference import compare
from consent_service.policies.documents import expected_documents, folder_of, own_day
from consent_service.policies.importing import MAX_BYTES, import_text
from consent_service.policies.published_files import ImportedVersion, ImportPublished
from consent_service.policies.queries import list_documents, list_versions, terms_data_of, text_of, version_named
from consent_service.policies.service import import_published, publish_version
from consent_service.policies.states import TextKind
from consent_service.policies.terms import AppliesTo
from consent_service.policies.views import VersionView
from consent_service.standings.queries import ChangeView, change_view

LANGUAGE = click.Choice(["kk", "ru", "en"])
DAY = click.DateTime(["%Y-%m-%d"])
_KINDS = {"published": "the operator's own text", "restatement": "our restatement"}


@click.group()
def policies() -> None:
    """Texts, rules and versions of an operator's documents."""


@policies.command("import")
@click.argument("operator")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lang", type=LANGUAGE, required=True, help="Language of the text.")
@click.option("--in-force-on", type=DAY, help="Day in force, for texts that print no date.")
@click.option("--version", help="Version name, for texts that print no date; the day in force when left out.")
@as_json
def import_(
    operator: str, file: Path, lang: str, in_force_on: datetime | None, version: str | None, json_: bool
) -> None:
    """Turn the published text in FILE (txt, html, docx, pdf) into numbered clauses, stored as drafts."""
    with opened() as app:
        with app.read(ACTOR) as unbound:
            operator_number(unbound.session, operator)
        folder = folder_of(app.settings.policies_dir, operator)
        progress(f"Reading {file.name}")
        imported = import_text(
            _read(file), file_name=file.name, language=lang, expected=expected_documents(folder) if folder else []
        )
        day = in_force_on.date() if in_force_on else own_day(folder)
        with app.write(ACTOR) as unbound:
            uow = unbound.for_operator(operator_number(unbound.session, operator))
            stored = import_published(uow, ImportPublished(imported, lang, folder, version, day))
            data = [_imported(uow, entry) for entry in stored]
    words = "\n".join(
        f"{row['document']}: {row['state']}"
        + (f" {row['version']}, {lang} sha256 {row['sha256'][lang]}" if row["version"] else "")
        + "".join(f"\n  {note}" for note in row["notes"])
        for row in data
    )
    show(json_, {"source_sha256": imported.source_sha256, "documents": data}, words)


@policies.command()
@click.argument("operator")
@click.option("--document", help="One document; all of them when left out.")
@click.option("--version", help="One version; the newest with the operator's own text when left out.")
@click.option("--lang", type=LANGUAGE, default="kk", show_default=True)
@as_json
def check(operator: str, document: str | None, version: str | None, lang: str, json_: bool) -> None:
    """Hold every rule of the terms against the words of its clause."""
    with opened() as app, app.read(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        checked = _check(uow, document, version, lang)
    rows = [
        {
            "document": view.document,
            "version": view.version,
            "text_kind": str(view.texts[lang].text_kind),
            "rule": found.rule,
            "clauses": list(found.clauses),
            "expected": list(found.expected),
            "words_found": found.words_found,
            "verdict": str(found.verdict),
        }
        for view, found in checked
    ]
    wrong = [row for row in rows if row["verdict"] != Verdict.CONFIRMED]
    show(json_, rows, f"{_table(rows)}\n{len(rows) - len(wrong)} of {len(rows)} rules confirmed.")
    if wrong:
        fail(f"{len(wrong)} of {len(rows)} rules are not confirmed by their clauses.")


@policies.command()
@click.argument("operator")
@click.argument("document")
@click.argument("version")
@click.option("--in-force-on", type=DAY, help="Day in force; the draft's own when left out.")
@click.option("--change", type=click.Choice([str(kind) for kind in AppliesTo]), help="What kind of change it is.")
@click.option("--preview", is_flag=True, help="Say whom it would concern and what would happen when; publish nothing.")
@as_json
def publish(
    operator: str,
    document: str,
    version: str,
    in_force_on: datetime | None,
    change: str | None,
    preview: bool,
    json_: bool,
) -> None:
    """Publish the draft VERSION of DOCUMENT; from then on it never changes, and those it concerns are told."""
    day, kind = in_force_on.date() if in_force_on else None, AppliesTo(change) if change else None
    if preview:
        with opened() as app, app.read(ACTOR) as unbound:
            uow = unbound.for_operator(operator_number(unbound.session, operator))
            brings = change_view(uow, document, version, app.law.calendar, in_force_on=day, change=kind)
        show(json_, [asdict(group) for group in brings.groups], _brings(brings))
        return
    with writing(operator) as uow:
        view = publish_version(uow, document, version, in_force_on=day, change=kind)
    digests = {language: info.sha256 for language, info in view.texts.items()}
    data = {
        "document": view.document,
        "version": view.version,
        "state": str(view.state),
        "in_force_on": view.in_force_on,
        "sha256": digests,
    }
    show(json_, data, f"{operator}/{document} {version}: {view.state}, in force from {view.in_force_on}")


@policies.command()
@click.argument("operator")
@click.argument("document")
@click.argument("old")
@click.argument("new")
@click.option("--lang", type=LANGUAGE, default="kk", show_default=True)
@as_json
def diff(operator: str, document: str, old: str, new: str, lang: str, json_: bool) -> None:
    """Compare the versions OLD and NEW of DOCUMENT clause by clause."""
    with opened() as app, app.read(ACTOR) as unbound:
        uow = unbound.for_operator(operator_number(unbound.session, operator))
        texts = [_text(uow, version_named(uow, document, name, uow.now), lang) for name in (old, new)]
    changes = compare(*texts)
    data = [{"kind": str(c.kind), "number": c.number, "old": c.old, "new": c.new} for c in changes]
    words = "\n".join(f"{row['kind']:<8} {row['number']}\n  - {row['old']}\n  + {row['new']}" for row in data)
    show(json_, data, words or "No difference.")


def _brings(change: ChangeView) -> str:
    """Write one line for the people of each earlier version."""
    lines = [f"{change.document} {change.version}, in force from {change.in_force_on}"]
    for group in change.groups:
        clause = f"clause {', '.join(group.clause)}" if group.clause else "no rule for such a change"
        line = f"  {group.people} bound by {group.base}: {group.state} ({clause})"
        line += f", binds at {group.binds_at:%Y-%m-%dT%H:%MZ}" if group.binds_at else ""
        line += f", {group.without_address} without an address" if group.without_address else ""
        lines += [line, *(f"    new {new['kind']}: {new['en']}" for new in group.asked_for)]
    return "\n".join(lines if change.groups else [*lines, "  It concerns nobody."])


def _table(rows: Sequence[Mapping[str, Any]]) -> str:  # Any: JSON values
    """Write one line a rule, under the version and the kind of text it was held against."""
    lines = []
    for (document, version, kind), group in groupby(
        rows, key=lambda row: (row["document"], row["version"], row["text_kind"])
    ):
        lines.append(f"{document} {version} ({_KINDS[kind]})")
        for row in group:
            found = " ".join(str(row["words_found"] or "").split())
            lines.append(f"  {row['verdict']:<15} {row['rule']}  clause {', '.join(row['clauses'])}  {found}")
    return "\n".join(lines)


def _imported(uow: UnitOfWork, entry: ImportedVersion) -> dict[str, Any]:  # Any: JSON values
    saved = entry.saved
    return {
        "document": entry.document,
        "version": saved.version if saved else None,
        "state": str(version_named(uow, entry.document, saved.version, uow.now).state) if saved else "announced",
        "sha256": dict(entry.saved.sha256) if entry.saved else {},
        "notes": list(entry.notes),
    }


def _read(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)  # one byte more than is taken: the importer says that it is too large


def _check(
    uow: UnitOfWork, document: str | None, version: str | None, lang: str
) -> list[tuple[VersionView, RuleCheck]]:
    slugs = [document] if document else [d.slug for d in list_documents(uow, uow.now) if d.kind is not None]
    chosen = [view for slug in slugs if (view := _version(uow, slug, version, lang)) is not None]
    if not chosen:
        raise NotFoundError(f"There is no text in {lang} to check; import one with 'policies import'.")
    texts = {view.document: _text(uow, view, lang) for view in chosen}
    found = []
    for view in chosen:
        terms: dict[str, Any] = dict(terms_data_of(uow, view.id))  # Any: JSON values
        found += [(view, entry) for entry in check_terms(terms, texts[view.document], others=texts)]
    return found


def _version(uow: UnitOfWork, document: str, version: str | None, lang: str) -> VersionView | None:
    versions = [view for view in list_versions(uow, document, uow.now) if lang in view.texts]
    if version is not None:
        versions = [view for view in versions if view.version == version]
    own = [view for view in versions if view.texts[lang].text_kind is TextKind.PUBLISHED]
    return max(own or versions, key=lambda view: (view.in_force_on, view.version), default=None)


def _text(uow: UnitOfWork, view: VersionView, lang: str) -> PolicyText:
    return text_of(uow, view.id, lang)[0]


policies.add_command(report)
COMMANDS = (policies,)
