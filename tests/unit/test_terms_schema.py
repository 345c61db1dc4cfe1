"""What a terms.yaml and an operator.yaml may hold, and what their errors say."""

import pytest

from consent_service.deadlines.periods import Period
from consent_service.kernel.errors import PolicyDataError
from consent_service.policies.schema import check_terms_data, read_operator, read_terms
from consent_service.policies.terms import AcceptanceAct, EffectWhen, RetentionIs, Stated, Terms, Who
from tests.policy_samples import OPERATOR_YAML, TERMS_YAML


def _refusal(yaml: str) -> str:
    with pytest.raises(PolicyDataError) as refused:
        read_terms(yaml.encode(), "fresh/terms.yaml")
    return refused.value.detail


def _line(words: str) -> int:
    return next(n for n, line in enumerate(TERMS_YAML.splitlines(), 1) if words in line)


def _changed(old: str, new: str) -> str:
    assert old in TERMS_YAML
    return TERMS_YAML.replace(old, new, 1)


def test_a_valid_file_becomes_typed_terms() -> None:
    terms = Terms.from_data(read_terms(TERMS_YAML.encode(), "terms.yaml"))

    assert terms.acceptance.act is AcceptanceAct.PRESS_BUTTON
    assert terms.acceptance.clause == ("1.1",)
    assert terms.acceptance.excluded[0].who is Who.UNDER_18
    assert terms.acceptance.excluded[0].says[0].number == 18
    assert terms.validity.period == Period.parse("3y")
    assert terms.cross_border.stated is Stated.UNSAID
    assert terms.cross_border.clause == ()
    assert [purpose.term for purpose in terms.purposes] == [None, Period.parse("1y")]
    assert terms.purposes[0].clause == ("1.1", "2(a)")
    assert terms.retention[0].is_ is RetentionIs.OUTER_LIMIT
    assert terms.facts[0].with_ == ("1.2",)
    assert terms.dates.in_force_on.isoformat() == "2026-01-01"
    assert terms.withdrawal.take_back is not None
    assert terms.confidentiality is None


def test_the_first_rule_that_fits_a_purpose_wins() -> None:
    withdrawal = Terms.from_data(read_terms(TERMS_YAML.encode(), "terms.yaml")).withdrawal

    assert withdrawal.effect_for("newsletter").when is EffectWhen.AT_RECEIPT
    assert withdrawal.effect_for("delivery").period == Period.parse("10d")


@pytest.mark.parametrize(
    ("old", "new", "place", "advice"),
    [
        ("marketing: false", "marketign: false", "purposes[0].marketign", "not known"),
        ("act: press_button", "act: press", "acceptance.act", "tick_and_press"),
        ("period: 30wd", "period: 30 working days", "erasing[0].period", "30wd"),
        ('clause: "1.1"', "clause: 1.1", "acceptance.clause", "quotes"),
        ('clause: ["1.1", "2(a)"]', 'clause: ["1.1", "first"]', "purposes[0].clause", "2.10[3]"),
        ("needs_consent: true", 'needs_consent: "yes"', "purposes[0].needs_consent", "true or false"),
        ("code: newsletter", "code: delivery", "purposes[1].code", "twice"),
        ("recipients: [courier]", "recipients: [post]", "purposes[0].recipients[0]", "not among the codes"),
        ("purposes: [newsletter]", "purposes: [news]", "withdrawal.effects[0].purposes[0]", "not among"),
        ("marketing: false", "marketing: true", "purposes[0].required", "bundled: true"),
        ("in_force_on: 2026-01-01", "in_force_on: 2026-02-30", "dates.in_force_on", "YYYY-MM-DD"),
        ("date_source: operator", "date_source: text", "dates.printed_on", "printed date"),
        ("when: after_receipt, period: 10d", "when: after_receipt", "withdrawal.effects[1]", "period"),
        ('{is: open, clause: "1"}', "{is: open}", "data_list", "Name the clause"),
        ("until: withdrawn", "until: sometime", "validity.until", "withdrawn"),
        ("{code: email, kind", "{code: E-Mail, kind", "data[0].code", "Write it like"),
        ("counts: explicit", "counts: on_approval", "acceptance.counts", "approval"),
    ],
)
def test_a_wrong_value_is_refused_with_file_line_and_what_to_write(old: str, new: str, place: str, advice: str) -> None:
    refusal = _refusal(_changed(old, new))

    assert refusal.startswith("fresh/terms.yaml:")
    assert f": {place}: " in refusal
    assert advice in refusal


