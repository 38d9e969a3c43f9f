#!/usr/bin/env python3
"""Compares `cargo prr resolve` with what rust-analyzer resolves, name by name.

    tools/scip_compare.py --checkout DIR.. --cache DIR [--rust-analyzer PROGRAM] [--binary FILE]
                          [--prr-arg ARG].. [--list FILE] [--json FILE] [--examples N] [--min SHARE=NUMBER]..

The commit that is checked out in DIR is laid out in the cache folder, `rust-analyzer scip` runs there once (its index is kept per
commit), and `cargo prr resolve --format json` runs there every time. Several --checkout give one table with a line each and a total.

Counted are the places that rust-analyzer resolves to something global: method calls and path segments (items, types, variants, modules,
crates; in imports, signatures, patterns and bodies). Left out: definitions, new names of imports (`as x`), fields, locals, lifetimes,
labels, `mod x;`, the keywords `self`, `Self`, `super`, `crate`, attributes and derives (shown apart), macros' own names (shown apart),
operators, and all that is not production code: tests, benches, examples, build scripts, procedural macro crates, `cfg(test)` items,
inactive cfg.

Git dependencies that are out of reach: empty local crates stand in for them in the tree that is laid out (they are printed), since
rust-analyzer sees no dependencies at all where cargo cannot tell them. `resolve` runs on the same tree. When cargo cannot tell them all
the same, the script ends.

What counts as the same item although the two write it otherwise:
- macros by crate and name: rust-analyzer names the module that an exported macro is written in, `resolve` the root where it can be named;
- a method of a trait whose impl only one of the two knows; where both know it, trait and type must agree;
- type arguments are not compared;
- `Atomic<bool>` and `AtomicBool`: newer versions of std define the second as an alias of the first, and the table of std that the tool ships
  may be of another version than the sources that rust-analyzer reads. The methods are the same ones;
- what an `extern` block declares: rust-analyzer names it by its crate alone, so that its modules are not compared (items of the
  workspace that are defined below the root file, and of crates that use wasm-bindgen).
A `use` takes a name in every namespace: it agrees when one of the items that it brings does.

--rust-analyzer   program to run (default: the one that tools/fetch_rust_analyzer.sh put into target/rust-analyzer, else the PATH's);
                  a file `config.json` beside it is passed on as its configuration
--scip FILE       an index made before, instead of running rust-analyzer (one --checkout only; rows and texts are read from --checkout)
--resolve FILE    a report of `resolve` made before, instead of running the binary (one --checkout only)
--prr-arg ARG     passed on to `resolve`; for example --prr-arg=--deps=none
--min             least share over all checkouts, e.g. --min method.resolved=0.85 --min path.same=0.99; missed: status 1
--list FILE       every miss and disagreement: file:line:column, kind, name, what rust-analyzer says, what we say
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from instruments import run, rust_text, scip, trees

KEYWORDS = {"self", "Self", "super", "crate", "await"}
CLASSES = ("method", "path", "macro", "attribute")
# Types without a name, as `resolve` calls them, and how rust-analyzer's begin.
NAMELESS = {"ref": "&", "ptr": "*", "slice": "[", "array": "[", "tuple": "(", "fn": "fn", "never": "!"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", action="extend", nargs="+", required=True, type=pathlib.Path)
    parser.add_argument("--cache", type=pathlib.Path)
    parser.add_argument("--rust-analyzer")
    parser.add_argument("--binary")
    parser.add_argument("--scip", type=pathlib.Path)
    parser.add_argument("--resolve", type=pathlib.Path)
    parser.add_argument("--prr-arg", action="append", default=[])
    parser.add_argument("--list", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--examples", type=int, default=5)
    parser.add_argument("--min", action="append", default=[], type=least)
    given = parser.parse_args()
    if given.cache is None and given.scip is None:
        parser.error("--cache or --scip is needed")
    if (given.scip or given.resolve) and len(given.checkout) > 1:
        parser.error("--scip and --resolve go with one --checkout")
    return given


def least(text):
    """`method.resolved=0.85`: class, share, number."""
    name, _, number = text.partition("=")
    kind, _, share = name.partition(".")
    if kind not in CLASSES or share not in ("resolved", "same"):
        raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(CLASSES)} with .resolved or .same")
    return kind, share, float(number)


# --- rust-analyzer's side


def rust_analyzer(given):
    own = run.REPOSITORY / "target" / "rust-analyzer" / "rust-analyzer"
    program = given or (own if own.exists() else shutil.which("rust-analyzer"))
    if not program:
        run.fail("no rust-analyzer: run tools/fetch_rust_analyzer.sh or name one with --rust-analyzer")
    return pathlib.Path(program).resolve()


def index(checkout, cache, given):
    """The tree of the commit that is checked out, and its index, both in the cache."""
    tree, commit = trees.lay_out(checkout, cache)
    target = cache / f"{commit}.scip"
    if not target.is_file():
        make_index(rust_analyzer(given), tree, target, cache / "target" / commit)
    return tree, target


def make_index(program, tree, target, build):
    folder = run.manifest(tree).parent
    part = target.with_suffix(".part")
    command = [str(program), "scip", str(folder), "--output", str(part)]
    if (program.parent / "config.json").is_file():
        command += ["--config-path", str(program.parent / "config.json")]
    env = {**os.environ, **run.toolchain(), "CARGO_TARGET_DIR": str(build), "SQLX_OFFLINE": "true", "CARGO_NET_OFFLINE": "true"}
    wrapper = program.parent / "rustc-wrapper"
    if wrapper.is_file():
        env["RUSTC_WRAPPER"] = str(wrapper)
    print(f"rust-analyzer scip {folder} (once per commit, takes minutes)", file=sys.stderr)
    with open(target.with_suffix(".log"), "w", encoding="utf-8") as log:
        done = subprocess.run(command, env=env, stdout=log, stderr=log, check=False)
    if done.returncode != 0 or not part.is_file():
        run.fail(f"rust-analyzer failed; its log is {target.with_suffix('.log')}")
    part.rename(target)


# --- what is production code


def targets(tree):
    """Root files of targets: those of production targets, those of others."""
    data = run.cargo_metadata(run.manifest(tree).parent, "--no-deps")
    if data is None:
        run.fail(f"cargo metadata --no-deps fails in {tree}")
    good, bad = [], []
    for package in data["packages"]:
        helper = package["name"] == "xtask" or only_for_tests(package, data["packages"])
        for target in package["targets"]:
            path = pathlib.Path(os.path.relpath(target["src_path"], tree.resolve())).as_posix()
            production = not helper and set(target["kind"]) <= {"lib", "rlib", "dylib", "cdylib", "staticlib", "bin"}
            (good if production else bad).append(path)
    return good, bad


def only_for_tests(package, members):
    """Is a member without binaries that other members name among their dev-dependencies alone?"""
    if any("bin" in target["kind"] for target in package["targets"]):
        return False
    kinds = {d["kind"] for other in members for d in other["dependencies"] if d["name"] == package["name"] and d.get("path")}
    return kinds == {"dev"}


def is_production(path, good, bad):
    """A file belongs to the target whose root it is, else to the one whose root's folder is the deepest above it."""
    if path in good or path in bad:
        return path in good
    best = (-1, True)
    for production, roots in ((True, good), (False, bad)):
        for folder in (root.rpartition("/")[0] for root in roots):
            if folder == "" or path.startswith(folder + "/"):
                best = max(best, (len(folder), production))
    return best[0] >= 0 and best[1]


