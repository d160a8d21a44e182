"""Tell in which language a post is written: as declared, by script, or by its words."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from .document import Document

# The languages the lexicon and the packs know; a guess outside them would help no pack.
_LATIN = ("en", "de", "fr", "it", "es", "ca", "gl", "eu", "pt", "nl", "pl", "id", "ms", "vi", "sv", "da", "no", "tr")
_SCRIPTS = (
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("th", re.compile("[\u0e01-\u0e3a]")),
    ("ar", re.compile("[\u0620-\u06ff]")),
    ("hi", re.compile("[\u0904-\u0939]")),
    ("ta", re.compile("[\u0b85-\u0bb9]")),
    ("ru", re.compile("[\u0430-\u044f]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
)
_LATIN_LETTER = re.compile("[a-z\u00df-\u024f\u1ea0-\u1eff]")
_TRADITIONAL = re.compile(
    "[們個這來對說時會過還後學發當開關問間長東車買賣讓給單廣業費區讚頻號貼圖體質產與為無從點應該實現樣氣電話書寫讀題網視見觀親錢銀鐵門隊陽陰險難雖離雙]"
)
_SIMPLIFIED = re.compile(
    "[们个这来对说时会过还后学发当开关问间长东车买卖让给单广业费区赞频号贴图体质产与为无从点应该实现样气电话书写读题网视见观亲钱银铁门队阳阴险难虽离双]"
)
_NOISE = re.compile(r"(?:https?://|www\.)\S{1,2000}|[@#][\w.]{1,80}")
_SAMPLE = 4_000


def read_language(declared: str | None, document: Document) -> str | None:
    """Return a lexicon language (`zh-Hans`, `de`, ...), or None when the post is too short to tell."""
    if declared and declared.strip().lower() not in ("und", "mul", "multi", "unknown", "zxx"):
        return _known(declared)
    text = _NOISE.sub(" ", document.text[:_SAMPLE])
    letters = sum(1 for _ in _LATIN_LETTER.finditer(text))
    for language, letter in _SCRIPTS:
        count = sum(1 for _ in islice(letter.finditer(text), 400))
        # A few kana make a Han text Japanese; otherwise the script must carry a fair share of the letters.
        if count >= 3 and (language == "ja" or count * 3 > letters or count >= 40):
            return _chinese(text) if language == "zh" else language
    if letters < 30:  # fewer letters and the guess is a coin
        return None
    return str(_identifier().classify(text)[0])


def _known(declared: str) -> str:
    tag = declared.strip().replace("_", "-")
    base = tag.split("-")[0].lower()
    if base == "zh":
        traditional = any(part in tag.lower() for part in ("hant", "tw", "hk", "mo"))
        return "zh-Hant" if traditional else "zh-Hans"
    return {"nb": "no", "nn": "no", "in": "id", "fil": "tl"}.get(base, base)


def _chinese(text: str) -> str:
    traditional, simplified = len(_TRADITIONAL.findall(text)), len(_SIMPLIFIED.findall(text))
    return "zh-Hant" if traditional > simplified else "zh-Hans"


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(_LATIN))
    return identifier
