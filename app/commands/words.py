"""Other words for commands: what people call in their own way, or as other programs do."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from PySide6.QtCore import QCoreApplication

from app.commands.command import Command


def with_other_words(commands: Iterable[Command]) -> Iterator[Command]:
    """The commands, findable by these words, too."""
    known = other_words()
    for command in commands:
        more = known.get(command.name, "")
        words = tuple(word.strip() for word in more.split(",") if word.strip())
        yield replace(command, words=(*command.words, *words)) if words else command


def other_words() -> dict[str, str]:
    """Words with commas between them, by the name of a command; another language has as many as it likes."""
    return _of_files() | _of_training() | _of_the_window() | _of_the_canvas()


def _of_files() -> dict[str, str]:
    return {
        "menu/open": _tr("load a project, import a network"),
        "menu/open_data": _tr("load data, import data, CSV, Excel, spreadsheet, table, dataset"),
        "menu/open_a_folder_of_data": _tr("images, photos, sounds, dataset"),
        "menu/save_picture": _tr("image of the network, screenshot, SVG, PNG, print"),
        "menu/export_network": _tr("Python, Keras, PyTorch, TensorFlow, ONNX, web page, convert, code"),
        "menu/export_curves": _tr("plot, chart, report"),
        "menu/load_weights": _tr("import weights"),
        "menu/share": _tr("send, link"),
        "menu/quit": _tr("exit, close the program"),
    }


def _of_training() -> dict[str, str]:
    return {
        "menu/train_or_pause": _tr("run, start, fit, learn"),
        "menu/train_on": _tr("continue, more epochs, resume"),
        "menu/stop": _tr("cancel, abort, end"),
        "menu/find_rate": _tr("learning rate finder, step size"),
        "menu/train_variants": _tr("hyperparameters, sweep, grid search, tune, compare"),
        "menu/show_problems": _tr("errors, warnings, doctor, diagnosis"),
        "menu/step_through": _tr("back-propagation, debug"),
        "menu/show_formula": _tr("equation, mathematics"),
        "menu/predict_file": _tr("test, classify, evaluate, inference"),
        "menu/class_names": _tr("labels"),
        "menu/start_from_network": _tr("transfer learning, pretrained"),
        "menu/fine_tune_all": _tr("transfer learning, unfreeze"),
        "panel/4": _tr("speed, memory, performance, device"),
    }


def _of_the_window() -> dict[str, str]:
    return {
        "menu/preferences": _tr("settings, options, language, device, theme, configuration"),
        "menu/presentation": _tr("font size, larger letters, projector"),
        "menu/help": _tr("documentation, manual, reference"),
        "menu/keys": _tr("shortcuts, keyboard, hotkeys"),
        "menu/outline": _tr("list of layers, tree"),
        "menu/reset_layout": _tr("restore the panels, default layout"),
    }


def _of_the_canvas() -> dict[str, str]:
    return {
        "canvas/tidy": _tr("arrange, clean up, layout"),
        "canvas/find": _tr("search"),
        "canvas/delete": _tr("remove"),
        "canvas/duplicate": _tr("clone"),
        "canvas/bypass": _tr("disable, skip"),
        "canvas/comment": _tr("note, annotation"),
        "canvas/wire": _tr("connect, link"),
        "canvas/unwire": _tr("disconnect"),
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)
