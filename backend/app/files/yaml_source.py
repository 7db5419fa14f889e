"""YAML read safely: plain data and where each value stands.

The scalars are those of YAML 1.2's core schema plus ISO dates, so ``no``, ``on`` and ``06:00`` are
text. Anchors, aliases, tags, merge keys and several documents are refused: they make files that
people cannot read and machines cannot bound. One pass over the events, without recursion.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from math import isfinite
from typing import Final

import yaml

from app.files.faults import MOST_FAULTS, FileFault, InvalidFile, Place, shown
from app.files.reading import decode
from app.scheduling.domain.faults import Path

DEEPEST: Final = 32
LONGEST_TEXT: Final = 10_000
MOST_VALUES: Final = 1_000_000
MOST_ENTRIES: Final = 10_000

Scalar = str | int | float | bool | date | None
Value = Scalar | list["Value"] | dict[str, "Value"]

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {
    word: word.lower() == "true" for w in ("true", "false") for word in (w, w.title(), w.upper())
}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MOST_DIGITS = 18


@dataclass(slots=True)
class _Node:
    """Where a value begins, and the same of what it contains."""

    line: int
    column: int
    children: "dict[str, _Node] | list[_Node] | None" = None
    refused: bool = False


@dataclass(slots=True)
class YamlSource:
    """A YAML file's data and the places of its values.

    Parameters
    ----------
    file
        As the user knows it.
    data
        Dictionaries with text keys, lists, text, numbers, booleans, dates, None.
    faults
        What is wrong with single values; a fault that ends the reading is raised instead.
    """

    file: str
    data: Value
    faults: list[FileFault]
    _root: _Node

    def place(self, path: Path) -> Place:
        """Return where a value stands, or the nearest value around it that is there."""
        node = self._node(path)
        return Place(file=self.file, line=node.line, column=node.column)

    def refused(self, path: Path) -> bool:
        """Return whether a fault already says that there is no value there."""
        return self._node(path).refused

    def _node(self, path: Path) -> _Node:
        node = self._root
        for step in path:
            children = node.children
            if isinstance(children, dict) and str(step) in children:
                node = children[str(step)]
            elif isinstance(children, list) and isinstance(step, int) and step < len(children):
                node = children[step]
            else:
                break
        return node


def read_yaml(content: bytes, shown_as: str) -> YamlSource:
    """Read one YAML document.

    Raises
    ------
    InvalidFile
        When it is no YAML, or not within the bounds.
    """
    text = decode(content, shown_as, "save it as UTF-8")
    return _Reader(shown_as, text).read()


def scalar(text: str) -> Scalar:
    """Return the value of a plain (unquoted) scalar.

    Raises
    ------
    ValueError
        Saying what is wrong with a number or a date.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] in "+-.0123456789":
        return _number_or_date(text)
    return text


