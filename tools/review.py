#!/usr/bin/env python3
"""Draws findings for people to judge, and computes from their verdicts how many findings are true.

    tools/review.py sample --checkout DIR.. --output FILE [--per-lint N] [--seed N] [--lint ID].. [--level LEVEL].. [--verdicts FILE]..
                           [--binary FILE] [--prr-arg ARG]..
    tools/review.py precision FILE [FILE] [--min SHARE] [--min-decided N] [--json FILE]

`sample` runs the tool on each checkout and draws N findings of each lint (default 20). Repositories get equal shares of N as far as their
findings go; within a repository the shares of packages and of kinds of message (a message without the names in it) follow their sizes. The
same seed draws the same findings, and mostly the same ones after a change of the code or the tool: every finding has a number of its
own, made from the seed and its key, and low numbers are drawn first.

The output is a TOML file, one `[[finding]]` each: what the tool says, the code around it (`>` marks the finding, `*` further places), and
two lines to fill in:

    verdict = "true"     # the place has the fault that the lint is about; "false": it has not; "unsure": cannot be told
    reason = "why"

A finding's key is its lint, repository, path and a hash of the tokens of the statement around it, so that verdicts stay valid when lines
move: --verdicts takes over what is filled in in earlier files. Of several verdicts on one key the last file's counts.

--level           warn and deny by default; note; unknown (places that could not be decided)

`precision` tells for each lint: true / (true + false), with the 95 % interval of Wilson, and the same weighted by the shares of the
repositories in all findings. Of two files (two reviewers) it tells both, how often they agree (and Cohen's kappa), and lists where they
do not. A precision below --min, or fewer than --min-decided verdicts for a lint, ends with status 1.
"""

import argparse
import collections
import hashlib
import json
import math
import pathlib
import re
import sys
import tomllib

from instruments import run, rust_text, toml_text

VERDICTS = ("true", "false", "unsure")
LEVELS = ("deny", "warn", "note", "unknown")
AROUND, AROUND_OTHERS = 12, 3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    sample = commands.add_parser("sample")
    sample.add_argument("--checkout", action="extend", nargs="+", required=True, type=pathlib.Path)
    sample.add_argument("--output", required=True, type=pathlib.Path)
    sample.add_argument("--per-lint", type=int, default=20)
    sample.add_argument("--seed", type=int, default=0)
    sample.add_argument("--lint", action="append", default=[])
    sample.add_argument("--level", action="append", choices=LEVELS, default=[])
    sample.add_argument("--verdicts", action="extend", nargs="+", type=pathlib.Path, default=[])
    sample.add_argument("--binary")
    sample.add_argument("--prr-arg", action="append", default=[])
    precision = commands.add_parser("precision")
    precision.add_argument("files", nargs="+", type=pathlib.Path)
    precision.add_argument("--min", type=float, default=0.0)
    precision.add_argument("--min-decided", type=int, default=0)
    precision.add_argument("--json", type=pathlib.Path)
    given = parser.parse_args()
    if given.command == "precision" and len(given.files) > 2:
        parser.error("one or two files")
    return given


# --- findings and their keys


def statement(file, offset):
    """Tokens of the innermost statement around an offset of a source file, as one string."""
    at = file.token_from(offset)
    first = last = at
    while first > 0 and file.tokens[first - 1].text not in ("{", "}", ";"):
        first -= 1
        if file.tokens[first].text in (")", "]"):
            first = file.partner.get(first, first)
    while last < len(file.tokens) and file.tokens[last].text not in (";", "}"):
        last = file.partner.get(last, last) + 1 if file.tokens[last].text in rust_text.OPEN else last + 1
    return " ".join(token.text for token in file.tokens[first:last])


def kind(message):
    """A message without the names in it."""
    return re.sub(r"`[^`]*`", "`_`", re.sub(r"\d+", "0", message))


class Sources:
    """Files of a workspace, read once."""

    def __init__(self, root):
        self.root, self.known = root, {}

    def get(self, path):
        if path not in self.known:
            self.known[path] = rust_text.File((self.root / path).read_bytes().decode(errors="replace"))
        return self.known[path]


