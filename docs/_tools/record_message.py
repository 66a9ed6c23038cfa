"""Record what only a GPU makes torch say: run Python code, write down its exception.

``python docs/_tools/record_message.py NAME CODE``, on a machine with CUDA, writes
``docs/recorded/NAME.json``: a line of ``docs/messages.csv`` may then quote the message,
and the list of messages says where it was recorded.  CODE is what ``python -c`` takes.
"""

import importlib.metadata
import json
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "_ext"))

from tested_gallery.pages import reset_torch, run_record
from tested_gallery.site import error_messages


def main(name: str, code: str, folder: Path = error_messages.RECORDED) -> str:
    """Write the record; return what is wrong, empty if nothing is."""
    device = reset_torch.device()
    if device == "CPU":
        return "torch sees no CUDA device here: record the message where it sees one"
    try:
        exec(compile(code, "CODE", "exec"), {"__name__": "__main__"})
        return "CODE raises no exception: end it with the call that fails"
    except Exception as error:  # whatever torch says
        message = f"{type(error).__name__}: {error}"
    command = shlex.join(("python", "-c", code))
    torch, today = importlib.metadata.version("torch"), run_record.today()
    texts = (message, torch, device, today, command)
    record = dict(zip(error_messages.FIELDS, texts, strict=True))
    folder.mkdir(exist_ok=True)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(f"{text}\n", "utf-8")
    return ""


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Write: python docs/_tools/record_message.py NAME CODE")
    sys.exit(main(*sys.argv[1:]))