def _number_or_date(text: str) -> Scalar:
    if _INT.fullmatch(text) or _BASED.fullmatch(text):
        if len(text) > _MOST_DIGITS:
            raise ValueError(f"the number {text[:30]} has more than {_MOST_DIGITS} digits")
        return int(text, 0) if _BASED.fullmatch(text) else int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if not isfinite(number):
            raise ValueError(f"the number {text[:30]} is too large")
        return number
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is no number that means anything here")
    day = _DATE.fullmatch(text)
    if day:
        try:
            return date(int(day[1]), int(day[2]), int(day[3]))
        except ValueError:
            raise ValueError(f"the date {text} does not exist") from None
    return text


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    value: "list[Value] | dict[str, Value]"
    node: _Node
    key: str | None = None
    drop: bool = False
    key_mark: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class _Reader:
    file: str
    text: str
    faults: list[FileFault] = field(default_factory=list)
    stack: list[_Open] = field(default_factory=list)
    root: tuple[Value, _Node] | None = None
    documents: int = 0

    def read(self) -> YamlSource:
        try:
            for count, event in enumerate(yaml.parse(self.text, Loader=yaml.CSafeLoader)):
                if count > 2 * MOST_VALUES:
                    self._stop(event.start_mark, f"there are more than {MOST_VALUES} values")
                self._take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._stop(mark, f"this is not YAML: {error.problem or error.context}", _mend(error))
        except yaml.reader.ReaderError as error:
            line = self.text.count("\n", 0, error.position) + 1
            what = f"the character {error.character!r} is not allowed"
            if isinstance(error.character, int):
                what = f"the character U+{error.character:04X} is not allowed"
            raise InvalidFile(
                [*self.faults, FileFault(Place(file=self.file, line=line), "", what)]
            ) from error
        if self.root is None:
            raise InvalidFile([FileFault(Place(file=self.file), "", "the file is empty")])
        return YamlSource(self.file, self.root[0], self.faults, self.root[1])

    def _stop(self, mark: object, message: str, mend: str = "") -> None:
        raise InvalidFile([*self.faults, FileFault(self._place(mark), "", message, mend)])

    def _fault(self, mark: object, message: str, mend: str = "") -> None:
        self.faults.append(FileFault(self._place(mark), self._thing(), message, mend))
        if len(self.faults) > MOST_FAULTS:
            raise InvalidFile(self.faults)

    def _place(self, mark: object) -> Place:
        line, column = _position(mark)
        return Place(file=self.file, line=line, column=column)

    def _thing(self) -> str:
        """Return the keys that lead to the current value."""
        words: list[str] = []
        for opened in self.stack:
            if isinstance(opened.value, list):
                words.append(f"[{len(opened.value) + 1}]")
            elif opened.key is not None:
                words.append(("." if words else "") + opened.key[:40])
        return "".join(words)

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop(event.start_mark, "a second document begins here", "use one file each")
        elif isinstance(event, yaml.AliasEvent):
            self._fault(event.start_mark, f"*{event.anchor} refers elsewhere", "write it out")
            self._add(None, _Node(*_position(event.start_mark), refused=True))
        elif isinstance(event, yaml.NodeEvent):
            self._refuse_decoration(event)
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            else:
                self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self.stack.pop()
            self._add(closed.value, closed.node)

    def _refuse_decoration(self, event: yaml.NodeEvent) -> None:
        if event.anchor:
            self._fault(
                event.start_mark, f"the anchor &{event.anchor} is not allowed", "leave it out"
            )
        tag = getattr(event, "tag", None)
        if tag and tag != "!":
            self._fault(event.start_mark, f"the tag {shown(tag)} is not allowed", "leave it out")

    def _begin(self, event: yaml.NodeEvent) -> None:
        if len(self.stack) >= DEEPEST:
            self._stop(event.start_mark, f"lists and blocks nest deeper than {DEEPEST}")
        node = _node(event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        node.children = {} if mapping else []
        self.stack.append(_Open({} if mapping else [], node))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        node, text = _node(event), event.value
        if len(text) > LONGEST_TEXT:
            message = f"this text has {len(text)} characters: at most {LONGEST_TEXT} are allowed"
            self._fault(event.start_mark, message)
            text = text[:10]
        if self._wants_key():
            self._key(text, event)
            return
        value: Value = text
        if event.implicit[0]:
            try:
                value = scalar(text)
            except ValueError as error:
                self._fault(event.start_mark, str(error))
                node.refused = True
        self._add(value, node)

    def _wants_key(self) -> bool:
        return (
            bool(self.stack)
            and isinstance(self.stack[-1].value, dict)
            and self.stack[-1].key is None
        )

    def _key(self, key: str, event: yaml.ScalarEvent) -> None:
        mark = event.start_mark
        opened = self.stack[-1]
        children = opened.node.children
        opened.drop = isinstance(children, dict) and key in children
        if opened.drop and isinstance(children, dict):
            first = children[key].line
            message = f"the key {shown(key)} is here twice, first on line {first}"
            self._fault(mark, message, "keep one")
        opened.key, opened.key_mark = key, _position(mark)

    def _add(self, value: Value, node: _Node) -> None:
        if not self.stack:
            self.root = (value, node)
            return
        opened = self.stack[-1]
        if len(opened.value) >= MOST_ENTRIES:
            place = Place(file=self.file, line=node.line, column=node.column)
            message = f"a list or block has more than {MOST_ENTRIES} entries"
            raise InvalidFile([*self.faults, FileFault(place, self._thing(), message)])
        children = opened.node.children
        if isinstance(opened.value, list) and isinstance(children, list):
            opened.value.append(value)
            children.append(node)
        elif isinstance(opened.value, dict) and isinstance(children, dict):
            if opened.key is None:
                place = Place(file=self.file, line=node.line, column=node.column)
                message = "a key must be text, not a list or block"
                raise InvalidFile([*self.faults, FileFault(place, self._thing(), message)])
            if not opened.drop:
                opened.value[opened.key] = value
                node.line, node.column = opened.key_mark
                children[opened.key] = node
            opened.key = None


def _node(event: yaml.Event) -> _Node:
    return _Node(*_position(event.start_mark))


def _position(mark: object) -> tuple[int, int]:
    """Return line and column from 1; 0 where there is no mark."""
    return getattr(mark, "line", -1) + 1, getattr(mark, "column", -1) + 1


def _mend(error: yaml.MarkedYAMLError) -> str:
    """Return what usually is behind a syntax error."""
    problem = str(error.problem)
    hints = (
        (
            "cannot start any token",
            "indent with spaces, not tabs, and quote text beginning with @ or `",
        ),
        (
            "mapping values are not allowed",
            "quote text that contains ': ', and check the indentation",
        ),
        ("did not find expected key", "check the indentation"),
        ("did not find expected ',' or", "close the bracket that is open"),
        ("block entry", "check the indentation of the '-'"),
    )
    return next((mend for part, mend in hints if part in problem), "")
