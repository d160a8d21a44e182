"""Clean what people paste: hidden characters, compatibility forms and look-alike letters."""

import re
import unicodedata

# Invisible in every font, and the usual way to smuggle a second copy of a handle past a uniqueness check.
# ZWJ and ZWNJ are not here: emoji and Persian names need them (handles lose them in `visible_handle`).
HIDDEN = re.compile("[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
JOINERS = re.compile("[\u200c\u200d\ufe00-\ufe0f]")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufff9-\ufffb]")

# Letters of other scripts that are drawn like Latin ones; the part of Unicode's confusables.txt that has
# been seen in impersonating handles. https://www.unicode.org/reports/tr39/#Confusable_Detection
LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝкмтвнАВЕКМНОРСТХІЈЅαοινκρτυχηωεΑΒΕΗΙΚΜΝΟΡΤΥΧΖıɡʀɪոսօ",
    "aeopcyxijsdhqwkmtbhABEKMHOPCTXIJSaoivkptuxnweABEHIKMNOPTYXZigrinuo",
)


def visible(text: str) -> str:
    """Return the text without control and direction characters, in NFC, with outer blanks stripped."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = HIDDEN.sub("", CONTROLS.sub("", text))
    return unicodedata.normalize("NFC", text).strip()


def visible_handle(text: str) -> str:
    """Return the text as a handle is compared: NFKC (full-width forms become plain), nothing invisible."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = unicodedata.normalize("NFKC", HIDDEN.sub("", CONTROLS.sub("", JOINERS.sub("", text))))
    return HIDDEN.sub("", text).strip()


def has_hidden(text: str) -> bool:
    """Tell whether the text holds characters that nobody can see (joiners inside emoji do not count)."""
    return not text.isascii() and HIDDEN.search(text) is not None


def skeleton(text: str) -> str:
    """Return the text with look-alike letters replaced by the Latin letters that they imitate."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(LOOKALIKES)


def scripts(text: str) -> frozenset[str]:
    """Return the scripts of the letters in the text, told by the first word of their Unicode names."""
    found = set()
    for character in text:
        if character.isalpha():
            name = unicodedata.name(character, "UNKNOWN").split(" ", 1)[0]
            found.add("EAST ASIAN" if name in {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"} else name)
    return frozenset(found)
