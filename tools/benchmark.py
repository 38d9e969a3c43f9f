#!/usr/bin/env python3
"""Holds the running time of `cargo prr check` against S: reading, parsing, visiting and dropping the sources with `syn` and nothing more.

    tools/benchmark.py --checkout DIR [--binary FILE] [--parse-all FILE] [--scenario NAME].. [--pairs N] [--json FILE]
                       [--max FIGURE=NUMBER[,FLOOR]].. [--prr-arg ARG]..

A round runs S and each scenario once, one after the other, in an order that changes from round to round; the ratio of wall times is
taken within the round, that of user CPU times over all rounds. Told are the medians over the rounds (with the quartiles of the ratio) and
the peak memory of each process. Only ratios mean something on a machine that others load too.

S covers all `.rs` files below the folders of the library, binaries and tests of the workspace's members (tools/parse_all.rs).

Scenarios (default: cold and warm):
  first   nothing is cached, not even the signatures of dependencies
  cold    the index of dependencies is there, everything else is not
  warm    nothing has changed since the last run
  edit    a statement was put into one body of one file

The cache is a folder of the benchmark's own. Values lie in one folder a kind there; `cold` removes all kinds but those that --keep names
(default: index, the signatures of dependencies), and so starts where a user's first run over a new branch starts. For `edit` the workspace
is copied beside the cache.

--parse-all FILE  the built example (default: beside the binary, in examples/; `cargo build --release --example parse_all`)
--max             limits: SCENARIO.wall, SCENARIO.cpu (ratios) and SCENARIO.memory (MB); a ratio above its limit is accepted while the median is
                  below FLOOR milliseconds: --max cold.wall=1.0,120 --max cold.memory=200. Missed: status 1
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from instruments import run, rust_text

SCENARIOS = ("first", "cold", "warm", "edit")
FIGURES = ("wall", "cpu", "memory")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkout", required=True, type=pathlib.Path)
    parser.add_argument("--binary")
    parser.add_argument("--parse-all", type=pathlib.Path)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--keep", action="append", default=None)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--max", action="append", default=[], type=limit)
    parser.add_argument("--prr-arg", action="append", default=[])
    given = parser.parse_args()
    given.scenario = given.scenario or ["cold", "warm"]
    given.keep = given.keep if given.keep is not None else ["index"]
    return given


def limit(text):
    """`cold.wall=1.0,120`: scenario, figure, number, floor."""
    name, _, numbers = text.partition("=")
    scenario, _, figure = name.partition(".")
    number, _, floor = numbers.partition(",")
    if scenario not in SCENARIOS or figure not in FIGURES:
        raise argparse.ArgumentTypeError(f"{name}: not a scenario with .wall, .cpu or .memory")
    return scenario, figure, float(number), float(floor or 0)


# --- what is measured


def sources(workspace):
    """All Rust files below the folders of the libraries, binaries and tests of a workspace's members."""
    data = run.cargo_metadata(workspace, "--no-deps")
    if data is None:
        run.fail(f"cargo metadata --no-deps fails in {workspace}")
    homes = {pathlib.Path(package["manifest_path"]).parent for package in data["packages"]}
    tops = set()
    for package in data["packages"]:
        for target in package["targets"]:
            if not set(target["kind"]) & {"example", "bench", "custom-build"}:
                tops.add((pathlib.Path(target["src_path"]).parent, pathlib.Path(package["manifest_path"]).parent))
    files = set()
    for top, home in tops:
        for folder, below, names in os.walk(top):
            here = pathlib.Path(folder)
            below[:] = [n for n in below if not n.startswith(".") and n != "target" and (here / n == home or here / n not in homes)]
            files.update(here / n for n in names if n.endswith(".rs"))
    return sorted(files)


def measure(command, env, given=None):
    """Runs a command: milliseconds of wall and user CPU time, megabytes at the peak, its output and error output."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as inp:
        inp.write((given or "").encode())
        inp.seek(0)
        started = time.perf_counter()
        child = subprocess.Popen([str(c) for c in command], stdin=inp, stdout=out, stderr=err, env=env)
        _, status, usage = os.wait4(child.pid, 0)
        took = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        told, errors = out.read().decode(), err.read().decode()
    if child.returncode != 0:
        run.fail(f"`{' '.join(map(str, command))}` ended with status {child.returncode}: {errors.strip()}")
    return {"wall": took * 1000, "cpu": usage.ru_utime * 1000, "memory": usage.ru_maxrss / 1024}, told, errors


def timings(text):
    """The stages that `--timings` tells: name and milliseconds. Stages with the same name are added up."""
    result = {}
    for line in text.splitlines():
        name, _, rest = line.rpartition(" ms")[0].rpartition(" ")
        try:
            took = float(rest)
        except ValueError:
            continue
        if name.strip():
            result[name.rstrip()] = result.get(name.rstrip(), 0.0) + took
    return result


def edited(text, mark):
    """A file's text with a statement at the start of its first function body outside tests; None when it has none."""
    file = rust_text.File(text)
    for index, token in enumerate(file.tokens):
        if token.text != "fn" or file.within(file.tests, token.start) or file.macro_around(token.start):
            continue
        for at in range(index, len(file.tokens)):
            if file.tokens[at].text == ";":
                break
            if file.tokens[at].text == "{" and at in file.partner:
                end = file.tokens[at].end
                return f'{text[:end]} let _edited_{mark} = "{mark}".len(); {text[end:]}'
    return None


