"""A demo shop: sign-up with a field of Kelisim, an account page where consent is as easy to take back as to give.

`make run` serves it.  By itself: KELISIM_URL, KELISIM_SECRET_KEY, KELISIM_SITE_KEY, KELISIM_FORM, SHOP_PORT and
SHOP_DATA in the environment, clients/python on the path, then `python examples/shop/app.py`.
"""

import logging
import os
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, redirect, render_template, request, session, url_for
from kelisim_client import Client, KelisimError, Outcome, Spool, UnavailableError, fallback_html
from werkzeug.serving import make_server
from words import LANGUAGES, WORDS

SEND_EVERY_SECONDS = 30


@dataclass
class Account:
    """Somebody who signed up.  A real shop keeps this in its database."""

    name: str
    outcome: Outcome


app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
service, form = os.environ["KELISIM_URL"], os.environ["KELISIM_FORM"]
client = Client(
    service, os.environ["KELISIM_SECRET_KEY"], os.environ["KELISIM_SITE_KEY"], spool=Spool(os.environ["SHOP_DATA"])
)
accounts: dict[str, Account] = {}


@app.context_processor
def everywhere() -> dict[str, object]:
    """Give every page its words and the place of the field's script."""
    return {"t": WORDS[lang()], "lang": lang(), "languages": LANGUAGES, "service": service, "form_id": form,
            "site_key": client.site_key, "signed_up": session.get("ref") in accounts}  # fmt: skip


@app.after_request
def secure(answer):  # noqa: ANN001, ANN201 - Flask's own types
    """Allow what the shop needs and, for the field, the one host of the service; nothing inline."""
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; script-src {service}; connect-src {service}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def lang() -> str:
    """Return the language of the page."""
    wanted = request.args.get("lang") or session.get("lang")
    if wanted not in LANGUAGES:
        wanted = request.accept_languages.best_match(list(LANGUAGES), default="kk")
    session["lang"] = wanted
    return wanted


@app.get("/")
def home() -> str:
    """Show the shop."""
    return render_template("home.html")


@app.get("/sign-up")
def sign_up() -> str:
    """Show the form.  Whoever sends it twice is still one person: the reference is made before."""
    session.setdefault("ref", f"shop-{secrets.token_hex(8)}")
    return render_template("sign-up.html", inside=inside(shown()), problem=None, given={})


@app.post("/sign-up")
def signed_up() -> object:
    """Confirm what the field says, then make the account; without the required consent there is none."""
    ref = session.setdefault("ref", f"shop-{secrets.token_hex(8)}")
    given = {name: request.form.get(name, "").strip() for name in ("name", "email")}
    problem = confirm(ref, given["name"], {"email": given["email"]})
    if problem is None:
        return redirect(url_for("account"))
    return render_template("sign-up.html", inside=inside(shown()), problem=problem, given=given), 422


@app.get("/account")
def account() -> object:
    """Show what was answered, what holds now, and the proof."""
    if session.get("ref") not in accounts:
        return redirect(url_for("sign_up"))
    return account_page(None)


@app.post("/account/answer")
def answer_again() -> object:
    """Take the answer to a version that came since."""
    known = accounts.get(session.get("ref", ""))
    if known is None:
        return redirect(url_for("sign_up"))
    problem = confirm(session["ref"], known.name, None)
    return redirect(url_for("account")) if problem is None else (account_page(problem), 422)


@app.post("/account/withdraw")
def withdraw() -> object:
    """Take one consent back: one click, as it was given."""
    document, _, purpose = request.form.get("box", "").partition("#")
    if session.get("ref") in accounts:
        try:
            client.withdraw(session["ref"], document, purpose)
        except UnavailableError:
            return render_template("problem.html"), 503
        except KelisimError:
            pass  # nothing stands that could be withdrawn: the page says so
    return redirect(url_for("account"))


@app.get("/account/consents")
def own_page() -> object:
    """Send whoever is signed in to the page of their own consents, whose address is good for an hour."""
    if session.get("ref") not in accounts:
        return redirect(url_for("sign_up"))
    try:
        return redirect(client.own_page(session["ref"]), 303)
    except KelisimError:
        return render_template("problem.html"), 503


@app.post("/sign-out")
def sign_out() -> object:
    """Forget who it is."""
    session.clear()
    return redirect(url_for("home"))


def account_page(problem: str | None) -> str:
    """Show the account; where a version that came since needs an answer, the form again with what has changed."""
    ref, since, now, allowed = session["ref"], [], None, {}
    try:
        since = client.since(ref)
        now = shown(since)
        allowed = client.may(ref, *[box["box"] for box in now["boxes"] if box["purpose"]]) if now else {}
    except KelisimError:
        now = None  # what cannot be asked is not allowed
    asked_again = now is not None and any(one["since"] and one["since"]["asks_again"] for one in now["documents"])
    return render_template(
        "account.html", account=accounts[ref], boxes=now["boxes"] if now else [], allowed=allowed, away=now is None,
        asked_again=asked_again, since=since, inside=inside(now), problem=problem,
    )  # fmt: skip


def confirm(ref: str, name: str, identifiers: dict[str, str] | None) -> str | None:
    """Confirm what the field says; return what to tell the person where that cannot be."""
    try:
        outcome = client.confirm(request.form.getlist("agreement"), ref, form=form, identifiers=identifiers)
    except UnavailableError:
        return WORDS[lang()]["away"]
    except KelisimError as error:
        return WORDS[lang()].get(error.code, WORDS[lang()]["again"])
    accounts[ref] = Account(name, outcome)
    return None


def shown(since: list[str] | None = None) -> dict | None:
    """Return what the form shows; None while the service is away."""
    try:
        return client.form(form, lang(), since or [])
    except KelisimError:
        return None


def inside(now: dict | None) -> str:
    """Return what shows where scripts do not run."""
    return fallback_html(now) if now else ""


def send_waiting(stop: threading.Event) -> None:
    """Send what could not be confirmed, again and again."""
    while not stop.wait(SEND_EVERY_SECONDS):
        try:
            client.refresh_keys()
            client.send_waiting()
        except KelisimError:
            continue


if __name__ == "__main__":
    Path(os.environ["SHOP_DATA"]).mkdir(parents=True, exist_ok=True)
    client.refresh_keys()
    threading.Thread(target=send_waiting, args=(threading.Event(),), daemon=True).start()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_server("127.0.0.1", int(os.environ["SHOP_PORT"]), app, threaded=True).serve_forever()
