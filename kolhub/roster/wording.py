"""Sentences for people: one English template per problem code, field, price format and choice.

The door's side of the room: the only file here, beside load.py, that knows Django.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kolhub.roster.problems import Problem

PROBLEMS = {
    # The file
    "empty_file": _("The file is empty."),
    "file_too_large": _("The file has %(found)s MB; at most %(limit)s MB can be read. Split it into several files."),
    "unknown_format": _("This is not a file we can read. Save it as CSV, XLSX, XLS, ODS or JSON."),
    "html_file": _("This is a web page, whatever its name says. Open it in a spreadsheet program and save it as XLSX."),
    "pdf_file": _("This is a PDF. Ask for the table behind it as CSV or XLSX."),
    "image_file": _("This is a picture. Ask for the table behind it as CSV or XLSX."),
    "archive_file": _("This is an archive, not a table. Unpack it and upload the file inside."),
    "encrypted_file": _("The file is protected by a password. Save it without one."),
    "macro_file": _("The workbook holds macros, which we do not accept. Save it as an ordinary XLSX file."),
    "binary_spreadsheet": _("This is a binary workbook (XLSB). Save it as an ordinary XLSX file."),
    "external_links": _(
        "The workbook points to other files or holds embedded objects. Paste its cells as values into a new workbook."
    ),
    "unsafe_archive": _("The workbook is put together in an unsafe way (part “%(part)s”). Save it again as XLSX."),
    "too_many_parts": _("The workbook has more than %(limit)s parts. Save only the sheet with the roster."),
    "unpacks_too_large": _("The workbook unpacks to more than %(limit)s MB. Save only the cells with the roster."),
    "xml_entities": _("The workbook declares XML entities (part “%(part)s”), which no spreadsheet program does."),
    "damaged_file": _("The file is damaged. Open it in a spreadsheet program and save it again."),
    "too_many_rows": _("The file has more than %(limit)s rows. Split it into several files."),
    "too_many_columns": _("The file has more than %(limit)s columns."),
    "sheet_too_large": _("The sheet is too large to read; often a single cell far away from the others makes it so."),
    "read_too_slow": _("Reading the file took more than %(seconds)s seconds. Save only the cells with the roster."),
    "no_such_sheet": _("The workbook has no sheet called “%(sheet)s”."),
    "no_sheets": _("The workbook has no sheet with cells."),
    "no_rows": _("The file has no rows below its header."),
    "no_such_encoding": _("“%(encoding)s” is not an encoding we know."),
    "json_invalid": _("The JSON is broken at line %(line)s, position %(position)s."),
    "json_too_deep": _("The JSON is nested too deeply to be a roster."),
    "json_not_a_list": _("The JSON holds no list of creators, or more than one."),
    "no_identity_column": _("No column says who the creators are. Say which one holds the handle, link or name."),
    "platform_unknown": _("Nothing in the file says which platform it is about. Choose one."),
    "not_loaded": _(
        "Something went wrong on our side, and nothing of the file was imported. Try again, or tell your administrator."
    ),
    # A row
    "undecodable_line": _("The line holds bytes that are not %(encoding)s text."),
    "field_too_long": _(
        "A cell is longer than %(limit)s characters, or a quotation mark is never closed (lines up to %(last_line)s)."
    ),
    "row_too_wide": _("The row has %(found)s cells; at most %(limit)s are read."),
    "not_a_row": _("This item is a single value, not a creator."),
    "extra_cells": _("The row has %(found)s cells for %(expected)s columns, so its values may be in the wrong ones."),
    "row_platform_unknown": _("The row's platform is missing or not one we know."),
    "identity_missing": _("The row names nobody: no handle, link or name."),
    "handle_changed_by_spreadsheet": _("A spreadsheet program has changed this handle. Format the column as text."),
    "duplicate_conflict": _("The same profile stands in line %(first_line)s with other values; that line is used."),
    "duplicate_identical": _("The same row stands in line %(first_line)s."),
    "handle_missing": _("The handle is missing."),
    "handle_is_url": _("This link does not lead to a %(platform)s profile."),
    "handle_short_link": _("Shortened links do not say whose profile they lead to. Paste the profile's own link."),
    "handle_has_spaces": _("A %(platform)s handle has no blanks."),
    "handle_lookalike": _("The handle holds letters of another alphabet that pose as Latin ones."),
    "handle_mixed_scripts": _("The handle mixes alphabets, which %(platform)s does not allow."),
    "handle_reserved": _("This word belongs to %(platform)s itself and is nobody's handle."),
    "handle_invalid": _("This cannot be a %(platform)s handle."),
    # A cell
    "spreadsheet_error": _("The cell holds a formula's error. Its value is left out."),
    "scientific_notation": _("A spreadsheet program has shortened this number, so its digits are lost."),
    "precision_lost": _("The number is too long for a spreadsheet program, so its last digits are lost."),
    "changed_to_date": _("A spreadsheet program has turned this into a date or fraction."),
    "number_range": _("This is a range; one number is needed."),
    "not_a_number": _("This is not a number."),
    "malformed_number": _("The number's points and commas make no sense."),
    "ambiguous_separator": _("The point or comma may part decimals or thousands; write the number without it."),
    "ambiguous_unit": _("“mil” means a thousand to some and a million to others."),
    "not_whole": _("A count cannot have decimals."),
    "negative_number": _("A count cannot be negative."),
    "number_too_large": _("The number is larger than anything this can count."),
    "twins_disagree": _("Column “%(twin_column)s” says %(twin)s instead."),
    "rate_unit_unknown": _(
        "It is not clear whether this is a percentage or a share of one. Choose one for the column."
    ),
    "rate_impossible": _("No such rate exists."),
    "not_a_rate": _("This is not a percentage."),
    "currency_missing": _("The price has no currency. Choose one for the file."),
    "currency_ambiguous": _("This sign stands for more than one currency. Choose one for the file."),
    "price_unreadable": _("This is not a price."),
    "country_unknown": _("This is not a country we know."),
    "language_unknown": _("This is not a language we know."),
    "email_invalid": _("This is not an e-mail address."),
    "url_invalid": _("This is not a link to a %(platform)s profile."),
    "date_invalid": _("This is not a date."),
    "date_ambiguous": _("Day and month may be meant in either order. Write the year first."),
    "kind_unknown": _("This is neither a human, a virtual nor an in-house creator."),
    "text_too_long": _("The text is too long (%(found)s characters)."),
    # Something to look at
    "mixed_encodings": _("%(count)s lines are not %(encoding)s text and are refused: %(lines)s."),
    "headers_off_by_one": _("The headers seem to stand %(shift)s column beside their values."),
    "no_header_row": _("The file has no header row; columns are recognised by their values only."),
    "duplicate_header": _("This header occurs %(times)s times."),
    "column_ignored_twin": _("This column repeats “%(twin)s” and only checks it."),
    "column_conflict": _("“%(kept)s” is already read as the same thing; this column is left out."),
    "metric_without_platform": _("The rows name several platforms, and this column does not say which it is about."),
    "personal_column": _("This column holds personal data that a roster does not need; it is not read."),
    "average_or_total": _("The header does not say whether this is an average; it is read as one."),
    "lower_bound": _("“At least” this number; it is kept as the number."),
    "approximate_number": _("“About” this number; it is kept as the number."),
    "price_on_request": _("The price is on request."),
    "currency_assumed": _("No currency is written; %(currency)s is assumed."),
    "category_unknown": _("This category has no place in our list; it is kept as written."),
    "hidden_characters": _("Invisible characters were taken out."),
    "lost_characters": _("Characters of this name were lost before it came to us."),
    "handle_unreadable": _("This is no %(platform)s handle, so the creator is known by name only."),
    "handle_absent": _("There is no handle, so the creator is known by name only."),
    "handle_from_url": _("This is no handle; the link's “%(handle)s” is used."),
    "handle_url_mismatch": _("The link leads to “%(linked)s” instead, which is used."),
    "rate_above_one": _("More than 100 %% is unusual."),
    "text_repaired": _("Garbled text was put right: “%(repaired)s”."),
    "formula_text": _("The text looks like a formula; it is kept as text."),
}

FIELDS = {
    "platform": _("Platform"),
    "handle": _("Handle or account"),
    "profile_url": _("Link to the profile"),
    "name": _("Name"),
    "followers": _("Followers"),
    "posts": _("Number of posts"),
    "avg_views": _("Average views"),
    "avg_likes": _("Average likes"),
    "avg_comments": _("Average comments"),
    "avg_shares": _("Average shares"),
    "avg_saves": _("Average saves"),
    "avg_engagement": _("Average interactions"),
    "authentic_engagement": _("Authentic interactions"),
    "total_likes": _("Total likes"),
    "monthly_reach": _("Monthly reach"),
    "engagement_rate": _("Engagement rate"),
    "country": _("Country"),
    "audience_country": _("Audience's country"),
    "audience_female": _("Women in the audience"),
    "audience_ages": _("Audience's ages"),
    "language": _("Language"),
    "category": _("Category"),
    "price": _("Price"),
    "currency": _("Currency"),
    "email": _("E-mail"),
    "wechat": _("WeChat"),
    "whatsapp": _("WhatsApp"),
    "phone": _("Phone"),
    "agent": _("Agent or agency"),
    "bio": _("Biography"),
    "external_ref": _("Your reference"),
    "notes": _("Notes"),
    "coupon": _("Coupon code"),
    "kind": _("Kind of creator"),
    "as_of": _("Date of the figures"),
}

PRICE_FORMATS = {
    "post": pgettext_lazy("price", "Post"),
    "story": pgettext_lazy("price", "Story"),
    "reel": pgettext_lazy("price", "Reel"),
    "short": pgettext_lazy("price", "Short video"),
    "video": pgettext_lazy("price", "Video"),
    "image_text": pgettext_lazy("price", "Pictures and text"),
    "live": pgettext_lazy("price", "Live stream"),
    "dedicated": pgettext_lazy("price", "Dedicated video"),
    "integrated": pgettext_lazy("price", "Integration in a video"),
    "xingtu_1_20s": pgettext_lazy("price", "Xingtu video of 1–20 s"),
    "xingtu_21_60s": pgettext_lazy("price", "Xingtu video of 21–60 s"),
    "xingtu_60s_plus": pgettext_lazy("price", "Xingtu video over 60 s"),
    "cpm": pgettext_lazy("price", "Per thousand views (CPM)"),
    "unspecified": pgettext_lazy("price", "Not specified"),
}

QUESTIONS = {
    "encoding": _("In which encoding is the text written? Choose the one in which the names look right."),
    "delimiter": _("What stands between the cells?"),
    "sheet": _("Which sheet holds the roster?"),
    "header_row": _("Which row names the columns?"),
    "platform": _("Which platform is this roster about?"),
    "identity": _("Which column says who the creators are?"),
    "currency": _("In which currency are the prices?"),
}


def sentence(problem: Problem) -> str:
    """Return the problem in the reader's language."""
    return str(PROBLEMS[problem.code]) % problem.params
