#!/usr/bin/env python3
"""Compares `cargo prr resolve` with what rust-analyzer resolves, name by name.

    tools/scip_compare.py --checkout DIR --cache DIR [--rust-analyzer PROGRAM] [--binary FILE]
                          [--prr-arg ARG].. [--list FILE] [--json FILE] [--examples N]

The commit that is checked out in DIR is laid out in the cache folder, `rust-analyzer scip` runs there once (its index is kept per
commit), and `cargo prr resolve --format json` runs there every time. Several --checkout give one table with a line each and a total.

Counted are the places that rust-analyzer resolves to something global: method calls and path segments (items, types, variants, modules,
crates; in imports, signatures, patterns and bodies). Left out: definitions, fields, locals, lifetimes, labels, `mod x;`, the keywords
`self`, `Self`, `super`, `crate`, attributes and derives (shown apart), macros' own names (shown apart), operators, and all that is not
production code: tests, benches, examples, build scripts, procedural macro crates, `cfg(test)` items, inactive cfg.

--rust-analyzer   program to run (default: the one that tools/fetch_rust_analyzer.sh put into target/rust-analyzer, else the PATH's);
                  a file `config.json` beside it is passed on as its configuration
--scip FILE       an index made before, instead of running rust-analyzer (one --checkout only; rows and texts are read from --checkout)
--resolve FILE    a report of `resolve` made before, instead of running the binary (one --checkout only)
--prr-arg ARG     passed on to `resolve`; for example --prr-arg=--deps=none
--list FILE       every miss and disagreement: file:line:column, kind, name, what rust-analyzer says, what we say
"""

import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

from instruments import run, rust_text, scip

