"""Draw formulas when the site is built, as MathML, which browsers show as it is."""

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

NAME = "mathml"


def drawn(node: nodes.Element) -> str:
    """Return the MathML of a formula, as its text; warn of what cannot be drawn."""
    try:
        return tex2mathml(node.astext(), isinstance(node, nodes.math_block))
    except MathError as error:
        logger.warning("has a formula that cannot be drawn: %s", error, location=node)
        return ""


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a sentence."""
    self.body.append(" ".join(map(str.strip, drawn(node).splitlines())))
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula that stands alone."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(f"{drawn(node)}</div>\n")
    raise nodes.SkipNode


class Verbatim(SphinxTransform):
    """Keep formulas out of the catalogs: they are the same in every language."""

    default_priority = 15  # before Sphinx looks for messages (20)

    def apply(self, **kwargs: object) -> None:
        """Change the document in place."""
        for formula in self.document.findall(nodes.math_block):
            formula["translatable"] = False


def use(app: Sphinx, config: Config) -> None:
    """Take the place of MathJax, of another host; let MyST read ``$x^2$``."""
    config.html_math_renderer = NAME
    config.myst_enable_extensions = {*config.myst_enable_extensions, "dollarmath"}
    config.myst_update_mathjax = False


def setup(app: Sphinx) -> None:
    """Add the renderer."""
    app.add_html_math_renderer(NAME, (visit_inline, None), (visit_block, None))
    app.setup_extension("myst_parser")
    app.add_transform(Verbatim)
    app.connect("config-inited", use, priority=400)  # before MyST reads them
