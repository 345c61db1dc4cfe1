"""Turning the key epochs: a new key begins, everything is wrapped under it, the keys before it are destroyed."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from consent_service.accounts.authenticators import SECRET as AUTHENTICATOR_SECRET
from consent_service.accounts.invitations import INVITED
from consent_service.connectors.mail_tasks import LACKING
from consent_service.connectors.mail_tasks import REFERENCE as TASK_REFERENCE
from consent_service.connectors.service import CREDENTIAL
from consent_service.duties.clock_log import REASON as CLOCK_REASON
from consent_service.erasure.approvals import REASON as APPROVAL_REASON
from consent_service.exports.service import SHELF as EXPORTS
from consent_service.governance.service import WORDS as REGISTER_WORDS
from consent_service.incidents.service import WORDS as INCIDENT_WORDS
from consent_service.inspections.service import SHELF as INSPECTIONS
from consent_service.jobs.tasks import Count
from consent_service.kernel.sealed_columns import SealedColumn
from consent_service.kernel.uow import Actor
from consent_service.letters.service import CONTENT
from consent_service.operators.addresses import ADDRESS, ADDRESS_INDEX, index_anew
from consent_service.operators.queries import operator_numbers
from consent_service.operators.sessions import SEEN_FROM
from consent_service.outbox.service import HIDDEN
from consent_service.recalculation.service import REASON as RECALCULATION_REASON
from consent_service.recipients.notices import REFERENCE
from consent_service.recipients.service import CONTACT
from consent_service.services import Services
from consent_service.subjects.key_epochs import (
    BATCH,
    begin_epoch,
    destroy_retired,
    epochs,
    note_epochs,
    retire,
    rewrap,
)
from consent_service.webhooks.announcing import REFERENCE as WEBHOOK_REFERENCE
from consent_service.webhooks.service import HIDDEN as WEBHOOK_HIDDEN

# Everything that is sealed under an epoch and not under a person's key.
SEALED = (
    ADDRESS,
    APPROVAL_REASON,
    AUTHENTICATOR_SECRET,
    CLOCK_REASON,
    CONTACT,
    CONTENT,
    CREDENTIAL,
    EXPORTS.key,
    HIDDEN,
    INCIDENT_WORDS,
    INVITED,
    LACKING,
    INSPECTIONS.key,
    RECALCULATION_REASON,
    REFERENCE,
    REGISTER_WORDS,
    SEEN_FROM,
    TASK_REFERENCE,
    WEBHOOK_HIDDEN,
    WEBHOOK_REFERENCE,
)
# Everything else of an epoch that is not about people.
OTHERS = (ADDRESS_INDEX, *(one.column for one in SEALED))
Progress = Callable[[int], None]
Batches = Iterator[int]


def keys_turn(app: Services, actor: Actor, count: Count) -> None:
    """Begin an epoch where the present one is as old as the setting says; finish what was begun in any case."""
    if app.settings.key_epoch_days == 0:
        return
    with app.read(actor) as uow:
        known, now = epochs(uow.session), uow.now
    if not known:
        with app.write(actor) as uow:
            note_epochs(uow, app.keys)  # the first epoch is counted from here
        return
    if now - known[-1].begun_at >= timedelta(days=app.settings.key_epoch_days):
        begin(app, actor)
    elif all(one.retired_at for one in known[:-1]) and _is_finished(app):
        return
    count.done += wrap_all(app, actor)
    retire_old(app, actor)


def begin(app: Services, actor: Actor) -> int:
    """Begin an epoch.  Returns its number."""
    with app.write(actor) as uow:
        return begin_epoch(uow, app.key_file)


def wrap_all(app: Services, actor: Actor, progress: Progress = lambda _count: None) -> int:
    """Wrap everything under the current epoch, a batch a transaction; what was done stays done.

    Returns how many people's keys and other values were wrapped; ``progress`` is told how many so far.
    """
    done = 0
    with app.read(actor) as uow:
        operators = [number for number, _ in operator_numbers(uow.session, closed_too=True)]
    batches: list[Batches] = [_people_of(app, actor, number) for number in operators]
    batches += [_values_of(app, actor, column) for column in SEALED]
    batches.append(_addresses(app, actor))
    for parts in batches:
        for wrapped in parts:
            done += wrapped
            progress(done)
    return done


def retire_old(app: Services, actor: Actor) -> list[int]:
    """Retire the epochs before the current one, and destroy their keys.  Returns the epochs whose keys went.

    Raises:
        ConflictError: Something is still wrapped under one of them.
    """
    with app.write(actor) as uow:
        retire(uow, OTHERS)
    with app.read(actor) as uow:
        return destroy_retired(uow.session, app.key_file)


def _is_finished(app: Services) -> bool:
    return len(app.keys.key_encryption_keys) == 1 and app.key_file.is_finished()


def _addresses(app: Services, actor: Actor) -> Batches:
    after = None
    while True:
        with app.write(actor) as uow:
            indexed, after = index_anew(uow, after, BATCH)
        if after is None:
            return
        yield indexed


def _people_of(app: Services, actor: Actor, operator_id: int) -> Batches:
    after = None
    while True:
        with app.write(actor, operator_id) as uow:
            wrapped, after = rewrap(uow, after)
        if after is None:
            return
        yield wrapped


def _values_of(app: Services, actor: Actor, column: SealedColumn) -> Batches:
    after = None
    while True:
        with app.write(actor) as uow:
            sealed, after = column.seal_anew(uow, after, BATCH)
        if after is None:
            return
        yield sealed
