"""Where the person in charge of personal data spends the day."""

from flask import Flask, redirect, url_for

from consent_service.dashboard import (
    calendar_feed,
    cases,
    changes,
    connectors,
    consent_list,
    documents,
    duty_list,
    erasures,
    forms,
    guard,
    incidents,
    invited,
    job_runs,
    legal_holds,
    letters,
    list_acts,
    my_cases,
    own_account,
    people,
    pictures,
    places,
    proofs,
    recalculation,
    recipients,
    registers,
    reminders,
    request_intake,
    retention,
    retention_schedule,
    revealing,
    secret_keys,
    signing_in,
    staff,
    subject_requests,
    today,
    transfers,
    webhooks,
    withdrawal_intake,
    withdrawals,
)
from consent_service.dashboard.blueprint import account, dashboard

# Importing a module of pages puts them on the blueprint.
PAGES = (
    guard,
    places,
    signing_in,
    own_account,
    invited,
    staff,
    secret_keys,
    my_cases,
    revealing,
    today,
    pictures,
    duty_list,
    list_acts,
    consent_list,
    people,
    cases,
    withdrawals,
    withdrawal_intake,
    subject_requests,
    request_intake,
    incidents,
    erasures,
    legal_holds,
    letters,
    proofs,
    documents,
    changes,
    retention,
    retention_schedule,
    forms,
    recipients,
    transfers,
    registers,
    recalculation,
    reminders,
    connectors,
    webhooks,
    job_runs,
)


def register(app: Flask) -> None:
    """Add the pages of the dashboard to an app."""
    app.register_blueprint(dashboard)
    app.register_blueprint(account)
    app.register_blueprint(calendar_feed.feeds)
    app.add_url_rule("/", "root", lambda: redirect(url_for("dashboard.home")))
