#!/usr/bin/env python3
"""Runs the tool on labelled services and tells how its findings and the labels agree.

    tools/score_labels.py --labels DIR --scorer FILE --checkouts DIR [--binary FILE] [--list FILE] [--json FILE]
                          [--min LINT.FIGURE=NUMBER].. [--max LINT.FIGURE=NUMBER].. [--prr-arg ARG]..

--labels     a folder with one JSON file a repository, `{"repo": "owner/name", "commit": .., "labels": [..]}`; the rest of its form is the
             scorer's business
--scorer     a program that is called with a label file, a SARIF report and --json or --list: it prints one JSON object with `lints`
             (hit, want, hard, traps, traps_fallen, unlabelled, precision_strict, per_label) and `duplicates`, or lines
             `missed: LINT: ..`, `trap fallen into: LINT: ..`, `unlabelled: LINT: ..`
--checkouts  a folder with one checkout a repository, named `owner+name`, at the commit of the labels

Prints a table a lint, a line a repository and a total, for the lints that `cargo prr rules` knows; then what was missed and fallen into.
Beside the scorer's figures, `undecided` is the share of places of that lint that could not be decided, among all that are reported at any
level: undecided / (undecided + notes + warnings + denials).

--min, --max  limits over all repositories together; FIGURE is recall, hard, fallen (share of traps), unlabelled (a number), strict,
              per_label or undecided; LINT may be `all`. Not held: status 1. Results that are reported twice are never accepted.
--list        every missed, fallen and unlabelled place
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from instruments import run

FIGURES = ("recall", "hard", "fallen", "unlabelled", "strict", "per_label", "undecided")
LISTS = ("missed", "trap fallen into", "unlabelled")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", required=True, type=pathlib.Path)
    parser.add_argument("--scorer", required=True, type=pathlib.Path)
    parser.add_argument("--checkouts", required=True, type=pathlib.Path)
    parser.add_argument("--binary")
    parser.add_argument("--list", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--min", action="append", default=[], type=limit)
    parser.add_argument("--max", action="append", default=[], type=limit)
    parser.add_argument("--prr-arg", action="append", default=[])
    return parser.parse_args()


def limit(text):
    """`unhandled_errors.recall=0.9`: lint, figure, number."""
    name, _, number = text.partition("=")
    lint, _, figure = name.partition(".")
    if figure not in FIGURES:
        raise argparse.ArgumentTypeError(f"{figure}: not one of {', '.join(FIGURES)}")
    return lint, figure, float(number)


# --- one repository


def checkout_of(document, folder):
    """The checkout of a label file, at the commit of the labels; None and what is missing else."""
    place = folder / document["repo"].replace("/", "+")
    if not place.is_dir():
        return None, f"no checkout: git clone https://github.com/{document['repo']} {place} && git -C {place} checkout {document['commit']}"
    commit, changed = run.commit(place)
    if commit != document["commit"] or changed:
        return None, f"not at the labels' commit: git -C {place} checkout {document['commit']}" + (" (files were changed)" if changed else "")
    return place, ""


def score(labels, report, scorer):
    """The scorer's figures and its lists."""

    def call(form):
        done = subprocess.run([sys.executable, str(scorer), str(labels), str(report), form], capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else run.fail(f"{scorer} {form}: {done.stderr.strip()}")

    lists = {name: [] for name in LISTS}
    for line in call("--list").splitlines():
        for name in LISTS:
            lint, separator, text = line.removeprefix(name + ": ").partition(": ")
            if line.startswith(name + ": ") and separator:
                lists[name].append((lint, text))
    return json.loads(call("--json")), lists


def examine(labels, checkout, given, program):
    """Figures and lists of one repository, with the tool's own counts."""
    common = ["check", "--exit-zero", "--manifest-path", run.manifest(checkout), *given.prr_arg]
    with tempfile.TemporaryDirectory() as folder:
        sarif = pathlib.Path(folder) / "report.sarif"
        run.prr(program, [*common, "--format", "sarif", "--output", sarif])
        figures, lists = score(labels, sarif, given.scorer)
    counts = run.prr_json(program, [*common, "--format", "json"])["summary"]["by_lint"]
    return {"repo": figures["repo"], "lints": figures["lints"], "duplicates": figures.get("duplicates", 0), "lists": lists, "counts": counts}


# --- figures


def row_of(scored, counts):
    """The numbers of one lint in one repository, as sums that can be added up."""
    scored, counts = scored or {}, counts or {}
    hard = [int(n) for n in scored.get("hard", "0/0").split("/")]
    hit, per_label = scored.get("hit", 0), scored.get("per_label") or 0
    return {
        "hit": hit, "want": scored.get("want", 0), "hit_hard": hard[0], "want_hard": hard[1],
        "fell": scored.get("traps_fallen", 0), "traps": scored.get("traps", 0), "unlabelled": scored.get("unlabelled", 0),
        "strict_counts": scored.get("precision_strict") is not None, "on_hits": per_label * hit,
        "undecided": counts.get("undecided", 0), "reported": sum(counts.get(level, 0) for level in ("deny", "warn", "note", "undecided")),
    }


def add(rows):
    total = {key: sum(row[key] for row in rows) for key in rows[0]}
    return {**total, "strict_counts": any(row["strict_counts"] for row in rows)}


def figures_of(row):
    """Shares of a row; None where there is nothing to share."""

    def part(this, whole):
        return this / whole if whole else None

    return {
        "recall": part(row["hit"], row["want"]), "hard": part(row["hit_hard"], row["want_hard"]), "fallen": part(row["fell"], row["traps"]),
        "unlabelled": row["unlabelled"], "per_label": part(row["on_hits"], row["hit"]), "undecided": part(row["undecided"], row["reported"]),
        "strict": part(row["hit"], row["hit"] + row["fell"] + row["unlabelled"]) if row["strict_counts"] else None,
    }


def tables(results, lints):
    """Rows by lint: [(repository or `total`, row)]."""
    found = {}
    for lint in lints:
        rows = [(r["repo"], row_of(r["lints"].get(lint), r["counts"].get(lint))) for r in results]
        if any(row["want"] or row["traps"] or row["unlabelled"] for _, row in rows):
            found[lint] = [*rows, ("total", add([row for _, row in rows]))]
    return found


def missed(found, lowest, highest):
    """Limits that do not hold, as text."""
    for limits, sign in ((lowest, 1), (highest, -1)):
        for lint, figure, number in limits:
            for name, rows in found.items():
                have = figures_of(rows[-1][1])[figure]
                if lint in ("all", name) and have is not None and (have - number) * sign < 0:
                    yield f"{name}.{figure} is {have:.3f}, {'at least' if sign > 0 else 'at most'} {number} wanted"


def show(found, results):
    for lint, rows in found.items():
        lines = []
        for name, row in rows:
            figures = figures_of(row)
            plain = {key: "–" if value is None else f"{value:.2f}" for key, value in figures.items()}
            lines.append([name, f"{row['hit']}/{row['want']}", plain["recall"], f"{row['hit_hard']}/{row['want_hard']}", f"{row['fell']}/{row['traps']}",
                          row["unlabelled"], plain["strict"], plain["per_label"], f"{row['undecided']}/{row['reported']}", plain["undecided"]])
        print(f"\n{run.table(lines, [lint, 'hit', 'recall', 'hard', 'traps fallen', 'unlabelled', 'strict', 'per label', 'undecided', 'share'])}")
    for name in LISTS[:2]:
        lines = [f"{lint}: {r['repo']}: {text}" for r in results for lint, text in r["lists"][name] if lint in found]
        if lines:
            print(f"\n{name}:")
            print("\n".join(f"  {line}" for line in sorted(lines)))


def main():
    given = arguments()
    program = run.binary(given.binary)
    lints = [lint["id"] for lint in run.prr_json(program, ["rules", "--json"])]
    results, failures = [], []
    files = sorted(given.labels.glob("*.json"))
    if not files:
        run.fail(f"no label files in {given.labels}")
    for labels in files:
        document = json.loads(labels.read_text(encoding="utf-8"))
        checkout, wrong = checkout_of(document, given.checkouts)
        if checkout is None:
            failures.append(f"{document['repo']}: {wrong}")
            continue
        results.append(examine(labels, checkout, given, program))
    found = tables(results, lints) if results else {}
    show(found, results)
    failures += [f"{r['repo']}: {r['duplicates']} results reported twice" for r in results if r["duplicates"]]
    failures += missed(found, given.min, given.max)
    if given.list:
        lines = [f"{name}\t{lint}\t{r['repo']}\t{text}\n" for r in results for name in LISTS for lint, text in r["lists"][name] if lint in found]
        given.list.write_text("".join(sorted(lines)), encoding="utf-8")
    if given.json:
        document = {lint: {name: {**row, **figures_of(row)} for name, row in rows} for lint, rows in found.items()}
        given.json.write_text(json.dumps(document, indent=1), encoding="utf-8")
    for line in failures:
        print(f"missed: {line}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
