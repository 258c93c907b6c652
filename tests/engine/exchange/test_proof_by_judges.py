"""The proof as people get it: examples written in every format, and the real programs asked; programs to paste run.

The networks are not trained: random weights tell layers apart as well.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from engine.data.settings import DataSettings
from engine.exchange.formats import formats
from engine.exchange.judges import Places
from engine.exchange.web.options import WebOptions
from engine.formats.examples import examples
from engine.formats.project import LoadedProject
from engine.formats.weights import bundled_features
from engine.models.exporting import Exported, Source, export, ready
from engine.models.files import model_of
from tests.browser import run_in_page
from tests.judges import LONGEST, chromium, judge_python, node_folder

pytestmark = [pytest.mark.judge, pytest.mark.timeout(LONGEST)]
WRITTEN = [f.name for f in formats().values() if f.write is not None]
NAMES = ("iris", "digits", "airline", "quadratic")


def exported(name: str, format_name: str, folder: Path) -> Exported:
    graph = examples()[name].graph()
    data = graph.sections["data"]
    assert isinstance(data, DataSettings)
    source = Source(
        graph, model_of(LoadedProject(graph), name).weights, bundled_features(graph), title=name, data=data
    )
    kind = formats()[format_name]
    suffix = kind.suffixes[0]
    path = folder / suffix if kind.names_itself else folder / f"net{suffix}"
    places = Places(str(judge_python()), str(node_folder() / "node_modules"))
    return export(ready(source), kind, path, places=places)


@pytest.mark.parametrize("format_name", WRITTEN)
@pytest.mark.parametrize("name", NAMES)
def test_everybody_who_reads_it_says_the_same(name: str, format_name: str, tmp_path: Path) -> None:
    done = exported(name, format_name, tmp_path)
    assert done.proof.own
    assert not [v for v in done.proof.verdicts if v.missing and v.judge != "TensorFlow"]
    assert done.proof.holds, [v.says() for v in done.proof.verdicts]


@pytest.mark.parametrize("format_name", ["keras", "h5", "onnx", "torch"])
def test_a_program_to_paste_runs_where_the_file_is(format_name: str, tmp_path: Path) -> None:
    done = exported("iris", format_name, tmp_path)
    assert done.snippet
    (tmp_path / "pasted.py").write_text(done.snippet)
    ran = subprocess.run(
        [str(judge_python()), "pasted.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "KERAS_BACKEND": "torch"},
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert re.search(r"\d", ran.stdout)


def test_a_program_for_a_page_runs_in_one(tmp_path: Path) -> None:
    done = exported("iris", "tfjs", tmp_path)
    page = exported("iris", "web", tmp_path / "page").path
    kind = formats()["web"]
    graph = examples()["iris"].graph()
    source = Source(
        graph, model_of(LoadedProject(graph), "iris").weights, bundled_features(graph), title="iris"
    )
    export(ready(source), kind, page, WebOptions(tfjs=str(node_folder() / "node_modules")))
    program = done.snippet.replace('import * as tf from "@tensorflow/tfjs";\n', "")
    assert "import" not in program
    said = "const said = []; console.log = (...words) => said.push(words.join(' '));"
    found = run_in_page(
        chromium(),
        page,
        f"{said}{program} return said;",
        tmp_path / "profile",
        served=True,
    )
    assert re.search(r"Tensor", " ".join(found))


def test_a_network_that_was_changed_after_writing_is_noticed_by_all(tmp_path: Path) -> None:
    from engine.models.proof import prove, samples_of

    graph = examples()["iris"].graph()
    weights = model_of(LoadedProject(graph), "iris").weights
    features = bundled_features(graph)
    given = ready(Source(graph, weights, features))
    places = Places(str(judge_python()), str(node_folder() / "node_modules"))
    samples = samples_of(graph, weights, features)
    others = {name: array * 1.5 for name, array in weights.items()}
    for format_name in ("keras", "tfjs", "onnx"):
        kind = formats()[format_name]
        path = tmp_path / (kind.suffixes[0] if kind.names_itself else f"net{kind.suffixes[0]}")
        assert kind.write is not None
        out = replace(given.out, weights=others)
        kind.write(out, path) if kind.options is None else kind.write(out, path, kind.options())
        proof = prove(samples, out, path, places)
        assert not proof.holds
        assert [v.judge for v in proof.verdicts if v.same] == []
