"""The translators' catalogue: every visible sentence of the code, and what is missing in a language.

Made with Babel and Django's own template reader, so that no gettext programs have to be installed.
"""

import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# What Django's template reader leaves of a template: calls with literal strings, and filling between them.
_CALL = re.compile(r"\b(?:_|n?p?gettext)\((?:[^()\"']|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')*\)")
FOLDERS = ("kolhub", "campaigns", "attribution", "templates")

Message = tuple[str | tuple[str, str], str | None]


def catalogue_path(language: str = "zh_Hans") -> Path:
    """Return where a language's catalogue lies."""
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / "django.po"


def messages_of(file: Path) -> Iterator[Message]:
    """Yield (message or (singular, plural), context) of one Python file or template."""
    text = file.read_text(encoding="utf-8")
    code = text if file.suffix == ".py" else "\n".join(call.group() for call in _CALL.finditer(templatize(text)))
    source = io.BytesIO(code.encode())
    found = extract("python", source, keywords=KEYWORDS, options={"encoding": "utf-8"})
    for _line, message, _comments, context in found:
        if message and (message if isinstance(message, str) else message[0]):
            yield message, context  # type: ignore[misc]


def extract_all() -> Catalog:
    """Return the catalogue of every message in the project, with the files they stand in."""
    catalog = Catalog(fuzzy=False)
    root = Path(settings.BASE_DIR)
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in {".py", ".html", ".txt"} and "migrations" not in file.parts:
                for message, context in messages_of(file):
                    catalog.add(message, locations=[(str(file.relative_to(root)), 1)], context=context)
    return catalog


def read_catalogue(language: str = "zh_Hans") -> Catalog:
    """Return the translated catalogue of a language; an empty one where there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, domain="django")
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def update(language: str = "zh_Hans") -> Catalog:
    """Bring the language's catalogue up to date with the code and write it; nothing is guessed (no fuzzy matches)."""
    catalog = read_catalogue(language)
    catalog.update(extract_all(), no_fuzzy_matching=True, keep_user_comments=True)
    catalog.obsolete.clear()
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=120, sort_output=True, no_location=True, omit_header=False, ignore_obsolete=True)
    return catalog


def untranslated(language: str = "zh_Hans") -> list[str]:
    """List the messages of the code that the language's catalogue does not translate."""
    catalog = read_catalogue(language)
    missing = []
    for message in extract_all():
        if not message.id:
            continue
        known = catalog.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        told = known.string if known is not None and not known.fuzzy else ""
        if not (told if isinstance(told, str) else all(told or ())):
            missing.append(message.id if isinstance(message.id, str) else message.id[0])
    return sorted(missing)
