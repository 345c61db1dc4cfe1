"""A form with the field, on Django in one file."""

import os
import uuid
from wsgiref.simple_server import make_server

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from kelisim_client import Client, KelisimError, Spool, UnavailableError

FORM = os.environ["KELISIM_FORM"]
settings.configure(
    SECRET_KEY=uuid.uuid4().hex,
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
)
client = Client(
    os.environ["KELISIM_URL"],
    os.environ["KELISIM_SECRET_KEY"],
    os.environ["KELISIM_SITE_KEY"],
    spool=Spool(os.environ["SPOOL"]),
)
client.refresh_keys()


def form(request: HttpRequest) -> HttpResponse:
    """Show the form, and confirm it; without the required consent there is no account."""
    if request.method != "POST":
        return HttpResponse(
            f"""<!doctype html><html lang="kk"><meta charset="utf-8"><title>Django</title>
<script src="{client.base_url}/w/1.0.0/k.js"
  integrity="sha384-MqIet4kwliehHssA3X8Aizmwk73KtOoemMsP6iv5sCl36nWabMTiC+Iyk2h5tS2k"
  crossorigin="anonymous" async></script>
<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">
<k-field site="{client.site_key}" form-id="{FORM}" name="agreement"></k-field>
<button>Send</button></form></html>"""
        )
    try:
        outcome = client.confirm(request.POST.getlist("agreement"), f"user-{uuid.uuid4().hex}", form=FORM)
    except UnavailableError:
        return JsonResponse({"error": "unavailable"}, status=503)
    except KelisimError as error:
        return JsonResponse({"error": error.code}, status=422)
    return JsonResponse({"granted": dict(outcome.granted), "recorded": outcome.consent is not None})


@csrf_exempt
def send(_request: HttpRequest) -> HttpResponse:
    """Send what waits; a timer of yours would do this every minute."""
    done, refused = client.send_waiting()
    return JsonResponse({"done": done, "refused": [error.code for error in refused]})


urlpatterns = [path("", form), path("waiting", send)]

if __name__ == "__main__":
    make_server("127.0.0.1", int(os.environ["PORT"]), get_wsgi_application()).serve_forever()
