"""Checks of reports by schema and multitool; see check_sarif.sh."""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

from jsonschema import Draft202012Validator

# One file for each way a text may be awkward; every one has prints and lost errors.
BODY = 'pub fn {name}() {{\n    println!("{text}");\n\tprintln!("{text} again"); let größe = "é😀日本"; println!("{{größe}}");\n    let _ = std::fs::remove_file("x");\n}}\n'
FILES = {
    "unix": BODY,
    "crlf": BODY.replace("\n", "\r\n"),
    "bom": "\ufeff" + BODY,
    "open": BODY.rstrip("\n"),
    "same": BODY + "pub mod inner {{\n" + BODY.replace("{name}", "inner") + "}}\n",
}


def scratch(work):
    """A checkout with a crate in a sub-folder whose name needs encoding."""
    shutil.rmtree(work, ignore_errors=True)
    source = work / "sub folder" / "src"
    source.mkdir(parents=True)
    (source.parent / "Cargo.toml").write_text('[package]\nname = "scratch"\nversion = "0.1.0"\nedition = "2024"\n')
    (source.parent / "Cargo.lock").write_text('version = 4\n\n[[package]]\nname = "scratch"\nversion = "0.1.0"\n')
    for name, text in FILES.items():
        (source / f"{name}.rs").write_bytes(text.format(name=name, text=name).encode())
    (source / "broken.rs").write_text("fn f( {\n")
    (source / "lib.rs").write_text("".join(f"pub mod {name};\n" for name in [*FILES, "broken"]))
    subprocess.run(["git", "init", "--quiet", work], check=True)
    return source.parent


def report(binary, crate, form, target):
    command = [binary, "check", "--manifest-path", crate / "Cargo.toml", "--format", form, "--show", "notes,unknown", "--exit-zero"]
    subprocess.run([*command, "--output", target], check=True)
    return json.loads(target.read_text())


def schema_errors(schema, document):
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(document)]


def multitool_errors(multitool, path, target):
    """The multitool exits with 0 whatever it finds: what it found is in its own report."""
    command = [multitool, "validate", path, "-o", target, "--level", "Error;Warning;Note", "--rule-kind", "Sarif;Ghas"]
    subprocess.run([*command, "--log", "ForceOverwrite"], check=True, stdout=subprocess.DEVNULL)
    results = json.loads(target.read_text())["runs"][0]["results"]
    return [f"{r['ruleId']} {r['message'].get('arguments')}" for r in results if r.get("level") == "error"]


def hash_errors(multitool, document, top, work):
    """Our line hashes beside the multitool's; it drops a byte order mark that consumers keep, so such files are left out."""
    ours, bare = [], json.loads(json.dumps(document))
    for run in bare["runs"]:
        run["originalUriBaseIds"] = {"%SRCROOT%": {"uri": top.as_uri() + "/"}}
        for result in run["results"]:
            ours.append(result.pop("partialFingerprints")["primaryLocationLineHash"])
    (work / "bare.sarif").write_text(json.dumps(bare))
    command = [multitool, "rewrite", work / "bare.sarif", "-o", work / "hashed.sarif", "--insert", "RollingHashPartialFingerprints"]
    subprocess.run([*command, "--log", "ForceOverwrite"], check=True, stdout=subprocess.DEVNULL)
    results = json.loads((work / "hashed.sarif").read_text())["runs"][0]["results"]
    errors, compared = [], set()
    for own, result in zip(ours, results, strict=True):
        place = result["locations"][0]["physicalLocation"]
        uri = place["artifactLocation"].get("uri", "")
        if not uri:
            uri = bare["runs"][0]["artifacts"][place["artifactLocation"]["index"]]["location"]["uri"]
        if uri.endswith("bom.rs"):
            continue
        compared.add(uri)
        theirs = result.get("partialFingerprints", {}).get("primaryLocationLineHash")
        if own != theirs:
            errors.append(f"{uri}:{place['region']['startLine']}: {own} instead of {theirs}")
    return errors, compared


def main():
    parser = argparse.ArgumentParser()
    for name in ["binary", "multitool", "work", "repository"]:
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    args = parser.parse_args()
    crates = [(scratch(args.work / "scratch"), args.work / "scratch")]
    demo = args.repository / "fixtures" / "demo"
    if demo.exists():
        crates.append((demo, args.repository))
    sarif_schema = json.loads((args.multitool.parent / "sarif-2.1.0.json").read_text())
    json_schema = json.loads((args.repository / "docs" / "report.schema.json").read_text())
    failures = []
    for crate, top in crates:
        path = args.work / f"{crate.name.replace(' ', '-')}.sarif"
        document = report(args.binary, crate, "sarif", path)
        findings = report(args.binary, crate, "json", path.with_suffix(".json"))
        hashes, compared = hash_errors(args.multitool, document, top, args.work)
        found = {
            "SARIF schema": schema_errors(sarif_schema, document),
            "JSON schema": schema_errors(json_schema, findings),
            "multitool": multitool_errors(args.multitool, path, path.with_suffix(".validation")),
            "line hashes": hashes,
        }
        results = document["runs"][0]["results"]
        if not results:
            found["results"] = ["no finding: nothing was checked"]
        text = path.read_text() + path.with_suffix(".json").read_text()
        if str(top) in text:
            found["paths"] = ["a path of this machine is in the report"]
        for judge, errors in found.items():
            failures += [f"{crate.name}: {judge}: {error}" for error in errors]
        print(f"{crate.name}: {len(results)} results, line hashes of {len(compared)} files compared")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
