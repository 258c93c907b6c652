"""What a start says and costs on machines of every kind; nothing here downloads anything or needs pip."""

import ast
import errno
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import bootstrap
import main
from first_start import environment, system_libraries

ROOT = Path(__file__).resolve().parent.parent
BUDGET_SECONDS = 0.020  # of the processor
BASE_PYTHON = str(getattr(sys, "_base_executable", sys.executable))
DEBIAN = 'ID=debian\nVERSION_ID="{}"\n'
UBUNTU = 'NAME="Ubuntu"\nID=ubuntu\nVERSION_ID="{}"\n'
# Starts as main.py does, and says what it cost, what it loaded for it, and where it went on.
TIMED_START = """
import sys, time
start, loaded = time.process_time(), set(sys.modules)
import bootstrap
bootstrap.ensure()
assert bootstrap.ensure_system_libraries(["opengl"]) is None
print(time.process_time() - start, ",".join(set(sys.modules) - loaded), sys.prefix, *sys.argv[1:], sep="\\n")
"""


def _start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run main.py with no display, but for what `variables` say."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [sys.executable, str(ROOT / "main.py"), *arguments]
    return subprocess.run(command, env=kept | variables, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def finished_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the start files beside an environment that is stamped as complete."""
    root = tmp_path_factory.mktemp("finished")
    for name in ("bootstrap.py", "requirements.lock"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    (root / "main.py").write_text(TIMED_START, encoding="utf-8")
    subprocess.run([BASE_PYTHON, "-m", "venv", "--without-pip", root / ".venv"], check=True)
    stamp = bootstrap.stamp((root / "requirements.lock").read_bytes(), bootstrap.python_version())
    Path(bootstrap.stamp_path("requirements.lock", str(root))).write_bytes(stamp)
    (root / ".venv/system-libraries").write_text("opengl x11", encoding="utf-8")
    return root


def _timed_start(root: Path, python: str) -> list[str]:
    command = [python, str(root / "main.py"), "one", "two words"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.splitlines()


class TestACompleteEnvironment:
    def test_costs_under_20_ms(self, finished_root: Path) -> None:
        python = bootstrap.environment_python(str(finished_root))
        best = min(float(_timed_start(finished_root, python)[0]) for _ in range(5))
        assert best < BUDGET_SECONDS

    def test_loads_nothing_that_the_interpreter_had_not(self, finished_root: Path) -> None:
        loaded = _timed_start(finished_root, bootstrap.environment_python(str(finished_root)))[1]
        assert set(loaded.split(",")) <= {"bootstrap", "__future__"}

    def test_is_gone_on_in_with_the_same_arguments(self, finished_root: Path) -> None:
        _, _, prefix, *arguments = _timed_start(finished_root, BASE_PYTHON)
        assert Path(prefix).resolve() == (finished_root / ".venv").resolve()
        assert arguments == ["one", "two words"]

    def test_is_stale_once_the_lock_or_python_changes(self, finished_root: Path, tmp_path: Path) -> None:
        root = tmp_path / "copy"
        shutil.copytree(finished_root, root, symlinks=True)
        assert bootstrap.is_installed("requirements.lock", str(root), bootstrap.python_version())
        assert not bootstrap.is_installed("requirements.lock", str(root), "3.10")
        (root / "requirements.lock").write_text("numpy==1.0\n", encoding="utf-8")
        assert not bootstrap.is_installed("requirements.lock", str(root))


class TestForeignInterpreters:
    LOCK = "a-b==1.0 \\\n    --hash=sha256:00\nc==2 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"

    @pytest.fixture
    def lock(self, tmp_path: Path) -> Path:
        (tmp_path / "requirements.lock").write_text(self.LOCK, encoding="utf-8")
        return tmp_path / "requirements.lock"

    @pytest.mark.parametrize(
        ("folder", "expected"),
        [
            ("A_B-1.0.dist-info", True),
            ("a.b-1.0.dist-info", True),
            ("a_b-1.1.dist-info", False),
            ("c-2.dist-info", False),
        ],
    )
    def test_everything_is_told_from_the_folders(self, lock: Path, folder: str, expected: bool) -> None:
        (lock.parent / "site" / folder).mkdir(parents=True)
        search_path = [str(lock.parent / "site"), str(lock.parent / "not there")]
        assert environment.has_everything([lock.name], str(lock.parent), search_path) is expected

    def test_one_that_has_everything_is_kept(self, lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (lock.parent / "site" / "a_b-1.0.dist-info").mkdir(parents=True)
        monkeypatch.setattr(sys, "path", [str(lock.parent / "site")])
        bootstrap.ensure(root=str(lock.parent))
        assert not (lock.parent / ".venv").exists()


class TestWrongMachines:
    @pytest.mark.parametrize(
        "file", ["main.py", "bootstrap.py", "first_start/environment.py", "first_start/system_libraries.py"]
    )
    def test_the_start_files_parse_on_old_pythons(self, file: str) -> None:
        ast.parse((ROOT / file).read_text(encoding="utf-8"), feature_version=(3, 7))

    def test_an_old_python_is_told_which_one_is_needed(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys, "version_info", (3, 10, 13, "final", 0))
        assert main.main([]) == 2
        assert "needs Python 3.11 or newer, and this is Python 3.10.13" in capsys.readouterr().err

    def test_no_display_names_the_command_that_needs_none(self) -> None:
        done = _start()
        assert done.returncode == 2
        assert done.stderr.startswith("error: There is no display")
        assert done.stderr.endswith("python3 main.py train spiral\n")
        assert done.stderr.count("\n") == 1

    def test_a_display_that_does_not_answer_is_none(self) -> None:
        done = _start(DISPLAY=":4711")
        assert done.returncode == 2
        assert "the display :4711 does not answer" in done.stderr

    @pytest.mark.parametrize(
        ("variables", "groups"),
        [
            ({"DISPLAY": ":0"}, ["opengl", "fonts", "x11"]),
            ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, ["opengl", "fonts"]),
            ({"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "xcb"}, ["opengl", "fonts", "x11"]),
            ({"QT_QPA_PLATFORM": "offscreen"}, ["opengl", "fonts"]),
        ],
    )
    def test_x_libraries_are_asked_for_under_x_only(
        self, variables: dict[str, str], groups: list[str]
    ) -> None:
        assert main.window_libraries(variables) == groups

    @pytest.mark.parametrize("argument", ["--nonsense", "no-such-file.loom"])
    def test_a_wrong_argument_is_one_line_and_status_2(self, argument: str) -> None:
        done = _start(argument)
        assert done.returncode == 2
        assert re.fullmatch(rf"error: [^\n]*{argument}[^\n]*\n", done.stderr)

    def test_missing_ensurepip_names_the_package(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "requirements.lock").write_text("a==1\n", encoding="utf-8")
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
        monkeypatch.setattr(system_libraries, "can_install", lambda: False)
        package = f"python{bootstrap.python_version()}-venv"
        with pytest.raises(bootstrap.BootstrapError, match=f"sudo apt-get install -y {re.escape(package)}"):
            bootstrap.ensure(root=str(tmp_path))

    def test_a_folder_that_cannot_be_written_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "requirements.lock").write_text("a==1\n", encoding="utf-8")
        (tmp_path / ".bootstrap.lock").mkdir()  # refused to root too, unlike a read-only folder
        with pytest.raises(bootstrap.BootstrapError, match=re.escape(f"{tmp_path} cannot be written")):
            bootstrap.ensure(root=str(tmp_path))

    @pytest.mark.parametrize(
        ("number", "sentence"),
        [
            (errno.ENOSPC, "The disk is full; make 1 GB of room and start again."),
            (errno.EDQUOT, "The disk is full; make 1 GB of room and start again."),
            (errno.EACCES, "The packages could not be installed (installing: no)."),
        ],
    )
    def test_a_file_that_cannot_be_written_is_one_sentence(
        self, number: int, sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        def install(_self: environment.Environment, _lock: str) -> None:
            raise OSError(number, "no", "installing")

        monkeypatch.setattr(environment.Environment, "is_usable", lambda _self: True)
        monkeypatch.setattr(environment.Environment, "install", install)
        with pytest.raises(bootstrap.BootstrapError) as refused:
            environment.bring_up_to_date(["requirements.lock"], str(tmp_path))
        assert str(refused.value) == sentence

    def test_what_pip_said_needs_no_room(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "requirements.lock").write_text("a==1\n", encoding="utf-8")
        (tmp_path / ".venv" / "install.log").mkdir(parents=True)  # can't be written, as on a full disk
        monkeypatch.setattr(environment, "_run", lambda *_: "[Errno 28] No space left on device")
        with pytest.raises(bootstrap.BootstrapError, match=r"The disk is full; .* start again\.$"):
            environment.Environment(str(tmp_path)).install("requirements.lock")

    def test_an_environment_that_another_made_need_not_be_written(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / ".venv").mkdir()
        monkeypatch.setattr(system_libraries, "missing", lambda _groups: [])

        def read_only(*_: object, **__: object) -> None:
            raise PermissionError(errno.EACCES, "no")

        monkeypatch.setattr(bootstrap, "_read", lambda _path: None)
        monkeypatch.setattr("builtins.open", read_only)
        assert bootstrap.ensure_system_libraries(["opengl"], str(tmp_path)) is None


class TestPip:
    @pytest.mark.parametrize(
        ("output", "sentence"),
        [
            (
                "WARNING: Retrying ... NewConnectionError: [Errno -3] Temporary failure in name resolution\n"
                "ERROR: No matching distribution found for numpy==2.4.6",
                "no connection to the package index",
            ),
            ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "its hash differs"),
            ("ERROR: Could not install packages: [Errno 28] No space left on device", "The disk is full"),
            (
                "ERROR: No matching distribution found for pyside6-essentials==6.11.3",
                "no ready-made pyside6-essentials",
            ),
            ("Something\nERROR: quite unheard of\n\n", "quite unheard of"),
        ],
    )
    def test_failures_become_one_sentence(self, output: str, sentence: str) -> None:
        said = environment.explain_pip_failure(output)
        assert sentence in said
        assert "\n" not in said

    def test_each_package_is_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        progress = environment.Progress("".join(f"{name}==1\n    --hash=sha256:00\n" for name in "abcde"))
        for line in (
            "Ignoring a: markers \"sys_platform == 'win32'\" don't match your environment",
            "Requirement already satisfied: b==1 in ./site-packages",
            "Collecting c==1 (from -r requirements.lock (line 3))",
            "Downloading c-1-py3-none-any.whl.metadata (5.0 kB)",
            "Downloading c-1-py3-none-any.whl (96 kB)",
            "Using cached d-1-cp311-abi3-manylinux_2_28_x86_64.whl (7.1 MB)",
            "Processing /wheels/e-1-py3-none-any.whl (from -r requirements.lock (line 5))",
            "Installing collected packages: c, d, e",
        ):
            progress.read(line)
        assert capsys.readouterr().err.splitlines() == [
            "  [ 3/5] c 1 (96 kB)",
            "  [ 4/5] d 1 (7.1 MB)",
            "  [ 5/5] e 1",
            "  Unpacking",
        ]


class TestSystemLibraries:
    @pytest.mark.parametrize(
        ("manager", "line"),
        [
            ("apt", "sudo apt-get install -y --no-install-recommends libegl1 libxcb-shape0 libxcb-xkb1"),
            ("dnf", "sudo dnf install -y mesa-libEGL libxcb"),
            ("pacman", "sudo pacman -S --needed mesa libxcb"),
        ],
    )
    def test_the_line_names_each_package_once(self, manager: str, line: str) -> None:
        wanted = ("libEGL.so.1", "libxcb-shape.so.0", "libxcb-xkb.so.1")
        known = [library for group in system_libraries.GROUPS.values() for library in group]
        libraries = [library for library in known if library.soname in wanted]
        assert system_libraries.install_line(libraries, manager=manager, as_root=False) == line
        assert system_libraries.install_line(libraries, manager=manager, as_root=True) == line.removeprefix(
            "sudo "
        )

    @pytest.mark.parametrize(
        ("os_release", "package"),
        [
            (DEBIAN.format(12), "libglib2.0-0"),
            (DEBIAN.format(13), "libglib2.0-0t64"),
            ("ID=debian\n", "libglib2.0-0t64"),
            (UBUNTU.format("22.04"), "libglib2.0-0"),
            (UBUNTU.format("24.04"), "libglib2.0-0t64"),
            (UBUNTU.format("25.10"), "libglib2.0-0t64"),
            ("ID=linuxmint\nID_LIKE=ubuntu\nVERSION_ID=22\n", "libglib2.0-0"),
            ("", "libglib2.0-0"),
        ],
    )
    def test_glib_has_the_name_of_the_release(
        self, os_release: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "os-release"
        file.write_text(os_release, encoding="utf-8")
        monkeypatch.setattr(system_libraries, "OS_RELEASE", file)
        glib = next(each for each in system_libraries.GROUPS["opengl"] if each.apt == "libglib2.0-0")
        assert system_libraries.packages([glib], "apt") == [package]

    def test_missing_ones_are_named_with_the_line_that_installs_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unheard = system_libraries.Library("libunheard.so.7", "libunheard7", "unheard", "unheard")
        monkeypatch.setattr(system_libraries, "GROUPS", {"opengl": (unheard,)})
        monkeypatch.setattr(system_libraries, "can_install", lambda: False)
        monkeypatch.setattr(system_libraries, "_package_manager", lambda: "apt")
        monkeypatch.setattr(system_libraries, "_is_root", lambda: False)
        said = bootstrap.ensure_system_libraries(["opengl"], str(tmp_path))
        assert said == (
            "This system lacks libunheard.so.7; install with:"
            " sudo apt-get install -y --no-install-recommends libunheard7"
        )

    def test_root_with_apt_gets_them_installed_and_remembered(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        unheard = system_libraries.Library("libunheard.so.7", "libunheard7", "unheard", "unheard")
        lacking, installed = [unheard], list[str]()

        def install(libraries: list[system_libraries.Library]) -> bool:
            installed.extend(library.apt for library in libraries)
            lacking.clear()
            return True

        monkeypatch.setattr(system_libraries, "missing", lambda groups: list(lacking))
        monkeypatch.setattr(system_libraries, "can_install", lambda: True)
        monkeypatch.setattr(system_libraries, "install", install)
        (tmp_path / ".venv").mkdir()
        assert bootstrap.ensure_system_libraries(["opengl"], str(tmp_path)) is None
        lacking.append(unheard)
        assert bootstrap.ensure_system_libraries(["opengl"], str(tmp_path)) is None, "asked again"
        assert installed == ["libunheard7"]


class TestLocks:
    LOCKS = (bootstrap.RUNTIME_LOCK, bootstrap.DEVELOPMENT_LOCK)

    @staticmethod
    def _pinned(lock: str) -> dict[str, str]:
        text = (ROOT / lock).read_text(encoding="utf-8")
        return {name: version for name, version, _ in environment.requirements(text)}

    @pytest.mark.parametrize("lock", LOCKS)
    def test_every_package_has_a_hash_and_no_address(self, lock: str) -> None:
        text = (ROOT / lock).read_text(encoding="utf-8")
        entries = re.findall(r"^[a-z].*\\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.MULTILINE)
        assert len(entries) == len(self._pinned(lock)) > 10
        assert "://" not in text

    def test_what_the_project_asks_for_is_locked(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        wanted = {
            bootstrap.RUNTIME_LOCK: project["dependencies"],
            bootstrap.DEVELOPMENT_LOCK: project["dependencies"] + project["optional-dependencies"]["dev"],
        }
        for lock, lines in wanted.items():
            pinned = self._pinned(lock)
            for requirement in map(Requirement, lines):
                assert requirement.specifier.contains(pinned[requirement.name.lower().replace("_", "-")]), (
                    requirement
                )

    def test_development_adds_to_the_runtime_and_changes_nothing(self) -> None:
        runtime, development = (self._pinned(lock).items() for lock in self.LOCKS)
        assert runtime < development
