"""The client: shows a form, confirms it, keeps what cannot be confirmed now, sends it later."""

import hashlib
import http.client
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from .errors import KelisimError, RefusedError, UnavailableError
from .field import read_field
from .offline import Keys, read_keys, read_token
from .spool import Spool

_ALREADY, _UNKNOWN = "token-replayed", "not-found"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a form.

    ``granted``: the answer to each box.  ``consent``: the record with its receipt; None while it waits in the spool.
    ``is_signed``: it came with a token; else it rests on the word of this site.
    """

    granted: Mapping[str, bool]
    consent: Mapping[str, Any] | None  # Any: JSON values
    is_signed: bool


class Client:
    """What the server of one site needs.  It may be shared by threads."""

    def __init__(
        self,
        base_url: str,
        secret_key: str,
        site_key: str,
        *,
        spool: Spool | None = None,
        timeout: float = 5.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),  # noqa: TID251 - the clock of the site
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.site_key = site_key
        self._secret_key = secret_key
        self._spool = spool
        self._timeout = timeout
        self._clock = clock
        self._keys: Keys = {}

    def refresh_keys(self) -> None:
        """Fetch the published keys, by which tokens are read while the service is away; call it at each start.

        Where they cannot be fetched, those that the spool has from before are used.
        """
        try:
            jwks = self._ask("GET", "/.well-known/jwks.json")
        except UnavailableError:
            jwks = (self._spool and self._spool.known_keys()) or {"keys": []}
        else:
            if self._spool is not None:
                self._spool.keep_keys(jwks)
        self._keys = read_keys(jwks)

    def form(self, form: str, language: str, since: Sequence[str] = ()) -> dict[str, Any]:  # Any: JSON values
        """Return what a form shows, for ``fallback_html``; with ``since``, what changed for this person.

        Raises:
            KelisimError: There is no such form, or the service is away.
        """
        path = f"/api/v1/sites/{quote(self.site_key)}/forms/{quote(form)}"
        query = urlencode([("lang", language), *(("since", one) for one in since)])
        return self._ask("GET", f"{path}?{query}")

    def since(self, subject_ref: str) -> list[str]:
        """Return the versions that bind a person, as ``document@version``: the value of ``since``; none for a new one.

        Raises:
            KelisimError: The service is away: show the form without it.
        """
        try:
            items = self._ask("GET", f"/api/v1/subjects/{quote(subject_ref, safe='')}/standing")["items"]
        except RefusedError as error:
            if error.code == _UNKNOWN:
                return []
            raise
        return [f"{one['document'].partition('/')[2]}@{one['version']}" for one in items if one["version"]]

    def confirm(
        self,
        values: str | Sequence[str],
        subject_ref: str,
        *,
        form: str,
        identifiers: Mapping[str, str] | None = None,
        declarations: Mapping[str, bool] | None = None,
    ) -> Outcome:
        """Confirm what a form brought under the name of the field, and bind it to a person.

        ``subject_ref`` is your own opaque reference of the person: no name, no address.

        Raises:
            FieldError: Nothing in the field can be confirmed.
            RefusedError: The service, or the signature, refuses it: refuse the form.
            UnavailableError: The service is away, and there is no spool, or no key to read the token with.
        """
        field, received_at = read_field(values), self._clock()
        subject = {"ref": subject_ref} | ({"identifiers": dict(identifiers)} if identifiers else {})
        body: dict[str, Any] = {"subject": subject}  # Any: JSON values
        if declarations:
            body["declarations"] = dict(declarations)
        late = {"received_at": received_at.isoformat()}
        granted: Mapping[str, bool] = {}
        if field.token is None:
            said = dict(field.displayed or {})
            if (said["site_key"], said["form"]) != (self.site_key, form):
                raise RefusedError("field-other-form", "The field is of another form or site.")
            granted = said["answers"]
            body = waiting = body | {"displayed": said} | late
        else:
            body |= {"token": field.token, "site_key": self.site_key, "form": form}
            # If the first try arrives and a late one too, the second says that the token is used up: nothing is lost.
            waiting = body | late
        try:
            consent = self._ask("POST", "/api/v1/consents", body)
        except UnavailableError:
            if self._spool is None or (field.token and not self._keys):
                raise
            if field.token:
                claims = read_token(field.token, self._keys, at=received_at, site_key=self.site_key, form=form)
                granted = dict(claims.answers)
            self._spool.keep(waiting)
            return Outcome(granted, None, field.token is not None)
        return Outcome(_granted(consent), consent, field.token is not None)

    def send_waiting(self) -> tuple[int, list[RefusedError]]:
        """Send what waits; return how many were taken, and why others never will be: those are given up.

        Raises:
            UnavailableError: The service is still away; the rest waits on.
        """
        done, refused = 0, list[RefusedError]()
        for place, waiting in self._spool.waiting() if self._spool else ():
            try:
                self._ask("POST", "/api/v1/consents", waiting)
                done += 1
            except RefusedError as error:
                if error.code == _ALREADY:  # the try before had arrived after all
                    done += 1
                else:
                    refused.append(error)
            place.unlink(missing_ok=True)
        return done, refused

    def may(self, subject_ref: str, *purposes: str) -> dict[str, bool]:
        """Say for each purpose whether data of the person may be processed for it now.

        Raises:
            KelisimError: A purpose is unknown, or the service is away: then it may not.
        """
        query = urlencode([("subject", subject_ref), *(("purpose", one) for one in purposes)])
        items = self._ask("GET", f"/api/v1/permissions?{query}")["items"]
        return {asked: bool(item["allowed"]) for asked, item in zip(purposes, items, strict=True)}

    def withdraw(self, subject_ref: str, document: str, *purposes: str) -> dict[str, Any]:  # Any: JSON values
        """Withdraw for some purposes, or for all of a document; the answer says from when and what is owed.

        Raises:
            KelisimError: Nothing stands that could be withdrawn, or the service is away: say so to the person.
        """
        body = {"subject": subject_ref, "document": document, "channel": "platform"}
        more = {"purposes": list(purposes)} if purposes else {}
        return self._ask("POST", "/api/v1/withdrawals", body | more, secrets.token_hex(16))

    def own_page(self, subject_ref: str) -> str:
        """Return the address of the person's own page: send their browser there at once, and keep it nowhere.

        Ask only for who is signed in: the address opens the page for whoever has it, for an hour.

        Raises:
            KelisimError: Nothing is recorded of the person, or the service is away.
        """
        link = self._ask("POST", "/api/v1/preference-links", {"subject": subject_ref}, secrets.token_hex(16))
        return str(link["url"])

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,  # Any: JSON values
        key: str | None = None,
    ) -> dict[str, Any]:  # Any: JSON values
        headers = {"Authorization": f"Bearer {self._secret_key}", "Accept": "application/json"}
        data = None if body is None else json.dumps(body, sort_keys=True).encode()
        if data is not None:  # without a key of its own, the same sent twice is one request
            key = key or hashlib.sha256(data).hexdigest()
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        request = urllib.request.Request(self.base_url + path, data, headers, method=method)  # noqa: S310 - a setting
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310 - as above
                said: dict[str, Any] = json.load(answer)  # Any: JSON values
                return said
        except urllib.error.HTTPError as error:
            raise _problem(error) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise UnavailableError("unreachable", "The service cannot be reached.") from error


def _problem(error: urllib.error.HTTPError) -> KelisimError:
    try:
        said = json.load(error)
        code, detail = str(said["code"]), str(said["detail"])
    except (ValueError, KeyError, TypeError, OSError):
        code, detail = "error", f"The answer has the status {error.code}."
    is_away = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code in (
        HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN
    )  # fmt: skip
    return (UnavailableError if is_away else RefusedError)(code, detail)


def _granted(consent: Mapping[str, Any]) -> dict[str, bool]:  # Any: JSON values
    records = [consent, *consent.get("further", [])]
    granted = {
        f"{record['document'].partition('/')[2]}#{choice['purpose']}": bool(choice["granted"])
        for record in records
        for choice in record["choices"]
    }
    return granted | {one["document"]: bool(one["ticked"]) for one in consent.get("informed", [])}
