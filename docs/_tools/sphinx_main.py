"""Run Sphinx as ``python -m sphinx`` does, and tell of its death in one line.

Sphinx's own report, of seventy lines, asks to write to its developers: what an author
or the machinery did is nothing for them.  It has no public way to report otherwise.
"""

import sys
import traceback
from pathlib import Path

from jinja2 import TemplateSyntaxError
from sphinx._cli.util import errors
from sphinx.cmd.build import build_main
from sphinx.errors import ExtensionError, SphinxError

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT / "build/work/traceback.txt"


def say(exception: BaseException, **_: object) -> None:
    """Tell of an exception: where it was raised, by the last line that is ours."""
    if isinstance(exception, KeyboardInterrupt):
        return
    if isinstance(exception, ExtensionError) and "Handler" in exception.message:
        exception = exception.orig_exc or exception  # what an event's handler raised
    if isinstance(exception.__context__, TemplateSyntaxError):
        cause = exception.__context__
        print(f"{cause.filename}:{cause.lineno}: {cause.message}", file=sys.stderr)
        return
    if isinstance(exception, SphinxError):
        print(exception, file=sys.stderr)
        return
    frames = traceback.extract_tb(exception.__traceback__)
    own = [f for f in frames if Path(f.filename).is_relative_to(Path.cwd())]
    at = [f for f in own if "/site-packages/" not in f.filename] or frames
    what = "".join(traceback.format_exception_only(exception)).strip()
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text("".join(traceback.format_exception(exception)), "utf-8")
    print(f"{at[-1].filename}:{at[-1].lineno}: {what}", file=sys.stderr)
    print(f"The whole of it: {REPORT}", file=sys.stderr)


if __name__ == "__main__":
    sys.path[0] = str(Path.cwd())  # as '-m' does: pages import nothing from here
    errors.handle_exception = say
    sys.exit(build_main(sys.argv[1:]))