class Source:
    """A document's text with the places that count, by (line, column), one-based, columns in characters."""

    def __init__(self, text):
        self.file = rust_text.File(text)
        self.rows = text.split("\n")

    def column(self, line, byte):
        return len(self.rows[line].encode()[:byte].decode(errors="replace"))

    def classify(self, offset, token, symbols):
        file = self.file
        if file.within(file.attributes, offset):
            return "attribute"
        if file.is_macro_call(token) and any(s.kind == "macro" for s in symbols):
            return "macro"
        if all(s.kind in ("macro", "attribute") for s in symbols):
            # `use log::info;`: an import of a macro, or a derive imported under the name of nothing else.
            return "macro"
        return "method" if file.is_method_call(token) else "path"

    def context(self, offset):
        """Where a name stands, for the table of what is missing."""
        macro = self.file.macro_around(offset)
        if macro:
            return f"in {macro}!"
        return "in use" if self.file.within(self.file.imports, offset) else ""


def is_field(symbol):
    """A field is a term in a type; constants and statics are terms too, by custom in capitals."""
    return symbol.kind == "term" and bool(symbol.owner) and not symbol.trait and not symbol.name.isupper()


class Symbols:
    """Symbols taken apart, each once; with what the index tells of their definitions."""

    def __init__(self, documents, roots):
        self.known, self.below = {}, set()
        for document in documents:
            if document.path not in roots:
                self.below.update(one.symbol for one in document.occurrences if one.roles & scip.DEFINITION)

    def parse(self, text):
        if text not in self.known:
            one = scip.parse(text)
            if one is not None:
                one.rootless = text in self.below and not one.modules and not one.inside
            self.known[text] = one
        return self.known[text]