def findings(checkout, report, levels, lints):
    """The findings of a report that may be drawn, each with its key."""
    root = run.manifest(checkout).parent
    inside = root.resolve().relative_to(checkout.resolve()).as_posix()
    sources, seen, result = Sources(root), collections.Counter(), []
    for one in report["findings"]:
        level = "unknown" if one["verdict"] == "unknown" else one["level"]
        if level not in levels or (lints and one["lint"] not in lints):
            continue
        place = one["primary"]
        file = sources.get(place["path"])
        tokens = statement(file, file.offset(place["line_start"] - 1, place["column_start"] - 1))
        path = place["path"] if inside == "." else f"{inside}/{place['path']}"
        digest = hashlib.sha256(tokens.encode(errors="replace")).hexdigest()[:16]
        seen[(one["lint"], path, digest)] += 1
        number = seen[(one["lint"], path, digest)]
        key = f"{one['lint']} {checkout.resolve().name} {path} {digest}" + (f" {number}" if number > 1 else "")
        result.append({**one, "level": level, "key": key, "repository": checkout.resolve().name, "path": path, "sources": sources})
    return result


# --- drawing


def number(seed, key):
    """A number from 0 to 1 that belongs to a key."""
    return int.from_bytes(hashlib.sha256(f"{seed} {key}".encode()).digest()[:8], "big") / 2**64


def equal_shares(sizes, wanted):
    """How many to take of each: as equal as their sizes allow."""
    shares = {name: 0 for name in sizes}
    while sum(shares.values()) < min(wanted, sum(sizes.values())):
        open_ones = [name for name in sorted(sizes) if shares[name] < sizes[name]]
        least = min(shares[name] for name in open_ones)
        for name in (n for n in open_ones if shares[n] == least):
            if sum(shares.values()) < wanted:
                shares[name] += 1
    return shares


def proportional(cells, wanted, start):
    """How many to take of each cell: a ruler with `wanted` marks laid over their sizes, beginning at `start` (0 to 1)."""
    whole, taken, below = sum(cells.values()), {}, 0
    marks = [(start + index) * whole / wanted for index in range(wanted)]
    for name in sorted(cells):
        taken[name] = min(sum(below <= mark < below + cells[name] for mark in marks), cells[name])
        below += cells[name]
    return taken


def draw(found, wanted, seed):
    """Of the findings of one lint those to be judged, each with the number of findings that it stands for."""
    by_repository = collections.defaultdict(list)
    for one in found:
        by_repository[one["repository"]].append(one)
    result = []
    for repository, share in equal_shares({r: len(ones) for r, ones in by_repository.items()}, wanted).items():
        if share == 0:
            continue
        ones = by_repository[repository]
        cells = collections.defaultdict(list)
        for one in sorted(ones, key=lambda o: number(seed, o["key"])):
            cells[(one["package"], kind(one["message"]))].append(one)
        parts = proportional({cell: len(inside) for cell, inside in cells.items()}, share, number(seed, f"{repository} {ones[0]['lint']}"))
        chosen = [one for cell, inside in cells.items() for one in inside[: parts[cell]]]
        result += [{**one, "weight": round(len(ones) / len(chosen), 3)} for one in chosen]
    return sorted(result, key=lambda o: (o["repository"], o["path"], o["primary"]["byte_start"]))


# --- the file


def lines_of(one, path, centre, around):
    """Lines of code with numbers: the finding's marked with `>` and underlined, further places with `*`."""
    rows = one["sources"].get(path).text.split("\n")
    primary = one["primary"]
    others = {(place["path"], place["line_start"]) for place in one["secondary"] + one["flow"]}
    result = []
    for at in range(max(1, centre - around), min(len(rows), centre + around) + 1):
        is_primary = path == primary["path"] and at == primary["line_start"]
        mark = ">" if is_primary else "*" if (path, at) in others else " "
        result.append(f"{mark}{at:5} | {rows[at - 1].rstrip()}".rstrip())
        if is_primary:
            end = primary["column_end"] if primary["line_end"] == at else len(rows[at - 1]) + 1
            result.append("       | " + " " * (primary["column_start"] - 1) + "^" * max(1, end - primary["column_start"]))
    return result


