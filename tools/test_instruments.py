"""Tests of what the instruments share: python3 -m unittest discover -s tools -p 'test_*.py'"""

import unittest

import scip_compare
from instruments import rust_text, scip


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

    def test_method_calls(self):
        file = rust_text.File("a.b().c::<T>().d; e(); f!(g.h()); 0..i()")
        calls = [t.text for n, t in enumerate(file.tokens) if file.is_method_call(n)]
        self.assertEqual(calls, ["b", "c", "h"])
        self.assertEqual(file.macro_around(file.text.index("h()")), "f")


class Same(unittest.TestCase):
    def judge(self, symbol, path, trait=None, crate=None):
        ours = {"path": path, "trait_path": trait, "crate": crate or path.split("::")[0]}
        return scip_compare.same(scip.parse("rust-analyzer cargo " + symbol), ours, {"md_5": {"md5"}})

    def test_the_same_item_by_other_names(self):
        self.assertIsNone(self.judge("core x result/impl#[`Result<T, E>`]ok().", "core::result::Result::ok"))
        self.assertIsNone(self.judge("a 1 b/impl#[Foo][`Clone`]clone().", "core::clone::Clone::clone"))
        self.assertIsNone(self.judge("a 1 b/impl#[Foo][Clone]clone().", "a::c::Foo::clone", "core::clone::Clone::clone"))
        self.assertIsNone(self.judge("core x clone/Clone#clone().", "a::Foo::clone", "core::clone::Clone::clone", "core"))
        self.assertIsNone(self.judge("md-5 1 Md5#", "md5::Md5"))
        self.assertIsNone(self.judge("a 1 m/Kind#One#", "a::m::Kind::One"))

    def test_other_items(self):
        self.assertEqual(self.judge("a 1 b/new().", "a::c::new"), "other module")
        self.assertEqual(self.judge("a 1 b/impl#[Foo]new().", "a::b::Bar::new"), "other owner")
        self.assertEqual(self.judge("a 1 b/new().", "c::b::new"), "other crate")
        self.assertEqual(self.judge("a 1 b/new().", "a::b::old"), "other name")


if __name__ == "__main__":
    unittest.main()