def places(document, source, known):
    """The counted places of a document: {(line, column): (class, name, symbols, context)}."""
    found = collections.defaultdict(list)
    for one in document.occurrences:
        if one.line >= len(source.rows):
            continue
        start = source.column(one.line, one.start)
        found[(one.line, start)].append(one)
    result = {}
    for (line, column), ones in sorted(found.items()):
        offset = source.file.offset(line, column)
        token = source.file.token_at(offset)
        if token is None or source.file.tokens[token].kind != "ident":
            continue
        name = source.file.tokens[token].text.removeprefix("r#")
        if any(one.roles & scip.DEFINITION for one in ones) or name in KEYWORDS:
            continue
        before = source.file.tokens[token - 1].text if token else ""
        if before == "mod" or source.file.within(source.file.tests, offset):
            continue
        if before == "as" and source.file.within(source.file.imports, offset):
            # `use a::b as c`: `c` is a new name.
            continue
        symbols = [s for s in (known.parse(one.symbol) for one in ones) if s is not None and s.kind != "impl" and not is_field(s)]
        if any(one.symbol.startswith("local ") for one in ones) or not symbols:
            continue
        result[(line + 1, column + 1)] = (source.classify(offset, token, symbols), name, symbols, source.context(offset))
    return result


# --- comparison


class Packages:
    """What cargo tells of the packages that symbols name."""

    def __init__(self, packages):
        # Names of the libraries and binaries of a package, by the package's name.
        self.names = collections.defaultdict(set)
        # Packages whose items stand in `extern` blocks.
        self.bindings = set()
        for package in packages:
            name = package["name"].replace("-", "_")
            self.names[name].update(t["name"].replace("-", "_") for t in package["targets"] if t["kind"] not in (["custom-build"], ["test"]))
            if any(d["name"] == "wasm-bindgen" for d in package["dependencies"]):
                self.bindings.add(name)

    def has(self, package, crate):
        return crate == package or crate in self.names.get(package, ())


def packages(tree):
    data = run.cargo_metadata(run.manifest(tree).parent)
    return Packages(data["packages"] if data else [])


def split(path):
    """Segments of a path of ours, without type arguments."""
    segments, depth, part, index = [], 0, "", 0
    while index < len(path):
        char = path[index]
        if char in "<([{":
            depth += 1
        elif char in ">)]}" and not (char == ">" and path[index - 1 : index] == "-"):
            depth -= 1
        if depth == 0 and path.startswith("::", index):
            segments.append(part)
            part, index = "", index + 2
            continue
        part += char
        index += 1
    return [*segments, part]


def bare(segment):
    return scip.head(segment) or segment


