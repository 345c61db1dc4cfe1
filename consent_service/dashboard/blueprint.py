"""The blueprints that every page of the dashboard hangs on: of operators, and of whoever is signed in."""

from flask import Blueprint

dashboard = Blueprint("dashboard", __name__, url_prefix="/dashboard", template_folder="templates")
account = Blueprint("account", __name__, url_prefix="/account", template_folder="templates")
