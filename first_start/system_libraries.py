"""Names the shared libraries of Linux that the installed packages expect but do not bring.

Without this a bare machine answers with a dynamic loader's message about one file at a time. Here the whole
set is looked up at once, by soname, and answered with one line of the machine's own package manager; as
root with apt-get (a container, CI) that line is run. Standard library only: this runs before anything is
installed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Iterable, Mapping, NamedTuple, Sequence

OS_RELEASE = Path("/etc/os-release")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
FONT_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".pfb"})
FONTS = "fonts"
# The first releases whose libglib2.0-0 is called libglib2.0-0t64 (64-bit time renamed it everywhere).
T64_SINCE = {"debian": (13,), "ubuntu": (24, 4)}


class Library(NamedTuple):
    """A file that has to be there, and the package that brings it, by package manager."""

    soname: str
    apt: str
    dnf: str
    pacman: str


# What each use needs. Found missing one by one on a bare Debian 12.
GROUPS: Mapping[str, tuple[Library, ...]] = {
    "opengl": (
        Library("libGL.so.1", "libgl1", "mesa-libGL", "mesa"),
        Library("libEGL.so.1", "libegl1", "mesa-libEGL", "mesa"),
        Library("libglib-2.0.so.0", "libglib2.0-0", "glib2", "glib2"),
        Library("libfontconfig.so.1", "libfontconfig1", "fontconfig", "fontconfig"),
        Library("libdbus-1.so.3", "libdbus-1-3", "dbus-libs", "dbus"),
        Library("libxkbcommon.so.0", "libxkbcommon0", "libxkbcommon", "libxkbcommon"),
        Library("libX11.so.6", "libx11-6", "libX11", "libx11"),
        Library("libbrotlidec.so.1", "libbrotli1", "libbrotli", "brotli"),
    ),
    "x11": (
        Library("libxcb-cursor.so.0", "libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
        Library("libxcb-icccm.so.4", "libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
        Library("libxcb-keysyms.so.1", "libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
        Library("libxcb-image.so.0", "libxcb-image0", "xcb-util-image", "xcb-util-image"),
        Library(
            "libxcb-render-util.so.0", "libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"
        ),
        Library("libxcb-shape.so.0", "libxcb-shape0", "libxcb", "libxcb"),
        Library("libxcb-xkb.so.1", "libxcb-xkb1", "libxcb", "libxcb"),
        Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    ),
    FONTS: (Library("a font", "fonts-dejavu-core", "dejavu-sans-fonts", "ttf-dejavu"),),
}
INSTALL_COMMANDS = {
    "apt": "apt-get install -y --no-install-recommends",
    "dnf": "dnf install -y",
    "pacman": "pacman -S --needed",
}


def missing(groups: Iterable[str]) -> list[Library]:
    """Return what of `groups` (keys of GROUPS) this machine lacks; always empty elsewhere than on Linux."""
    if not sys.platform.startswith("linux"):
        return []
    return [library for group in groups for library in GROUPS[group] if not _is_there(group, library)]


def install_line(libraries: Sequence[Library], *, manager: str, as_root: bool) -> str:
    """Return the command line that installs `libraries` with `manager` (a key of INSTALL_COMMANDS)."""
    prefix = "" if as_root else "sudo "
    return f"{prefix}{INSTALL_COMMANDS[manager]} {' '.join(packages(libraries, manager))}"


def packages(libraries: Sequence[Library], manager: str) -> list[str]:
    """Return the package names of `libraries`, each once, as this release of the system spells them."""
    names = dict.fromkeys(str(getattr(library, manager)) for library in libraries)
    rename_glib = manager == "apt" and has_t64_names(_read_os_release())
    return [f"{name}t64" if name == "libglib2.0-0" and rename_glib else name for name in names]


def has_t64_names(os_release: str) -> bool:
    """Whether the Debian-like system described by the text of its os-release file has libglib2.0-0t64.

    An unnumbered Debian is testing or unstable, so newer; of other Debian-likes the old name is given, which
    the renamed package also answers to.
    """
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    since = T64_SINCE.get(fields.get("ID", "").strip('"'))
    if since is None:
        return False
    version = fields.get("VERSION_ID", "").strip('"')
    return not version or tuple(int(part) for part in version.split(".") if part.isdigit()) >= since


def explain(libraries: Sequence[Library]) -> str:
    """Return one sentence that names the missing libraries and how to install them."""
    manager = _package_manager()
    names = ", ".join(library.soname for library in libraries)
    if manager is None:
        return f"This system lacks {names}; install them with its package manager"
    line = install_line(libraries, manager=manager, as_root=_is_root())
    return f"This system lacks {names}; install with: {line}"


def can_install() -> bool:
    """Whether `install` may be tried here: root, with apt-get."""
    return _is_root() and _package_manager() == "apt"


def install(libraries: Sequence[Library]) -> bool:
    """Install `libraries` with apt-get; True when it reported success."""
    return apt_install(packages(libraries, "apt"))


def apt_install(names: Sequence[str]) -> bool:
    """Run apt-get update and install for the packages `names`; True when both succeeded."""
    import subprocess

    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], [*INSTALL_COMMANDS["apt"].split(), *names]):
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(done.stdout)
            return False
    return True


def _is_there(group: str, library: Library) -> bool:
    if group == FONTS:
        return any(_has_font(Path(folder).expanduser()) for folder in FONT_FOLDERS)
    import ctypes

    try:
        ctypes.CDLL(library.soname)
    except OSError:
        return False
    return True


def _has_font(folder: Path) -> bool:
    return any(file.suffix.lower() in FONT_SUFFIXES for file in folder.rglob("*"))


def _package_manager() -> str | None:
    import shutil

    commands = (("apt", "apt-get"), ("dnf", "dnf"), ("pacman", "pacman"))
    return next((name for name, command in commands if shutil.which(command)), None)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _read_os_release() -> str:
    try:
        return OS_RELEASE.read_text(encoding="utf-8")
    except OSError:
        return ""