KEYWORDS = {"self", "Self", "super", "crate", "await"}
CLASSES = ("method", "path", "macro", "attribute")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", action="append", required=True, type=pathlib.Path)
    parser.add_argument("--cache", type=pathlib.Path)
    parser.add_argument("--rust-analyzer")
    parser.add_argument("--binary")
    parser.add_argument("--scip", type=pathlib.Path)
    parser.add_argument("--resolve", type=pathlib.Path)
    parser.add_argument("--prr-arg", action="append", default=[])
    parser.add_argument("--list", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--examples", type=int, default=5)
    given = parser.parse_args()
    if given.cache is None and given.scip is None:
        parser.error("--cache or --scip is needed")
    if (given.scip or given.resolve) and len(given.checkout) > 1:
        parser.error("--scip and --resolve go with one --checkout")
    return given


# --- rust-analyzer's side


def rust_analyzer(given):
    own = run.REPOSITORY / "target" / "rust-analyzer" / "rust-analyzer"
    program = given or (own if own.exists() else shutil.which("rust-analyzer"))
    if not program:
        run.fail("no rust-analyzer: run tools/fetch_rust_analyzer.sh or name one with --rust-analyzer")
    return pathlib.Path(program).resolve()


def index(checkout, cache, given):
    """The tree of the commit that is checked out, and its index, both in the cache."""
    commit, changed = run.commit(checkout)
    if commit is None:
        run.fail(f"{checkout} is no git checkout")
    if changed:
        print(f"warning: {checkout} has changes; its last commit is compared", file=sys.stderr)
    tree = cache / "tree" / commit
    if not tree.is_dir():
        part = tree.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        archive = subprocess.run(["git", "-C", str(checkout), "archive", "HEAD"], stdout=subprocess.PIPE, check=True)
        subprocess.run(["tar", "x", "-C", str(part)], input=archive.stdout, check=True)
        part.rename(tree)
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


def places(document, source):
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
        if token and source.file.tokens[token - 1].text == "mod" or source.file.within(source.file.tests, offset):
            continue
        symbols = [s for s in (scip.parse(one.symbol) for one in ones) if s is not None and s.kind != "impl" and not is_field(s)]
        if any(one.symbol.startswith("local ") for one in ones) or not symbols:
            continue
        result[(line + 1, column + 1)] = (source.classify(offset, token, symbols), name, symbols, source.context(offset))
    return result


# --- comparison


def crates(tree):
    """Library name by package name, for packages whose library is named otherwise."""
    data = run.cargo_metadata(run.manifest(tree).parent)
    names = {}
    for package in (data or {}).get("packages", []):
        for target in package["targets"]:
            if set(target["kind"]) & {"lib", "rlib", "proc-macro", "dylib", "cdylib", "staticlib"}:
                names.setdefault(package["name"].replace("-", "_"), set()).add(target["name"].replace("-", "_"))
            elif "bin" in target["kind"]:
                names.setdefault(package["name"].replace("-", "_"), set()).add(target["name"].replace("-", "_"))
    return names


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


def same(symbol, ours, names):
    """None when ours is the item that the symbol names, else how they differ."""
    path = split(ours["path"])
    trait = split(ours["trait_path"]) if ours.get("trait_path") else []
    last = bare(path[-1]).removeprefix("r#")
    crate = ours.get("crate") or path[0]
    package = symbol.package.replace("-", "_")
    same_crate = crate.replace("-", "_") in names.get(package, {package}) | {package}
    if symbol.kind == "module" and not symbol.name:
        return None if same_crate else "other crate"
    if last != symbol.name:
        return "other name"
    owner = bare(path[-2]) if len(path) > 1 else ""
    owners = {owner} | ({bare(trait[-2])} if len(trait) > 1 else set())
    if symbol.owner:
        head = scip.head(symbol.owner) if "::" not in symbol.owner else symbol.owner.rsplit("::", 1)[-1]
        if symbol.trait and scip.head(symbol.trait) in owners:
            return None
        if head and head not in owners:
            # Members of a generic impl (`impl<T> Trait for T`) are named by the parameter.
            return None if symbol.trait and same_crate and len(head) <= 2 else "other owner"
        return None if same_crate else "other crate"
    if not same_crate:
        return "other crate"
    modules = path[1:-1] if path[0].replace("-", "_") == crate.replace("-", "_") else path[:-1]
    if modules == symbol.modules or symbol.inside:
        return None
    return "other module"


def compare(tree, document_list, occurrences):
    """Counts by class, misses and disagreements."""
    good, bad = targets(tree)
    names = crates(tree)
    ours = collections.defaultdict(list)
    for one in occurrences:
        file = run.locate(tree, one["file"])
        if file is not None:
            ours[(file, one["line"], one["column"])].append(one)
    counts = {kind: collections.Counter() for kind in CLASSES}
    problems = []
    for document in document_list:
        path = tree / document.path
        if not path.is_file() or not is_production(document.path, good, bad):
            continue
        source = Source(path.read_bytes().decode(errors="replace"))
        for (line, column), (kind, name, symbols, context) in places(document, source).items():
            candidates = ours.get((document.path, line, column), [])
            found = judge(symbols, candidates, names)
            counts[kind]["all"] += 1
            counts[kind][found[0]] += 1
            if found[0] != "same":
                cause = f"{found[1]} {context}".strip() if found[1] == "absent" else found[1]
                problems.append({"file": document.path, "line": line, "column": column, "class": kind, "verdict": found[0], "cause": cause,
                                 "name": name, "expected": " | ".join(s.path() for s in symbols), "ours": found[2], "context": context})
    return counts, problems


def judge(symbols, candidates, names):
    """(same | differs | unresolved, cause, what ours says)."""
    resolved = [c for c in candidates if c.get("path")]
    if not resolved:
        causes = [c["unknown"] for c in candidates if c.get("unknown")]
        cause = causes[0] if causes else "absent"
        return "unresolved", cause if isinstance(cause, str) else json.dumps(cause), ""
    causes = [same(symbol, one, names) for one in resolved for symbol in symbols]
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


def show(results, examples):
    heading = ["checkout"]
    for kind in CLASSES:
        heading += [kind + "s", "resolved", "same"]
    total = {kind: collections.Counter() for kind in CLASSES}
    for one in results:
        for kind in CLASSES:
            total[kind].update(one["counts"][kind])
    rows = [row(one["name"], figures(one["counts"])) for one in results]
    if len(results) > 1:
        rows.append(row("total", figures(total)))
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
                    out.write(f"{one['name']}/{p['file']}:{p['line']}:{p['column']}\t{p['class']}\t{p['verdict']}\t{p['cause']}\t{p['name']}\t{p['expected']}\t{p['ours']}\n")
    if given.json:
        document = [{"name": one["name"], "figures": figures(one["counts"]), "problems": one["problems"]} for one in results]
        given.json.write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
