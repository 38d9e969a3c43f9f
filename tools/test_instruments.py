"""Tests of what the instruments share: python3 -m unittest discover -s tools -p 'test_*.py'"""

import collections
import pathlib
import tempfile
import tomllib
import unittest

import benchmark
import clippy_compare
import fetch_sources
import review
import score_labels
import survive
import scip_compare
from instruments import rust_text, scip, stand_ins, toml_text


def packed(number, data):
    return bytes([number << 3 | 2, len(data)]) + data


class Index(unittest.TestCase):
    def test_documents_and_unknown_fields(self):
        place = packed(1, bytes([3, 4, 9])) + packed(2, b"local 7") + bytes([3 << 3, 1])
        lines = packed(1, bytes([3, 4, 5, 6])) + packed(2, b"local 8")
        document = packed(1, b"src/lib.rs") + packed(2, place) + packed(2, lines) + bytes([6 << 3, 1])
        index = packed(1, b"meta") + packed(2, document)
        (one,) = scip.documents(index)
        self.assertEqual(one.path, "src/lib.rs")
        self.assertEqual([(o.line, o.start, o.end, o.symbol, o.roles) for o in one.occurrences], [(3, 4, 9, "local 7", 1)])

    def test_numbers_of_several_bytes(self):
        self.assertEqual(scip.numbers(bytes([0xAC, 0x02, 0x01])), [300, 1])


class Symbols(unittest.TestCase):
    def read(self, text):
        return scip.parse("rust-analyzer cargo " + text)

    def test_member_of_a_trait_impl(self):
        one = self.read("core https://example.org/core result/impl#[`Result<T, E>`][Try]branch().")
        self.assertEqual((one.package, one.modules, one.owner, one.trait, one.name, one.kind), ("core", ["result"], "Result<T, E>", "Try", "branch", "function"))

    def test_the_other_forms(self):
        self.assertEqual(self.read("a 1.0.0 crate/").kind, "module")
        self.assertEqual(self.read("a 1.0.0 b/c/").path(), "a::b::c")
        self.assertEqual(self.read("a 1.0.0 b/Kind#One#").owner, "Kind")
        self.assertEqual(self.read("a 1.0.0 b/run().Inner#new().").inside, ["run"])
        self.assertEqual(self.read("a 1.0.0 macros/migrate!").kind, "macro")
        self.assertEqual(self.read("a 1.0.0 b/impl#[Foo]").kind, "impl")
        self.assertIsNone(scip.parse("local 3"))

    def test_heads(self):
        for text, name in {"Result<T, E>": "Result", "&'a mut Vec<T>": "Vec", "dyn Error + Send": "Error", "[T]": "", "a::B<C>": "B", "(A, B)": ""}.items():
            self.assertEqual(scip.head(text), name, text)


class Text(unittest.TestCase):
    def test_literals_and_comments_are_no_code(self):
        text = "a /* b /* c */ d */ \"e \\\" f\" r#\"g \" h\"# 'i' 'j // k\nl 1.max(2) 0..3"
        self.assertEqual([t.text for t in rust_text.tokens(text) if t.kind == "ident"], ["a", "l", "max"])

    def test_test_items(self):
        text = "#[cfg(test)] mod a { x } fn b() { y } #[tokio::test] #[ignore] async fn c() { z } #[cfg(any(test, foo))] fn d() {}"
        file = rust_text.File(text)
        inside = {name: file.within(file.tests, text.index(name)) for name in ("x", "y", "z", "d()")}
        self.assertEqual(inside, {"x": True, "y": False, "z": True, "d()": False})

    def test_items_with_commas_in_their_heads(self):
        text = "#[test] pub(crate) async fn a() -> Result<A, B> { x } struct C { #[cfg(test)] pub d: E<F, G>, y: z }"
        file = rust_text.File(text)
        inside = {name: file.within(file.tests, text.index(name)) for name in ("x }", "d: E", "y: z")}
        self.assertEqual(inside, {"x }": True, "d: E": True, "y: z": False})

    def test_method_calls(self):
        file = rust_text.File("a.b().c::<T>().d; e(); f!(g.h()); 0..i()")
        calls = [t.text for n, t in enumerate(file.tokens) if file.is_method_call(n)]
        self.assertEqual(calls, ["b", "c", "h"])
        self.assertEqual(file.macro_around(file.text.index("h()")), "f")


