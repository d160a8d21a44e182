"""The engine's codes as sentences: English templates for the door to translate and fill with a finding's params."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOT_LEGAL_ADVICE = _("This is a check against published rules, not legal advice.")

VERDICTS: Mapping[str, str | Promise] = {
    "missing": _("Label missing"),
    "inadequate_label": _("Label not sufficient"),
    "wrong_language": _("Label in the wrong language"),
    "poor_placement": _("Label badly placed"),
    "needs_review": _("Needs review"),
    "compliant": _("Compliant"),
    "not_sponsored": _("Not sponsored"),
}

REASONS: Mapping[str, str | Promise] = {
    "labelled": _("A label that this market accepts stands where it must."),
    "platform_tool": _("The platform's own label is on."),
    "no_label": _("The connection is proven and the post says nothing."),
    "label_wording": _("The words used do not make clear that this is advertising."),
    "label_language": _("The label is not in a language this market asks for."),
    "label_placement": _("The label is there, but not where readers see it first."),
    "denied": _("The post denies a payment that is on record."),
    "contradicted": _("The post takes its own label back."),
    "judgement": _("The rules leave this to human judgement."),
    "not_observable": _("What was captured of the post does not show whether it is labelled."),
    "suspected": _("The post looks sponsored, but no connection is proven."),
    "record_contradicted": _("The record says there is no connection, but a link or code in the post says otherwise."),
    "no_pack": _("The rules of this market are not worked out yet."),
    "unknown_market": _("This market is not known."),
    "no_version": _("No rules for this market are recorded for the date of the post."),
    "future_date": _("The post is dated more than a year ahead."),
    "no_market": _("No market was given."),
    "no_connection": _("The record says there is no connection to a brand."),
    "no_sign": _("Nothing in the post points to a connection."),
    "refused": _("The post could not be read."),
}

CODES: Mapping[str, str | Promise] = {
    "LABEL_CLEAR": _("Label"),
    "LABEL_MISSING": _("Missing label"),
    "LABEL_INADEQUATE": _("Insufficient label"),
    "LABEL_LANGUAGE": _("Label in the wrong language"),
    "LABEL_PLACEMENT": _("Badly placed label"),
    "LABEL_REVIEW": _("Label to review"),
    "CONNECTION_SIGN": _("Sign of a connection"),
    "FALSE_NEGATION": _("False denial"),
    "CONTRADICTION": _("Contradiction"),
    "OBFUSCATION": _("Disguised label"),
    "NOT_OBSERVABLE": _("Not observable"),
    "SUSPECTED": _("Suspected"),
    "PLATFORM_TOOL": _("Platform label"),
    "REVIEW": _("For review"),
    "CLAIM_ABSOLUTE": _("Absolute term"),
    "CLAIM_HEALTH": _("Health claim"),
    "CLAIM_GREEN": _("Green claim"),
    "BANNED_CATEGORY": _("Banned category"),
    "AI_LABEL_MISSING": _("AI label missing"),
    "LICENCE_MISSING": _("Licence missing"),
}

EXPLANATIONS: Mapping[str, str | Promise] = {
    "missing_record": _("A connection is on record (%(connection)s) and nowhere does the post say so."),
    "missing_our_code": _("The post uses our coupon code, so a connection is proven, and nowhere does it say so."),
    "missing_our_link": _("The post uses our tracking link, so a connection is proven, and nowhere does it say so."),
    "missing_affiliate_link": _("An affiliate link proves that the creator earns, and nowhere does the post say so."),
    "label_clear": _("“%(quote)s” is a label this market accepts."),
    "label_wording": _("“%(quote)s” does not make clear that this is advertising."),
    "label_language": _("“%(quote)s” is not in a language this market asks for."),
    "label_review": _("“%(quote)s” may be enough; the rules leave it to judgement."),
    "label_mention": _("“%(quote)s” stands in running text; whether it is meant as a label is for a human to say."),
    "placement_after_fold": _("“%(quote)s” comes after the point where readers must tap to see more."),
    "placement_after_lines": _("“%(quote)s” comes after the lines this market allows before a label."),
    "placement_among_hashtags": _("“%(quote)s” is buried among hashtags."),
    "placement_late_hashtag": _("“%(quote)s” is not among the first hashtags."),
    "placement_not_first_line": _("“%(quote)s” is not in the first line."),
    "placement_not_start": _("“%(quote)s” does not stand at the start."),
    "placement_in_comment": _("“%(quote)s” stands in a comment only."),
    "placement_in_bio": _("“%(quote)s” stands on the profile only."),
    "placement_title_cut": _("“%(quote)s” is cut off the title."),
    "placement_after_first_part": _("“%(quote)s” comes after the title and the first part of the text."),
    "placement_on_some_frames": _("“%(quote)s” is not on every slide."),
    "placement_frames_not_captured": _("The slides were not captured, so they may or may not carry “%(quote)s”."),
    "placement_video_not_captured": _(
        "Picture or sound of the video was not captured, so “%(quote)s” in the text cannot settle it."
    ),
    "placement_not_in_video": _("“%(quote)s” stands beside the video, not in it."),
    "placement_not_at_start_of_video": _("“%(quote)s” comes too late or too briefly in the video."),
    "placement_half": _("“%(quote)s” is in the picture or in the sound, or too short, where more is needed."),
    "placement_not_repeated": _("“%(quote)s” is not repeated while the promotion goes on."),
    "placement_in_text": _("“%(quote)s” is in the text, but the post as a whole needs more."),
    "placement_in_title": _("“%(quote)s” is in the title, but the post as a whole needs more."),
    "placement_in_overlay": _("“%(quote)s” is in the picture, but the post as a whole needs more."),
    "placement_in_ocr_text": _("“%(quote)s” is in the picture, but the post as a whole needs more."),
    "placement_in_transcript": _("“%(quote)s” is spoken, but the post as a whole needs more."),
    "placement_in_frames": _("“%(quote)s” is on a slide, but the post as a whole needs more."),
    "not_observable": _("What was captured does not show the places where the label belongs."),
    "suspected": _("There are signs of a connection but no proof: ask, do not accuse."),
    "platform_tool": _("The platform's label alone may not be enough here; add “%(label)s”."),
    "platform_tool_enough": _("The platform's label is accepted here."),
    "judgement": _("The rules leave it to judgement whether this post needs a label."),
    "contradicted": _("The post says both; a human has to weigh it."),
    "false_negation": _("“%(quote)s” denies a payment that is on record."),
    "contradiction": _("“%(quote)s” takes the label back."),
    "obfuscation": _("“%(quote)s” is a label behind invisible, look-alike or separated letters."),
    "sign_our_code": _("“%(quote)s” is our coupon code."),
    "sign_our_link": _("“%(quote)s” is our tracking link."),
    "sign_affiliate_link": _("“%(quote)s” is an affiliate link: the creator earns."),
    "sign_shop_link": _("“%(quote)s” leads to a shop."),
    "sign_hook": _("“%(quote)s” invites to buy."),
    "sign_coupon": _("“%(quote)s” looks like a personal code."),
    "claim_absolute": _("“%(quote)s” is an absolute term."),
    "claim_health": _("“%(quote)s” promises an effect on health."),
    "claim_green": _("“%(quote)s” is a general environmental claim without a scheme that proves it."),
    "claim_synthetic": _("The performer is artificial and the post does not say so."),
    "claim_licence": _("This market asks creators for a licence, and none was found."),
    "banned_aesthetic": _("“%(quote)s”: promoting aesthetic procedures is banned."),
    "banned_nicotine": _("“%(quote)s”: promoting nicotine products is banned."),
    "banned_gambling": _("“%(quote)s”: promoting gambling is banned or restricted."),
    "banned_tips": _("“%(quote)s”: promoting sports tips is banned."),
    "banned_crypto": _("“%(quote)s”: promoting such financial products is banned or restricted."),
    "banned_wildlife": _("“%(quote)s”: showing wild animals is banned."),
    "banned_abstention": _("“%(quote)s”: advising against treatment is banned."),
    "banned_alcohol": _("“%(quote)s”: promoting alcohol is banned."),
    "banned_medical": _("“%(quote)s”: medical advertising behind advice is banned."),
}

WHERE: Mapping[str, str | Promise] = {
    "text_start": _("at the very start of the text"),
    "every_frame": _("on every slide"),
    "video_start": _("shown and said at the start of the video"),
    "video_start_and_text": _("at the start of the video and at the start of the text"),
    "live_repeated": _("in the title, and repeated while the promotion goes on"),
    "title_or_first_part": _("in the title or the first part of the text"),
}


def explain(explanation: str, params: Mapping[str, str]) -> str:
    """Return the sentence of a finding in the active language."""
    return str(EXPLANATIONS[explanation]) % params
