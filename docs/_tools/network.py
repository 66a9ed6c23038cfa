"""Fetch what is published elsewhere, or say in one line why that failed."""

from __future__ import annotations

import urllib.error
import urllib.request
from urllib.parse import urlsplit

HEADERS = {"User-Agent": "Mozilla/5.0"}  # some servers refuse Python's own
SECONDS = 20


class NoNetworkError(Exception):
    """A server cannot be reached; the message says which, and why."""


def fetch(address: str) -> bytes | None:
    """Return what lies at an address, or nothing if the server has nothing there."""
    request = urllib.request.Request(address, headers=HEADERS)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.read()
    except urllib.error.HTTPError:
        return None
    except OSError as error:
        reason = getattr(error, "reason", error)
        message = f"{urlsplit(address).netloc} cannot be reached ({reason})"
        raise NoNetworkError(message) from None


def missing(addresses: list[str]) -> str:
    """Return why none of some servers can be reached, or nothing if one can.

    >>> missing(["http://127.0.0.1:9/"])
    '127.0.0.1:9 cannot be reached ([Errno 111] Connection refused)'
    """
    why = ""
    for address in addresses:
        try:
            fetch(address)
        except NoNetworkError as error:
            why = why or str(error)
        else:
            return ""
    return why