PACKAGES = scip_compare.Packages(
    [
        {"name": "md-5", "targets": [{"name": "md5", "kind": ["lib"]}], "dependencies": []},
        {"name": "web-sys", "targets": [], "dependencies": [{"name": "wasm-bindgen"}]},
    ]
)


class Same(unittest.TestCase):
    def judge(self, symbol, path, trait=None, crate=None):
        ours = {"path": path, "trait_path": trait, "crate": crate or path.split("::")[0]}
        return scip_compare.same(scip.parse("rust-analyzer cargo " + symbol), ours, PACKAGES)

    def test_the_same_item_by_other_names(self):
        self.assertIsNone(self.judge("core x result/impl#[`Result<T, E>`]ok().", "core::result::Result::ok"))
        self.assertIsNone(self.judge("a 1 b/impl#[Foo][`Clone`]clone().", "core::clone::Clone::clone"))
        self.assertIsNone(self.judge("a 1 b/impl#[Foo][Clone]clone().", "a::c::Foo::clone", "core::clone::Clone::clone"))
        self.assertIsNone(self.judge("core x clone/Clone#clone().", "a::Foo::clone", "core::clone::Clone::clone", "core"))
        self.assertIsNone(self.judge("md-5 1 Md5#", "md5::Md5"))
        self.assertIsNone(self.judge("a 1 m/Kind#One#", "a::m::Kind::One"))

    def test_macros_by_crate_and_name(self):
        self.assertIsNone(self.judge("tokio 1 macros/select/select!", "tokio::select"))
        self.assertEqual(self.judge("tokio 1 macros/select/select!", "futures::select"), "other crate")

    def test_owners_with_arguments(self):
        query = "sqlx-core 1 query_as/impl#[`QueryAs<'q, DB, O, <DB as Database>::Arguments>`]bind()."
        self.assertIsNone(self.judge(query, "sqlx_core::query_as::QueryAs::bind"))
        self.assertEqual(self.judge(query, "sqlx_core::query::Query::bind"), "other owner")
        layer = "a 1 m/impl#[`Layer<S, N, format::Format<L, T>, W>`]with_target()."
        self.assertIsNone(self.judge(layer, "a::m::Layer::with_target"))

    def test_atomics(self):
        flag = "core x sync/atomic/impl#[`Atomic<bool>`]new()."
        self.assertIsNone(self.judge(flag, "core::sync::atomic::AtomicBool::new"))
        self.assertEqual(self.judge(flag, "core::sync::atomic::AtomicU8::new"), "other owner")

    def test_impls_of_both(self):
        clone = "core::clone::Clone::clone"
        self.assertEqual(self.judge("a 1 b/impl#[Foo][Clone]clone().", "a::b::Bar::clone", clone), "other impl")
        self.assertIsNone(self.judge("a 1 b/impl#[`&str`][Bold]bold().", "a::ref::bold", "a::Bold::bold"))
        self.assertEqual(self.judge("a 1 b/impl#[`[T]`][Bold]bold().", "a::ref::bold", "a::Bold::bold"), "other impl")
        self.assertIsNone(self.judge("core x a/Iterate#go().", "alloc::vec::Vec::go", "core::a::Iterate::go", "alloc"))

    def test_items_of_extern_blocks(self):
        self.assertIsNone(self.judge("web-sys 1 Element#", "web_sys::features::gen_Element::Element"))
        self.assertEqual(self.judge("a 1 Element#", "a::features::Element"), "other module")

    def test_least_shares(self):
        counts = {kind: {"all": 0, "same": 0, "differs": 0} for kind in scip_compare.CLASSES}
        counts["method"] = {"all": 10, "same": 8, "differs": 1}
        wanted = [scip_compare.least(w) for w in ("method.resolved=0.9", "method.same=0.9", "path.same=1")]
        self.assertEqual(list(scip_compare.missed([{"counts": counts}], wanted)), ["method.same is 0.8889, wanted 0.9"])

    def test_other_items(self):
        self.assertEqual(self.judge("a 1 b/new().", "a::c::new"), "other module")
        self.assertEqual(self.judge("a 1 b/impl#[Foo]new().", "a::b::Bar::new"), "other owner")
        self.assertEqual(self.judge("a 1 b/new().", "c::b::new"), "other crate")
        self.assertEqual(self.judge("a 1 b/new().", "a::b::old"), "other name")


