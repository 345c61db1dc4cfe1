"""Turning the signing key: the old one announces the new one, closes its log, and is destroyed."""

from consent_service.jobs.tasks import Count, ledger_publish, ledger_seal
from consent_service.kernel.errors import LedgerError, TryAgainError
from consent_service.kernel.ids import new_id
from consent_service.kernel.signers import raw_public
from consent_service.kernel.uow import Actor
from consent_service.ledger.events import EventType
from consent_service.ledger.publisher import follow_signer
from consent_service.ledger.service import append
from consent_service.ledger.tree import Epoch, current_epoch
from consent_service.services import Services
from consent_service.subjects.key_epochs import check_keys

TRIES = 20


def turn_signing_key(app: Services, actor: Actor) -> Epoch:
    """Begin a generation of the signing key, or finish the turn to one that was begun.  Returns the log that it signs.

    Raises:
        LedgerError: Nothing was ever sealed, or the ledger is not the one that was exported last.
        TryAgainError: So much is recorded just now that the old log could not be closed.
    """
    ledger_seal(app, actor, Count())
    with app.read(actor) as uow:
        epoch = current_epoch(uow.session)
    if epoch is None:
        raise LedgerError("Nothing was recorded yet: there is no log that another key could go on with.")
    if app.keys.signer.generation == epoch.signed_by and len(app.keys.signers) == 1:
        app.key_file.begin_signer()
    if app.keys.signer.generation != epoch.signed_by:
        _announce(app, actor)
        epoch = _close_log(app, actor)
    app.key_file.retire_signers(epoch.signed_by)
    return epoch


def _announce(app: Services, actor: Actor) -> None:
    """Have the old key sign what the new one is, so that whoever trusts the old one can follow."""
    with app.write(actor) as uow:
        check_keys(uow.session, uow.keys)
        public = uow.keys.signer.public
        facts = {
            "generation": public.generation,
            "receipts": raw_public(public.receipts).hex(),
            "heads": raw_public(public.heads).hex(),
        }
        append(uow, EventType.SIGNING_KEY_BEGUN, new_id(uow.now), facts)


def _close_log(app: Services, actor: Actor) -> Epoch:
    """Sign a last head over all that is sealed, and open the next log."""
    for _ in range(TRIES):
        ledger_seal(app, actor, Count())
        ledger_publish(app, actor, Count())
        with app.write(actor) as uow:
            epoch = follow_signer(uow, app.settings.ledger_name)
            if epoch is not None:
                append(uow, EventType.SIGNING_KEY_RETIRED, new_id(uow.now), {"before": epoch.signed_by})
                return epoch
    raise TryAgainError("So much is recorded just now that the log could not be closed. Run it again when less is.")
