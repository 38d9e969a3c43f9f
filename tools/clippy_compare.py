#!/usr/bin/env python3
"""Compares what `cargo prr resolve` says of types with clippy's typed lints, place by place.

    tools/clippy_compare.py --checkout DIR.. --cache DIR [--binary FILE] [--cargo-arg ARG].. [--prr-arg ARG]..
                            [--min SHARE=NUMBER].. [--list FILE] [--json FILE]

The commit that is checked out in DIR is laid out in the cache folder as tools/scip_compare.py does it (the folder may be the same), and `cargo
clippy` type-checks the libraries and binaries there (offline; the first time takes minutes), with these lints, whatever clippy.toml says:

  let        let_underscore_must_use    `let _ = value`
  ok         unused_result_ok           `value.ok();`
  unwrap     unwrap_used, expect_used   `value.unwrap()`, `value.expect(..)`
  print      print_stdout, print_stderr, dbg_macro

Clippy names the type for `unwrap` and `ok`: the two must name the same one. For `let` it says that the type is `#[must_use]`, which also
holds for guards, futures and iterators: where a Result stands here the two agree; where another known type stands here the place is `apart`,
listed, and in no share. Functions that are `#[must_use]` whatever they return are left out, and so is what a macro of the workspace
expands to.

The other way round: every Result (`let`, `ok`), Result or Option (`unwrap`), and print that is known here must be one of clippy's places.
Left out: what clippy does not check because the build does not contain it, the code allows the lint, or clippy passes it over. That is:
places under a `cfg` or an `allow`/`expect` attribute in their file, in constants, in bodies that an attribute macro rewrites
(`#[instrument]`: clippy's print lints look away there), files of packages that were not built, and files that no build names.

--cargo-arg   passed on to `cargo clippy`, for example --cargo-arg=--exclude=app
--min         least share over all checkouts; FORM.told (known here, of clippy's places), FORM.same (the same type, of those) or FORM.found
              (one of clippy's places, of those known here); FORM may be `all`. Missed: status 1
--list        every disagreement: file:line:column, form, what clippy says, what stands here

RUSTFLAGS is set to `-C linker=cc` unless it is set: a linker that a checkout names may not be installed.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

from instruments import run, rust_text, scip, trees

LINTS = {
    "let_underscore_must_use": "let", "unused_result_ok": "ok", "unwrap_used": "unwrap", "expect_used": "unwrap",
    "print_stdout": "print", "print_stderr": "print", "dbg_macro": "print",
}
# What `resolve` calls the same forms.
FORMS = {"let_underscore": "let", "ok_statement": "ok", "unwrap": "unwrap", "expect": "unwrap", "print": "print"}
CHECKED = {"let": {"Result"}, "ok": {"Result"}, "unwrap": {"Result", "Option"}, "print": {"()"}}
# Attributes of functions and modules that are no macros.
BUILT_IN = {
    "allow", "automatically_derived", "cfg", "cfg_attr", "cold", "default", "deny", "deprecated", "derive", "diagnostic", "doc", "expect", "export_name",
    "feature", "forbid", "inline", "macro_use", "must_use", "no_mangle", "no_std", "path", "recursion_limit", "rustfmt", "target_feature",
    "track_caller", "type_length_limit", "unsafe", "warn",
}
SHARES = ("told", "same", "found")
VERDICTS = ("same", "other type", "unknown", "absent", "apart", "clippy silent")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", action="extend", nargs="+", required=True, type=pathlib.Path)
    parser.add_argument("--cache", required=True, type=pathlib.Path)
    parser.add_argument("--binary")
    parser.add_argument("--cargo-arg", action="append", default=[])
    parser.add_argument("--prr-arg", action="append", default=[])
    parser.add_argument("--min", action="append", default=[], type=least)
    parser.add_argument("--list", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def least(text):
    """`unwrap.same=0.99`: form, share, number."""
    name, _, number = text.partition("=")
    form, _, share = name.partition(".")
    if form not in (*CHECKED, "all") or share not in SHARES:
        raise argparse.ArgumentTypeError(f"{name}: not one of {', '.join(CHECKED)} or all, with .told, .same or .found")
    return form, share, float(number)


# --- clippy's side


def clippy(folder, build, extra):
    """Clippy's messages as JSON objects."""
    build.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, **run.toolchain(), "CARGO_TARGET_DIR": str(build), "SQLX_OFFLINE": "true"}
    env.setdefault("RUSTFLAGS", "-C linker=cc")
    warn = [f"-Wclippy::{lint}" for lint in LINTS]
    command = ["cargo", "clippy", "--offline", "--workspace", "--lib", "--bins", "--keep-going", "--ignore-rust-version", "--message-format", "json"]
    # An empty folder: the workspace's own settings (`allow-unwrap-in-consts` and its like) do not count.
    settings = build.parent / "no-settings"
    settings.mkdir(exist_ok=True)
    env["CLIPPY_CONF_DIR"] = str(settings)
    done = subprocess.run([*command, *extra, "--", "--cap-lints", "warn", *warn], cwd=folder, env=env, capture_output=True, text=True, check=False)
    messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if not any(one["reason"] == "compiler-artifact" for one in messages):
        run.fail(f"cargo clippy built nothing in {folder}:\n{done.stderr[-2000:]}")
    return messages


