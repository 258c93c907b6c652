"""The one entry of Layerloom: opens the window, or hands a command to the engine's command line.

Training processes are spawned and import this file again, so importing it must do nothing; and it has to
parse on any Python 3, to say which one it needs.
"""

import os
import sys

OLDEST_PYTHON = (3, 11)
ENGINE_COMMANDS = ("train", "predict", "convert", "check", "bench", "devices", "examples")
COMMANDS_ON_DEVICES = ("train", "predict", "bench", "devices")
USAGE = """usage: main.py [FILE.loom]         open the window
       main.py COMMAND [...]       without a window; COMMAND --help says more

commands:
  train PROJECT|EXAMPLE            train, and say how well it went
  predict PROJECT|MODEL            compute outputs for inputs from a file
  convert IN OUT                   between .loom, Keras, TensorFlow.js, ONNX and PyTorch
  check FILE                       say whether a file can be read, and why not
  bench [WORKLOAD ...]             measure the devices
  devices                          list the devices, and which is chosen
  examples                         list the bundled examples
  test [--fast] [pytest options]   check and test this copy of Layerloom
  test --judges                    test its files against Keras, PyTorch, TensorFlow.js and others"""


def main(argv: "list[str]") -> int:
    """Run Layerloom with `argv` and return the exit status: 0 done, 2 bad input or usage, 1 our fault."""
    if sys.version_info < OLDEST_PYTHON:
        return refuse(wrong_python(sys.version_info[:3], sys.executable))
    import bootstrap

    if argv[:1] in (["-h"], ["--help"]):
        print(USAGE)
        return 0
    try:
        if argv[:1] == ["test"]:
            return run_tests(argv[1:])
        if argv and argv[0] in ENGINE_COMMANDS:
            return run_command(argv)
        return open_window(argv)
    except bootstrap.BootstrapError as error:
        return refuse(str(error))
    except KeyboardInterrupt:
        return 130


def run_command(argv: "list[str]") -> int:
    """Run one of ENGINE_COMMANDS, given with its arguments."""
    import bootstrap

    bootstrap.ensure()
    if argv[0] in COMMANDS_ON_DEVICES:
        lacking = bootstrap.ensure_system_libraries(["opengl"])
        if lacking:
            bootstrap.say(f"{lacking}. Without them, NumPy computes.")
    from engine.cli.main import main as run_engine

    return run_engine(argv)


def open_window(paths: "list[str]") -> int:
    """Open the window, with the project files `paths`."""
    import bootstrap

    problem = unusable_path(paths) or display_problem(os.environ)
    if problem:
        return refuse(problem)
    bootstrap.ensure()
    lacking = bootstrap.ensure_system_libraries(window_libraries(os.environ))
    if lacking:
        return refuse(lacking)
    from app.memory import collect_later

    collect_later()
    from app.main import run

    return run(paths)


def run_tests(arguments: "list[str]") -> int:
    """Check and test this copy; see tests/runner.py for `arguments`."""
    import bootstrap

    bootstrap.ensure(bootstrap.RUNTIME_LOCK, bootstrap.DEVELOPMENT_LOCK)
    lacking = bootstrap.ensure_system_libraries(["opengl", "fonts"])
    if lacking:
        bootstrap.say(lacking)
    from tests.runner import run

    return run(arguments)


def refuse(sentence: str) -> int:
    """Say on standard error why nothing is done, and return the exit status for that."""
    sys.stderr.write(f"error: {sentence}\n")
    return 2


def wrong_python(version: "tuple[int, ...]", executable: str) -> str:
    """The sentence for a Python older than OLDEST_PYTHON."""
    found, oldest = (".".join(str(part) for part in parts) for parts in (version, OLDEST_PYTHON))
    return (
        f"Layerloom needs Python {oldest} or newer, and this is Python {found} ({executable});"
        " install a newer one and start with it, for example: python3.12 main.py"
    )


def unusable_path(paths: "list[str]") -> "str | None":
    """The sentence for the first of `paths` that is no file, or None."""
    for path in paths:
        if path.startswith("-"):
            return f"There is no option {path}; python3 main.py --help lists what there is."
        if not os.path.isfile(path):
            commands = ", ".join(ENGINE_COMMANDS)
            return f"{path} is neither a file nor a command; the commands are {commands}, test."
    return None


def display_problem(environment: "os._Environ[str] | dict[str, str]") -> "str | None":
    """The sentence for a machine with no display to open a window on, or None where there is one."""
    if sys.platform in ("win32", "darwin"):
        return None
    platform = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    has_wayland = bool(environment.get("WAYLAND_DISPLAY")) and platform != "xcb"
    if has_wayland or platform not in ("", "xcb", "wayland"):
        return None
    display = environment.get("DISPLAY", "")
    if display and display_opens(display):
        return None
    found = f"the display {display} does not answer" if display else "DISPLAY and WAYLAND_DISPLAY are not set"
    return (
        f"There is no display to open a window on ({found});"
        " this trains without one: python3 main.py train spiral"
    )


def display_opens(display: str) -> bool:
    """Whether the X server `display` answers; True where libX11 is missing, which is another sentence."""
    import ctypes

    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return True
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    connection = x11.XOpenDisplay(display.encode())
    if connection:
        x11.XCloseDisplay(connection)
    return bool(connection)


def window_libraries(environment: "os._Environ[str] | dict[str, str]") -> "list[str]":
    """The groups of first_start/system_libraries.py that a window needs under `environment`."""
    platform = environment.get("QT_QPA_PLATFORM", "").split(":")[0]
    under_x = platform == "xcb" or (not platform and not environment.get("WAYLAND_DISPLAY"))
    return ["opengl", "fonts", "x11"] if under_x else ["opengl", "fonts"]


if __name__ == "__main__":
    if getattr(sys, "frozen", False):  # a packaged worker arrives here and goes no further
        import multiprocessing

        multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
