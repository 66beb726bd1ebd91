"""What is left of contact details for those who may not see them. Pure.

A masked value can be told from others, and nobody can write to it: `a***@example.com`, `***58`, `***`.
"""

import re
from typing import Any, Final

HIDDEN: Final = "***"
EMAIL: Final = re.compile(r"[^\s@<>()\[\],;:\"'=]+@([\w-]+(?:\.[\w-]+)+)")
PHONE: Final = re.compile(r"(?<![\w.,+-])(?:\+\d|\(?0\d)[\d ()/.-]{6,}\d(?!\w)")
DIGITS: Final = 9
"""Of a number that begins with 0: a date has eight."""
DETAILS: Final = frozenset(
    {
        *("email", "emailaddress", "mail", "phone", "phonenumber", "mobile", "tel", "telephone", "fax", "whatsapp"),
        *("address", "street", "address1", "address2", "ip", "ipaddress", "birthday", "birthdate", "dateofbirth"),
        *("iban", "passport", "ssn", "taxid"),
    }
)
"""Names of properties whose whole value is hidden, without regard to case, blanks and lines."""
SEPARATORS: Final = re.compile(r"[\s_.$-]+")


def masked_text(text: str) -> str:
    """E-mail addresses and telephone numbers within it."""
    if "@" in text:
        text = EMAIL.sub(_email, text)
    return PHONE.sub(_phone, text)


def masked_id(text: str) -> str:
    """An id is hidden where it is an address, or a telephone number as it is written between countries: other long
    numbers are ids."""
    if "@" in text:
        text = EMAIL.sub(_email, text)
    return PHONE.sub(_phone, text) if text.startswith("+") else text


def masked(value: Any) -> Any:
    """The same for every text of a JSON value; properties that are named like a detail are hidden whole."""
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, list | tuple):
        return [masked(one) for one in value]
    if isinstance(value, dict):
        return {masked_text(key): _hidden(one) if _is_detail(key) else masked(one) for key, one in value.items()}
    return value


def _is_detail(name: str) -> bool:
    return SEPARATORS.sub("", name).lower() in DETAILS


def _hidden(value: Any) -> Any:
    if isinstance(value, str) and EMAIL.fullmatch(value.strip()):
        return masked_text(value)
    if value is None or isinstance(value, bool):
        return value  # whether there is one, not which
    return HIDDEN


def _email(found: re.Match[str]) -> str:
    return f"{found.group()[0]}{HIDDEN}@{found.group(1)}"


def _phone(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found.group())
    return found.group() if len(digits) < DIGITS else f"{HIDDEN}{digits[-2:]}"
