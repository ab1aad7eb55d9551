"""Run the notebooks on the data folder and write them to ``docs/notebooks/`` as HTML that needs no network."""

from __future__ import annotations

import re
import sys
from html import escape
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "notebooks"
# Links that a reader follows are no loading.
_LOADED = re.compile(
    r"""<(?:script|link|img|audio|iframe)[^>]*\b(?:src|href)=["']?(?:https?:)?//[^"' >]+"""
)
_NO_WORDS = re.compile(r'alt="No description has been provided for this image"')
_CODE_LINK = re.compile(r'href="([^":/]+)\.ipynb"')


def run(path: Path, *, timeout_s: int = 300) -> nbformat.NotebookNode:
    """A notebook, run top to bottom in its own folder; raises where a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=timeout_s, kernel_name="python3", resources=resources)
    client.execute()
    return notebook


def render(notebook: nbformat.NotebookNode, name: str) -> str:
    """One HTML page that loads nothing from elsewhere, its pictures and sounds within."""
    exporter = HTMLExporter(
        template_name="lab", language_code="ja", embed_images=True, require_js_url="", jquery_url="",
        mathjax_url="", mermaid_js_url="", widget_renderer_url="",
    )  # fmt: skip
    html, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": name}})
    html = _without_loaders(str(html))
    found = _LOADED.search(html)
    if found:
        raise ValueError(
            f"{name}: the page would load {found[0]!r}; take it out in {Path(__file__).name}"
        )
    html = _with_words(html, notebook)
    html = _CODE_LINK.sub(r'href="\1.html"', html)
    return html.replace('href="../docs/', 'href="../')


def _with_words(html: str, notebook: nbformat.NotebookNode) -> str:
    """Charts say what they are to those who cannot see them; nbconvert does not pass that on."""
    outputs = [
        o
        for cell in notebook.cells
        for o in cell.get("outputs", [])
        if "image/png" in o.get("data", {})
    ]
    words = iter([o.metadata.get("image/png", {}).get("alt", "") for o in outputs])
    return _NO_WORDS.sub(lambda _: f'alt="{escape(next(words, ""), quote=True)}"', html)


def _without_loaders(html: str) -> str:
    """Without the scripts for formulas and diagrams, of which these notebooks have none."""
    html = re.sub(r'<script[^>]*src=""[^>]*>\s*</script>', "", html)
    html = re.sub(
        r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", "", html, flags=re.DOTALL
    )
    return re.sub(r'<script type="module">.*?</script>', "", html, flags=re.DOTALL)


def main() -> int:
    TARGET.mkdir(parents=True, exist_ok=True)
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        page = TARGET / f"{path.stem}.html"
        page.write_text(render(run(path), path.stem), encoding="utf-8")
        print(f"{page.relative_to(ROOT)}  {page.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
