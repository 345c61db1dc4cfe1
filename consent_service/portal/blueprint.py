"""The blueprint that every page of the portal hangs on."""

from flask import Blueprint

portal = Blueprint("portal", __name__, template_folder="templates")
