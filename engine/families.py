"""Things that are chosen by name and have settings of their own: initializers, regularizers, losses, optimizers ..

A family is declared by a base class and the place where its members live; the choice in a form, the JSON in a file, the
reference pages and the sentences about what is wrong are all derived from the members.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from engine.registry import Registry, loose, subclasses
from engine.settings import Settings, problems


@lru_cache(1024)  # asked for at every setting of every layer that is written
def snake_case(name: str) -> str:
    """A class name as Keras writes it in files: `GlorotUniform` gives glorot_uniform, `L1L2` l1_l2."""
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()


class Member(Settings):
    """Base of what a family consists of. A class with a `summary` of its own is a member, others are bases.

    Attributes:
        label: the name for people.
        summary: one sentence for the help.
        formula: in plain Unicode, where there is one.
        source: where the formula comes from.
        aliases: other names under which files and people know it.
    """

    label: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    formula: ClassVar[str] = ""
    source: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def key(cls) -> str:
        """Its name in files."""
        return snake_case(cls.__name__)

    @classmethod
    def title(cls) -> str:
        """Its name for people."""
        return cls.label or cls.__name__

    def __str__(self) -> str:
        return self.key()


T = TypeVar("T", bound=Settings)


def _declared(kind: type[Settings]) -> bool:
    return "summary" in vars(kind)


def _member_key(kind: type[Settings]) -> str:
    return kind.key() if issubclass(kind, Member) else kind.__name__


class Family(Generic[T]):
    """The members of `base` found in a module or package; as an annotation, the type of a setting.

    `AnyThing = Annotated[Thing, Family(Thing, "engine.things", "thing")]`. Such a setting accepts a member, the
    name of one (its defaults), or `{"name": .., setting: ..}`, and is written in the shortest of these forms.

    Args:
        base: what all members derive from.
        home: the module, or the package of modules, that declares them; imported at first use.
        noun: the word for one of them in sentences: "initializer".
        key: the name in files.
        includes: whether a subclass of `base` is a member.
    """

    def __init__(
        self,
        base: type[T],
        home: str,
        noun: str,
        *,
        key: Callable[[type[Settings]], str] = _member_key,
        includes: Callable[[type[Settings]], bool] = _declared,
    ) -> None:
        self.base = base
        self.noun = noun
        self.key = key
        self._registry = Registry[type[T]](
            home, f"kinds of {noun}", subclasses(base, includes), key, order=key
        )
        self._met: dict[str, type[T]] = {}  # by the names that were asked for

    def __repr__(self) -> str:
        return f"Family({self.noun})"

    @property
    def members(self) -> Mapping[str, type[T]]:
        """The classes by their names in files, in alphabetical order; all of them are imported for that."""
        return self._registry.whole

    def first(self, suits: Callable[[type[T]], bool]) -> type[T] | None:
        """The one that suits, where there is but one; none is imported any more once it is found."""
        return self._registry.first(suits)

    def import_all(self) -> Iterator[None]:
        """Import all members, a module a step, for those who have time before they are wanted."""
        return self._registry.import_all()

    def __call__(self, name: str, **settings: Any) -> T:
        """The member of that name.

        Raises:
            ValueError: one sentence on what is wrong with the name or a setting.
        """
        kind = self._named(name)
        if kind is None:
            raise ValueError(
                f"There is no {self.noun} named {name!r}; take one of {', '.join(self.members)}."
            )
        try:
            return kind.model_validate(settings)
        except ValidationError as error:
            raise ValueError(next(iter(problems(kind, error).values()))) from None

    def read(self, value: object) -> T:
        """The member that a value stands for: itself, a name, or `{"name": .., setting: ..}`; raises ValueError."""
        if isinstance(value, self.base):
            return value
        if isinstance(value, str):
            return self(value)
        if isinstance(value, Mapping) and isinstance(value.get("name"), str):
            return self(value["name"], **{str(k): v for k, v in value.items() if k != "name"})
        raise ValueError(
            f"The {self.noun} is a name or a name with settings, received {value!r:.60}; "
            f"take one of {', '.join(self.members)}."
        )

    def write(self, member: T) -> str | dict[str, Any]:
        """The member as JSON values: its name where all settings are the usual ones."""
        name = self.key(type(member))
        settings = member.model_dump(mode="json")
        changed = {k for k in type(member).model_fields if getattr(member, k) != self._usual(type(member), k)}
        return {"name": name, **settings} if changed else name

    @staticmethod
    def _usual(kind: type[Settings], field: str) -> object:
        return getattr(_fresh(kind), field)

    def _named(self, name: str) -> type[T] | None:
        wanted = loose(name)
        if wanted not in self._met:
            kind = self._registry.first(lambda kind: wanted in self.names(kind), likely=name)
            if kind is None:
                return None
            self._met[wanted] = kind
        return self._met[wanted]

    def names(self, kind: type[T]) -> set[str]:
        """Those under which a member is known, in small letters and digits alone."""
        aliases = kind.aliases if issubclass(kind, Member) else ()
        return {loose(name) for name in (self.key(kind), kind.__name__, *aliases)}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """How pydantic validates and writes a setting of this family."""
        return core_schema.no_info_plain_validator_function(
            self.read, serialization=core_schema.plain_serializer_function_ser_schema(self.write)
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The forms in which a file may name a member."""
        name = {"type": "string", "enum": list(self.members)}
        return {"anyOf": [name, {"type": "object", "properties": {"name": name}, "required": ["name"]}]}


@cache
def _fresh(kind: type[Settings]) -> Settings:
    """With the usual settings, as validation makes them: `"zeros"` is a member of its family there."""
    return kind.model_validate({})
