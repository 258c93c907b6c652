"""Asking other programs: their answers are taken, and nothing they do can hang, crash or deceive us."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
import pytest

from engine.devices.base import Interrupted
from engine.exchange import judges
from engine.exchange.judges import Judge, Places, ask, command_of, tfjs_file
from engine.formats.errors import FormatError

X = np.arange(6, dtype=np.float32).reshape(3, 2)


def judge_that(tmp_path: Path, body: str) -> Judge:
    """A judge whose `predict(model, inputs)` has this body."""
    script = tmp_path / "script.py"
    head = f"import sys\nsys.path.insert(0, {str(judges.SCRIPTS)!r})\nfrom judge import judge\n"
    script.write_text(
        f"{head}\ndef predict(model, inputs):\n{textwrap.indent(textwrap.dedent(body), '    ')}\n\njudge(predict)\n"
    )
    return Judge("one", "One", str(script), modules=("numpy",))


def test_what_a_judge_says_is_taken(tmp_path: Path) -> None:
    whole = np.array([[1], [2], [3]], np.int32)
    one, other = ask(
        judge_that(tmp_path, "return [inputs[0] * 2, inputs[1].astype(float)]"),
        tmp_path,
        [X, whole],
        Places(),
    )
    np.testing.assert_array_equal(one, X * 2)
    np.testing.assert_array_equal(other, [[1.0], [2.0], [3.0]])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise ValueError('no such layer')", "no such layer"),
        ("raise SystemExit(3)", "no reason"),
        ("import os; os._exit(0)", "can't be read"),
        ("open(sys.argv[2] + '/outputs.json', 'w').write('[[['); import os; os._exit(0)", "can't be read"),
        (
            "open(sys.argv[2] + '/outputs.json', 'w').write('[{\"shape\": [9999999]}]')\n"
            "open(sys.argv[2] + '/y0.bin', 'w').close()\nimport os; os._exit(0)",
            "can't be read",
        ),
    ],
)
def test_a_judge_that_fails_is_a_sentence(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(FormatError, match=words) as caught:
        ask(judge_that(tmp_path, body), tmp_path, [X], Places())
    assert "\n" not in str(caught.value)


def test_a_judge_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges, "LONGEST", 0.2)
    with pytest.raises(FormatError, match="did not answer"):
        ask(judge_that(tmp_path, "import time; time.sleep(600)"), tmp_path, [X], Places())


def test_who_waits_no_more_ends_it(tmp_path: Path) -> None:
    def watch(_done: int, _total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        ask(judge_that(tmp_path, "import time; time.sleep(600)"), tmp_path, [X], Places(), watch)


def test_a_judge_sees_no_variables_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_OURS", "1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    body = (
        "import os; return inputs[0] * ('SECRET_OF_OURS' in os.environ or sys.flags.ignore_environment == 0)"
    )
    (answer,) = ask(judge_that(tmp_path, body), tmp_path, [X], Places())
    assert not answer.any()


def test_what_is_not_installed_has_no_command(tmp_path: Path) -> None:
    missing = Judge("none", "Nobody", "none.py", modules=("no_such_module_anywhere",))
    assert command_of(missing, Places()) is None
    with pytest.raises(FormatError, match="not installed"):
        ask(missing, tmp_path, [X], Places())
    assert command_of(missing, Places(python=str(tmp_path / "gone"))) is None


def test_the_library_for_browsers_is_found_where_it_was_named(tmp_path: Path) -> None:
    home = tmp_path / "node_modules" / "@tensorflow" / "tfjs" / "dist"
    home.mkdir(parents=True)
    library = home / "tf.min.js"
    library.write_text("//")
    for place in (library, home, home.parent, tmp_path / "node_modules"):
        assert tfjs_file(Places(tfjs=str(place))) == library


def test_every_judge_has_its_script_and_every_format_known_judges() -> None:
    from engine.exchange.formats import formats

    for judge in judges.judges().values():
        assert (judges.SCRIPTS / judge.script).is_file()
    for each in formats().values():
        assert set(each.judges) <= set(judges.judges()), each.name
        assert each.write is None or each.about.endswith("."), each.name
