"""Reads a SCIP index (the protobuf that `rust-analyzer scip` writes) and the names of the symbols in it.

Only the fields that a comparison needs are read; the rest is skipped by wire type, so that newer indexes stay readable.
"""

import re
from dataclasses import dataclass, field

DEFINITION = 1


@dataclass
class Occurrence:
    """One place in a document: zero-based line, columns in UTF-8 bytes."""

    line: int
    start: int
    end: int
    symbol: str
    roles: int


@dataclass
class Document:
    path: str
    occurrences: list


def varint(data, at):
    result = shift = 0
    while True:
        byte = data[at]
        at += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, at
        shift += 7


def fields(data):
    """Pairs of field number and value; nested messages and strings come as bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 2:
            size, at = varint(data, at)
            value = data[at : at + size]
            at += size
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value = data[at : at + size]
            at += size
        else:
            raise ValueError(f"wire type {wire} at byte {at}: not a SCIP index")
        yield number, value


def numbers(data):
    """A packed list of varints."""
    at, result = 0, []
    while at < len(data):
        value, at = varint(data, at)
        result.append(value)
    return result


def occurrence(data):
    span, symbol, roles = [], "", 0
    for number, value in fields(data):
        if number == 1:
            span = numbers(value) if isinstance(value, bytes) else [*span, value]
        elif number == 2:
            symbol = value.decode()
        elif number == 3:
            roles = value
    # Three numbers: within one line. Four: over several lines, which no name does.
    return Occurrence(span[0], span[1], span[2], symbol, roles) if len(span) == 3 else None


def documents(data):
    """The documents of an index, in its order."""
    for number, value in fields(data):
        if number != 2:
            continue
        path, found = "", []
        for inner, content in fields(value):
            if inner == 1:
                path = content.decode()
            elif inner == 2:
                one = occurrence(content)
                if one is not None:
                    found.append(one)
        yield Document(path, found)


@dataclass
class Symbol:
    """A symbol as rust-analyzer names it, taken apart."""

    package: str
    version: str
    modules: list = field(default_factory=list)
    # Function bodies around the item: rust-analyzer names them, many tools do not.
    inside: list = field(default_factory=list)
    owner: str = ""
    trait: str = ""
    name: str = ""
    kind: str = ""
    # Named by its crate alone although it is defined deeper: rust-analyzer does so for what an `extern` block declares.
    rootless: bool = False

    def path(self):
        parts = [self.package, *self.modules, *self.inside]
        if self.owner:
            parts.append(f"<{self.owner} as {self.trait}>" if self.trait else self.owner)
        if self.name:
            parts.append(self.name)
        return "::".join(parts)


DESCRIPTOR = re.compile(
    r"""(?:\[(?P<bracket>`(?:[^`]|``)*`|[\w$+-]*)\])
      | (?:(?P<name>`(?:[^`]|``)*`|[\w$+-]+)(?P<suffix>\(\w*\)\.|\.|\#|/|!|:)?)""",
    re.VERBOSE,
)
KINDS = {"/": "module", "#": "type", ".": "term", "!": "macro", ":": "attribute"}


def unquote(text):
    return text[1:-1].replace("``", "`") if text.startswith("`") else text


def parse(symbol):
    """A global symbol taken apart; None for locals and for what is not Rust's."""
    if symbol.startswith("local "):
        return None
    parts = symbol.split(" ", 4)
    if len(parts) < 5:
        return None
    _, _, package, version, text = parts
    result = Symbol(package, version)
    chain, at = [], 0
    while at < len(text):
        found = DESCRIPTOR.match(text, at)
        if not found or found.end() == at:
            return None
        at = found.end()
        if found["bracket"] is not None:
            chain.append(("bracket", unquote(found["bracket"])))
        else:
            suffix = found["suffix"] or ""
            chain.append((KINDS.get(suffix, "function" if suffix.endswith(").") else "other"), unquote(found["name"])))
    return assemble(result, chain)


def assemble(result, chain):
    while chain and chain[0][0] == "module":
        name = chain.pop(0)[1]
        if name != "crate":
            result.modules.append(name)
    while len(chain) > 1 and chain[0][0] == "function":
        result.inside.append(chain.pop(0)[1])
        while chain and chain[0][0] == "module":
            result.inside.append(chain.pop(0)[1])
    if not chain:
        if result.modules:
            result.name = result.modules.pop()
        result.kind = "module"
        return result
    if chain[0] == ("type", "impl"):
        chain.pop(0)
        brackets = []
        while chain and chain[0][0] == "bracket":
            brackets.append(chain.pop(0)[1])
        result.owner = brackets[0] if brackets else "?"
        result.trait = brackets[1] if len(brackets) > 1 else ""
        if not chain:
            result.kind = "impl"
            return result
    elif len(chain) > 1:
        result.owner = "::".join(name for _, name in chain[:-1])
    result.kind, result.name = chain[-1]
    return result


def head(text):
    """The bare name of a type as rust-analyzer prints it: no references, generics or path; empty for what has no name (`[T]`, `(A, B)`)."""
    text = re.sub(r"^(?:&\s*|'\w+\s+|mut\s+|\*const\s+|\*mut\s+|dyn\s+|for<[^>]*>\s*)+", "", text.strip())
    text = text.split(" + ")[0]
    name = re.split(r"[<(\[ ]", text, maxsplit=1)[0]
    name = name.rsplit("::", 1)[-1]
    return name if re.fullmatch(r"\w+", name) else ""
