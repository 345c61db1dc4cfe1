"""Intents: a browser says what it displayed and what was ticked, and gets a token.  Nothing here is about whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, literal, select, tuple_, update

from consent_service.forms.displayed import Displayed, find_displayed
from consent_service.forms.faults import OriginNotAllowedError, TokenExpiredError, TokenReplayedError
from consent_service.forms.queries import form_named
from consent_service.forms.rules import CONFIRM_LATE, LIMIT, LIMIT_WINDOW, TOKEN_LIFE
from consent_service.forms.tables import Intent
from consent_service.forms.tokens import Token, sign_token
from consent_service.kernel.db import changed_rows, table_of
from consent_service.kernel.errors import TooManyRequestsError
from consent_service.kernel.ids import new_id
from consent_service.kernel.networks import network_digest
from consent_service.kernel.uow import UnitOfWork
from consent_service.operators.sites import KnownSite
from consent_service.subjects.identity import looks_personal

_INTENTS = table_of(Intent)


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a browser comes from: the origin it says, its network, the page without its query, the script's version."""

    origin: str | None
    address: str | None
    nonce: str
    page: str | None = None
    script: str | None = None


@dataclass(frozen=True, slots=True)
class TokenGiven:
    """A signed token, and until when it is good; ``is_first``: the first for this display of the form."""

    token: str
    expires_at: datetime
    form_id: UUID
    is_first: bool


def check_origin(site: KnownSite, origin: str | None) -> None:
    """Refuse a page of an origin that the site does not have.

    Raises:
        OriginNotAllowedError: It is another, or none.
    """
    if origin not in site.origins:
        raise OriginNotAllowedError("This origin is none of the site's; 'sites add' gives it further ones.")


def take_intent(uow: UnitOfWork, site: KnownSite, displayed: Displayed, visit: Visit, issuer: str) -> TokenGiven:
    """Sign what a browser says that it displayed, after holding it against what is in force.

    Raises:
        OriginNotAllowedError: The page is not the site's.
        TooManyRequestsError: The network has had its share for now.
        VersionChangedError: Something else was displayed than what is in force, or was within the last hour.
        InvalidInputError: The answers do not fit the form.
        NotFoundError: The site has no such form.
    """
    check_origin(site, visit.origin)
    network = network_digest(uow.keys, visit.address)
    _check_share(uow, site, network)
    form = form_named(uow, site, displayed.form)
    find_displayed(uow, form, displayed, uow.now)
    of_form = _INTENTS.c.operator_id == uow.operator_id, _INTENTS.c.form_id == form.id
    known = uow.session.execute(select(literal(1)).where(*of_form, _INTENTS.c.nonce == visit.nonce).limit(1)).first()
    issued_at = uow.now.replace(microsecond=0)
    token = Token(
        id=new_id(uow.now),
        site_key=site.site_key,
        issued_at=issued_at,
        expires_at=issued_at + TOKEN_LIFE,
        displayed=displayed,
        nonce=visit.nonce,
        page=None if visit.page is None or looks_personal(visit.page) else visit.page,
        script=visit.script,
    )
    uow.session.execute(
        insert(_INTENTS).values(
            operator_id=uow.operator_id,
            id=token.id,
            site_id=site.id,
            form_id=form.id,
            nonce=visit.nonce,
            network=network,
            created_at=uow.now,
            burned_at=None,
        )
    )
    return TokenGiven(sign_token(uow.keys, token, issuer), token.expires_at, form.id, known is None)


def burn(uow: UnitOfWork, token_id: UUID) -> None:
    """Use a token up, in the transaction of what it is used for; of two at once one goes on.

    Raises:
        TokenReplayedError: It is used up already.
        TokenExpiredError: It is too old to be known.
    """
    this = _INTENTS.c.operator_id == uow.operator_id, _INTENTS.c.id == token_id
    burned = update(_INTENTS).where(*this, _INTENTS.c.burned_at.is_(None)).values(burned_at=uow.now)
    if changed_rows(uow.session.execute(burned)):
        return
    if uow.session.execute(select(literal(1)).where(*this)).first() is None:
        raise TokenExpiredError("The token is too old; show the form again.")
    raise TokenReplayedError("The token was confirmed already; a new act needs a new token.")


def forget_intents(uow: UnitOfWork, limit: int) -> int:
    """Forget intents whose tokens cannot be confirmed any more; return how many."""
    key = (_INTENTS.c.operator_id, _INTENTS.c.id)
    over = uow.now - TOKEN_LIFE - CONFIRM_LATE
    old = select(*key).where(_INTENTS.c.operator_id == uow.operator_id, _INTENTS.c.created_at < over).limit(limit)
    return changed_rows(uow.session.execute(delete(_INTENTS).where(tuple_(*key).in_(old))))


def _check_share(uow: UnitOfWork, site: KnownSite, network: bytes) -> None:
    lately = (
        select(literal(1))
        .where(
            _INTENTS.c.operator_id == uow.operator_id,
            _INTENTS.c.site_id == site.id,
            _INTENTS.c.network == network,
            _INTENTS.c.created_at > uow.now - LIMIT_WINDOW,
        )
        .limit(LIMIT)
        .subquery()
    )
    if (uow.session.scalar(select(func.count()).select_from(lately)) or 0) >= LIMIT:
        raise TooManyRequestsError("This network asked for very many tokens of this site; wait a little.")
