"""The value of the field as a form brings it: a token, the same unsigned, or what pages without scripts send."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from .errors import FieldError

MOST_CHARACTERS = 16_384
_DISPLAYED = {"site_key", "form", "edition", "language", "documents", "answers"}


@dataclass(frozen=True, slots=True)
class Field:
    """Either a token, or what was displayed and ticked without one."""

    token: str | None
    displayed: Mapping[str, Any] | None  # Any: JSON values


def read_field(values: str | Sequence[str]) -> Field:
    """Read all values that a form brought under the name of the field.

    Raises:
        FieldError: There is nothing in it.
    """
    given = [values] if isinstance(values, str) else list(values)
    if not given or sum(map(len, given)) > MOST_CHARACTERS:
        raise FieldError("field-missing", "The form came without the field, or with too much in it.")
    first = next((one for one in given if not one.startswith("+")), "")
    if not first.startswith("{"):
        return Field(first, None)
    try:
        said = json.loads(first)
        displayed = {name: said[name] for name in _DISPLAYED}
        answers = dict(displayed["answers"])
    except (ValueError, KeyError, TypeError) as error:
        raise FieldError("field-malformed", "The field holds neither a token nor what was displayed.") from error
    # A page without scripts sends each ticked box by itself, after what it displayed.
    answers |= {one[1:]: True for one in given if one.startswith("+") and one[1:] in answers}
    return Field(None, displayed | {"answers": answers})


def fallback_html(shown: Mapping[str, Any], name: str = "agreement") -> str:  # Any: JSON values
    """Return what stands inside the element: shown where scripts do not run, and sent by the form itself.

    ``shown`` is what ``Client.form`` returns.
    """
    words = shown["words"]
    displayed = {one: shown[one] for one in ("site_key", "form", "edition", "language")}
    texts = [
        {part: one[part] for part in ("document", "version", "sha256")}
        | ({"since": one["since"]["version"]} if one["since"] else {})
        for one in shown["documents"]
    ]
    answers = {box["box"]: False for box in shown["boxes"]}
    hidden = json.dumps(displayed | {"documents": texts, "answers": answers}, ensure_ascii=False)
    lines = [f'<input type="hidden" name="{escape(name)}" value="{escape(hidden)}">']
    for one in shown["documents"]:
        if one["since"]:
            lines.append(_changes(one["since"], words["opens"]))
        lines.append(_link(one["url"], f"{one['title']}, {one['version']} ({words['opens']})"))
        for box in shown["boxes"]:
            if box["document"] == one["document"]:
                need = " required" if box["required"] else ""
                told = escape(f"{box['label']} ({words['required' if box['required'] else 'optional']})")
                value = escape("+" + box["box"])
                lines.append(
                    f'<p><label><input type="checkbox" name="{escape(name)}" value="{value}"{need}> {told}</label></p>'
                )
    return f'<div lang="{escape(shown["language"])}">{"".join(lines)}</div>'


def _changes(since: Mapping[str, Any], opens: str) -> str:  # Any: JSON values
    lines = "".join(f"<li>{escape(line)}</li>" for line in since["lines"])
    told = f"<ul>{lines}</ul>" if lines else ""
    return f"<p>{escape(since['title'])}</p>{told}{_link(since['url'], since['link'] + f' ({opens})')}"


def _link(url: str, words: str) -> str:
    return f'<p><a href="{escape(url)}" target="_blank" rel="noopener">{escape(words)}</a></p>'
