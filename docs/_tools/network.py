"""Fetch what is published elsewhere, or say in one line why that failed."""

import urllib.error
import urllib.request
from urllib.parse import urlsplit

HEADERS = {"User-Agent": "Mozilla/5.0"}  # some servers refuse Python's own
SECONDS = 20


class NoNetworkError(Exception):
    """A server cannot be reached; the message says which, and why."""


def fetch(address: str) -> bytes:
    """Return what lies at an address, b"" if the server has nothing there."""
    request = urllib.request.Request(address, headers=HEADERS)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.read()
    except urllib.error.HTTPError:
        return b""
    except OSError as error:
        message = f"{urlsplit(address).netloc} cannot be reached ({error})"
        raise NoNetworkError(message) from None
