"""The words of the window in other languages: catalogues, and the two ways by which words of the engine reach them.

The window's own words go through Qt's `tr()`. What the engine declares (a layer's summary, a setting's label) or says (a
diagnostic) is English there, since the engine knows no window; it is translated where it is shown.
"""

from PySide6.QtCore import QCoreApplication

DECLARED = "declared"
SENTENCES = "sentences"
LESSONS = "lessons"
WIDE_ENDS = "\u3002\uff01\uff1f"  # full stops that need no space behind them


def declared(text: str) -> str:
    """Words of a declaration of the engine in the language of the window; as they are, where no catalogue has them."""
    return QCoreApplication.translate(DECLARED, text) if text else text


def told(text: str) -> str:
    """What a lesson tells, in the language of the window; as it is, where a teacher wrote it or no catalogue has it."""
    return QCoreApplication.translate(LESSONS, text) if text else text


def together(*sentences: str) -> str:
    """Sentences one behind the other; a wide full stop needs no space behind it."""
    text = ""
    for sentence in filter(None, sentences):
        text += sentence if not text or text[-1] in WIDE_ENDS else f" {sentence}"
    return text


def said(sentence: str) -> str:
    """A sentence that the engine made, in the language of the window, names and numbers in it kept."""
    return QCoreApplication.translate(SENTENCES, sentence) if sentence else sentence
