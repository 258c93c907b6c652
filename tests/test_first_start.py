"""Starts in folders that have no environment yet, with real interpreters, pip and interruptions.

Most of it installs a package made on the spot, so that it needs no network; the last test takes the real
locks into an empty clone, as a new user does.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import bootstrap

ROOT = Path(__file__).resolve().parent.parent
BASE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))
START_TIMEOUT = 240
MAIN = """
import sys
import bootstrap
try:
    bootstrap.ensure()
except bootstrap.BootstrapError as error:
    sys.exit(f"error: {error}")
import tiny
print("runs", sys.prefix, *sys.argv[1:])
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def _make_wheel(folder: Path, source: str) -> str:
    """Write tiny-1.0 with the module text `source` and return the SHA-256 of the wheel."""
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    files = {
        "tiny.py": source,
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "tiny-1.0.dist-info/RECORD": "tiny.py,,\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def _write_lock(root: Path, digest: str, source: str = "--no-index\n--find-links ./wheels\n") -> None:
    (root / "requirements.lock").write_text(
        f"{source}tiny==1.0 \\\n    --hash=sha256:{digest}\n", encoding="utf-8"
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the start files and a lock that names one small package."""
    shutil.copy(ROOT / "bootstrap.py", tmp_path)
    shutil.copytree(ROOT / "first_start", tmp_path / "first_start")
    (tmp_path / "main.py").write_text(MAIN, encoding="utf-8")
    _write_lock(tmp_path, _make_wheel(tmp_path / "wheels", "answer = 42\n"))
    return tmp_path


def _popen(root: Path, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [BASE_PYTHON, "main.py", *arguments],
        cwd=root,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    out, err = process.communicate(timeout=START_TIMEOUT)
    return process.returncode, out, err


def _wait_until(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_the_first_start_installs_and_the_next_does_not(root: Path) -> None:
    status, out, err = _finish(_popen(root, "first", "a b"))
    assert (status, out) == (0, f"runs {root / '.venv'} first a b\n"), err
    assert "[ 1/1] tiny 1.0" in err
    assert _finish(_popen(root)) == (0, f"runs {root / '.venv'}\n", "")


def test_a_killed_install_is_repaired(root: Path) -> None:
    first = _popen(root)
    _wait_until((root / ".venv/installing").exists, first)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    # What a killed pip can leave: a package that looks installed and is not whole.
    site_packages = next((root / ".venv/lib").glob("python*/site-packages"))
    (site_packages / "tiny-1.0.dist-info").mkdir(exist_ok=True)
    (site_packages / "tiny-1.0.dist-info/METADATA").write_text(
        "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
    )
    assert not bootstrap.is_installed("requirements.lock", str(root))
    status, out, err = _finish(_popen(root))
    assert (status, out) == (0, f"runs {root / '.venv'}\n"), err


def test_two_starts_at_once_install_once(root: Path) -> None:
    first = _popen(root)
    _wait_until((root / ".bootstrap.lock").exists, first)
    second = _popen(root)
    results = [_finish(process) for process in (first, second)]
    assert [result[:2] for result in results] == [(0, f"runs {root / '.venv'}\n")] * 2
    assert sum("tiny 1.0" in err for _, _, err in results) == 1
    assert any("Another start is installing" in err for _, _, err in results)


def test_a_changed_lock_is_installed_into_the_same_environment(root: Path) -> None:
    _finish(_popen(root))
    marker = root / ".venv/here-before"
    marker.touch()
    (root / "requirements.lock").write_text(
        (root / "requirements.lock").read_text(encoding="utf-8") + "# changed\n", encoding="utf-8"
    )
    status, _, err = _finish(_popen(root))
    assert status == 0, err
    assert "requirements.lock" in err
    assert marker.exists()


def test_an_environment_of_another_python_is_made_anew(root: Path) -> None:
    _finish(_popen(root))
    configuration = root / ".venv/pyvenv.cfg"
    version = bootstrap.python_version()
    configuration.write_text(configuration.read_text(encoding="utf-8").replace(f" {version}", " 3.2"))
    stamp = Path(bootstrap.stamp_path("requirements.lock", str(root)))
    stamp.write_bytes(stamp.read_bytes().replace(version.encode(), b"3.2", 1))
    status, out, err = _finish(_popen(root))
    assert (status, out) == (0, f"runs {root / '.venv'}\n"), err
    assert "Making" in err


def test_a_package_with_another_hash_is_refused(root: Path) -> None:
    _write_lock(root, "0" * 64)
    status, _, err = _finish(_popen(root))
    assert status == 1
    assert err.splitlines()[-1].startswith("error: A downloaded package is not the one that was locked")
    _write_lock(root, _make_wheel(root / "wheels", "answer = 42\n"))
    assert _finish(_popen(root))[0] == 0


def test_without_a_network_one_sentence_says_so(root: Path) -> None:
    _write_lock(root, "0" * 64, source="")
    nothing_listens = "http://127.0.0.1:9/simple"
    variables = {
        "PIP_INDEX_URL": nothing_listens,
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_CONFIG_FILE": os.devnull,
    }
    status, _, err = _finish(_popen(root, **variables))
    assert status == 1
    assert "no connection to the package index; go online, start again" in err.splitlines()[-1]


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="not a clone")
def test_an_empty_clone_runs(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{ROOT}", clone], check=True)
    command = [BASE_PYTHON, "main.py", "examples"]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr
    assert "spiral" in done.stdout
