"""Which steps there are, in the order in which they are taken."""

from enum import StrEnum


class Step(StrEnum):
    """What an operator does before the first consent comes from its own form, and so that it is not alone with it."""

    DETAILS = "details"  # name, number, address of the operator
    IN_CHARGE = "in_charge"  # somebody is appointed by an order (Law 94-V art. 25(2)(10))
    SECOND_FACTOR = "second_factor"  # everybody who signs in shows more than a password
    NOTICES = "notices"  # mail goes out, and somebody in charge gets it
    DOCUMENTS = "documents"  # one is in force
    LANGUAGES = "languages"  # all in force can be read in Kazakh and in Russian
    FORM = "form"
    KEY = "key"
    CONSENT = "consent"  # the first one was received