class StandIns(unittest.TestCase):
    LOCK = """
[[package]]
name = "form"
version = "0.1.8"
source = "git+https://example.org/form.git?rev=4b9f#4b9fab"
[[package]]
name = "serde"
version = "1.0.0"
source = "registry+https://example.org/index"
"""

    def test_packages_of_git(self):
        (one,) = stand_ins.git_packages(self.LOCK)
        self.assertEqual((one.name, one.version, one.url, one.commit), ("form", "0.1.8", "https://example.org/form.git", "4b9fab"))

    def test_features_that_members_ask_for(self):
        packages = stand_ins.git_packages(self.LOCK)
        wanted = {"name": "form", "rename": "f", "source": "git+https://example.org/form?rev=4b9f", "features": ["derive"]}
        member = {"dependencies": [wanted, {**wanted, "source": None, "features": ["no"]}], "features": {"full": ["f?/extra", "other/not"]}}
        (one,) = stand_ins.asked_for(packages, {"packages": [member]})
        self.assertEqual(one.features, {"default", "derive", "extra"})

    def test_manifest(self):
        packages = stand_ins.git_packages(self.LOCK)
        folders = {packages[0].label(): pathlib.Path("/c/form")}
        text = '[workspace]\nmembers = ["a"]\n\n[patch.crates-io]\nform = { git = "https://example.org/form", rev = "4b9f" }\nx = { path = "x" }\n\n[profile.dev]\ndebug = 0\n'
        found = tomllib.loads(stand_ins.patched(text, packages, folders))
        self.assertEqual(found["patch"], {"crates-io": {"form": {"path": "/c/form", "package": "form"}, "x": {"path": "x"}}})
        self.assertEqual((found["workspace"], found["profile"]), ({"members": ["a"]}, {"dev": {"debug": 0}}))
        found = tomllib.loads(stand_ins.patched("[workspace]\n", packages, folders))
        self.assertEqual(found["patch"], {"https://example.org/form.git": {"form-0-1-8": {"path": "/c/form", "package": "form"}}})


class Benchmark(unittest.TestCase):
    def test_stages(self):
        text = "discover                      50.2 ms\n  print_logging                0.5 ms\n  print_logging                1.0 ms\nerror: of no use\n"
        self.assertEqual(benchmark.timings(text), {"discover": 50.2, "  print_logging": 1.5})

    def test_edits(self):
        text = "//! fn no() {}\n#[cfg(test)] mod t { fn a() {} }\ntrait T { fn b(); }\nfn c() -> u8 { 1 }\n"
        self.assertIn('fn c() -> u8 { let _edited_7 = "7".len();  1 }', benchmark.edited(text, 7))
        self.assertIsNone(benchmark.edited("struct A;", 1))

    def test_ratios_and_limits(self):
        def run(wall, cpu, memory):
            return {"wall": wall, "cpu": cpu, "memory": memory}

        found = {"S": [run(10, 10, 5), run(20, 10, 5), run(10, 10, 5)], "cold": [run(30, 15, 50), run(40, 15, 90), run(50, 30, 60)]}
        result = benchmark.summary(found, {"S": [], "cold": [{"model": 4.0}, {"model": 6.0}, {}]})
        cold = result["cold"]
        self.assertEqual((cold["wall_ratio"], cold["cpu_ratio"], cold["memory"], cold["stages"]), (3, 2, 90, {"model": 4.0}))
        limits = [benchmark.limit(x) for x in ("cold.wall=2", "cold.wall=2,40", "cold.memory=80", "warm.wall=1")]
        self.assertEqual(list(benchmark.missed(result, limits)), ["cold.wall is 3.00, at most 2.0 wanted", "cold.memory is 90.00, at most 80.0 wanted"])