class Source:
    """A file's text with places as the two sides tell them: lines and columns in characters, from 1."""

    def __init__(self, path):
        self.file = rust_text.File(path.read_bytes().decode(errors="replace"))

    def offset(self, line, column):
        return self.file.offset(line - 1, column - 1)

    def place(self, token):
        before = self.file.text.rfind("\n", 0, token.start)
        return self.file.text.count("\n", 0, token.start) + 1, token.start - before

    def marked(self, form, start, end):
        """The token that `resolve` marks in a span of clippy's: `_`, the method's name, or the first of the macro's path."""
        tokens = self.file.tokens
        first, last = self.file.token_from(start), self.file.token_from(end - 1)
        if form == "print":
            return tokens[first]
        if form == "let":
            return next((t for t in tokens[first:last] if t.text == "_"), None)
        while tokens[last].text != ")" and last > first:
            last -= 1
        name = self.file.partner.get(last, 0) - 1
        return tokens[name] if name > first else None


class Sources:
    def __init__(self, root):
        self.root, self.known = root, {}

    def get(self, path):
        if path not in self.known:
            self.known[path] = Source(self.root / path)
        return self.known[path]


def said(form, text):
    """The type that a message of clippy's names; None where the message is left out."""
    if form == "let":
        return "must_use" if "#[must_use]` type" in text else None
    if form == "unwrap":
        found = re.search(r"used `(?:unwrap|expect)\(\)` on an? `(\w+)` value", text)
        return found[1] if found else None
    return "Result" if form == "ok" else "()"


def clippys(messages, root, sources):
    """Clippy's places: {(form, file, line, column): type}."""
    result = {}
    for one in messages:
        if one["reason"] != "compiler-message" or not one["message"]["code"] or one["target"]["kind"] == ["custom-build"]:
            continue
        form = LINTS.get(one["message"]["code"]["code"].removeprefix("clippy::"))
        named = said(form, one["message"]["message"]) if form else None
        for span in one["message"]["spans"]:
            file = run.locate(root, span["file_name"]) if span["is_primary"] and not span["expansion"] and named else None
            if file is None:
                continue
            source = sources.get(file)
            ends = source.offset(span["line_start"], span["column_start"]), source.offset(span["line_end"], span["column_end"])
            token = source.marked(form, *ends)
            if token is not None:
                result[(form, file, *source.place(token))] = named
    return result


def built(messages, packages, root):
    """Folders of the members whose libraries and binaries were all built, and of the others."""
    done = {one["target"]["src_path"] for one in messages if one["reason"] == "compiler-artifact"}
    good, bad = [], []
    for package in packages:
        wanted = [t["src_path"] for t in package["targets"] if set(t["kind"]) & {"lib", "rlib", "bin", "cdylib", "dylib", "staticlib", "proc-macro"}]
        folder = pathlib.Path(os.path.relpath(pathlib.Path(package["manifest_path"]).parent, root)).as_posix()
        (good if set(wanted) <= done else bad).append("" if folder == "." else folder + "/")
    return good, bad


def compiled(build, root):
    """The workspace's files that the compiler read, by the lists that it leaves."""
    result = set()
    for listing in build.glob("debug/deps/*.d"):
        for name in re.split(r"(?<!\\)\s+", listing.read_text(encoding="utf-8", errors="replace")):
            path = root / name.removesuffix(":").replace("\\ ", " ")
            if path.suffix == ".rs" and path.is_relative_to(root):
                result.add(path.relative_to(root).as_posix())
    return result


# --- comparison


def head(text):
    """`Result` of `&core::result::Result<..>`; `()` stays."""
    return text if text == "()" else scip.head(text) or text


def judge(named, ours):
    """The verdict on a place of clippy's, and what stands here."""
    if ours is None:
        return "absent", "nothing"
    if ours["type"] is None:
        return "unknown", "unknown"
    have = head(ours["type"])
    if named == "must_use":
        return ("same" if have == "Result" else "apart"), ours["type"]
    return ("same" if have == named else "other type"), ours["type"]


def silent_because(form, place, source):
    """Why clippy has nothing to say of a place; None when it should have."""
    offset = source.offset(place["line"], place["column"])
    first = [words[0] if words else "" for words in source.file.covering(offset)]
    for name, because in (("cfg", "cfg"), ("allow", "allowed"), ("expect", "allowed")):
        if name in first:
            return because
    if any(name and name not in BUILT_IN for name in first):
        return "in an attribute macro"
    return "constant" if in_constant(source.file, offset) else None


def in_constant(file, offset):
    """Does the place stand in the value of a `const` or `static` item?"""
    at = file.token_from(offset)
    while at > 0 and file.tokens[at].text not in (";", "{", "}"):
        at = file.partner.get(at, at) if file.tokens[at].text in (")", "]") and file.partner.get(at, at) < at else at
        if file.tokens[at].text in ("const", "static") and file.tokens[at + 1].kind == "ident" and file.tokens[at + 1].text not in ("fn", "unsafe"):
            return True
        at -= 1
    return False


