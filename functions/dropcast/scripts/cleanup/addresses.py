"""Addresses of the web and of people."""

import re

from dropcast.scripts.words import UNSPACED

LETTERS = "A-Za-z0-9\u00c0-\u024f"
HOST = rf"[{LETTERS}](?:[-._{LETTERS}]*[{LETTERS}])?"
NOT_IN_TAIL = rf"\s<>\"()\u3000-\u303f\uff00-\uffef{UNSPACED}"
IN_BRACKETS = rf"\([^{NOT_IN_TAIL}]*\)"
# Up to the last character that is not the sentence's own.
TAIL = rf"[/?#](?:(?:[^{NOT_IN_TAIL}]|{IN_BRACKETS})*(?:[^{NOT_IN_TAIL}.,;:!?\]}}'’”»*_~`|…]|{IN_BRACKETS}))?"
WITH_SCHEME = rf"(?:https?|ftp)://(?:[^\s/?#@<>]{{0,100}}@)?(?:www\.)*+({HOST})(?::[0-9]{{1,5}})?(?:{TAIL})?"
WITHOUT = rf"(?<![\w.@/-])www\.(?:www\.)*+({HOST}\.[{LETTERS}]+)(?:{TAIL})?"
IN_ANGLES = re.compile(r"<((?:https?|ftp)://[^\s<>]+)>", re.IGNORECASE)
URL = re.compile(f"{WITH_SCHEME}|{WITHOUT}", re.IGNORECASE)

ADDRESS = r"[^\s@<>?]{1,64}@[^\s@<>?]{1,255}"
MAILTO = re.compile(rf"mailto:({ADDRESS})(?:\?[^\s<>]*)?", re.IGNORECASE)
MAIL_IN_ANGLES = re.compile(rf"<({ADDRESS})>")


def say_hosts(text: str) -> str:
    """Leave of each URL its host, without "www.": nobody wants to hear the rest of it."""
    return URL.sub(lambda url: url[1] or url[2], IN_ANGLES.sub(r"\1", text))


def say_mail_addresses(text: str) -> str:
    """Leave of a mail link the address, which voices read in their own language."""
    return MAIL_IN_ANGLES.sub(r"\1", MAILTO.sub(r"\1", text))
