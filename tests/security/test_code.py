"""What the code may never do, read from its syntax: run what a file says, load pickles, trust a parser blindly."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILES = sorted(
    path for folder in ("pipeline", "training") for path in (ROOT / folder).rglob("*.py")
)
MODULES = frozenset(
    [
        "pickle",
        "cPickle",
        "dill",
        "cloudpickle",
        "marshal",
        "shelve",
        "joblib",
        "jsonpickle",
        "telnetlib",
        "ftplib",
        "xml.dom.minidom",
        "xml.sax",
        "xml.etree.cElementTree",
        "zipimport",
    ]
)
CALLS = frozenset(
    [
        "eval",
        "exec",
        "compile",
        "__import__",
        "os.system",
        "os.popen",
        "os.execv",
        "os.execvp",
        "os.spawnl",
        "tempfile.mktemp",
        "yaml.unsafe_load",
        "yaml.full_load",
        "yaml.load_all",
        "pd.read_pickle",
        "pandas.read_pickle",
        "xml.etree.ElementTree.parse",
        "xml.etree.ElementTree.fromstring",
        "shutil.unpack_archive",
        "ssl._create_unverified_context",
    ]
)
ARGUMENTS = {"shell": True, "allow_pickle": True, "verify": False, "autoescape": False}


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def broken_rules(source: str) -> list[str]:
    """Line and reason of everything in a source that may not be there."""
    found = []
    for node in ast.walk(ast.parse(source)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            module = getattr(node, "module", None)
            names += [module, *(f"{module}.{name}" for name in names)] if module else []
            found += [f"{line}: imports {name}" for name in names if name in MODULES]
        if isinstance(node, ast.Call):
            name = _name(node.func)
            if name in CALLS:
                found.append(f"{line}: calls {name}")
            if name.endswith("torch.load") and "weights_only=True" not in ast.unparse(node):
                found.append(f"{line}: torch.load of more than weights")
            if name == "yaml.load" and not re.search("Plain|Safe", ast.unparse(node)):
                found.append(f"{line}: yaml.load without a safe loader")
            for key in node.keywords:
                value = key.value
                if (
                    isinstance(value, ast.Constant)
                    and key.arg in ARGUMENTS
                    and value.value is ARGUMENTS[key.arg]
                ):
                    found.append(f"{line}: {key.arg}={value.value}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_dangerous_stands_in_the_code(path: Path) -> None:
    assert broken_rules(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from pickle import loads", "eval(x)", "exec('x')", "subprocess.run(x, shell=True)",
     "np.load(p, allow_pickle=True)", "yaml.load(x)", "yaml.load(x, Loader=yaml.Loader)", "torch.load(x)",
     "torch.load(x, weights_only=False)", "os.system('x')",
     "requests.get(u, verify=False)", "import xml.sax", "from xml.dom import minidom"],
)  # fmt: skip
def test_what_is_dangerous_is_seen(source: str) -> None:
    assert broken_rules(source)