def compare(root, messages, report, files):
    """Verdict counts by form, and the problems."""
    sources = Sources(root)
    packages = (run.cargo_metadata(root, "--no-deps") or run.fail(f"cargo metadata --no-deps fails in {root}"))["packages"]
    _, bad = built(messages, packages, root)
    theirs = clippys(messages, root, sources)
    ours = {}
    for one in report["results"]:
        file = run.locate(root, one["file"])
        if file is not None:
            ours[(FORMS[one["what"]], file, one["line"], one["column"])] = one
    counts = {form: collections.Counter() for form in CHECKED}
    problems, left_out = [], collections.Counter()

    def note(key, verdict, named, have):
        counts[key[0]][verdict] += 1
        if verdict != "same":
            problems.append({"form": key[0], "file": key[1], "line": key[2], "column": key[3], "verdict": verdict, "clippy": named, "here": have})

    for key, named in sorted(theirs.items()):
        verdict, have = judge(named, ours.get(key))
        note(key, verdict, named, have)
    for key, one in sorted(ours.items()):
        if key in theirs or one["type"] is None or head(one["type"]) not in CHECKED[key[0]]:
            continue
        unbuilt = any(key[1].startswith(folder) for folder in bad) or key[1] not in files
        because = "not built" if unbuilt else silent_because(key[0], one, sources.get(key[1]))
        if because:
            left_out[because] += 1
        else:
            note(key, "clippy silent", "nothing", one["type"])
    return counts, problems, left_out


# --- output


def shares(counter):
    """Of one form: clippy's places, and the three shares."""
    told = counter["same"] + counter["other type"]
    theirs = told + counter["unknown"] + counter["absent"]
    known = counter["same"] + counter["other type"] + counter["clippy silent"]
    return {
        "places": theirs, "apart": counter["apart"], "silent": counter["clippy silent"],
        "told": told / theirs if theirs else None, "same": counter["same"] / told if told else None,
        "found": (known - counter["clippy silent"]) / known if known else None,
    }


def total(results):
    counts = {form: collections.Counter() for form in CHECKED}
    for one in results:
        for form in CHECKED:
            counts[form].update(one["counts"][form])
    return counts


def missed(counts, wanted):
    figures = {form: shares(counter) for form, counter in counts.items()}
    for form, share, number in wanted:
        for name in CHECKED if form == "all" else [form]:
            have = figures[name][share]
            if have is not None and have < number:
                yield f"{name}.{share} is {have:.4f}, wanted {number}"


def show(results, counts):
    rows = []
    for one in [*results, *([{"name": "total", "counts": counts}] if len(results) > 1 else [])]:
        for form in CHECKED:
            s = shares(one["counts"][form])
            cells = [run.share(s[name] or 0, s[name] is not None) for name in SHARES]
            rows.append([f"{one['name']} {form}", s["places"], *cells, s["apart"], s["silent"]])
    print(run.table(rows, ["", "clippy's places", "told here", "same type", "found by clippy", "apart", "clippy silent"]))
    for one in results:
        told = ", ".join(f"{number} {because}" for because, number in sorted(one["left_out"].items()))
        if told:
            print(f"{one['name']}: known here and left out: {told}")
    for verdict in VERDICTS[1:]:
        problems = [(one["name"], p) for one in results for p in one["problems"] if p["verdict"] == verdict]
        if problems:
            print(f"\n{verdict}: {len(problems)}")
        for name, p in problems[:20]:
            print(f"  {name}/{p['file']}:{p['line']}:{p['column']}: {p['form']}: clippy {p['clippy']}, here {p['here']}")


def main():
    given = arguments()
    program, results = run.binary(given.binary), []
    for checkout in given.checkout:
        tree, commit = trees.lay_out(checkout, given.cache.resolve())
        root, build = run.manifest(tree).parent, given.cache.resolve() / "clippy" / commit
        messages = clippy(root, build, given.cargo_arg)
        report = run.prr_json(program, ["resolve", "--format", "json", "--manifest-path", root / "Cargo.toml", *given.prr_arg])
        counts, problems, left_out = compare(root, messages, report, compiled(build, root))
        results.append({"name": checkout.resolve().name, "counts": counts, "problems": problems, "left_out": left_out})
    counts = total(results)
    show(results, counts)
    if given.list:
        problems = [(f"{one['name']}/{p['file']}:{p['line']}:{p['column']}", p) for one in results for p in one["problems"]]
        lines = ["\t".join([place, *(p[key] for key in ("form", "verdict", "clippy", "here"))]) + "\n" for place, p in problems]
        given.list.write_text("".join(lines), encoding="utf-8")
    if given.json:
        document = [{"name": one["name"], "figures": {f: shares(c) for f, c in one["counts"].items()}, "problems": one["problems"]} for one in results]
        given.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    failures = list(missed(counts, given.min))
    for line in failures:
        print(f"missed: {line}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
