"""Holds the targets of a file against what is there: databases against their schemas, addresses against the guard."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from consent_service.connectors.credentials import IS, checked_credential
from consent_service.connectors.description import SqlDescription, WebhookDescription, described
from consent_service.connectors.refusals import DescriptionError
from consent_service.connectors.service import CheckedTarget
from consent_service.connectors.sql.connecting import opened, reading
from consent_service.connectors.sql.fitting import misfits
from consent_service.connectors.sql.live import read_schema
from consent_service.kernel.outbound import Outbound, OutboundRefusedError
from consent_service.policies.checked_yaml import dotted, located
from consent_service.policies.consistency import Data, Problem
from consent_service.policies.yaml_tree import YamlTree


@dataclass(frozen=True, slots=True)
class Verdict:
    """What of a target does not fit, by the place in its part of the file, and the fingerprint where it fits."""

    problems: list[Problem] = field(default_factory=list)
    fingerprint: str | None = None


def check_file(tree: YamlTree, credentials: Mapping[str, str], way: Outbound) -> list[CheckedTarget]:
    """Check every target of a file.

    Raises:
        DescriptionError: Something does not fit, or lacks its credential; with file, line and what to write.
        TargetFailedError: A database cannot be used.
    """
    targets, problems = list(_checked(tree.data["targets"], credentials, way)), []
    for place, (_, verdict) in enumerate(targets):
        problems += [(("targets", place, *path), says) for path, says in verdict.problems]
    if problems:
        raise DescriptionError("\n".join(located(tree, problems)))
    return [target for target, _ in targets]


def check_targets(targets: Iterable[Data], credentials: Mapping[str, str], way: Outbound) -> list[CheckedTarget]:
    """Check targets that are stored.

    Raises:
        DescriptionError: Something does not fit any more; with what to write.
        TargetFailedError: A database cannot be used.
    """
    checked = list(_checked(targets, credentials, way))
    problems = [
        f"{target.data['name']}: {dotted(path)}: {says}"
        for target, verdict in checked
        for path, says in verdict.problems
    ]
    if problems:
        raise DescriptionError("\n".join(problems))
    return [target for target, _ in checked]


def environment_name(target: str) -> str:
    """Return the environment variable that a credential is read from.

    >>> environment_name("crm-database")
    'CONNECTOR_CRM_DATABASE'
    """
    return f"CONNECTOR_{target.upper().replace('-', '_')}"


def _checked(
    targets: Iterable[Data], credentials: Mapping[str, str], way: Outbound
) -> Iterator[tuple[CheckedTarget, Verdict]]:
    for data in targets:
        description = described(data)
        name, given = description.name, credentials.get(description.name)
        if given is None:
            says = (
                f"{IS[description.kind][0].upper()}{IS[description.kind][1:]} is not known yet: put it into the "
                f"environment variable {environment_name(name)}, or give --stdin a line '{name} ...'."
            )
            yield CheckedTarget(data, "", None), Verdict([(("name",), says)])
            continue
        credential = checked_credential(name, description.kind, given)
        verdict = Verdict()
        if isinstance(description, SqlDescription):
            verdict = _database(description, credential)
        elif isinstance(description, WebhookDescription):
            verdict = _receiver(description, way)
        yield CheckedTarget(data, credential, verdict.fingerprint), verdict


def _database(description: SqlDescription, address: str) -> Verdict:
    with opened(description, address) as engine, reading(engine) as connection:
        live = read_schema(connection, description)
    return Verdict(misfits(description, live), live.fingerprint())


def _receiver(description: WebhookDescription, way: Outbound) -> Verdict:
    try:
        way.check(description.url)
    except OutboundRefusedError as refused:
        return Verdict([(("url",), refused.detail)])
    return Verdict()
