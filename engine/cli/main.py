"""The commands that work without a window. Progress goes to stderr, results to stdout; scripts rely on both.

A command imports what it needs, and nothing that another one does: the small ones answer in two thirds of the time.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from engine.cli.errors import USER_ERRORS, UsageError
from engine.cli.values import Parser, whole
from engine.devices.registry import PROVIDERS


def main(argv: Sequence[str]) -> int:
    """Run one command; the exit status: 0 done, 2 bad input or usage, 1 a fault of ours."""
    _show_any_letter()
    try:
        arguments, rest = _parser(argv[0] if argv else "").parse_known_args(list(argv))
        if rest:
            raise UsageError(f"there is no option or argument {rest[0]!r} (see `main.py {argv[0]} --help`).")
        return int(arguments.run(arguments))
    except BrokenPipeError:
        return _leave_quietly()
    except USER_ERRORS as error:
        _complain(error)
        return 2
    except MemoryError:
        _complain("there is not enough memory; use a smaller batch, network or data set.")
        return 2
    except KeyboardInterrupt:
        _complain("interrupted.")
        return 2
    except Exception:  # noqa: BLE001 - the last resort: status 1 and the text we need to mend it
        traceback.print_exc()
        return 1


def _show_any_letter() -> None:
    """A terminal, or a file in its encoding, gets the code of a letter that it does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _leave_quietly() -> int:
    """The reader of our output has seen enough; the interpreter must not try to write the rest at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _complain(error: object) -> None:
    text = " ".join(str(error).split())
    print(f"error: {text}", file=sys.stderr)


def _parser(wanted: str) -> argparse.ArgumentParser:
    """Knows all commands, and the arguments of the one that is `wanted`: those of others would import what they need."""
    parser = Parser(prog="main.py", description="Layerloom without a window.")
    parsers = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for name, (text, add_arguments) in COMMANDS.items():
        command = parsers.add_parser(name, help=text)
        if name == wanted:
            add_arguments(command)
    return parser


def _check(parser: argparse.ArgumentParser) -> None:
    from engine.cli.listings import check

    parser.add_argument("file")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.set_defaults(run=check)


def _devices(parser: argparse.ArgumentParser) -> None:
    from engine.cli.listings import devices

    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=devices)


def _examples(parser: argparse.ArgumentParser) -> None:
    from engine.cli.listings import examples

    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=examples)


def _bench(parser: argparse.ArgumentParser) -> None:
    from engine.cli import bench

    bench.add_arguments(parser)


def _convert(parser: argparse.ArgumentParser) -> None:
    from engine.cli.convert import convert

    parser.add_argument("input", help="a .loom file, the name of an example, or a file of another program")
    parser.add_argument("output", help="where to; the ending says the format")
    parser.add_argument(
        "--weights", default="", metavar="FILE", help="weights to put on the network first, where they fit"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="options",
        help="an option of the format",
    )
    parser.add_argument(
        "--python",
        default="",
        metavar="PROGRAM",
        help="a Python with Keras or others, to ask what the file predicts",
    )
    parser.add_argument(
        "--tfjs", default="", metavar="FILE", help="tf.min.js, or the folder of @tensorflow/tfjs"
    )
    parser.add_argument(
        "--snippet", action="store_true", help="print a short program that runs what was written"
    )
    parser.set_defaults(run=convert)


def _train(parser: argparse.ArgumentParser) -> None:
    from engine.cli.beginning import HEAD
    from engine.cli.train import PROPOSED, train

    parser.add_argument("project", help="a .loom file or the name of an example")
    parser.add_argument("--data", metavar="PATH", help="a file or folder of your own to train on instead")
    parser.add_argument(
        "--network",
        choices=("own", PROPOSED, HEAD),
        default="own",
        help="the project's own network, one that is proposed for the data, or its own, frozen, with a new head for it "
        "(default: %(default)s)",
    )
    parser.add_argument("--device", choices=("auto", "cpu", "gl"))
    parser.add_argument("--epochs", type=whole, help="how often every example is seen")
    parser.add_argument("--seed", type=whole, help="of all that is random; the same seed gives the same run")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="LAYER.FIELD=VALUE",
        dest="changes",
        help="change a setting of a layer, or of `training`, `optimizer` or `data`",
    )
    parser.add_argument("--out", metavar="FILE.loom", help="save the trained project")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=train)


def _predict(parser: argparse.ArgumentParser) -> None:
    from engine.cli.predict import predict

    parser.add_argument("model", help="a trained .loom file")
    parser.add_argument(
        "--input",
        required=True,
        metavar="FILE",
        help="rows to predict: a file or folder of the kind that was trained on",
    )
    parser.add_argument("--output", metavar="FILE", help=".npz or .csv; without it, CSV goes to stdout")
    parser.add_argument(
        "--report", metavar="FILE", help=".json or .csv: compare with the answers that the input has"
    )
    parser.add_argument("--answers", metavar="COLUMN", help="of the input, where its name does not say so")
    parser.add_argument(
        "--invert",
        action="store_true",
        help="turn pictures round first: ink on paper, for a network that learned light on dark",
    )
    parser.add_argument(
        "--centre",
        action="store_true",
        help="bring what is drawn to the middle first, where it lies elsewhere, and to the size that was learned",
    )
    parser.add_argument("--device", choices=tuple(PROVIDERS), default="cpu", help="what computes the answers")
    parser.set_defaults(run=predict)


COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = MappingProxyType(
    {
        "train": ("train a project or an example", _train),
        "predict": ("predict with a trained project", _predict),
        "check": ("say what a file is, whether it can be read, and what would be lost", _check),
        "devices": ("list the devices, and what is wrong with the others", _devices),
        "examples": ("list the bundled examples", _examples),
        "bench": ("measure the devices", _bench),
        "convert": ("write a network in the format of another program, or read one", _convert),
    }
)
"""What each is for, and what adds its arguments."""
