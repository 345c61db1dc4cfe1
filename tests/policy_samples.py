"""A small policies folder of an invented operator, for tests."""

from pathlib import Path

from consent_service.kernel.uow import UnitOfWork
from consent_service.policies.documents import OperatorFolder
from consent_service.policies.service import DraftText, SaveDraft, SavedVersion, publish_version, save_draft
from consent_service.policies.states import TextKind

DOCUMENT = "privacy-policy"
FIRST = "2026-01-01"

OPERATOR_YAML = """\
slug: fresh
name: {kk: "Жаңа", ru: "Жаңа", en: "Fresh"}
identifier: {kind: bin, value: "000140000001", clause: "privacy-policy/details"}
country: KZ
place: {kk: Алматы, ru: Алматы, en: Almaty}
sites: ["https://fresh.example"]
contacts: {email: null, post: []}
announced:
  - {slug: cookie-policy, heading: "Cookie ережесі", title: {kk: "Cookie", ru: "Cookie", en: "Cookies"}}
"""

TERMS_YAML = """\
operator: fresh
document: privacy-policy
version: "2026-01-01"
title: {kk: "Саясат", ru: "Политика", en: "Policy"}
kind: consent
source: {language: kk, heading: "САЯСАТ", read_on: 2026-11-22}
dates: {printed_on: null, in_force_on: 2026-01-01, date_source: operator}
acceptance:
  act: press_button
  counts: explicit
  counts_at: press
  clause: "1.1"
  excluded:
    - {who: under_18, says: [{number: 18, unit: age}], clause: preamble}
validity: {period: 3y, until: withdrawn, clause: "1.2"}
data_list: {is: open, clause: "1"}
data:
  - {code: email, kind: contact, name: {kk: Пошта, ru: Почта, en: E-mail}, clause: "1[1]"}
recipients:
  - {code: courier, country: unsaid, name: {kk: Курьер, ru: Курьер, en: Courier}, clause: "2(a)"}
cross_border: {stated: unsaid}
publication: {stated: unsaid}
purposes:
  - code: delivery
    name: {kk: Жеткізу, ru: Доставка, en: Delivery}
    needs_consent: true
    marketing: false
    required: true
    data: [email]
    recipients: [courier]
    cross_border: unsaid
    basis: consent
    term: null
    clause: ["1.1", "2(a)"]
  - code: newsletter
    name: {kk: Хабарлама, ru: Рассылка, en: Newsletter}
    needs_consent: true
    marketing: true
    required: false
    data: [email]
    recipients: []
    cross_border: unsaid
    basis: consent
    term: 1y
    clause: "1.2"
change: []
withdrawal:
  channels: [{channel: email, clause: "2"}]
  effects:
    - {when: at_receipt, purposes: [newsletter], clause: "2"}
    - {when: after_receipt, period: 10d, clause: "2(a)"}
  take_back: {until: erasure, by: [sign_in], clause: "2"}
  agreement: none
  bars: [{bar: law, clause: "2"}]
retention:
  - {code: storage, start: agreement_ended, period: 3y, is: outer_limit, clause: "2"}
erasing:
  - {trigger: withdrawal, action: destroy, period: 30wd, clause: "2"}
answers: []
termination: []
rights: []
facts:
  - {code: contradiction, with: ["1.2"], clause: "2"}
"""

TITLES = {"kk": "Саясат", "ru": "Политика", "en": "Policy"}


def restatement(language: str, *, version: str = "2026-01-01", last: str = "") -> str:
    """Return a restatement of the sample document."""
    return f"""\
---
operator: fresh
document: privacy-policy
version: "{version}"
language: {language}
text_kind: restatement
---
# {TITLES[language]}

> These are not the operator's own words ({language}).

**preamble** For people of 18 and older ({language}).

## 1 Data

A line that carries no number.

**1[1]** The e-mail address.

**1.1** Whoever presses the button agrees.

**1.2** Valid for 3 years.

## 2 The end

**2(a)** Withdrawn 10 days after receipt.{last}

**details** Fresh, 000140000001.
"""


def write_folder(policies: Path) -> Path:
    """Write the sample operator's folder and return it."""
    place = policies / "fresh" / "privacy-policy" / "2026-01-01"
    place.mkdir(parents=True)
    (policies / "fresh" / "operator.yaml").write_text(OPERATOR_YAML)
    (place / "terms.yaml").write_text(TERMS_YAML)
    for language in TITLES:
        (place / f"{language}.md").write_text(restatement(language))
    return policies / "fresh"


def sample_draft(
    folder: OperatorFolder, version: str = FIRST, day: str = FIRST, languages: str = "kk ru en"
) -> SaveDraft:
    """Return a draft of the sample document under any version and day."""
    source = folder.versions[0]
    terms = {**source.terms_data, "version": version}
    terms["dates"] = {"printed_on": None, "in_force_on": day, "date_source": "operator"}
    texts = {
        language: DraftText(source.texts[language], TextKind.RESTATEMENT, {"file": f"{language}.md"})
        for language in languages.split()
    }
    return SaveDraft(DOCUMENT, TITLES, "consent", version, terms, texts)


def publish_sample(uow: UnitOfWork, folder: OperatorFolder, version: str = FIRST, day: str = FIRST) -> SavedVersion:
    """Save a draft of the sample document and publish it."""
    saved = save_draft(uow, sample_draft(folder, version, day))
    publish_version(uow, DOCUMENT, version)
    return saved
