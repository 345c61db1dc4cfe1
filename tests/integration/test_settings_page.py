"""The settings of an operator on one page, and the operators of an account side by side."""

import re

from consent_service.jobs.runner import find_job, run_now
from consent_service.operators.access import Role
from consent_service.operators.queries import operator_rules
from consent_service.operators.service import set_rules
from consent_service.operators.staff import add_staff
from consent_service.services import services
from tests.factories import seed_policies
from tests.integration.conftest import ACTOR
from tests.integration.test_dashboard import form_token
from tests.office import AUDITOR, DPO, OWNER, PASSWORD, Office, bound
from tests.operator_end import entered

PATH = "/dashboard/uof/settings"


def test_every_rule_of_the_operator_is_shown_with_what_it_means_and_where_it_is_changed(office: Office) -> None:
    with office.app.app_context(), services().write(ACTOR) as unbound:
        set_rules(bound(unbound), {"approve_erasures_over": 7, "publish_by_two": True, "remind_working_days": 9})

    page = entered(office.app, AUDITOR).get(PATH).get_data(as_text=True)

    with office.app.app_context(), services().read(ACTOR) as unbound:
        rules = operator_rules(bound(unbound))
    assert len(rules.__dataclass_fields__) == page.count("<dt>") - 1  # the schedule of storage is no rule
    for said in ("An erasure of more than 7 people", "Somebody else than the one who edited", "is due: 9"):
        assert said in page
    for place in ("erasures", "documents", "reminders", "retention/schedule"):
        assert f'href="/dashboard/uof/{place}"' in page


def test_an_owner_alone_has_people_asked_again_after_a_sign_in_and_that_is_recorded(office: Office) -> None:
    owner, dpo = entered(office.app, OWNER), entered(office.app, DPO)
    assert 'name="ask_again"' not in dpo.get(PATH).get_data(as_text=True)
    refused = dpo.post(PATH, data={"csrf_token": form_token(dpo, "/dashboard/uof/erasures"), "ask_again": "on"})
    assert refused.status_code == 403

    for sent, rule in (({"ask_again": "on"}, True), ({}, False)):
        answer = owner.post(PATH, data={"csrf_token": form_token(owner, PATH), **sent})
        assert answer.status_code == 302
        with office.app.app_context(), services().read(ACTOR) as unbound:
            assert operator_rules(bound(unbound)).ask_again_after_sign_in is rule
    assert len(office.rows("SELECT kind FROM ledger_events WHERE kind = 'operator_rules_set'")) == 2


def test_the_operators_of_an_account_stand_side_by_side_the_most_pressing_first(office: Office) -> None:
    for slug, role in (("dar", Role.DPO), ("qlever", Role.INTEGRATOR)):
        with office.app.app_context(), services().write(ACTOR) as unbound:
            add_staff(unbound.for_operator(seed_policies.number(unbound, slug)), DPO, PASSWORD, role)
    office.owe("15wd")
    office.owe("1wd", slug="dar", count=2)
    office.owe("1wd", slug="worksection")
    office.clock.move(days=10)
    with office.app.app_context():
        run_now(services(), find_job("duties.mark_late"))

    page = entered(office.app, DPO).get("/account/operators").get_data(as_text=True)

    rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)[1:]
    assert [re.findall(r'<span class="sub">(\w+)</span>', row) for row in rows] == [["dar"], ["uof"], ["qlever"]]
    assert 'href="/dashboard/dar/duties?state=late"><span class="tag bad">2</span>' in rows[0]
    assert "integrator" in rows[2]
    assert rows[2].count(">–<") == 3
    assert "worksection" not in page
