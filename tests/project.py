"""A small project under the site's own machinery, to build and to break."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import catalogs
from tested_gallery.api import inventory
from tested_gallery.api.inventory import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
MACHINERY = (
    *("Makefile", "conf.py", "requirements.txt", "constraints.txt"),
    *("docs/_ext", "docs/_tools", "docs/_templates", "docs/_static"),
    *("docs/api.csv", "docs/terms.csv"),
)
ONLY_IN_TESTS = (
    *("__future__.get_overwrite_module_params_on_conversion", "set_grad_enabled"),
    *("__future__.get_swap_module_params_on_conversion", "utils.swap_tensors"),
    *("are_deterministic_algorithms_enabled", "backends.cudnn.benchmark"),
    *("get_float32_matmul_precision", "set_float32_matmul_precision"),
    *("get_num_threads", "set_num_threads", "set_printoptions"),
    *("set_default_device", "set_default_dtype"),
    "nn.modules.module.register_module_forward_hook",
)
PAGE = "gallery/group/page.py"
EXPECTED = "tests/expected/group/page.txt"
CATALOG = "docs/locale/zh_CN/LC_MESSAGES/gallery/group/page.po"

TRANSLATIONS = {
    "Gallery": "示例",
    "Group": "一组",
    "A page": "一页",
    "Site": "网站",
    "A page with the ways of printing that are hard to run twice.": (
        "这一页的打印方式都很难重复运行。"
    ),
    "A class is of the script, and a whole module can be pickled.": (
        "类属于脚本，整个模块可以序列化。"
    ),
    "Both streams and the last value are shown.": "两个流和最后的值都会显示。",
    "See :doc:`/index` about the ``weight`` parameter.": (
        "关于参数 ``weight``，见 :doc:`/index`。"
    ),
    "A parameter is in `state_dict`.": "参数在 `state_dict` 里。",
}


PAGE_OF_ONE_CELL = """\
\"\"\"
{name}
{line}

See :doc:`/index` about the ``weight`` parameter.
\"\"\"

{code}
"""


def copy_machinery(root: Path) -> None:
    """Copy all that makes a site of pages, and no page; leave alone what is there."""
    for name in MACHINERY:
        source, target = ROOT / name, root / name
        if source.is_dir():
            made = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=made)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def add_addresses(table: Path) -> None:
    """Give what only the tests' pages name an address: any will do."""
    found = inventory.entries(table)
    address = found["torch"].address
    names = [f"torch.{name}" for name in ONLY_IN_TESTS]
    more = [Entry(name, "torch", "function", address, "nearest") for name in names]
    inventory.write([*found.values(), *more], table)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Build in the checkout itself while no other worker of the tests does."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build/tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Result(NamedTuple):
    """How a command ended, and all that it printed."""

    ok: bool
    text: str