class Review(unittest.TestCase):
    def finding(self, number, repository="a", package="p", message="an error of `x` is dropped"):
        return {"key": f"l {repository} src/x.rs {number}", "lint": "l", "repository": repository, "package": package, "message": message,
                "path": "src/x.rs", "primary": {"byte_start": number}}

    def test_statements_are_tokens_not_lines(self):
        def around(text, name):
            return review.statement(rust_text.File(text), text.index(name))

        first = around("fn a() { b(); let _ = c(|x| { d; e }, 1)\n   .ok(); f() }", "ok")
        self.assertEqual(first, "let _ = c ( | x | { d ; e } , 1 ) . ok ( )")
        self.assertEqual(first, around("// moved\nfn a() {\n let _ = c(|x| {\n d; e\n }, 1).ok();\n}", "ok"))
        self.assertEqual(around("fn a() { b(|| { c().ok(); }); }", "ok"), "c ( ) . ok ( )")

    def test_shares(self):
        self.assertEqual(review.equal_shares({"a": 2, "b": 50, "c": 50}, 20), {"a": 2, "b": 9, "c": 9})
        self.assertEqual(review.equal_shares({"a": 1, "b": 2}, 20), {"a": 1, "b": 2})
        for start in (0.0, 0.3, 0.999):
            taken = review.proportional({"x": 60, "y": 30, "z": 10}, 10, start)
            self.assertEqual((taken["x"], taken["y"], sum(taken.values())), (6, 3, 10))

    def test_draws_repeat_and_survive_changes(self):
        found = [self.finding(n, repository) for repository in "ab" for n in range(40)]
        first = {one["key"] for one in review.draw(found, 10, 7)}
        self.assertEqual(len(first), 10)
        self.assertEqual(first, {one["key"] for one in review.draw(found[::-1], 10, 7)})
        self.assertNotEqual(first, {one["key"] for one in review.draw(found, 10, 8)})
        fewer = {one["key"] for one in review.draw(found[1:], 10, 7)}
        self.assertGreaterEqual(len(first & fewer), 9)
        self.assertEqual({one["weight"] for one in review.draw(found, 10, 7)}, {8.0})

    def test_kinds(self):
        self.assertEqual(review.kind("`a` and 12 more"), review.kind("`b::c` and 3 more"))

    def test_files_are_read_back(self):
        for code in ("let a = 'x';\n", "a ''' b\n\t\\ \"\"\" \x1b\n"):
            self.assertEqual(tomllib.loads("code = " + toml_text.block(code))["code"], code)
        data = {"a": ["x\u007f", 1, True], "b": {"c": "\n\"é"}}
        self.assertEqual(tomllib.loads("v = " + toml_text.value(data))["v"], data)

    def test_precision(self):
        entries = [{"lint": "l", "verdict": v, "weight": w} for v, w in (("true", 9), ("true", 9), ("false", 2), ("unsure", 1), ("", 1))]
        found = review.precision_of(entries)
        self.assertEqual((found["true"], found["false"], found["unsure"], found["open"]), (2, 1, 1, 1))
        self.assertAlmostEqual(found["precision"], 2 / 3)
        self.assertAlmostEqual(found["weighted"], 0.9)
        low, high = review.wilson(9, 10)
        self.assertTrue(0.59 < low < 0.6 and 0.98 < high < 0.99)

    def test_agreement(self):
        def filled(verdicts):
            return {str(n): {"key": str(n), "lint": "l", "verdict": v} for n, v in enumerate(verdicts)}

        rows, apart = review.agreement(filled(["true", "true", "false", "false", ""]), filled(["true", "false", "false", "false", "true"]))
        self.assertEqual((rows["l"]["both"], rows["l"]["agreed"], [a["key"] for a, _ in apart]), (4, 3, ["1"]))
        self.assertAlmostEqual(rows["l"]["kappa"], 0.5)
        self.assertIsNone(review.kappa([("true", "true")]))