def test_an_error_names_the_line_of_the_value() -> None:
    assert _refusal(_changed("period: 30wd", "period: soon")).startswith(
        f"fresh/terms.yaml:{_line('period: 30wd')}: erasing[0].period: "
    )


def test_a_missing_key_is_named_at_the_line_of_what_lacks_it() -> None:
    refusal = _refusal(_changed("    basis: consent\n    term: null\n", "    term: null\n"))

    assert refusal.startswith(f"fresh/terms.yaml:{_line('code: delivery')}: purposes[0].basis: This key is missing")


def test_a_text_in_two_languages_only_is_refused() -> None:
    assert "name.en: This key is missing" in _refusal(_changed("ru: Доставка, en: Delivery", "ru: Доставка"))


def test_every_problem_is_told_at_once() -> None:
    refusal = _refusal(_changed("act: press_button", "act: no").replace("kind: consent", "kind: law", 1))

    assert refusal.count("\n") == 1


@pytest.mark.parametrize(
    ("yaml", "line", "advice"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("a: &x 1\nb: *x\n", 1, "anchor"),
        ("a: 1\nb: *x\n", 2, "alias"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "tag"),
        ("a: !!binary aGk=\n", 1, "tag"),
        ("a: " + "[" * 40 + "]" * 40, 1, "nested deeper"),
        ("a: " + "9" * 5000, 1, "quotes"),
        ("a: [1\nb: 2", 2, ""),
        ("a: 1\n---\nb: 2\n", 2, ""),
        ("- a\n", 1, "key: value"),
        ("", 1, "key: value"),
        ("1: a\n", 1, "word"),
        ("{a: 1}: b\n", 1, "word"),
    ],
)
def test_yaml_that_could_be_read_in_two_ways_is_refused_with_its_line(yaml: str, line: int, advice: str) -> None:
    refusal = _refusal(yaml)

    assert refusal.startswith(f"fresh/terms.yaml:{line}: ")
    assert advice in refusal


def test_a_file_in_another_encoding_is_refused_at_its_line() -> None:
    with pytest.raises(PolicyDataError, match=r"^t.yaml:2: This is not UTF-8"):
        read_terms("a: 1\nb: Саясат\n".encode("windows-1251"), "t.yaml")


def test_a_file_of_more_than_a_mebibyte_is_refused_unread() -> None:
    with pytest.raises(PolicyDataError, match="1048576 bytes"):
        read_terms(b"a" * (1 << 20) + b"a", "t.yaml")


def test_a_date_is_kept_as_it_is_printed() -> None:
    assert read_terms(TERMS_YAML.encode(), "t.yaml")["source"]["read_on"] == "2026-11-22"


def test_terms_from_elsewhere_are_checked_alike() -> None:
    data = read_terms(TERMS_YAML.encode(), "t.yaml")

    check_terms_data(data, complete=True)
    with pytest.raises(PolicyDataError, match=r"^kind: Write one of: consent"):
        check_terms_data(data | {"kind": "law"}, complete=False)


def test_incomplete_terms_may_be_kept_but_not_completed() -> None:
    data = read_terms(TERMS_YAML.encode(), "t.yaml") | {"purposes": []}
    data["withdrawal"] = data["withdrawal"] | {"effects": [{"when": "at_receipt"}]}

    check_terms_data(data, complete=False)
    with pytest.raises(PolicyDataError, match="at least one purpose"):
        check_terms_data(data, complete=True)


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("kind: bin", "kind: absent", "absent"),
        ('value: "000140000001"', "value: null", "absent"),
        ('"https://fresh.example"', '"https://fresh.example/about"', "https://www.example.kz"),
        ("country: KZ", "country: Kazakhstan", "KZ"),
        ("slug: cookie-policy", "slug: Cookie Policy", "cookie-policy"),
    ],
)
def test_a_wrong_description_of_an_operator_is_refused(old: str, new: str, advice: str) -> None:
    read_operator(OPERATOR_YAML.encode(), "o.yaml")
    with pytest.raises(PolicyDataError) as refused:
        read_operator(OPERATOR_YAML.replace(old, new).encode(), "o.yaml")

    assert refused.value.detail.startswith("o.yaml:")
    assert advice in refused.value.detail
