"""A page in Chromium says what our own `predict` says: of a filled form, a drawn digit, a text; and nothing escapes."""

from __future__ import annotations

import base64
import csv
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.cli.main import main
from engine.data.load import load
from engine.data.pictures.centring import EXTENT
from engine.data.pictures.decode import decoded
from engine.data.pictures.fitting import fitted
from engine.data.pictures.target import Fit, PictureTarget
from engine.data.settings import DataSettings
from engine.exchange.formats import write_network
from engine.exchange.web.options import WebOptions
from engine.formats.project import LoadedProject
from engine.models.files import model_of
from engine.models.model import Model
from tests.browser import run_in_page
from tests.engine.exchange.test_web import example
from tests.judges import chromium, node_folder

pytestmark = pytest.mark.judge

TOWNS = ("Aachen", 'Bremen "old"', "</script><b>Cologne", "D=1; --")
BEGUN = "await window.Page.begun;"


@pytest.fixture
def tfjs() -> str:
    return str(node_folder() / "node_modules")


def said(page: Path, tmp_path: Path, script: str, flags: tuple[str, ...] = ()) -> Any:
    profile = tmp_path / f"profile{random.randrange(10**9)}"
    return run_in_page(chromium(), page, f"{BEGUN} {script}", profile, flags)


def kept(path: Path, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Rows, which are a table in a file, too."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return rows


def flats(path: Path, rows: int, *, answers: bool) -> list[dict[str, str]]:
    """Rows with numbers, words, dates, and cells that are missing."""
    dice = random.Random(7)
    found = []
    for k in range(rows):
        area = dice.uniform(20, 180)
        row = {
            "area": "" if k % 9 == 3 else f"{area:.1f}",
            "rooms": str(max(1, int(area / 25))),
            "town": TOWNS[k % 4],
            "built": f"{1950 + k % 70}-0{1 + k % 9}-1{k % 9}",
            "heating": ("gas", "oil", "")[k % 3],
        }
        found.append(row | ({"price": f"{area * 3000 + 500 * (k % 70):.0f}"} if answers else {}))
    return kept(path, found)


def test_a_form_says_what_predict_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tfjs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LAYERLOOM_CACHE_DIR", str(tmp_path / "cache"))
    flats(tmp_path / "flats.csv", 300, answers=True)
    project, page, asked = tmp_path / "flats.loom", tmp_path / "page" / "index.html", tmp_path / "asked.csv"
    train = ["train", "iris", "--data", str(tmp_path / "flats.csv"), "--network", "proposed", "--epochs", "5"]
    assert main([*train, "--device", "cpu", "--out", str(project)]) == 0
    assert main(["convert", str(project), str(page), "--tfjs", tfjs]) == 0
    assert "Read by TensorFlow.js, its predictions are the same" in capsys.readouterr().out
    rows = flats(asked, 12, answers=False)
    out = tmp_path / "out.csv"
    assert main(["predict", str(project), "--input", str(asked), "--output", str(out)]) == 0
    expected = [float(row["price"]) for row in csv.DictReader(out.read_text().splitlines())]
    fill = """
        const found = [];
        for (const row of ROWS) {
          for (const [name, text] of Object.entries(row)) {
            const field = [...document.querySelectorAll("[data-column]")].find((f) => f.dataset.column === name);
            field.value = field.tagName === "SELECT" && text === "" ? "(missing)" : text;
            field.dispatchEvent(new Event("input", {bubbles: true}));
          }
          await window.Page.settled();
          found.push(window.Page.answers[0].numbers[0]);
        }
        return {found, shown: document.querySelector(".number").textContent, scripts: document.scripts.length};
    """
    answer = said(page, tmp_path, fill.replace("ROWS", json.dumps(rows)))
    np.testing.assert_allclose(answer["found"], expected, rtol=2e-5)
    assert answer["scripts"] == 10  # ours, and the one that asks: no name of a town became one
    assert answer["shown"]


def written(name: str, tmp_path: Path, tfjs: str) -> tuple[Path, Model]:
    page = tmp_path / name / "index.html"
    out = example(name)
    write_network(out, page, WebOptions(tfjs=tfjs))
    from engine.formats.examples import examples

    return page, model_of(LoadedProject(examples()[name].graph(), out.weights), name)


def test_a_picture_says_what_the_network_says(tmp_path: Path, tfjs: str) -> None:
    page, model = written("digits", tmp_path, tfjs)
    bundle = load(DataSettings(dataset="digits"))
    feature = bundle.features["x"]  # which is stored as 0 to 16
    pictures = np.rint(bundle.inputs["x"][:3] * (255 * feature.scale)).astype(np.uint8)
    expected = model.predict(pictures / np.float32(255))
    show = """
        const pad = document.querySelector("canvas.pad"), pen = pad.getContext("2d"), found = [];
        for (const picture of PICTURES) {
          const image = new ImageData(pad.width, pad.height);
          picture.forEach((v, k) => image.data.set([v, v, v, 255], 4 * k));
          pen.putImageData(image, 0, 0);
          window.Page.changed();
          await window.Page.settled();
          found.push(window.Page.raw[0]);
        }
        return {found, classes: window.Page.answers[0].classes, shares: window.Page.answers[0].shares};
    """
    answer = said(page, tmp_path, show.replace("PICTURES", json.dumps(pictures.reshape(3, -1).tolist())))
    np.testing.assert_allclose(answer["found"], expected, rtol=1e-3, atol=1e-4)
    assert answer["classes"] == list(bundle.features["y"].class_names)
    assert sum(answer["shares"]) == pytest.approx(1.0)


SIZES = ((7, 5), (8, 8), (31, 64), (100, 41), (301, 227), (9, 200))


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_of_any_size_become_what_the_recipe_makes_of_them(
    tmp_path: Path, tfjs: str, channels: int
) -> None:
    page, _ = written("iris", tmp_path, tfjs)
    dice = np.random.default_rng(channels)
    fits: tuple[Fit, ...] = ("resize", "crop", "pad")
    cases, expected = [], []
    for width, height in SIZES:
        picture = dice.integers(0, 256, (height, width, 3)).astype(np.uint8)
        opaque = np.dstack([picture, np.full((height, width), 255, np.uint8)])
        data = base64.b64encode(opaque.tobytes()).decode()
        for fit in fits:
            cases.append({"data": data, "width": width, "height": height, "fit": fit})
            expected.append(fitted(picture, PictureTarget(9, 12, channels, fit)))
    script = """
        return CASES.map(({data, width, height, fit}) => {
          const bytes = Uint8ClampedArray.from(atob(data), (sign) => sign.charCodeAt(0));
          const seen = Resize.fitted({data: bytes, width, height}, {fit, shape: [9, 12, CHANNELS]});
          return Array.from(Prepare.pixels(seen, CHANNELS, 1, 0, false));
        });
    """
    found = said(
        page, tmp_path, script.replace("CASES", json.dumps(cases)).replace("CHANNELS", str(channels))
    )
    off = np.abs(np.array(found) - np.array(expected).reshape(len(cases), -1))
    assert off.max() <= 1  # of 255: newer Pillows begin with the columns of what is tall
    assert (off > 0).mean() < 0.05


@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_drawn_is_brought_to_the_middle_as_predict_does(
    tmp_path: Path, tfjs: str, channels: int
) -> None:
    page, _ = written("iris", tmp_path, tfjs)
    dice = np.random.default_rng(channels)
    cases, expected = [], []
    for width, height in ((28, 28), (200, 150), (400, 400)):
        for size in (5, 12):
            picture = np.zeros((height, width, 3), np.uint8)
            top, left = dice.integers(0, 14, 2)
            picture[top : top + size, left : left + size // 2] = 255
            opaque = np.dstack([picture, np.full((height, width), 255, np.uint8)])
            data = base64.b64encode(opaque.tobytes()).decode()
            cases.append({"data": data, "width": width, "height": height})
            expected.append(fitted(picture, PictureTarget(28, 28, channels, centred=EXTENT)))
    script = """
        return CASES.map(({data, width, height}) => {
          const bytes = Uint8ClampedArray.from(atob(data), (sign) => sign.charCodeAt(0));
          const input = {fit: "resize", shape: [28, 28, CHANNELS], extent: EXTENT};
          return Array.from(Prepare.pixels(Centre.centred({data: bytes, width, height}, input), CHANNELS, 1, 0, false));
        });
    """
    values = {"CASES": json.dumps(cases), "CHANNELS": str(channels), "EXTENT": repr(EXTENT)}
    for name, value in values.items():
        script = script.replace(name, value)
    found = np.array(said(page, tmp_path, script))
    assert np.abs(found - np.array(expected).reshape(len(cases), -1)).max() <= 1


def test_a_picture_of_another_size_says_what_predict_says(tmp_path: Path, tfjs: str) -> None:
    page, model = written("digits", tmp_path, tfjs)
    stroke = np.zeros((90, 90), np.uint8)
    stroke[15:75, 40:55] = np.linspace(120, 255, 60, dtype=np.uint8)[:, np.newaxis]
    Image.fromarray(stroke).save(tmp_path / "one.png")
    seen = decoded(tmp_path / "one.png", PictureTarget(8, 8, 1))
    expected = model.predict(seen[np.newaxis] * np.float32(1 / 255))
    choose = """
        const bytes = Uint8Array.from(atob(PICTURE), (sign) => sign.charCodeAt(0));
        const files = new DataTransfer();
        files.items.add(new File([bytes], "one.png", {type: "image/png"}));
        const chooser = document.querySelector("input[type=file]"), begin = String(window.Page.raw[0]);
        chooser.files = files.files;
        chooser.dispatchEvent(new Event("change"));
        for (let k = 0; k < 400 && String(window.Page.raw[0]) === begin; k++) {
          await new Promise((next) => setTimeout(next, 25));
        }
        return window.Page.raw[0];
    """
    picture = json.dumps(base64.b64encode((tmp_path / "one.png").read_bytes()).decode())
    found = said(page, tmp_path, choose.replace("PICTURE", picture))
    np.testing.assert_allclose(found, expected[0], rtol=1e-3, atol=1e-4)


def test_a_stroke_on_the_pad_changes_the_answer_and_clear_takes_it_back(tmp_path: Path, tfjs: str) -> None:
    page, _ = written("digits", tmp_path, tfjs)
    draw = """
        const pad = document.querySelector("canvas.pad"), area = pad.getBoundingClientRect();
        pad.setPointerCapture = () => {};
        const at = (kind, x, y) => pad.dispatchEvent(new PointerEvent(kind, {
          pointerId: 1, bubbles: true, clientX: area.left + x * area.width, clientY: area.top + y * area.height}));
        const begin = window.Page.raw[0];
        at("pointerdown", 0.5, 0.1); at("pointermove", 0.5, 0.9); at("pointerup", 0.5, 0.9);
        await window.Page.settled();
        const drawn = window.Page.raw[0];
        [...document.querySelectorAll("button")].find((b) => b.textContent === "Clear").click();
        await window.Page.settled();
        return {begin, drawn, cleared: window.Page.raw[0]};
    """
    answer = said(page, tmp_path, draw)
    assert answer["drawn"] != answer["begin"]
    assert answer["cleared"] == answer["begin"]


def test_the_camera_is_asked_again_and_again(tmp_path: Path, tfjs: str) -> None:
    page, _ = written("digits", tmp_path, tfjs)
    film = """
        const begin = window.Page.raw[0];
        const toggle = [...document.querySelectorAll("button")].find((b) => b.textContent === "Camera");
        toggle.click();
        for (let k = 0; k < 200 && String(window.Page.raw[0]) === String(begin); k++) {
          await new Promise((next) => setTimeout(next, 25));
        }
        const pressed = toggle.getAttribute("aria-pressed");
        toggle.click();
        return {changed: String(window.Page.raw[0]) !== String(begin), pressed};
    """
    answer = said(
        page, tmp_path, film, ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    )
    assert answer == {"changed": True, "pressed": "true"}


def test_a_large_network_comes_from_a_server(tmp_path: Path, tfjs: str) -> None:
    out = example("iris")
    page = tmp_path / "page" / "index.html"
    write_network(out, page, WebOptions(tfjs=tfjs, embed=False))
    ask = f"{BEGUN} return [window.Page.raw.length, document.getElementById('state').textContent];"
    assert run_in_page(chromium(), page, ask, tmp_path / "one", served=True)[0] == 1
    shown = run_in_page(chromium(), page, ask, tmp_path / "two")
    assert shown[0] == 0
    assert "web server" in shown[1]


def test_a_value_that_is_none_is_said(tmp_path: Path, tfjs: str) -> None:
    page, _ = written("iris", tmp_path, tfjs)
    empty = """
        const field = document.querySelector("[data-column]");
        field.value = "";
        field.dispatchEvent(new Event("input", {bubbles: true}));
        await window.Page.settled();
        const state = document.getElementById("state");
        return {text: state.textContent, bad: state.classList.contains("bad")};
    """
    assert said(page, tmp_path, empty) == {"text": "sepal length is missing; give it a value.", "bad": True}


def test_a_text_becomes_the_numbers_that_it_is_for_us(tmp_path: Path, tfjs: str) -> None:
    from engine.layers.text_vectorization import TextVectorization
    from engine.tensor.spec import DType

    layer = TextVectorization(output_sequence_length=6, vocabulary=("night", "the", "ÄÖ"))
    texts = ["The night, the NIGHT!", "  ÄÖ unknown\tthe ", "", "a b c d e f g the"]
    page, _ = written("iris", tmp_path, tfjs)
    script = f"return {json.dumps(texts)}.map((t) => Prepare.words({json.dumps(layer.plain({}))}, t));"
    ours = layer.compute(np.array(texts, DType.STRING.numpy)[:, np.newaxis], {})
    assert said(page, tmp_path, script) == ours.tolist()


def reviews(path: Path, rows: int, *, answers: bool) -> list[dict[str, str]]:
    """Words and a number, and what is made of both."""
    choose = random.Random(rows)
    words = ("good", "bad", "night", "film", "never", "the", "and", "long")
    found = []
    for _ in range(rows):
        text = " ".join(choose.choice(words) for _ in range(choose.randint(4, 9)))
        hours = round(choose.uniform(0.5, 4.0), 2)
        mark = text.count("good") - text.count("bad") - 0.5 * hours
        found.append({"review": text, "hours": str(hours)} | ({"mark": f"{mark:.2f}"} if answers else {}))
    return kept(path, found)


def test_words_and_a_number_together_say_what_predict_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tfjs: str
) -> None:
    monkeypatch.setenv("LAYERLOOM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LAYERLOOM_CACHE_DIR", str(tmp_path / "cache"))
    reviews(tmp_path / "reviews.csv", 200, answers=True)
    project, page, asked = tmp_path / "r.loom", tmp_path / "page" / "index.html", tmp_path / "asked.csv"
    train = [
        "train",
        "iris",
        "--data",
        str(tmp_path / "reviews.csv"),
        "--network",
        "proposed",
        "--epochs",
        "2",
    ]
    assert main([*train, "--device", "cpu", "--out", str(project)]) == 0
    assert main(["convert", str(project), str(page), "--tfjs", tfjs]) == 0
    rows = reviews(asked, 6, answers=False)
    out = tmp_path / "out.csv"
    assert main(["predict", str(project), "--input", str(asked), "--output", str(out)]) == 0
    expected = [float(row["mark"]) for row in csv.DictReader(out.read_text().splitlines())]
    fill = """
        const found = [];
        for (const row of ROWS) {
          const fields = [document.querySelector("textarea.words"), document.querySelector("[data-column]")];
          [row.review, row.hours].forEach((text, k) => {
            fields[k].value = text;
            fields[k].dispatchEvent(new Event("input", {bubbles: true}));
          });
          await window.Page.settled();
          found.push(window.Page.answers[0].numbers[0]);
        }
        return found;
    """
    found = said(page, tmp_path, fill.replace("ROWS", json.dumps(rows)))
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-5)