class Labels(unittest.TestCase):
    def results(self):
        one = {"hit": 3, "want": 4, "hard": "1/2", "traps_fallen": 1, "traps": 10, "unlabelled": 2, "precision_strict": 0.5, "per_label": 2.0}
        other = {**one, "hit": 0, "hard": "0/0", "per_label": None}
        counts = {"deny": 0, "warn": 6, "note": 3, "undecided": 1, "suppressed": 4}
        return [{"repo": "a/a", "lints": {"l": one, "x": one}, "counts": {"l": counts}}, {"repo": "b/b", "lints": {"l": other}, "counts": {}}]

    def test_totals(self):
        found = score_labels.tables(self.results(), ["l", "silent"])
        self.assertEqual(list(found), ["l"])
        name, total = found["l"][-1]
        figures = score_labels.figures_of(total)
        self.assertEqual((name, total["hit"], total["want"], total["hit_hard"], total["want_hard"]), ("total", 3, 8, 1, 2))
        self.assertEqual((figures["recall"], figures["hard"], figures["fallen"], figures["per_label"]), (3 / 8, 0.5, 0.1, 2.0))
        self.assertEqual((figures["undecided"], figures["strict"]), (0.1, 3 / 9))

    def test_limits(self):
        found = score_labels.tables(self.results(), ["l"])
        lowest = [score_labels.limit(x) for x in ("l.recall=0.3", "all.hard=0.9", "other.recall=1")]
        highest = [score_labels.limit(x) for x in ("all.fallen=0.05", "l.unlabelled=4")]
        told = ["l.hard is 0.500, at least 0.9 wanted", "l.fallen is 0.100, at most 0.05 wanted"]
        self.assertEqual(list(score_labels.missed(found, lowest, highest)), told)

    def test_a_checkout_that_is_not_there(self):
        place, wrong = score_labels.checkout_of({"repo": "owner/name", "commit": "abc"}, pathlib.Path("/nowhere"))
        self.assertIsNone(place)
        self.assertIn("git clone https://github.com/owner/name /nowhere/owner+name", wrong)


