"""Data subjects: pseudonyms, sealed identifiers, one key a person.  Nobody else holds personal data."""
