"""The folder of a page: what is in it, that names of strangers are text in it, and that it lies on nobody's work."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.bundle import Feature, Scaling
from engine.data.load import load
from engine.data.settings import DataSettings
from engine.exchange.formats import write_network
from engine.exchange.meaning import Meaning, meaning_of
from engine.exchange.outgoing import Outgoing, outgoing
from engine.exchange.web.options import WebOptions
from engine.exchange.web.writing import _script
from engine.formats.errors import FormatError
from engine.formats.examples import examples
from engine.formats.project import LoadedProject
from engine.formats.weights import bundled_features
from engine.models.files import model_of
from engine.objectives.loss import Link

Facts = dict[str, Any]


def example(name: str, title: str = "Flowers", meaning: Meaning | None = None) -> Outgoing:
    graph = examples()[name].graph()
    weights = model_of(LoadedProject(graph), name).weights
    data = graph.sections["data"]
    assert isinstance(data, DataSettings)
    known = meaning or meaning_of(graph, title, load(data))
    return outgoing(graph, bundled_features(graph), weights, meaning=known)


def page_of(out: Outgoing, folder: Path, options: WebOptions | None = None) -> Facts:
    write_network(out, folder / "index.html", options)
    return facts_in(folder / "page-data.js")


def facts_in(path: Path) -> Facts:
    found: Facts = json.loads(re.sub(r"^window\.\w+ = |;\n$", "", path.read_text()))
    return found


def test_the_folder_of_a_page(tmp_path: Path) -> None:
    facts = page_of(example("iris"), tmp_path / "page")
    names = {p.name for p in (tmp_path / "page").iterdir()}
    (weights,) = [name for name in names if name.startswith("model-") and name.endswith(".bin")]
    assert names == {
        "index.html",
        "style.css",
        "prepare.js",
        "controls.js",
        "layers.js",
        "resize.js",
        "centre.js",
        "answers.js",
        "page.js",
        "page-data.js",
        "model-data.js",
        "model.json",
        weights,
    }
    (given,), (shown,) = facts["inputs"], facts["outputs"]
    assert [c["name"] for c in given["columns"]] == [
        "sepal length",
        "sepal width",
        "petal length",
        "petal width",
    ]
    assert given["kind"] == "form"
    assert shown["kind"] == "bars"
    assert shown["link"] == "softmax"
    assert shown["classes"] == ["setosa", "versicolor", "virginica"]


def test_a_page_refers_to_nothing_but_what_is_beside_it_and_the_library(tmp_path: Path) -> None:
    page_of(example("iris"), tmp_path)
    text = (tmp_path / "index.html").read_text()
    places = re.findall(r'(?:src|href)="([^"]+)"', text)
    beside = [p for p in places if not p.startswith("https://")]
    assert all((tmp_path / p).is_file() for p in beside)
    (library,) = [p for p in places if p.startswith("https://")]
    assert re.search(r"@\d+\.\d+\.\d+/", library)  # one version, whose sum is stated
    assert f'src="{library}" integrity="sha384-' in text
    for script in tmp_path.glob("*.js"):
        assert "://" not in script.read_text(), script.name


def test_the_embedded_network_is_the_one_beside_it(tmp_path: Path) -> None:
    out = example("iris")
    page_of(out, tmp_path)
    embedded = facts_in(tmp_path / "model-data.js")
    (shard,) = tmp_path.glob("model-*.shard1of1.bin")
    assert base64.b64decode(embedded["weights"]) == shard.read_bytes()
    whole = json.loads((tmp_path / "model.json").read_text())
    assert embedded["topology"] == whole["modelTopology"]
    assert sum(int(np.prod(s["shape"])) for s in embedded["specs"]) == sum(
        a.size for a in out.weights.values()
    )


def test_without_embedding_there_is_no_second_copy(tmp_path: Path) -> None:
    page_of(example("iris"), tmp_path)
    page_of(example("iris"), tmp_path, WebOptions(embed=False))
    assert not (tmp_path / "model-data.js").exists()
    assert "model-data.js" not in (tmp_path / "index.html").read_text()


def test_the_library_is_copied_from_where_it_is(tmp_path: Path) -> None:
    package = tmp_path / "tfjs" / "dist"
    package.mkdir(parents=True)
    (package / "tf.min.js").write_text("function loadLayersModel() {}")
    page_of(example("iris"), tmp_path / "page", WebOptions(tfjs=str(tmp_path / "tfjs")))
    assert (tmp_path / "page" / "tf.min.js").read_text().startswith("function")
    assert "https://" not in (tmp_path / "page" / "index.html").read_text()
    (package / "tf.min.js").write_text("something else")
    for place in (str(tmp_path / "tfjs"), str(tmp_path / "gone")):
        with pytest.raises(FormatError, match=r"no TensorFlow.js at"):
            page_of(example("iris"), tmp_path / "other", WebOptions(tfjs=place))
    assert not (tmp_path / "other").exists()


def test_other_work_in_the_folder_stays(tmp_path: Path) -> None:
    page_of(example("iris"), tmp_path)
    page_of(example("iris", "Second"), tmp_path)  # ours is written over
    assert "<title>Second</title>" in (tmp_path / "index.html").read_text()
    (tmp_path / "index.html").write_text("<p>my diary")
    with pytest.raises(FormatError, match=r"another index\.html"):
        page_of(example("iris"), tmp_path)
    (tmp_path / "index.html").unlink()
    with pytest.raises(FormatError, match=r"another style\.css"):
        page_of(example("iris"), tmp_path)


@pytest.mark.parametrize(
    ("name", "given", "shown"),
    [
        ("digits", "picture", "bars"),
        ("boston", "form", "numbers"),
        ("xor", "form", "bars"),
        ("airline", "table", "numbers"),
    ],
)
def test_controls_suit_the_data(tmp_path: Path, name: str, given: str, shown: str) -> None:
    facts = page_of(example(name), tmp_path)
    assert [i["kind"] for i in facts["inputs"]] == [given]
    assert [o["kind"] for o in facts["outputs"]] == [shown]


def test_pixels_and_numbers_are_scaled_as_the_network_sees_them(tmp_path: Path) -> None:
    digits = page_of(example("digits"), tmp_path / "digits")["inputs"][0]
    assert digits["scale"] == 1 / 255  # though white is stored as 16
    boston = page_of(example("boston"), tmp_path / "boston")
    scaling = load(examples()["boston"].graph().sections["data"]).scaling  # type: ignore[arg-type]  # of that section
    assert [c["mean"] for c in boston["inputs"][0]["columns"]] == list(scaling["x"].mean)
    assert boston["outputs"][0]["steps"][0]["scale"] == scaling["y"].scale[0]


def test_what_nobody_knows_is_asked_for_as_numbers(tmp_path: Path) -> None:
    facts = page_of(example("iris", meaning=Meaning("Iris")), tmp_path)
    names = [c["name"] for c in facts["inputs"][0]["columns"]]
    assert [name.split()[-1] for name in names] == ["1", "2", "3", "4"]
    assert facts["outputs"][0]["kind"] == "numbers"


def test_what_tensorflow_js_lacks_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="reset_after"):
        page_of(example("parity"), tmp_path / "page")
    assert not (tmp_path / "page").exists()


PIECES = (*"ab<>&\"'/\\`$\u2028\u2029\x00\n", "</script>", "<!--", "]]>")
NASTY = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@settings(max_examples=40, deadline=None)
@given(st.lists(NASTY, min_size=3, max_size=3), NASTY)
def test_names_end_no_script_and_begin_no_markup(classes: list[str], column: str) -> None:
    facts = {"classes": classes, "column": column}
    text = _script(facts)
    assert json.loads(text) == facts
    assert text.isascii()
    assert not set("<>&\n") & set(text)


@pytest.mark.parametrize("nasty", ["</title><script>alert(1)</script>", "@library@", "a \"quote\" & 'more'"])
def test_a_title_is_text(tmp_path: Path, nasty: str) -> None:
    names = ("</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "c", "d")
    features = {
        "x": Feature("x", "numeric", (4,), column_names=names),
        "y": Feature("y", "category", (), class_names=names[:3]),
    }
    meaning = Meaning(nasty, features, {"x": Scaling((0.0,) * 4, (1.0,) * 4)}, {"y": Link.SOFTMAX})
    facts = page_of(example("iris", meaning=meaning), tmp_path)
    assert facts["outputs"][0]["classes"] == list(names[:3])
    text = (tmp_path / "index.html").read_text()
    assert "<script>alert" not in text
    assert text.count("<script") == 10
    for script in ("page.js", "controls.js", "resize.js", "centre.js", "answers.js"):
        assert "innerHTML" not in (tmp_path / script).read_text()


def test_a_page_centres_drawings_where_the_network_learned_such(tmp_path: Path) -> None:
    out = example("digits")
    assert "extent" not in page_of(out, tmp_path / "plain")["inputs"][0]
    centred = replace(out, meaning=replace(out.meaning, extent=0.7))
    assert page_of(centred, tmp_path / "centred")["inputs"][0]["extent"] == 0.7
