"""`python -m engine.reference` writes the pages anew; with `--check` it only says which ones are stale."""

import sys

from engine.reference.library import FOLDER
from engine.reference.write import generate, stale, write


def main(arguments: list[str]) -> int:
    """The exit status: 1 if pages are stale and only asked for."""
    if arguments == ["--check"]:
        found = list(stale(generate(), FOLDER))
        print("\n".join(found) or "All pages are fresh.")
        return 1 if found else 0
    if arguments:
        print("usage: python -m engine.reference [--check]", file=sys.stderr)
        return 2
    files = generate()
    print(f"{len(files)} files, {write(files)} changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