class Project(NamedTuple):
    """A project in a folder of its own."""

    root: Path

    @classmethod
    def create(cls, root: Path) -> Project:
        """Return a project with one page, its expectation and its catalogs."""
        made = shutil.ignore_patterns("build", "__pycache__")
        shutil.copytree(model().root, root, dirs_exist_ok=True, ignore=made)
        return cls(root)

    def make(self, *goals: str, **environment: str) -> Result:
        """Run ``make`` with the environment that runs these tests."""
        made = self.begin(*goals, stdout=subprocess.PIPE, **environment)
        text, _ = made.communicate()
        return Result(made.returncode == 0, text)

    def make_on_a_terminal(self, *goals: str) -> Result:
        """Run ``make`` as from a terminal."""
        ours, its = os.openpty()
        made = self.begin(*goals, stdout=its)
        os.close(its)
        parts = []
        with contextlib.suppress(OSError):  # the end of a terminal is an error
            while part := os.read(ours, 65536):
                parts.append(part)
        os.close(ours)
        return Result(made.wait() == 0, b"".join(parts).decode())

    def begin(
        self, *goals: str, stdout: int, **environment: str
    ) -> subprocess.Popen[str]:
        """Begin ``make``, with all that it says going to ``stdout``."""
        venv = Path(sys.prefix)
        command = [
            *("make", f"VENV={venv}", f"--old-file={venv}/site"),
            *("--no-print-directory", *goals),
        ]
        outer = {
            name: value
            for name, value in os.environ.items()
            # what is said is compared: not in colours, which a caller may ask for
            if name not in {"CI", "FORCE_COLOR", "FORCE_COLOUR"}
            and not name.startswith("MAKE")
        }
        return subprocess.Popen(
            command,
            cwd=self.root,
            env={**outer, **environment},
            stdout=stdout,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def python(self, code: str) -> Result:
        """Run Python code that sees the project's extensions and tools."""
        folders = f"sys.path[:0] = ['{self.root}/docs/_ext', '{self.root}/docs/_tools']"
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; {folders}; {code}"],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Result(done.returncode == 0, done.stdout)

    def add_page(self, name: str, code: str) -> None:
        """Add a page of one cell, with catalog; ``make expected`` accepts it."""
        text = PAGE_OF_ONE_CELL.format(name=name, line="=" * len(name), code=code)
        (self.root / f"gallery/group/{name}.py").write_text(text, "utf-8")
        order = self.root / "gallery/group/index.rst"
        order.write_text(f"{order.read_text()}   {name}\n")
        TRANSLATIONS[name] = f"页面 {name}"

    def add_pages(self, codes: dict[str, str]) -> None:
        """Add pages of one cell; accept what they print, as far as they may be."""
        for name, code in codes.items():
            self.add_page(name, code)
        assert self.make("catalogs").ok
        self.translate()
        self.make("expected")

    def translate(self) -> None:
        """Fill the catalogs with the known translations."""
        for path in (self.root / "docs/locale").rglob("*.po"):
            if path.name != "sphinx.po":
                catalog = catalogs.read(path)
                for message in catalog:
                    if message.id:
                        message.string = TRANSLATIONS[message.id]
                path.write_text(catalogs.catalog_text(catalog, "zh_CN"), "utf-8")

    def site(self) -> str:
        """Return one digest of the published site."""
        folder = self.root / "build/html"
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        assert files
        whole = hashlib.sha256()
        for path in files:
            whole.update(str(path.relative_to(folder)).encode() + path.read_bytes())
        return whole.hexdigest()

    def read(self, path: str) -> str:
        """Return the text of a file."""
        return (self.root / path).read_text("utf-8")

    @contextlib.contextmanager
    def changed(self, path: str, old: str, new: str) -> Iterator[None]:
        """Replace ``old``, which must be there, and put it back afterwards."""
        before = self.read(path)
        assert old in before
        (self.root / path).write_text(before.replace(old, new), "utf-8")
        try:
            yield
        finally:
            (self.root / path).write_text(before, "utf-8")

    @contextlib.contextmanager
    def without(self, path: str) -> Iterator[None]:
        """Remove a file and put it back afterwards."""
        before = self.read(path)
        (self.root / path).unlink()
        try:
            yield
        finally:
            (self.root / path).write_text(before, "utf-8")


@functools.cache
def model() -> Project:
    """Return the project that others are copies of: each process makes it once."""
    project = Project(Path(tempfile.mkdtemp(prefix="module-state-")))
    atexit.register(shutil.rmtree, project.root)
    shutil.copytree(ROOT / "tests/tiny", project.root, dirs_exist_ok=True)
    copy_machinery(project.root)
    add_addresses(project.root / "docs/api.csv")
    made = project.make("catalogs")
    assert made.ok, made.text
    labels = "docs/locale/zh_CN/LC_MESSAGES/sphinx.po"
    shutil.copy(ROOT / labels, project.root / labels)
    project.translate()
    accepted = project.make("expected")
    assert accepted.ok, accepted.text
    return project
