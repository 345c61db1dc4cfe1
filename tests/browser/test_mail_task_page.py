"""The page of whoever erases by hand, in a real browser, without scripts: opened, filled in wrongly, confirmed."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

import pytest
from playwright.sync_api import Browser, expect

from consent_service.connectors.task_links import make_link
from consent_service.erasure.service import OrderErasure, order_erasure
from consent_service.erasure.states import Ground
from consent_service.erasure.targets import Whom
from consent_service.kernel.ids import new_id
from consent_service.services import services
from tests.browser.conftest import Served
from tests.browser.looks import Scheme, looks
from tests.browser.test_dashboard_pages import check, page_of
from tests.crm import ACTOR, connect, disconnect, targets
from tests.integration.test_mail_tasks import ARCHIVE, CLERK
from tests.office import bound

pytestmark = pytest.mark.browser
_NUMBERS = count(1)


@pytest.fixture
def link(served: Served) -> Iterator[str]:
    """The address of a task, as its mail has it."""
    ref = f"person-{next(_NUMBERS)}"
    connect(served.app, ARCHIVE, {"archive": CLERK})
    with served.app.app_context():
        with services().write(ACTOR) as unbound:
            uow = bound(unbound)
            later = uow.now + timedelta(days=300)
            command = OrderErasure(
                new_id(uow.now), "request", new_id(uow.now), Ground.OTHER_LAW, later, date(2027, 12, 1)
            )
            order = order_erasure(uow, command)
        targets(served.app)["archive"].erase(Whom(order, ref, {}), {})
        with services().write(ACTOR) as unbound:
            token = make_link(bound(unbound), (order, "archive"))
    yield f"/task/{token}"
    disconnect(served.app)


@pytest.mark.parametrize(("language", "scheme", "width"), looks(__name__))
def test_a_task_is_confirmed_on_a_page_without_fault(
    browser: Browser, served: Served, link: str, language: str, scheme: Scheme, width: int
) -> None:
    with page_of(browser, served, language, scheme, width) as page:
        page.goto(link)
        check(page)
        expect(page.locator("#ref")).to_have_count(0)
        page.locator("button[value=open]").click()
        expect(page.locator("#ref")).to_contain_text("person-")
        check(page)
        page.fill("#count-folders", "2")
        page.locator("button[value=confirm]").click()
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.fill("#count-letters", "0")
        page.locator("button[value=confirm]").click()
        expect(page.get_by_role("status")).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("person-")
        check(page)
        page.goto("/task/none")
        check(page)
