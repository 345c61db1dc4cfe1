"""Setting and removing the connectors of an operator; their credentials are sealed and never given back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from consent_service.connectors.states import Kind
from consent_service.connectors.tables import Connector
from consent_service.kernel.crypto import new_key
from consent_service.kernel.db import table_of
from consent_service.kernel.errors import NotFoundError
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import UnitOfWork
from consent_service.ledger.events import EventType
from consent_service.ledger.service import append, operator_stream
from consent_service.operators.service import lock_operator
from consent_service.policies.consistency import Data

_CONNECTORS = table_of(Connector)
CREDENTIAL = SealedColumn(_CONNECTORS.c.sealed)


@dataclass(frozen=True, slots=True, repr=False)
class Hidden:
    """What is sealed of a target: its credential, and the key of its pseudonyms, which lives as long as the target."""

    credential: str
    key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class CheckedTarget:
    """A target as the file describes it, its credential, and the fingerprint of what it was held against."""

    data: Data
    credential: str
    fingerprint: str | None


@dataclass(frozen=True, slots=True, repr=False)
class SetConnectors:
    """All targets of an operator in the order of the file, checked, and the digest of the file."""

    targets: tuple[CheckedTarget, ...]
    sha256: str


def set_connectors(uow: UnitOfWork, command: SetConnectors) -> None:
    """Put the targets in place of those before; one that is not among them any more goes with its credential."""
    lock_operator(uow)
    keys = {name: hidden.key for name, hidden in hidden_of(uow).items()}
    uow.session.execute(delete(_CONNECTORS).where(_CONNECTORS.c.operator_id == uow.operator_id))
    uow.session.execute(
        insert(_CONNECTORS),
        [
            {
                "operator_id": uow.operator_id,
                "name": target.data["name"],
                "place": place,
                "kind": Kind(target.data["kind"]),
                "description": dict(target.data),
                "sealed": _seal(uow, target, keys.get(target.data["name"]) or new_key()),
                "fingerprint": target.fingerprint,
                "checked_at": uow.now,
            }
            for place, target in enumerate(command.targets)
        ],
    )
    facts = {"targets": [str(target.data["name"]) for target in command.targets], "sha256": command.sha256}
    append(uow, EventType.CONNECTORS_SET, operator_stream(uow.operator_id), facts)


def remove_connectors(uow: UnitOfWork) -> list[str]:
    """Remove every target of the operator with its credential; returns their names.

    Raises:
        NotFoundError: There is none.
    """
    lock_operator(uow)
    gone = sorted(
        uow.session.scalars(
            delete(_CONNECTORS).where(_CONNECTORS.c.operator_id == uow.operator_id).returning(_CONNECTORS.c.name)
        )
    )
    if not gone:
        raise NotFoundError("This operator has no connectors.")
    append(uow, EventType.CONNECTORS_REMOVED, operator_stream(uow.operator_id), {"targets": gone})
    return gone


def hidden_of(uow: UnitOfWork) -> Mapping[str, Hidden]:
    """Return what is sealed of the operator's targets by name, for the targets themselves and for nobody to read."""
    rows = uow.session.execute(
        select(_CONNECTORS.c.name, _CONNECTORS.c.sealed).where(_CONNECTORS.c.operator_id == uow.operator_id)
    )
    return {row.name: open_hidden(uow, row.name, row.sealed) for row in rows}


def open_hidden(uow: UnitOfWork, name: str, sealed: bytes) -> Hidden:
    """Open what is sealed of one target."""
    plain = json.loads(CREDENTIAL.open(uow, sealed, name))
    return Hidden(plain["credential"], bytes.fromhex(plain["key"]))


def _seal(uow: UnitOfWork, target: CheckedTarget, key: bytes) -> bytes:
    plain = json.dumps({"credential": target.credential, "key": key.hex()})
    return CREDENTIAL.seal(uow, plain.encode(), target.data["name"])
