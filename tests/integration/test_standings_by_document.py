"""How each document may change, by its own clauses: notice, posting, use, nothing printed."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask

from consent_service.policies.terms import AppliesTo
from tests.changes import NEXT, PARTNER, PRIVACY, agree, change_of, one_of, publish
from tests.integration.conftest import MovableClock, client_of
from tests.integration.test_withdrawals import work
from tests.mail import Inbox


def test_partner_6_16_a_new_version_binds_fourteen_days_after_the_notice(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    _, app = mailed
    worksection = client_of(app, "worksection")
    agree(worksection, "worksection", PARTNER)
    clock.move(days=1)
    publish(app, "worksection", PARTNER, date(2026, 11, 25))

    work(app)

    assert change_of(worksection, PARTNER)["binds_at"] == "2026-12-08T19:00:00Z"
    body = {"subject": "person-1", "document": PARTNER, "version": NEXT}
    assert worksection.post("/objections", body).json["effect"] == "may_terminate"


def test_partner_5_10_a_change_of_the_commission_binds_on_posting(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    _, app = mailed
    worksection = client_of(app, "worksection")
    agree(worksection, "worksection", PARTNER)
    clock.move(days=1)
    publish(app, "worksection", PARTNER, clock.now.date(), change=AppliesTo.COMMISSION_PAYMENTS)

    work(app)
    clock.move(minutes=1)
    work(app)

    bound = one_of(worksection, PARTNER)
    assert (bound["version"], bound["how"]) == (NEXT, "posting")


def test_dar_1_4_binds_by_use_after_seven_days_and_never_by_silence(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    dar = client_of(app, "dar")
    for ref in ("person-1", "person-2"):
        agree(dar, "dar", PRIVACY, ref, act="ticked")
    clock.move(days=1)
    publish(app, "dar", PRIVACY, clock.now.date())
    work(app)
    assert inbox.received == []  # by posting alone
    assert change_of(dar, PRIVACY)["state"] == "waiting"

    clock.set(datetime(2026, 12, 1, 18, 59, tzinfo=UTC))
    early = dar.post("/subjects/person-1/activity", {"kind": "use"}).json
    clock.set(datetime(2026, 12, 1, 19, 0, tzinfo=UTC))
    used = dar.post("/subjects/person-1/activity", {"kind": "use"}).json

    assert early["deemed_acceptances"] == []
    assert used["deemed_acceptances"] == [
        {"document": "dar/privacy-policy", "version": NEXT, "accepted_at": "2026-12-01T19:00:00Z"}
    ]
    bound = one_of(dar, PRIVACY)
    assert (bound["version"], bound["how"], bound["act"]) == (NEXT, "use", "use")
    clock.move(days=100)
    work(app)
    assert one_of(dar, PRIVACY, "person-2")["version"] == "2026-01-01"


def test_who_objected_is_not_bound_by_going_on_using(mailed: tuple[Inbox, Flask], clock: MovableClock) -> None:
    _, app = mailed
    dar = client_of(app, "dar")
    agree(dar, "dar", PRIVACY, act="ticked")
    clock.move(days=1)
    publish(app, "dar", PRIVACY, clock.now.date())
    work(app)
    body = {"subject": "person-1", "document": PRIVACY, "version": NEXT}
    assert dar.post("/objections", body).json["effect"] == "stop_using"
    clock.move(days=30)

    assert dar.post("/subjects/person-1/activity", {"kind": "use"}).json["deemed_acceptances"] == []
    assert change_of(dar, PRIVACY)["state"] == "objected"


@pytest.mark.parametrize(("operator", "how"), [("qlever", "posting"), ("5qbe", "use")])
def test_qlever_9_1_and_5qbe_8_2_bind_at_once_each_in_its_way(
    mailed: tuple[Inbox, Flask], clock: MovableClock, operator: str, how: str
) -> None:
    _, app = mailed
    api = client_of(app, operator)
    agree(api, operator, PRIVACY, act="ticked")
    clock.move(days=1)
    publish(app, operator, PRIVACY, clock.now.date())
    work(app)
    clock.move(minutes=1)
    work(app)

    if how == "use":
        assert change_of(api, PRIVACY)["state"] == "waiting"
        api.post("/subjects/person-1/activity", {"kind": "sign_in"})

    assert (one_of(api, PRIVACY)["version"], one_of(api, PRIVACY)["how"]) == (NEXT, how)


def test_worksection_privacy_6_a_material_change_binds_nobody_before_its_notice(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    worksection = client_of(app, "worksection")
    agree(worksection, "worksection", PRIVACY, act="ticked")
    agree(worksection, "worksection", PRIVACY, "person-2", act="ticked")
    inbox.unknown.add("person-2@example.kz")
    clock.move(days=1)
    publish(app, "worksection", PRIVACY, date(2026, 12, 1), change=AppliesTo.MATERIAL)

    clock.set(datetime(2026, 12, 2, 5, 0, tzinfo=UTC))
    work(app)
    clock.move(minutes=1)
    work(app)

    assert one_of(worksection, PRIVACY)["how"] == "notice"
    assert change_of(worksection, PRIVACY, "person-2")["state"] == "not_notified"


def test_uof_says_nothing_of_changes_so_people_are_asked_again(
    mailed: tuple[Inbox, Flask], clock: MovableClock
) -> None:
    inbox, app = mailed
    uof = client_of(app, "uof")
    agree(uof, "uof", "personal-data-agreement")
    clock.move(days=1)
    publish(app, "uof", "personal-data-agreement", clock.now.date())

    work(app)

    assert change_of(uof, "personal-data-agreement")["state"] == "asked_again"
    assert len(inbox.received) == 1