class Bench:
    """The programs, the cache and the sources of one benchmark."""

    def __init__(self, given, folder):
        self.given = given
        self.binary = run.binary(given.binary)
        self.parse_all = given.parse_all or self.binary.parent / "examples" / "parse_all"
        if not self.parse_all.is_file():
            run.fail(f"no {self.parse_all}: run `cargo build --release --example parse_all`, or name one with --parse-all")
        self.cache = folder / "cache"
        self.env = {**os.environ, **run.toolchain(), "CARGO_PRR_CACHE": str(self.cache)}
        self.workspace = run.manifest(given.checkout.resolve()).parent
        if "edit" in given.scenario:
            copy = folder / "workspace"
            shutil.copytree(self.workspace, copy, symlinks=True, ignore=shutil.ignore_patterns("target", ".git"))
            self.workspace = copy
        self.files = sources(self.workspace)
        self.edits = 0

    def baseline(self):
        figures, told, _ = measure([self.parse_all], self.env, "".join(f"{path}\n" for path in self.files))
        return figures, json.loads(told)

    def check(self):
        command = [self.binary, "check", "--manifest-path", self.workspace / "Cargo.toml", "--timings", "--exit-zero", "--format", "json"]
        figures, _, errors = measure([*command, *self.given.prr_arg], self.env)
        return figures, timings(errors)

    def prepare(self, scenario):
        """Brings cache and sources into the state that a scenario starts from."""
        if scenario == "first":
            shutil.rmtree(self.cache, ignore_errors=True)
        elif scenario == "cold":
            for layout in self.cache.glob("v*"):
                for kind in layout.iterdir():
                    if kind.name not in self.given.keep:
                        shutil.rmtree(kind)
        else:
            self.check()
        if scenario == "edit":
            self.edit()

    def edit(self):
        self.edits += 1
        for path in sorted(self.files, key=lambda p: abs(p.stat().st_size - 8000)):
            text = edited(path.read_text(encoding="utf-8", errors="surrogateescape"), self.edits)
            if text is not None:
                path.write_text(text, encoding="utf-8", errors="surrogateescape")
                return
        run.fail("no function to edit")


# --- figures


def rounds(bench):
    """All figures of all rounds: {name: [figures]}, the stages and what S covered."""
    bench.check()
    names = ["S", *bench.given.scenario]
    found, stages, covered = {name: [] for name in names}, {name: [] for name in names}, {}
    order = random.Random(0)
    for number in range(bench.given.pairs):
        for name in order.sample(names, len(names)):
            if name == "S":
                figures, covered = bench.baseline()
            else:
                bench.prepare(name)
                figures, parts = bench.check()
                stages[name].append(parts)
            found[name].append(figures)
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {bench.given.pairs}", file=sys.stderr, end="\n" if number + 1 == bench.given.pairs else "")
    return found, stages, covered


def summary(found, stages):
    """Medians and ratios by name."""
    result = {}
    for name, all_figures in found.items():
        one = {figure: statistics.median(f[figure] for f in all_figures) for figure in FIGURES}
        one["memory"] = max(f["memory"] for f in all_figures)
        if name != "S":
            ratios = sorted(mine["wall"] / base["wall"] for mine, base in zip(all_figures, found["S"]))
            one["wall_ratio"] = statistics.median(ratios)
            one["wall_quartiles"] = [ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]]
            # The system counts CPU time in steps of some milliseconds: only the sums are exact enough.
            one["cpu_ratio"] = sum(f["cpu"] for f in all_figures) / max(sum(f["cpu"] for f in found["S"]), 1.0)
            parts = {stage for run_stages in stages[name] for stage in run_stages}
            one["stages"] = {stage: statistics.median(s.get(stage, 0.0) for s in stages[name]) for stage in parts}
        result[name] = one
    return result


def missed(result, limits):
    """Limits that do not hold, as text."""
    for scenario, figure, number, floor in limits:
        if scenario not in result:
            continue
        have = result[scenario]["memory"] if figure == "memory" else result[scenario][figure + "_ratio"]
        if have > number and (figure == "memory" or result[scenario][figure] > floor):
            yield f"{scenario}.{figure} is {have:.2f}, at most {number} wanted"


def show(result, covered):
    print(f"S: {covered['files']} files, {covered['lines']} lines, {covered['nodes']} nodes, {covered['failed']} not parsed")
    rows = []
    for name, one in result.items():
        ratio = [f"{one['wall_ratio']:.2f}", "{:.2f}–{:.2f}".format(*one["wall_quartiles"]), f"{one['cpu_ratio']:.2f}"] if name != "S" else ["1", "", "1"]
        rows.append([name, *ratio, f"{one['wall']:.0f}", f"{one['cpu']:.0f}", f"{one['memory']:.0f}"])
    print(run.table(rows, ["", "wall/S", "quartiles", "cpu/S", "wall ms", "cpu ms", "peak MB"]))
    for name, one in result.items():
        if name != "S":
            print(f"\n{name}, by stage:")
            whole = one["stages"].get("whole") or 1.0
            for stage, took in sorted(one["stages"].items(), key=lambda s: -s[1]):
                print(f"  {stage:28} {took:9.1f} ms {100 * took / whole:5.1f} %")


def main():
    given = arguments()
    with tempfile.TemporaryDirectory(prefix="prr-benchmark-") as folder:
        found, stages, covered = rounds(Bench(given, pathlib.Path(folder)))
    result = summary(found, stages)
    show(result, covered)
    if given.json:
        document = {"checkout": given.checkout.resolve().name, "covered": covered, "summary": result, "rounds": found}
        given.json.write_text(json.dumps(document, indent=1, sort_keys=True), encoding="utf-8")
    failures = list(missed(result, given.max))
    for line in failures:
        print(f"missed: {line}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