def code(one):
    primary = one["primary"]
    result = lines_of(one, primary["path"], primary["line_start"], AROUND)
    shown = {(primary["path"], at) for at in range(primary["line_start"] - AROUND, primary["line_start"] + AROUND + 1)}
    for place in (one["secondary"] + one["flow"])[:8]:
        if (place["path"], place["line_start"]) in shown:
            continue
        result += ["", f"{place['path']}:{place['line_start']}: {place['text']}"]
        result += lines_of(one, place["path"], place["line_start"], AROUND_OTHERS)
        shown |= {(place["path"], at) for at in range(place["line_start"] - AROUND_OTHERS, place["line_start"] + AROUND_OTHERS + 1)}
    return "\n".join(result) + "\n"


def entry(one, earlier):
    """One finding as TOML."""
    place = one["primary"]
    verdict = earlier.get(one["key"], {})
    plain = {
        "key": one["key"],
        "lint": one["lint"],
        "level": one["level"],
        "role": one["role"],
        "repository": one["repository"],
        "weight": one["weight"],
        "place": f"{one['path']}:{place['line_start']}:{place['column_start']}",
        "item": one["item"],
        "message": one["message"],
        "marked": place["text"],
        "why": one["why"],
        "looked": one["looked"],
        "help": one["help"],
        "further": [f"{p['path']}:{p['line_start']}: {p['text']}" for p in one["secondary"] + one["flow"]],
    }
    for key in ("cause", "level_capped_because"):
        if one.get(key):
            plain[key] = one[key]
    lines = ["[[finding]]", *(f"{key} = {toml_text.value(data)}" for key, data in plain.items())]
    lines.append(f"code = {toml_text.block(code(one))}")
    lines.append(f"verdict = {toml_text.text(verdict.get('verdict', ''))}")
    lines.append(f"reason = {toml_text.text(verdict.get('reason', ''))}")
    return "\n".join(lines) + "\n"


def read(path):
    """Entries of a review file by key; ends the script on a verdict that is none."""
    result = {}
    for one in tomllib.loads(path.read_text(encoding="utf-8")).get("finding", []):
        if one.get("verdict", "") not in ("", *VERDICTS):
            run.fail(f"{path}: {one['key']}: verdict {one['verdict']!r} is none of {', '.join(VERDICTS)}")
        result[one["key"]] = one
    return result


def sample(given):
    levels = given.level or ["deny", "warn"]
    shown = [w for w, level in (("notes", "note"), ("unknown", "unknown")) if level in levels]
    extra = ["--show", ",".join(shown)] if shown else []
    program, by_lint = run.binary(given.binary), collections.defaultdict(list)
    header = [f"# Findings to be judged: {pathlib.Path(__file__).name} sample, seed {given.seed}, {given.per_lint} a lint."]
    for checkout in given.checkout:
        command = ["check", "--format", "json", "--exit-zero", "--manifest-path", run.manifest(checkout), *extra, *given.prr_arg]
        report = run.prr_json(program, command)
        header.append(f"# {checkout.resolve().name} at {run.commit(checkout)[0] or 'no commit'}, {report['tool']['version']}")
        for one in findings(checkout, report, levels, given.lint):
            by_lint[one["lint"]].append(one)
    earlier = {key: one for path in given.verdicts for key, one in read(path).items() if one.get("verdict")}
    entries, rows = [], []
    for lint, found in sorted(by_lint.items()):
        chosen = draw(found, given.per_lint, given.seed)
        entries += [entry(one, earlier) for one in chosen]
        rows.append([lint, len(found), len(chosen), sum(one["key"] in earlier for one in chosen)])
    given.output.write_text("\n".join(["\n".join(header) + "\n", *entries]), encoding="utf-8")
    print(run.table(rows, ["lint", "findings", "drawn", "judged before"]))


# --- precision


def wilson(good, whole):
    """95 % interval of a share."""
    if not whole:
        return None
    z = 1.96
    middle = (good + z * z / 2) / (whole + z * z)
    half = z * math.sqrt(good * (whole - good) / whole + z * z / 4) / (whole + z * z)
    return [max(0.0, middle - half), min(1.0, middle + half)]


