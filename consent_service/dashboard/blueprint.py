"""The blueprint that every page of the dashboard hangs on."""

from flask import Blueprint

dashboard = Blueprint("dashboard", __name__, url_prefix="/dashboard", template_folder="templates")
