"""The targets of an operator, made of what is stored: what the road of erasure and the access package are given."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial

from consent_service.connectors.credentials import secrets_in
from consent_service.connectors.description import MailTaskDescription, SqlDescription, WebhookDescription, described
from consent_service.connectors.journal import Journal
from consent_service.connectors.mail_tasks import MailTaskTarget
from consent_service.connectors.queries import stored_targets
from consent_service.connectors.service import Hidden, hidden_of
from consent_service.connectors.sql.target import SqlTarget
from consent_service.connectors.webhook import WebhookTarget
from consent_service.erasure.targets import Target, Targets
from consent_service.kernel.outbound import Outbound
from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.consistency import Data

Write = Callable[[int], AbstractContextManager[UnitOfWork]]


def connector_targets(write: Write, way: Outbound) -> Targets:
    """Return how the targets of an operator are made.

    ``write`` begins a transaction of an operator: erasing at a target takes some of its own, so it is called with none
    open.  Finding and collecting take none.
    """
    return partial(_targets, write, way)


def _targets(write: Write, way: Outbound, uow: UnitOfWork) -> Sequence[Target]:
    hidden = hidden_of(uow)
    return [_target(write, way, uow, data, hidden[data["name"]]) for data in stored_targets(uow)]


def _target(write: Write, way: Outbound, uow: UnitOfWork, data: Data, hidden: Hidden) -> Target:
    begin = partial(write, uow.operator_id)
    match described(data):
        case SqlDescription() as description:
            return SqlTarget(description, hidden.credential, hidden.key, Journal(begin, description.name))
        case WebhookDescription() as description:
            return WebhookTarget(description, tuple(secrets_in(hidden.credential)), way, uow.now)
        case MailTaskDescription() as description:
            return MailTaskTarget(description, hidden.credential, begin)
