"""End a page that hangs; refuse it the network; note which page is running."""

import faulthandler
import ipaddress
import socket
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

RUNNING = "running"  # file in the build's doctrees: the script that runs now

attempts: list[str] | None = None  # to reach the network; None: no page is running


def arm(script: Path, seconds: float, marker: Path) -> None:
    """Begin to guard a page.

    After ``seconds`` the process ends with the page's line on stderr: a page may hang
    inside torch, where no Python exception reaches it.  ``marker`` says until `disarm`
    which script runs, for whoever finds that the build has died.
    """
    global attempts
    attempts = []
    marker.write_text(str(script), "utf-8")
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__)


def disarm(marker: Path) -> list[str]:
    """End guarding a page; return what it did that it must not."""
    global attempts
    faulthandler.cancel_dump_traceback_later()
    marker.unlink(missing_ok=True)
    found, attempts = attempts or [], None
    return found


def refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse addresses beyond this machine: an audit hook."""
    if attempts is None or event not in {"socket.connect", "socket.getaddrinfo"}:
        return
    address = arguments[1] if event == "socket.connect" else arguments[0]
    host = address[0] if isinstance(address, tuple) else address
    if not local(host):
        attempts.append(f"opens the network: {host!r}")
        message = f"a page must not open the network: {host!r}"
        raise PermissionError(message)


def local(host: str | bytes | None) -> bool:
    """Return whether an address is of this machine.

    >>> [local(host) for host in ("127.0.0.1", "::1", "localhost", None, "/tmp/socket")]
    [True, True, True, True, True]
    >>> [local(host) for host in ("192.0.2.1", "example.org")]
    [False, False]
    """
    name = host.decode(errors="replace") if isinstance(host, bytes) else host
    if not name or name == "localhost" or name[0] in "/\0":
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name == socket.gethostname()


def setup(app: Sphinx) -> None:
    """Add the limit of a page's time, in seconds; look at each connection."""
    app.add_config_value("page_seconds", 120, "", (int, float, str))
    sys.addaudithook(refuse_network)
