//! Levels, suppressions, order and fingerprints over code made by hand.

use std::path::PathBuf;

use super::*;
use crate::facts::{Directive, Item, ItemKind, Parent, Sym, Vis};
use crate::lint::{Maturity, RoleLevels};
use crate::model::ids::CrateId;

/// One file, twice: as the library's and as the binary's.
struct OneFile {
    path: PathBuf,
    text: String,
    facts: FileFacts,
}

const FILE: FileId = FileId { krate: CrateId(0), idx: 0 };
const AGAIN: FileId = FileId { krate: CrateId(1), idx: 0 };

impl OneFile {
    /// Comments are found by `// prr:`, items by `fn ` up to the next line that is `}`.
    fn new(text: &str) -> OneFile {
        let mut facts = FileFacts { len: text.len() as u32, ..FileFacts::default() };
        for (at, _) in text.match_indices("// prr:") {
            let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let line = text[at..].lines().next().unwrap();
            facts.directives.push(Directive {
                pos: at as u32,
                line: text[..at].matches('\n').count() as u32 + 1,
                own_line: text[line_start..at].trim().is_empty(),
                text: line["// prr:".len()..].trim().to_owned(),
            });
        }
        for (at, _) in text.match_indices("fn ") {
            let start = text[..at].rfind("#[").filter(|start| !text[*start..at].contains('}')).unwrap_or(at) as u32;
            let end = text[at..].find("\n}").map_or(text.len(), |len| at + len + 2) as u32;
            let pos = at as u32 + 3;
            facts.interface.items.push(Item {
                name: Sym(0),
                kind: ItemKind::ExternBlock,
                parent: Parent::File,
                vis: Vis::Private,
                cfg: Vec::new(),
                attrs: Vec::new(),
                pos,
                span: (start, end),
            });
        }
        OneFile { path: "/ws/src/lib.rs".into(), text: text.to_owned(), facts }
    }
    fn span(&self, needle: &str) -> Span {
        let start = self.text.find(needle).unwrap() as u32;
        Span { file: FILE, start, end: start + needle.len() as u32 }
    }
}

impl Code for OneFile {
    fn files(&self) -> Vec<FileId> {
        vec![AGAIN, FILE]
    }
    fn file(&self, _: FileId) -> Option<CodeFile<'_>> {
        Some(CodeFile { path: &self.path, facts: &self.facts, package: "api", named_as_trial: false, role: Role::Service })
    }
    fn text(&self, _: FileId) -> &str {
        &self.text
    }
    fn target(&self, _: FileId) -> TargetRef {
        TargetRef::default()
    }
    fn is_named_as_aid(&self, _item: DefId) -> bool {
        false
    }

    fn item_path(&self, _: DefId) -> String {
        "api::f".to_owned()
    }
    fn real(&self, span: Span) -> Span {
        span
    }
}

static LINT: Lint = Lint {
    id: "lost",
    summary: "something is lost",
    family: "errors",
    defaults: RoleLevels { service: Level::Warn, cli: Level::Allow, library: Level::Note },
    maturity: Maturity::Stable,
    core: true,
    page: "",
    check: |_| Vec::new(),
};

fn rules() -> Vec<&'static Lint> {
    std::iter::once(&LINT).chain(meta::ALL.iter().copied()).collect()
}

fn lost(code: &OneFile, needle: &str) -> Finding {
    Finding::new("lost", Role::Service, Label::new(code.span(needle), ""), "lost")
}

fn run(code: &OneFile, needles: &[&str]) -> Judged {
    let findings = needles.iter().map(|needle| lost(code, needle)).collect();
    judge(findings, code, &rules(), &Levels::default(), &Selection::default())
}

/// Line and lint of each entry.
fn lines(judged: &Judged) -> Vec<(u32, &'static str)> {
    judged.entries.iter().map(|entry| (judged.files[0].lines.line(entry.primary.place.start), entry.lint)).collect()
}

#[test]
fn order_is_by_place_and_duplicates_are_one() {
    let code = OneFile::new("fn f() {\n    a();\n    b();\n}\n");
    let mut twin = lost(&code, "a");
    twin.primary.span.file = AGAIN;
    let mut unknown = lost(&code, "a");
    unknown.verdict = Verdict::Unknown("depth");
    let findings = vec![lost(&code, "b"), unknown, twin, lost(&code, "a")];
    let judged = judge(findings, &code, &rules(), &Levels::default(), &Selection::default());
    assert_eq!(lines(&judged), [(2, "lost"), (3, "lost")]);
    assert_eq!(judged.entries[0].unknown, None);
    assert_eq!(judged.files.len(), 1);
}

#[test]
fn a_limit_lowers_the_level_and_says_why() {
    let code = OneFile::new("fn f() {\n    a();\n    b();\n}\n");
    let mut note = lost(&code, "a");
    note.at_most = Some((Level::Note, "only at start-up"));
    let mut gone = lost(&code, "b");
    gone.at_most = Some((Level::Allow, "clean here"));
    let judged = judge(vec![note, gone], &code, &rules(), &Levels::default(), &Selection::default());
    assert_eq!(lines(&judged), [(2, "lost")]);
    assert_eq!((judged.entries[0].level, judged.entries[0].capped), (Level::Note, Some("only at start-up")));
}

