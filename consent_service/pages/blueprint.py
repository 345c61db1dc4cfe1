"""The blueprint of what every page shares."""

from flask import Blueprint

pages = Blueprint("pages", __name__, template_folder="templates")
