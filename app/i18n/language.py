"""Which language the window speaks: the user's choice, else that of the desktop, else English."""

import os
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QSettings, QTranslator

KEY: Final = "language"
VARIABLE: Final = "LAYERLOOM_LANGUAGE"
SYSTEM, ENGLISH, PSEUDO = "system", "en", "pseudo"


@dataclass(frozen=True)
class Language:
    """A language with its name in itself, and the catalogue of Qt's own texts."""

    key: str
    title: str
    qt: str = ""


LANGUAGES: Final = (
    Language(ENGLISH, "English"),
    Language("zh_CN", "\u7b80\u4f53\u4e2d\u6587", "qtbase_zh_CN"),
)


def wished_language(remembered: QSettings | None) -> str:
    """What the user chose: `system` or the key of a language."""
    wish = str(remembered.value(KEY, SYSTEM)) if remembered is not None else SYSTEM
    return wish if wish in {language.key for language in LANGUAGES} else SYSTEM


def language_for(wish: str) -> str:
    """The key of the language that a wish stands for; the environment variable wins."""
    wish = os.environ.get(VARIABLE) or wish
    if wish != SYSTEM:
        return wish
    for name in QLocale.system().uiLanguages():
        for language in LANGUAGES:
            if name.replace("-", "_") in (language.key, language.key.replace("_", "_Hans_")):
                return language.key
            if language.key == "zh_CN" and name == "zh":
                return language.key
    return ENGLISH


def install_language(app: QCoreApplication, key: str) -> list[QTranslator]:
    """Let `app` speak a language from now on; what is there already keeps its words. Returns what was installed."""
    if key == ENGLISH:
        return []
    from app.i18n.catalogue import read_catalogue  # nothing to read in English
    from app.i18n.translator import CatalogueTranslator, PseudoTranslator

    if key == PSEUDO:
        made: list[QTranslator] = [PseudoTranslator(app)]
    else:
        try:
            made = [CatalogueTranslator(read_catalogue(key), app)]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []  # a language that was chosen is not there any more: English is
        made += _of_qt(app, key)
    for translator in made:
        app.installTranslator(translator)
    return made


def _of_qt(app: QCoreApplication, key: str) -> list[QTranslator]:
    """Qt's own texts: buttons of dialogs, names of keys."""
    name = next((language.qt for language in LANGUAGES if language.key == key), "")
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    return [translator] if name and translator.load(name, folder) else []