def owner_of(symbol):
    """Name of the type or trait that a member stands in; the atomics under the names they have without their generic form."""
    atomic = re.fullmatch(r"Atomic<(\w+)>", symbol.owner)
    if atomic and symbol.package == "core":
        return "Atomic" + atomic[1].capitalize()
    return scip.head(symbol.owner)


def same(symbol, ours, known):
    """None when ours is the item that the symbol names, else how they differ."""
    path = split(ours["path"])
    trait = split(ours["trait_path"]) if ours.get("trait_path") else path
    crate = ours.get("crate") or path[0]
    if trait == path:
        return differs(symbol, path, crate, known)
    if symbol.trait:
        return impl_differs(symbol, path, trait)
    causes = [differs(symbol, path, crate, known), differs(symbol, trait, trait[0], known)]
    return None if None in causes else causes[0]


def impl_differs(symbol, path, trait):
    """A method of an impl that both know: of that trait, for that type."""
    if bare(path[-1]).removeprefix("r#") != symbol.name:
        return "other name"
    own, head = bare(path[-2]), owner_of(symbol)
    if own in NAMELESS:
        for_type = symbol.owner.startswith(NAMELESS[own])
    else:
        # The impl may be generic: `impl<T> Trait for T`.
        for_type = head == own or len(head) <= 2
    return None if for_type and scip.head(symbol.trait) == bare(trait[-2]) else "other impl"


def differs(symbol, path, crate, known):
    """The same for one path of ours."""
    last, crate = bare(path[-1]).removeprefix("r#"), crate.replace("-", "_")
    package = symbol.package.replace("-", "_")
    same_crate = known.has(package, crate)
    if symbol.kind == "module" and not symbol.name:
        return None if same_crate else "other crate"
    if last != symbol.name:
        return "other name"
    if symbol.owner:
        return member_differs(symbol, bare(path[-2]) if len(path) > 1 else "", same_crate)
    if not same_crate:
        return "other crate"
    modules = path[1:-1] if path[0].replace("-", "_") == crate else path[:-1]
    rootless = symbol.rootless or (not symbol.modules and package in known.bindings)
    return None if modules == symbol.modules or symbol.inside or symbol.kind == "macro" or rootless else "other module"


def member_differs(symbol, owner, same_crate):
    if symbol.trait and scip.head(symbol.trait) == owner:
        # Here the trait's own method: the impl was not asked for.
        return None
    head = owner_of(symbol)
    if head and head != owner:
        # Members of a generic impl (`impl<T> Trait for T`) are named by the parameter.
        return None if symbol.trait and same_crate and len(head) <= 2 else "other owner"
    return None if same_crate else "other crate"


def compare(tree, document_list, occurrences):
    """Counts by class, misses and disagreements."""
    good, bad = targets(tree)
    cargo = packages(tree)
    ours = collections.defaultdict(list)
    for one in occurrences:
        file = run.locate(tree, one["file"])
        if file is not None:
            ours[(file, one["line"], one["column"])].append(one)
    counts = {kind: collections.Counter() for kind in CLASSES}
    problems = []
    known = Symbols(document_list, {*good, *bad})
    for document in document_list:
        path = tree / document.path
        if not path.is_file() or not is_production(document.path, good, bad):
            continue
        source = Source(path.read_bytes().decode(errors="replace"))
        for (line, column), (kind, name, symbols, context) in places(document, source, known).items():
            candidates = ours.get((document.path, line, column), [])
            found = judge(symbols, candidates, cargo)
            counts[kind]["all"] += 1
            counts[kind][found[0]] += 1
            if found[0] != "same":
                cause = f"{found[1]} {context}".strip() if found[1] == "absent" else found[1]
                problems.append({"file": document.path, "line": line, "column": column, "class": kind, "verdict": found[0], "cause": cause,
                                 "name": name, "expected": " | ".join(s.path() for s in symbols), "ours": found[2], "context": context})
    return counts, problems


