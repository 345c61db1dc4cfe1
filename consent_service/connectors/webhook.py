"""A receiver of an operator as a target: a signed request, and an answer that is taken where it can be right."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from consent_service.connectors.counting import check_counts
from consent_service.connectors.description import WebhookDescription
from consent_service.connectors.refusals import AskThereError, TargetFailedError
from consent_service.connectors.states import Kind
from consent_service.erasure.targets import Erased, Outcome, Whom
from consent_service.kernel.db import write_instant
from consent_service.kernel.outbound import Answer, Outbound
from consent_service.kernel.webhooks import signed_headers

REQUESTED, PREVIEW = "erasure.requested", "erasure.preview"


@dataclass(frozen=True, slots=True, repr=False)
class WebhookTarget:
    """A receiver that erases by the operator's reference and answers with counts, or with 202 and is asked again."""

    description: WebhookDescription
    secrets: Sequence[str]
    way: Outbound
    at: datetime

    kind = str(Kind.WEBHOOK)

    @property
    def name(self) -> str:
        """The name of the target."""
        return self.description.name

    def find(self, whom: Whom) -> Mapping[str, int]:
        """Ask what is there, where the receiver says so beforehand; nothing is known otherwise."""
        return self._preview(whom, "before") if self.description.preview else {}

    def collect(self, whom: Whom) -> Mapping[str, Sequence[Mapping[str, Any]]]:  # noqa: ARG002 - the protocol's; Any as there
        """Say that the data must be asked for there."""
        raise AskThereError(f"{self.name}: This receiver hands nothing out. Ask there for the person's data.")

    def erase(self, whom: Whom, found_before: Mapping[str, int]) -> Erased:
        """Ask the receiver to erase, under the same id at every try, so that it can tell a repetition.

        Raises:
            OutboundRefusedError: The address is refused, or leads elsewhere.
            TargetFailedError: It cannot be reached, answers with an error, or says what cannot be right.
        """
        answer = self._send(whom, REQUESTED, f"erasure_{whom.order_id}_{self.name}")
        if answer.status == HTTPStatus.ACCEPTED:
            return Erased(Outcome.LATER, {}, self.kind, {})
        counts = self._counts(answer, "erased", found_before)
        left = self._preview(whom, "after") if self.description.preview else dict.fromkeys(counts, 0)
        if any(left.values()):
            raise TargetFailedError(f"{self.name}: The receiver says that it has erased, and still finds data.")
        return Erased(Outcome.CONFIRMED, counts, self.kind, left)

    def _preview(self, whom: Whom, when: str) -> Mapping[str, int]:
        message_id = f"preview_{whom.order_id}_{self.name}_{when}_{int(self.at.timestamp())}"
        return self._counts(self._send(whom, PREVIEW, message_id), "found", {})

    def _send(self, whom: Whom, kind: str, message_id: str) -> Answer:
        categories = [category.code for category in self.description.categories]
        data = {"order": str(whom.order_id), "ref": whom.ref, "categories": categories}
        body = json.dumps({"type": kind, "timestamp": write_instant(self.at), "data": data}).encode()
        headers = {"Content-Type": "application/json", **signed_headers(self.secrets, message_id, self.at, body)}
        try:
            return self.way.post(self.description.url, body, headers)
        except OSError as trouble:
            raise TargetFailedError(
                f"{self.name}: The receiver cannot be reached ({type(trouble).__name__}). It is asked again."
            ) from None

    def _counts(self, answer: Answer, key: str, found_before: Mapping[str, int]) -> Mapping[str, int]:
        if answer.status != HTTPStatus.OK:
            raise TargetFailedError(f"{self.name}: The receiver answered {answer.status}. It is asked again.")
        try:
            said = json.loads(answer.body)
        except ValueError:
            said = None
        counts = said.get(key) if isinstance(said, dict) else None
        return check_counts(self.description, counts, found_before)