class Clippy(unittest.TestCase):
    CODE = """
fn a() {
    let _ = send(1);
    b(|| c.unwrap())
        .expect("x");
    d().ok();
    println!("{}", 1);
    #[cfg(windows)]
    e().unwrap();
}
const F: u8 = G.unwrap();
static H: fn() = || ();
#[tracing::instrument]
fn i() { j().unwrap(); }
"""

    def messages(self, root):
        def one(lint, text, start, end, expansion=None):
            span = {"file_name": "src/lib.rs", "is_primary": True, "expansion": expansion, "line_start": start[0], "column_start": start[1],
                    "line_end": end[0], "column_end": end[1]}
            return {"reason": "compiler-message", "target": {"kind": ["lib"]}, "message": {"code": {"code": "clippy::" + lint}, "message": text, "spans": [span]}}

        yield one("let_underscore_must_use", "non-binding `let` on an expression with `#[must_use]` type", (3, 5), (3, 21))
        yield one("unwrap_used", "used `unwrap()` on an `Option` value", (4, 10), (4, 20))
        yield one("expect_used", "used `expect()` on a `Result` value", (4, 5), (5, 21))
        yield one("unused_result_ok", "ignoring a result with `.ok()`", (6, 5), (6, 13))
        yield one("print_stdout", "use of `println!`", (7, 5), (7, 22))
        yield one("unwrap_used", "used `unwrap()` on a `Result` value", (9, 5), (9, 17), {"span": {}})
        yield {"reason": "compiler-artifact", "target": {"src_path": str(root / "src/lib.rs")}}

    def test_places(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "src").mkdir()
            (root / "src/lib.rs").write_text(self.CODE, encoding="utf-8")
            sources = clippy_compare.Sources(root)
            found = clippy_compare.clippys(list(self.messages(root)), root, sources)
            self.assertEqual(
                {(form, line, column): named for (form, _, line, column), named in found.items()},
                {("let", 3, 9): "must_use", ("unwrap", 4, 12): "Option", ("unwrap", 5, 10): "Result", ("ok", 6, 9): "Result", ("print", 7, 5): "()"},
            )
            source = sources.get("src/lib.rs")
            places = {(9, 9): "cfg", (11, 17): "constant", (4, 12): None, (12, 20): "constant", (14, 14): "in an attribute macro"}
            for (line, column), because in places.items():
                self.assertEqual(clippy_compare.silent_because("unwrap", {"line": line, "column": column}, source), because, (line, column))

    def test_verdicts(self):
        result, option = {"type": "&core::result::Result<u8, a::E>"}, {"type": "core::option::Option<u8>"}
        self.assertEqual(clippy_compare.judge("Result", result)[0], "same")
        self.assertEqual(clippy_compare.judge("Result", option)[0], "other type")
        self.assertEqual(clippy_compare.judge("must_use", result)[0], "same")
        self.assertEqual(clippy_compare.judge("must_use", {"type": "std::sync::MutexGuard<u8>"})[0], "apart")
        self.assertEqual(clippy_compare.judge("Option", {"type": None})[0], "unknown")
        self.assertEqual(clippy_compare.judge("Option", None)[0], "absent")
        self.assertEqual(clippy_compare.judge("()", {"type": "()"})[0], "same")

    def test_shares(self):
        counts = {form: collections.Counter() for form in clippy_compare.CHECKED}
        counts["unwrap"].update({"same": 8, "other type": 1, "unknown": 1, "apart": 5, "clippy silent": 3})
        found = clippy_compare.shares(counts["unwrap"])
        self.assertEqual((found["places"], found["told"], found["same"], found["found"]), (10, 0.9, 8 / 9, 0.75))
        wanted = [clippy_compare.least(x) for x in ("all.told=0.95", "unwrap.same=0.5", "let.found=1")]
        self.assertEqual(list(clippy_compare.missed(counts, wanted)), ["unwrap.told is 0.9000, wanted 0.95"])


class Survive(unittest.TestCase):
    def test_lists_of_crates(self):
        self.assertEqual(survive.crates("# a b\n\nsyn 3.0.1  # why\ntokio 1.0.0\nnothing\n"), [("syn", "3.0.1"), ("tokio", "1.0.0")])

    def test_what_is_wrong_with_a_run(self):
        for status, told, errors in ((0, b"{}", "notice"), (1, b"{}", ""), (2, b"", "error: cannot read x")):
            self.assertIsNone(survive.trouble(status, told, errors))
        cases = ((101, b"", "thread 'main' panicked at a.rs:1"), (0, b"{}", "internal error"), (-6, b"", ""), (2, b"", ""), (0, b"{", ""))
        for status, told, errors in cases:
            self.assertIsNotNone(survive.trouble(status, told, errors), (status, told, errors))

    def test_where_outputs_part(self):
        self.assertTrue(survive.difference(b"abcd", b"abxd").startswith("byte 2: ..abcd.. and ..abxd.."))
        self.assertTrue(survive.difference(b"ab", b"abc").startswith("byte 2:"))


class Sources(unittest.TestCase):
    def test_no_name_twice_in_a_graph(self):
        packages = [("a", "1"), ("a", "2"), ("b", "1"), ("a", "3")]
        self.assertEqual(fetch_sources.rounds(packages), [[("a", "1"), ("b", "1")], [("a", "2")], [("a", "3")]])

    def test_what_cannot_be_fetched_together_is_fetched_apart(self):
        asked = []

        def fetch_group(part):
            asked.append(part)
            return "conflict" if {1, 2} <= set(part) or 3 in part else None

        self.assertEqual(fetch_sources.fetch_apart([0, 1, 2, 3], fetch_group), ["conflict"])
        self.assertEqual(asked, [[0, 1, 2, 3], [0, 1], [2, 3], [2], [3]])


if __name__ == "__main__":
    unittest.main()
