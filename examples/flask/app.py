"""A form with the field, on Flask."""

import os
import uuid

from flask import Flask, request
from kelisim_client import Client, KelisimError, Spool, UnavailableError
from werkzeug.serving import make_server

FORM = os.environ["KELISIM_FORM"]
client = Client(
    os.environ["KELISIM_URL"],
    os.environ["KELISIM_SECRET_KEY"],
    os.environ["KELISIM_SITE_KEY"],
    spool=Spool(os.environ["SPOOL"]),
)
client.refresh_keys()
app = Flask(__name__)
PAGE = f"""<!doctype html><html lang="kk"><meta charset="utf-8"><title>Flask</title>
<script src="{client.base_url}/w/1.0.0/k.js"
  integrity="sha384-MqIet4kwliehHssA3X8Aizmwk73KtOoemMsP6iv5sCl36nWabMTiC+Iyk2h5tS2k"
  crossorigin="anonymous" async></script>
<form method="post"><k-field site="{client.site_key}" form-id="{FORM}" name="agreement"></k-field>
<button>Send</button></form></html>"""


@app.get("/")
def show() -> str:
    """Show the form."""
    return PAGE


@app.post("/")
def take() -> tuple[dict[str, object], int]:
    """Confirm the form; without the required consent there is no account."""
    try:
        outcome = client.confirm(request.form.getlist("agreement"), f"user-{uuid.uuid4().hex}", form=FORM)
    except UnavailableError:
        return {"error": "unavailable"}, 503
    except KelisimError as error:
        return {"error": error.code}, 422
    return {"granted": dict(outcome.granted), "recorded": outcome.consent is not None}, 200


@app.post("/waiting")
def send() -> dict[str, object]:
    """Send what waits; a timer of yours would do this every minute."""
    done, refused = client.send_waiting()
    return {"done": done, "refused": [error.code for error in refused]}


if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ["PORT"]), app, threaded=True).serve_forever()