def judge(symbols, candidates, cargo):
    """(same | differs | unresolved, cause, what ours says)."""
    resolved = [c for c in candidates if c.get("path")]
    if not resolved:
        causes = [c["unknown"] for c in candidates if c.get("unknown")]
        cause = causes[0] if causes else "absent"
        return "unresolved", cause if isinstance(cause, str) else json.dumps(cause), ""
    causes = [same(symbol, one, cargo) for one in resolved for symbol in symbols]
    if None in causes:
        return "same", "", ""
    said = " | ".join(one["path"] + (f" (trait {one['trait_path']})" if one.get("trait_path") else "") for one in resolved)
    return "differs", causes[0], said


# --- output


def figures(counts):
    result = {}
    for kind, counter in counts.items():
        resolved = counter["same"] + counter["differs"]
        result[kind] = {"all": counter["all"], "resolved": resolved, "same": counter["same"],
                        "resolved_share": resolved / counter["all"] if counter["all"] else None,
                        "same_share": counter["same"] / resolved if resolved else None}
    return result


def row(name, values):
    line = [name]
    for kind in CLASSES:
        one = values[kind]
        line += [one["all"], run.share(one["resolved"], one["all"]), run.share(one["same"], one["resolved"])]
    return line


def total(results):
    counts = {kind: collections.Counter() for kind in CLASSES}
    for one in results:
        for kind in CLASSES:
            counts[kind].update(one["counts"][kind])
    return counts


def missed(results, wanted):
    """The wanted shares that are not reached, as text."""
    found = figures(total(results))
    for kind, share, number in wanted:
        have = found[kind][share + "_share"]
        if have is not None and have < number:
            yield f"{kind}.{share} is {have:.4f}, wanted {number}"


def show(results, examples):
    heading = ["checkout"]
    for kind in CLASSES:
        heading += [kind + "s", "resolved", "same"]
    rows = [row(one["name"], figures(one["counts"])) for one in results]
    if len(results) > 1:
        rows.append(row("total", figures(total(results))))
    print(run.table(rows, heading))
    problems = [p for one in results for p in one["problems"]]
    for verdict, title in (("unresolved", "not resolved here"), ("differs", "another item here")):
        kinds = collections.Counter((p["class"], p["cause"]) for p in problems if p["verdict"] == verdict and p["class"] != "attribute")
        if kinds:
            print(f"\n{title}, by kind:")
        for (kind, cause), number in kinds.most_common(40):
            print(f"{number:7}  {kind:9} {cause}")
            if verdict == "differs" or examples > 5:
                chosen = [p for p in problems if p["verdict"] == verdict and (p["class"], p["cause"]) == (kind, cause)][:examples]
                for p in chosen:
                    print(f"             {p['file']}:{p['line']}:{p['column']}: {p['name']}: {p['expected']}; here {p['ours'] or 'nothing'}")


def main():
    given = arguments()
    program = None if given.resolve else run.binary(given.binary)
    results = []
    for checkout in given.checkout:
        if given.scip:
            tree, file = checkout.resolve(), given.scip
        else:
            given.cache.mkdir(parents=True, exist_ok=True)
            tree, file = index(checkout, given.cache.resolve(), given.rust_analyzer)
        if given.resolve:
            report = json.loads(given.resolve.read_text())
        else:
            report = run.prr_json(program, ["resolve", "--format", "json", "--manifest-path", run.manifest(tree), *given.prr_arg])
        counts, problems = compare(tree, list(scip.documents(file.read_bytes())), report["occurrences"])
        results.append({"name": checkout.resolve().name, "counts": counts, "problems": problems})
    show(results, given.examples)
    if given.list:
        with open(given.list, "w", encoding="utf-8") as out:
            for one in results:
                for p in one["problems"]:
                    place = f"{one['name']}/{p['file']}:{p['line']}:{p['column']}"
                    out.write("\t".join([place, *(p[key] for key in ("class", "verdict", "cause", "name", "expected", "ours"))]) + "\n")
    if given.json:
        document = [{"name": one["name"], "figures": figures(one["counts"]), "problems": one["problems"]} for one in results]
        given.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    failures = list(missed(results, given.min))
    for line in failures:
        print(f"missed: {line}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
