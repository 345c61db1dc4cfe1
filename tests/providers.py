"""An identity provider on loopback that a test makes say whatever it likes; PKCE and the client's secret it does check."""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from tests.receivers import Line, read_request, serving

CLIENT_ID, CLIENT_SECRET = "kelisim", "a secret of the two"
SHORTEST_VERIFIER = 43  # characters, RFC 7636 section 4.1
Claims = dict[str, Any]  # Any: JSON
_BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


@dataclass
class SayingProvider:
    """What the provider says; a test changes what it is about."""

    clock: Callable[[], datetime]
    port: int = 0
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs_with: Any = None  # Any: another key
    algorithm: str = "RS256"
    metadata: Claims = field(default_factory=dict)
    claims: Claims = field(default_factory=dict)
    told: Claims = field(default_factory=dict)
    status: int = 200
    asked: list[str] = field(default_factory=list)
    sent: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        """Return the settings of a service whose staff come by this provider."""
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "OIDC_NAME": "ACME ID",
            "INSECURE_ALLOW_PRIVATE_ADDRESSES": "1",
        }

    def code_for(self, address: str) -> tuple[str, str]:
        """Return the code and the state with which a browser comes back that was sent to an address."""
        query, code = dict(parse_qsl(urlsplit(address).query)), secrets.token_hex(8)
        self.sent[code] = query
        return code, query["state"]

    def behave(self, line: Line) -> None:
        """Answer one request."""
        first, headers, body = read_request(line)
        path = first.split(" ")[1]
        self.asked.append(path)
        said: object = {"error": "invalid_request"}
        status = self.status
        if path.startswith("/.well-known/"):
            said = self._metadata()
        elif path == "/keys":
            said = {"keys": [self.key.as_dict(private=False)]}
        elif path == "/token":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            said = self._tokens(form) if headers.get("authorization") == _BASIC else {"error": "invalid_client"}
            status = 400 if "error" in said else status
        elif path == "/me":
            said = self.told
        data = json.dumps(said).encode()
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        line.sendall(head.encode() + data)
        line.close()

    def _metadata(self) -> Claims:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/ask",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me",
            "end_session_endpoint": f"{self.issuer}/leave",
        } | self.metadata

    def _tokens(self, form: dict[str, str]) -> Claims:
        asked = self.sent.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return {"error": "invalid_grant"}
        if len(form.get("code_verifier", "")) < SHORTEST_VERIFIER:
            return {"error": "invalid_grant"}
        challenge = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != asked["code_challenge"]:
            return {"error": "invalid_grant"}
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "person-7", "iat": now, "exp": now + 60,
            "nonce": asked["nonce"], "email": "worker@acme.example", "email_verified": True,
        } | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return {"access_token": secrets.token_hex(8), "token_type": "Bearer", "id_token": self._signed(claims)}

    def _signed(self, claims: Claims) -> str:
        key = self.signs_with or self.key
        header = {"alg": self.algorithm, "kid": "one"}
        if self.algorithm == "none":
            parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, claims)]
            return b".".join([*parts, b""]).decode()
        return jwt.encode(header, claims, key, registry=JWSRegistry(algorithms=[self.algorithm]))


@contextmanager
def saying_provider(clock: Callable[[], datetime]) -> Iterator[SayingProvider]:
    """Serve a provider."""
    made = SayingProvider(clock)
    with serving(made.behave) as port:
        made.port = port
        yield made
