"""What CONTRIBUTING.md tells is done: each recipe in a copy of the source, its links at the lines they name."""

from __future__ import annotations

import sys

import pytest

from tests.support import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import recipes

PAGE = recipes.PAGE.read_text(encoding="utf-8")
RECIPES = recipes.sections(PAGE)


def test_there_is_a_recipe_for_everything_that_is_added_often():
    assert list(RECIPES) == [
        f"To add {what}"
        for what in (
            "a layer", "an ONNX operator", "a format", "a family", "a column", "an output", "a cause", "a language"
        )
    ]  # fmt: skip


def test_links_lead_to_the_lines_they_name():
    assert len(recipes.LINK.findall(PAGE)) >= 16
    assert recipes.linked(PAGE) == PAGE, "run: python scripts/recipes.py"


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_followed_gives_what_it_says(title, tmp_path):
    recipe = RECIPES[title]
    if "import torch" in recipe:
        pytest.importorskip("torch")
    if "from onnx" in recipe:
        pytest.importorskip("onnx")
    assert recipes.done(recipe) == recipe, "run: python scripts/recipes.py"
    assert recipes.TRY.search(recipe)[2] != recipes.tried(recipes.TRY.search(recipe)[2], ROOT, tmp_path)  # without it


def test_a_link_follows_its_line_and_a_lost_one_is_an_error():
    shown = '[`unknown.py:1`](src/netledger/unknown.py#L1 "class Unknown")'
    line = (ROOT / "src/netledger/unknown.py").read_text().splitlines().index("class Unknown(Record):") + 1
    assert recipes.linked(shown) == shown.replace(":1`", f":{line}`").replace("#L1", f"#L{line}")
    with pytest.raises(SystemExit, match=r"unknown\.py has no line with class Lost"):
        recipes.linked(shown.replace("class Unknown", "class Lost"))
