"""The blueprint that every page of the portal hangs on."""

from flask import Blueprint

from consent_service.portal.duty_words import what_is_owed

portal = Blueprint("portal", __name__, template_folder="templates")
portal.app_template_global()(what_is_owed)
