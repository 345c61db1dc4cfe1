"""The life of one consent at one operator, told while it happens through the HTTP API.

What happens follows from the terms of the operator's document: no operator is named here.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from consent_service.cli.demo_words import (
    BINDING,
    NOBODY,
    NOT_SETTLED,
    PROVISIONAL,
    UNTIL,
    WORDS,
    YES_NO,
    Line,
    cited,
    in_words,
)
from consent_service.deadlines.periods import Period
from consent_service.deadlines.rules import almaty_day
from consent_service.kernel.errors import ConflictError

PERSON = "demo-person"
EMAIL = "aizhan@example.kz"
SHORT_DIGEST = 12
Answer = Mapping[str, Any]  # Any: JSON


@dataclass(slots=True)
class MovedClock:
    """The clock of the demo's service."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the present of the story."""
        return self.now


@dataclass(slots=True)
class Story:
    """One operator's story: where to ask, how to move on, where to tell."""

    api: str
    secret: str
    clock: MovedClock
    work: Callable[[], None]
    tell: Callable[[str], None]
    language: str
    steps: int = 0

    def run(self, operator: str, name: str, document: str) -> None:
        """Tell the life of one consent to one document."""
        versions = self.get(f"/documents/{operator}/{document}/versions")["items"]
        version = next(item for item in versions if item["state"] == "in_force")
        text = next(item for item in version["texts"] if item["language"] == "kk")
        self.say(
            Line.OPERATOR,
            slug=operator,
            name=name,
            document=version["rules"]["title"][self.language],
            version=version["version"],
            kind=self.words(text["text_kind"]),
            digest=text["sha256"][:SHORT_DIGEST],
        )
        purposes = [p for p in version["purposes"] if p["needs_consent"]]
        purpose = next((p for p in purposes if p["marketing"]), purposes[0])
        self.say(Line.SHOWN, purpose=purpose["name"][self.language])
        if version["rules"]["acceptance"]["counts"] == "implied":
            self._use(document, purpose["code"], version["rules"]["acceptance"]["clause"])
        consent = self._consent(document, purpose["code"])
        self.ask(purpose["code"])
        self.clock.now += timedelta(days=1)
        withdrawal = self._withdraw(document)
        self.ask(purpose["code"])
        take_back = version["rules"]["withdrawal"].get("take_back")
        if take_back:
            withdrawal = self._change_of_mind(document, purpose["code"], withdrawal, take_back["clause"])
        self._until_erased(withdrawal, purpose["code"])
        kept = self.get(f"/consents/{consent['id']}")
        self.say(Line.PROOF, state=self.words(kept["state"]), digest=kept["text_sha256"][:SHORT_DIGEST])

    def ask(self, purpose: str) -> bool:
        """Ask for permission and tell the answer."""
        item = self.get(f"/permissions?subject={PERSON}&purpose={purpose}")["items"][0]
        if not item["allowed"]:
            self.say(Line.REFUSED, reason=self.words(item["reason"]))
            return False
        until = UNTIL[self.language].format(on=_day(item["ends_on"])) if item["ends_on"] else ""
        self.say(Line.ALLOWED, reason=self.words(item["reason"]), until=until)
        return True

    def _use(self, document: str, purpose: str, clause: Any) -> None:  # Any: one clause or several
        self.post("/consents", _answer(document, purpose))
        item = self.get(f"/permissions?subject={PERSON}&purpose={purpose}")["items"][0]
        self.say(Line.IMPLIED, clause=cited(clause, self.language), allowed=YES_NO[self.language][item["allowed"]])
        self.clock.now += timedelta(hours=1)

    def _consent(self, document: str, purpose: str) -> Answer:
        consent = self.post("/consents", _answer(document, purpose) | {"act": "ticked"})
        self.say(Line.GIVEN, state=self.words(consent["state"]), grade=self.words(consent["evidence_grade"]))
        return consent

    def _withdraw(self, document: str) -> Answer:
        body = {"subject": PERSON, "document": document, "channel": "registered_mail"}
        withdrawal = self.post("/withdrawals", body)
        self.say(
            Line.WITHDRAWN if withdrawal["state"] == "scheduled" else Line.WITHDRAWN_NOW,
            channel=self.words(withdrawal["channel"]),
            state=self.words(withdrawal["state"]),
            effective=_day(withdrawal["effective_on"]),
        )
        for rule in withdrawal["rules"]:
            self.say(Line.RULE, words=rule[self.language], clause=cited(rule["clause"], self.language))
        for duty in withdrawal["duties"]:
            marks = (
                (BINDING[self.language] if duty["binding"] else "")
                + ("" if duty["settled"] else NOT_SETTLED[self.language])
                + (PROVISIONAL[self.language] if duty["provisional"] else "")
            )
            self.say(
                Line.DUTY,
                due=_day(duty["due_on"]),
                action=self.words(duty["action"]),
                period=Period.parse(duty["period"]).in_words(self.language),
                source=duty["source"][self.language],
                marks=marks,
            )
        return withdrawal

    def _change_of_mind(self, document: str, purpose: str, withdrawal: Answer, clause: Any) -> Answer:  # Any: as above
        self.clock.now += timedelta(days=10)
        self.post(f"/subjects/{PERSON}/activity", {"kind": "sign_in"})
        after = self.get(f"/withdrawals/{withdrawal['id']}")
        self.say(Line.SIGNED_IN, clause=cited(clause, self.language), state=self.words(after["state"]))
        self.ask(purpose)
        self.clock.now += timedelta(days=1)
        self.say(Line.WITHDRAWN_AGAIN)
        return self._withdraw(document)

    def _until_erased(self, withdrawal: Answer, purpose: str) -> None:
        """Move to the day of the effect, then to the end of the day by which the data must be gone."""
        if withdrawal["state"] == "scheduled":
            self._go(datetime.fromisoformat(withdrawal["effective_at"]))
            self.ask(purpose)
        last = max(date.fromisoformat(duty["due_on"]) for duty in withdrawal["duties"] if duty["action"] == "destroy")
        after = self.get(f"/withdrawals/{withdrawal['id']}")
        if after["state"] != "closed":
            self._go(_noon(self.clock.now, last) + timedelta(hours=9))
        after = self.get(f"/withdrawals/{withdrawal['id']}")
        erasure = after["erasure"] or {}
        result = erasure.get("result") or {}
        self.say(
            Line.ERASED,
            state=self.words(after["state"]),
            erasure=self.words(erasure.get("state", "–")),
            deleted=sum(result.get("deleted", {}).values()),
            left=sum(result.get("read_back", {}).values()),
        )
        if after["state"] != "closed":
            raise ConflictError(f"The withdrawal is {after['state']} on {last}: the erasure was not done.")
        found = self.post("/subjects/search", {"email": EMAIL})["items"]
        self.say(Line.NOBODY, found=len(found) or NOBODY[self.language])
        if found:
            raise ConflictError("The person is still found after the erasure.")

    def _go(self, to: datetime) -> None:
        self.clock.now = max(self.clock.now, to)
        self.say(Line.DAY)
        self.work()

    def words(self, code: str) -> str:
        """Say a code of the API in the language of the story."""
        return in_words(code, self.language)

    def say(self, line: Line, **facts: object) -> None:
        """Tell one line, beginning with the Almaty day where the line has one."""
        self.tell(WORDS[self.language][line].format(on=_day(almaty_day(self.clock.now)), **facts))

    def get(self, path: str) -> Answer:
        """Ask the API."""
        return self._send(urllib.request.Request(self.api + path))  # noqa: S310 - our own server on loopback

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:  # Any: JSON
        """Send to the API."""
        data = json.dumps(body).encode()
        return self._send(
            urllib.request.Request(self.api + path, data, {"Content-Type": "application/json"})  # noqa: S310 - as above
        )

    def _send(self, request: urllib.request.Request) -> Answer:
        request.add_header("Authorization", f"Bearer {self.secret}")
        self.steps += 1
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                found: Answer = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            raise ConflictError(f"The API answered {error.code}: {problem.get('detail')}") from error


def _answer(document: str, purpose: str) -> dict[str, Any]:  # Any: JSON
    return {
        "document": document,
        "subject": {"ref": PERSON, "identifiers": {"email": EMAIL}},
        "language": "kk",
        "choices": [{"purpose": purpose, "granted": True}],
        "channel": "web",
        "declarations": {"adult": True, "stateless": False},
    }


def _noon(now: datetime, day: date) -> datetime:
    """Return 12:00 UTC of a day: afternoon in Almaty."""
    return now.replace(year=day.year, month=day.month, day=day.day, hour=7, minute=0, second=0, microsecond=0)


def _day(day: date | str) -> str:
    return (date.fromisoformat(day) if isinstance(day, str) else day).strftime("%d.%m.%Y")
