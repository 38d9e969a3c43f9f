"""A light reader of Rust text: enough to tell code from comments and literals, attributes and test items from the rest, and where a
name stands. It never fails; on text it cannot follow it only knows less."""

import bisect
import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<line>//[^\n]*)
      | (?P<block>/\*)
      | (?P<raw>(?:b|c)?r(?P<hashes>\#*)")
      | (?P<string>(?:b|c)?"(?:[^"\\]|\\.)*")
      | (?P<char>b?'(?:[^'\\\n]|\\(?:u\{[0-9a-fA-F_]*\}|x[0-9a-fA-F]{2}|.))')
      | (?P<lifetime>'\w+)
      | (?P<ident>(?:r\#)?[^\W\d]\w*)
      | (?P<number>\d[\w.]*)
      | (?P<punct>.)""",
    re.VERBOSE | re.DOTALL,
)
OPEN = {"(": ")", "[": "]", "{": "}"}
ITEMS = {"async", "auto", "const", "enum", "extern", "fn", "impl", "let", "macro_rules", "mod", "static", "struct", "trait", "type", "union", "unsafe", "use"}
TESTS = {"test", "bench", "rstest", "test_case", "quickcheck", "proptest", "test_log", "traced_test", "tokio_test"}


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int


def tokens(text):
    """Identifiers, literals, lifetimes and single punctuation characters; comments and white space are left out."""
    result, at = [], 0
    while at < len(text):
        found = TOKEN.match(text, at)
        kind, end = found.lastgroup, found.end()
        if kind == "hashes":
            kind = "raw"
        if kind == "block":
            end = block_end(text, at)
        elif kind == "raw":
            close = text.find('"' + found["hashes"], end)
            end = len(text) if close < 0 else close + 1 + len(found["hashes"])
        if kind == "number":
            # `1..2` and `1.max(2)`: the number ends before the dots or the method.
            stop = re.match(r"\d[\w]*(?:\.\d\w*|\.(?![.\w]))?", text[at:end])
            end = at + stop.end()
        if kind not in ("space", "line", "block"):
            result.append(Token(kind, text[at:end], at, end))
        at = end
    return result


def block_end(text, at):
    depth, here = 0, at
    for mark in re.finditer(r"/\*|\*/", text[at:]):
        depth += 1 if mark.group() == "/*" else -1
        here = at + mark.end()
        if depth == 0:
            return here
    return len(text)


def matching(toks):
    """Index of the partner of each bracket token."""
    stack, partner = [], {}
    for index, token in enumerate(toks):
        if token.kind != "punct":
            continue
        if token.text in OPEN:
            stack.append(index)
        elif token.text in ")]}" and stack and OPEN[toks[stack[-1]].text] == token.text:
            partner[index] = stack.pop()
            partner[partner[index]] = index
    return partner


class File:
    """One source file with what is known of its text."""

    def __init__(self, text):
        self.text = text
        self.lines = [0, *(m.end() for m in re.finditer("\n", text))]
        self.tokens = tokens(text)
        self.starts = [token.start for token in self.tokens]
        self.partner = matching(self.tokens)
        self.attributes, self.covered, self.macros, self.imports = [], [], [], []
        self.scan()
        self.tests = [(start, end) for start, end, words in self.covered if says_test(words)]

    def scan(self):
        toks, index = self.tokens, 0
        while index < len(toks):
            if toks[index].text == "#":
                index = self.attribute(index)
                continue
            if toks[index].text == "use" and index + 1 < len(toks) and toks[index + 1].text != "<":
                self.imports.append((toks[index].start, self.statement_end(index)))
            if toks[index].text == "!" and index and toks[index - 1].kind == "ident" and index + 1 < len(toks):
                after = index + 1
                if toks[index - 1].text == "macro_rules" and toks[after].kind == "ident":
                    after += 1
                if after < len(toks) and toks[after].text in OPEN and after in self.partner:
                    close = self.partner[after]
                    self.macros.append((toks[after].start, toks[close].end, toks[index - 1].text))
            index += 1

    def attribute(self, index):
        """Takes a run of attributes, and what each of them covers: the item after them, or the block around an inner one."""
        toks, first, outer = self.tokens, index, []
        while index < len(toks) and toks[index].text == "#":
            inner = index + 1 < len(toks) and toks[index + 1].text == "!"
            bracket = index + (2 if inner else 1)
            if bracket >= len(toks) or toks[bracket].text != "[" or bracket not in self.partner:
                return index + 1
            close = self.partner[bracket]
            self.attributes.append((toks[index].start, toks[close].end))
            words = [t.text for t in toks[bracket + 1 : close]]
            if inner:
                self.covered.append((0 if first == 0 else toks[first].start, self.enclosing_end(index), words))
            else:
                outer.append(words)
            index = close + 1
        if outer and index < len(toks):
            end = self.item_end(index)
            self.covered += [(toks[first].start, end, words) for words in outer]
        return index

    def covering(self, offset):
        """The attributes, as lists of tokens, that cover a place."""
        return [words for start, end, words in self.covered if start <= offset < end]

    def enclosing_end(self, index):
        """End of the block around a token, or of the file."""
        ends = [self.tokens[c].end for o, c in self.partner.items() if o < index < c and self.tokens[o].text == "{"]
        return min(ends, default=len(self.text))

    def statement_end(self, index):
        while index < len(self.tokens) and self.tokens[index].text != ";":
            index = self.partner.get(index, index) + 1 if self.tokens[index].text in OPEN else index + 1
        return self.tokens[index].end if index < len(self.tokens) else len(self.text)

    def is_item(self, index):
        """Does an item or statement begin at a token, rather than a field, variant, arm or argument?"""
        toks = self.tokens
        if toks[index].text == "pub":
            index += 1
            if index < len(toks) and toks[index].text == "(":
                index = self.partner.get(index, index) + 1
        return index < len(toks) and toks[index].text in ITEMS

    def item_end(self, index):
        """End of the item, statement, field or arm at a token: its block, or its `;`, or its `,`."""
        comma = () if self.is_item(index) else (",",)
        while index < len(self.tokens):
            text = self.tokens[index].text
            if text == ";" or text in comma:
                return self.tokens[index].end
            if text in OPEN and index in self.partner:
                close = self.partner[index]
                if text == "{":
                    return self.tokens[close].end
                index = close
            elif text in (")", "]", "}"):
                return self.tokens[index].start
            index += 1
        return len(self.text)

    def offset(self, line, column):
        """Offset in characters of a zero-based line and a zero-based column in characters."""
        return self.lines[line] + column if line < len(self.lines) else len(self.text)

    def token_at(self, offset):
        index = bisect.bisect_right(self.starts, offset) - 1
        return index if index >= 0 and self.tokens[index].start == offset else None

    def token_from(self, offset):
        """Index of the token that starts at an offset or holds it; of the last one before, else."""
        return max(0, bisect.bisect_right(self.starts, offset) - 1)

    def within(self, ranges, offset):
        return any(start <= offset < end for start, end, *_ in ranges)

    def macro_around(self, offset):
        """Name of the innermost macro invocation around an offset, or empty."""
        best = None
        for start, end, name in self.macros:
            if start < offset < end and (best is None or start > best[0]):
                best = (start, name)
        return best[1] if best else ""

    def is_method_call(self, index):
        """Is the identifier at a token index the name of a method call?"""
        toks = self.tokens
        if index == 0 or toks[index - 1].text != "." or index + 1 >= len(toks):
            return False
        if index > 1 and toks[index - 2].text == ".":
            return False
        return toks[index + 1].text == "(" or [t.text for t in toks[index + 1 : index + 4]] == [":", ":", "<"]

    def is_macro_call(self, index):
        toks = self.tokens
        return index + 2 < len(toks) and toks[index + 1].text == "!" and toks[index + 2].text in OPEN


def says_test(words):
    """Does an attribute (its tokens) make a test of what follows?"""
    if not words:
        return False
    if words[0] == "cfg":
        return cfg_is_test(words[2:-1])
    name, at = words[0], 1
    while words[at : at + 2] == [":", ":"] and at + 2 < len(words):
        name, at = words[at + 2], at + 3
    return name in TESTS


def cfg_is_test(words):
    """`test`, or an `all(..)` that names it among its own arguments; `any(test, ..)` and `not(test)` are production code too."""
    if words == ["test"]:
        return True
    if words[:2] == ["all", "("]:
        depth = 0
        for index, word in enumerate(words[2:-1]):
            depth += {"(": 1, ")": -1}.get(word, 0)
            if depth == 0 and word == "test" and words[2:-1][index - 1 : index] in ([], [","], ["("]):
                return True
    return False