def precision_of(entries):
    """Figures of one lint."""
    count = collections.Counter(one.get("verdict") or "open" for one in entries)
    weight = collections.Counter()
    for one in entries:
        weight[one.get("verdict") or "open"] += one.get("weight", 1)
    decided, weighed = count["true"] + count["false"], weight["true"] + weight["false"]
    return {
        **{name: count[name] for name in (*VERDICTS, "open")},
        "precision": count["true"] / decided if decided else None,
        "interval": wilson(count["true"], decided),
        "weighted": weight["true"] / weighed if weighed else None,
    }


def kappa(pairs):
    """Cohen's kappa of pairs of verdicts; None where chance alone explains everything or nothing is there."""
    if not pairs:
        return None
    agreed = sum(a == b for a, b in pairs) / len(pairs)
    by_chance = sum((sum(a == v for a, _ in pairs) / len(pairs)) * (sum(b == v for _, b in pairs) / len(pairs)) for v in VERDICTS)
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def by_lint(entries):
    result = collections.defaultdict(list)
    for one in entries.values():
        result[one["lint"]].append(one)
    return dict(sorted(result.items()))


def agreement(first, second):
    """How two reviewers agree, by lint, and the entries on which they do not."""
    both = [(one, second[key]) for key, one in first.items() if key in second and one.get("verdict") and second[key].get("verdict")]
    rows = {}
    for lint in sorted({a["lint"] for a, _ in both}):
        pairs = [(a["verdict"], b["verdict"]) for a, b in both if a["lint"] == lint]
        rows[lint] = {"both": len(pairs), "agreed": sum(a == b for a, b in pairs), "kappa": kappa(pairs)}
    return rows, [(a, b) for a, b in both if a["verdict"] != b["verdict"]]


def show(figures, path):
    rows = []
    for lint, one in figures.items():
        interval = "{:.2f}–{:.2f}".format(*one["interval"]) if one["interval"] else ""
        rows.append([lint, *(one[v] for v in (*VERDICTS, "open")), run.share(one["precision"] or 0, one["precision"] is not None), interval,
                     run.share(one["weighted"] or 0, one["weighted"] is not None)])
    print(f"{path}:")
    print(run.table(rows, ["lint", *VERDICTS, "open", "precision", "95 %", "weighted"]))


def show_agreement(rows, disagreements):
    print()
    table = [[lint, r["both"], run.share(r["agreed"], r["both"]), "" if r["kappa"] is None else f"{r['kappa']:.2f}"] for lint, r in rows.items()]
    print(run.table(table, ["lint", "judged by both", "agreed", "kappa"]))
    for a, b in disagreements:
        print(f"\n{a['key']}\n  {a['place']}: {a['message']}\n  {a['verdict']}: {a['reason']}\n  {b['verdict']}: {b['reason']}")


def precision(given):
    files = [read(path) for path in given.files]
    figures = [{lint: precision_of(entries) for lint, entries in by_lint(entries).items()} for entries in files]
    for path, one in zip(given.files, figures):
        show(one, path)
    rows, disagreements = agreement(*files) if len(files) == 2 else ({}, [])
    if len(files) == 2:
        show_agreement(rows, disagreements)
    if given.json:
        document = {"files": [{"file": str(p), "lints": f} for p, f in zip(given.files, figures)], "agreement": rows,
                    "disagreements": [a["key"] for a, _ in disagreements]}
        given.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    failures = []
    for path, one in zip(given.files, figures):
        for lint, f in one.items():
            if f["true"] + f["false"] < given.min_decided:
                failures.append(f"{path}: {lint}: {f['true'] + f['false']} decided, wanted {given.min_decided}")
            elif f["precision"] is not None and f["precision"] < given.min:
                failures.append(f"{path}: {lint}: precision {f['precision']:.3f}, wanted {given.min}")
    for line in failures:
        print(f"missed: {line}")
    sys.exit(1 if failures else 0)


def main():
    given = arguments()
    sample(given) if given.command == "sample" else precision(given)


if __name__ == "__main__":
    main()
