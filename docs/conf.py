"""How the documentation is built: `sphinx-build -W --keep-going -n docs docs/_build`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from overtone import __version__

project = "overtone"
author = "The overtone authors"
copyright = author
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "mathml",  # _ext/mathml.py
    "reference",  # _ext/reference.py: the study file, the command line and the JSON
]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_ext"]

# Else --seconds becomes a dash, and JSON has curly quotes.
smartquotes = False

# Docstrings write code in single backticks, as Markdown does.
default_role = "literal"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
# The libraries' own pages are not asked while building.
nitpick_ignore_regex = [
    ("py:.*", r"(numpy|np|optuna|pandas|pd|sklearn|pathlib|plotly|go|collections|typing)\b.*"),
    # Of what a page does not describe, the name is enough.
    ("py:.*", r"overtone\.(search|space|spectrum)\..*"),
]

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "overtone"
html_copy_source = False
html_show_sphinx = False