#[test]
fn a_comment_covers_the_line_below_its_own_and_the_item() {
    let reason = "reason = \"r\"";
    let below = format!("fn f() {{\n    // prr: allow(lost, {reason})\n\n    a();\n    b();\n}}\n");
    assert_eq!(lines(&run(&OneFile::new(&below), &["a", "b"])), [(5, "lost")]);
    let behind = format!("fn f() {{\n    a(); // prr: allow(lost, {reason})\n    b();\n}}\n");
    assert_eq!(lines(&run(&OneFile::new(&behind), &["a", "b"])), [(3, "lost")]);
    let item = format!("// prr: allow(prr::lost, {reason})\n/// Docs.\n#[x]\nfn f() {{\n    a();\n    b();\n}}\nfn g() {{\n    c();\n}}\n");
    assert_eq!(lines(&run(&OneFile::new(&item), &["a()", "b()", "c()"])), [(9, "lost")]);
    let among = format!("#[x]\n// prr: allow(lost, {reason})\nfn f() {{\n    a();\n}}\n");
    assert_eq!(lines(&run(&OneFile::new(&among), &["a()"])), []);
}

#[test]
fn a_comment_covers_the_whole_statement() {
    let code =
        OneFile::new("fn f() {\n    // prr: allow(lost, reason = \"r\")\n    let x = a()\n        .b()\n        .c();\n    d();\n}\n");
    let judged = run(&code, &["c()", "d()"]);
    assert_eq!(lines(&judged), [(6, "lost")]);
    assert_eq!(judged.suppressed, BTreeMap::from([("lost", 1)]));
    let code = OneFile::new("fn f() {\n    let x = a()\n        .b(); // prr: allow(lost, reason = \"r\")\n}\n");
    assert_eq!(lines(&run(&code, &["a()"])), []);
}

#[test]
fn a_comment_above_a_block_does_not_cover_what_is_inside() {
    let code = OneFile::new("fn f() {\n    // prr: allow(lost, reason = \"r\")\n    if a() {\n        b();\n    }\n}\n");
    assert_eq!(lines(&run(&code, &["a()", "b()"])), [(4, "lost")]);
}

#[test]
fn mistakes_in_comments_are_findings() {
    let text = "fn f() {\n    // prr: allow(lost)\n    a();\n    // prr: allow(lots, reason = \"r\")\n    b();\n    // prr: allw(lost)\n    c();\n    \
                // prr: allow(lost, unused_suppressions, reason = \"r\")\n    d();\n    e(); // prr: detached\n}\n";
    let judged = run(&OneFile::new(text), &["a()", "b()"]);
    let found = [
        (2, "unreasoned_suppressions"),
        (4, "unknown_lints"),
        (5, "lost"),
        (6, "malformed_directives"),
        (8, "unused_suppressions"),
        (10, "unreasoned_suppressions"),
    ];
    assert_eq!(lines(&judged), found);
    assert_eq!(judged.entries[1].help, "write `lost`");
    assert_eq!(judged.entries[4].message, "this comment covers no finding of `lost`, `unused_suppressions`");
}

#[test]
fn comments_in_test_code_are_left_alone() {
    let mut code = OneFile::new("fn f() {\n    // prr: allow(lost)\n    a();\n}\n");
    code.facts.test_cut.ranges.push((0, 40));
    assert_eq!(lines(&run(&code, &[])), []);
}

#[test]
fn selection_and_generated_files() {
    let mut code = OneFile::new("fn f() {\n    a();\n}\n");
    let judge_with = |code: &OneFile, selection: Selection| judge(vec![lost(code, "a()")], code, &rules(), &Levels::default(), &selection);
    let other = Selection { packages: Some(vec!["worker".into()]), ..Selection::default() };
    assert!(judge_with(&code, other).entries.is_empty());
    let folder = |folder: &str| Selection { folders: vec![folder.into()], ..Selection::default() };
    assert!(judge_with(&code, folder("/ws/tests")).entries.is_empty());
    assert_eq!(judge_with(&code, folder("/ws/src")).entries.len(), 1);
    code.facts.generated = true;
    let judged = judge_with(&code, Selection::default());
    assert_eq!((judged.entries.len(), judged.generated), (0, 1));
}

#[test]
fn fingerprints_survive_edits_elsewhere() {
    let prints = |text: &str, needles: &[&str]| -> Vec<String> {
        run(&OneFile::new(text), needles).entries.iter().map(|entry| entry.fingerprint.clone()).collect()
    };
    let before = prints("fn f() {\n    a(1);\n    b();\n    a(1);\n}\n", &["a(1)", "b()"]);
    let after = prints("// new\n\nfn f() {\n    x();\n    a( 1 ) /* so */;\n    b();\n}\n", &["a( 1 )", "b()"]);
    assert_eq!(before, after);
    assert_ne!(before[0], before[1]);
    let mut code = OneFile::new("fn f() {\n    a(1);\n    a(1);\n}\n");
    let second = code.text.rfind("a(1)").unwrap() as u32;
    let mut twice = vec![lost(&code, "a(1)"), lost(&code, "a(1)")];
    twice[1].primary.span = Span { file: FILE, start: second, end: second + 4 };
    code.path = "/ws/src/other.rs".into();
    let judged = judge(twice, &code, &rules(), &Levels::default(), &Selection::default());
    let (first, second) = (&judged.entries[0].fingerprint, &judged.entries[1].fingerprint);
    assert!(first.ends_with(":1") && second.ends_with(":2") && first[..17] == second[..17], "{first} {second}");
}

#[test]
fn tokens_without_an_end_get_one() {
    let code = OneFile::new("fn f() {\n    println!(\"a\");\n}\n");
    let mut finding = lost(&code, "println");
    finding.primary.span = Span::token(FILE, finding.primary.span.start);
    let judged = judge(vec![finding], &code, &rules(), &Levels::default(), &Selection::default());
    let place = judged.entries[0].primary.place;
    assert_eq!(&code.text[place.start as usize..place.end as usize], "println!");
}
