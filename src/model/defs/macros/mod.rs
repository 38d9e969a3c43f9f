//! Macros by example: definitions read once, arguments matched, templates written as text, the text read as facts.
//!
//! All work is on texts and flat token lists of our own; trees are built by [`crate::facts::fragment`] alone.

mod branches;
mod fragments;
mod lex;
mod matching;
mod rules;
mod transcribe;

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, RwLock};

use rustc_hash::{FxBuildHasher, FxHashMap, FxHasher};

pub(super) use branches::{Branch, cfg_if, cfg_select};

use self::lex::Stream;
use self::matching::Matcher;
use self::rules::Rules;
use self::transcribe::Writer;
use super::files::text;
use super::link::has_attr;
use super::resolve::{DOLLAR_CRATE, View};
use crate::discover::TargetKind;
use crate::facts::fragment::{FragmentKind, parse_fragment};
use crate::facts::{Depth, FileFacts, ItemKind, Notice, NoticeKind, Origin};
use crate::model::ids::{DefId, DefKind};
use crate::model::ty::Cause;

/// Steps all rules together may take on one list of arguments, and steps the template that was chosen may.
const FUEL: u32 = 2_000_000;
/// Longest output that is remembered: long ones are rare, and together might fill the memory.
const MEMORABLE: u32 = 64 << 10;
const SHARDS: usize = 16;

/// A macro, what it is read as, and two hashes of its arguments.
type Arguments = (DefId, FragmentKind, u64, u64);
type Expanded = Result<Arc<FileFacts>, Cause>;

/// What was read and expanded so far. Values depend on sources alone, so it does not matter who asked first.
#[derive(Default)]
pub(super) struct Memo {
    rules: [RwLock<FxHashMap<DefId, Option<Arc<Rules>>>>; SHARDS],
    expanded: [RwLock<FxHashMap<Arguments, Expanded>>; SHARDS],
}

impl Memo {
    fn rules(&self, view: View<'_>, def: DefId) -> Option<Arc<Rules>> {
        let shard = &self.rules[def.idx as usize % SHARDS];
        if let Some(found) = shard.read().expect("no panic while the lock is held").get(&def) {
            return found.clone();
        }
        let made = read(view, def).map(Arc::new);
        shard.write().expect("no panic while the lock is held").entry(def).or_insert(made).clone()
    }

    /// Expands, remembering the outcome.
    pub(super) fn expand(&self, view: View<'_>, def: DefId, tokens: &str, kind: FragmentKind) -> Expanded {
        let hash = FxBuildHasher.hash_one(tokens);
        let key = (def, kind, hash, second_hash(tokens));
        let shard = &self.expanded[hash as usize % SHARDS];
        if let Some(found) = shard.read().expect("no panic while the lock is held").get(&key) {
            return found.clone();
        }
        let made = expand(view, def, tokens, kind, Depth::Full);
        if made.as_ref().is_ok_and(|facts| facts.len > MEMORABLE) {
            return made;
        }
        shard.write().expect("no panic while the lock is held").entry(key).or_insert(made).clone()
    }
}

/// Independent of the first hash: both together do not collide by accident.
fn second_hash(tokens: &str) -> u64 {
    let mut h = FxHasher::default();
    h.write_usize(tokens.len());
    for chunk in tokens.as_bytes().rchunks(8) {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        h.write_u64(u64::from_le_bytes(word).rotate_left(17));
    }
    h.finish()
}

/// Reads the definition of a macro.
fn read(view: View<'_>, def: DefId) -> Option<Rules> {
    let data = view.def(def);
    if data.kind == DefKind::ProcMacro {
        let info = view.defs.krate(def.krate);
        return Rules::new(view.defs.options.expansions.rules(info.name, data.name, info.version.as_ref())?);
    }
    let facts = view.data(def.krate).files[data.file.idx as usize].facts();
    match &facts.interface.items.get(data.item.idx())?.kind {
        ItemKind::MacroRules { rules } => Rules::new(text(facts, *rules)),
        ItemKind::MacroDef { text: t } => Rules::of_macro_item(text(facts, *t)),
        _ => None,
    }
}

/// A macro that the compiler itself expands.
pub(super) fn is_builtin(view: View<'_>, def: DefId) -> bool {
    let data = view.def(def);
    let facts = view.data(def.krate).files[data.file.idx as usize].facts();
    facts.interface.items.get(data.item.idx()).is_some_and(|item| has_attr(item, facts, "rustc_builtin_macro"))
}

/// Expands an invocation and reads what comes out.
pub(super) fn expand(view: View<'_>, def: DefId, tokens: &str, kind: FragmentKind, depth: Depth) -> Expanded {
    let procedural = view.def(def).kind == DefKind::ProcMacro;
    if !procedural && is_builtin(view, def) {
        return Err(Cause::UnreadMacro);
    }
    let unread = if procedural { Cause::ProcMacro } else { Cause::UnreadMacro };
    let rules = view.defs.macros().rules(view, def).ok_or(unread)?;
    let (out, mut origins) = transcribe(&rules, tokens, &dollar_crate(view, def))?;
    if depth == Depth::Signatures {
        origins = Vec::new();
    }
    read_fragment(&out, kind, depth, origins)
}

fn read_fragment(text: &str, kind: FragmentKind, depth: Depth, origins: Vec<Origin>) -> Expanded {
    let cause = |notice: Notice| match notice.kind {
        NoticeKind::TooDeep | NoticeKind::TooLarge => Cause::Depth,
        _ => Cause::UnreadMacro,
    };
    parse_fragment(text, kind, depth).map(|facts| Arc::new(FileFacts { origins, ..facts })).map_err(cause)
}

/// Whether rules stand for a procedural macro.
pub(super) fn is_made(view: View<'_>, def: DefId) -> bool {
    let info = view.defs.krate(def.krate);
    view.defs.options.expansions.rules(info.name, view.def(def).name, info.version.as_ref()).is_some()
}

/// Whether text reads as rules.
pub(crate) fn reads_as_rules(text: &str) -> bool {
    Rules::new(text).is_some()
}

/// Reads text as items.
pub(super) fn read_items(text: &str, depth: Depth) -> Expanded {
    read_fragment(text, FragmentKind::Items, depth, Vec::new())
}

/// How `$crate` is written. Macros of a binary are used in that binary alone, which may have the same name as its library.
fn dollar_crate(view: View<'_>, def: DefId) -> String {
    let info = view.defs.krate(def.krate);
    if info.kind == TargetKind::Bin { "crate".to_owned() } else { format!("{DOLLAR_CRATE}{}", info.name) }
}

/// The text of the first rule that matches, and what of it was copied from the arguments.
fn transcribe(rules: &Rules, tokens: &str, dollar_crate: &str) -> Result<(String, Vec<Origin>), Cause> {
    let args = Stream::new(tokens).ok_or(Cause::UnreadMacro)?;
    let mut fuel = FUEL;
    for rule in &rules.rules {
        let mut matcher = Matcher { definition: &rules.stream, args: &args, fuel, depth: 0 };
        let bounds = matcher.whole(&rule.pattern);
        fuel = matcher.fuel;
        if let Some(bounds) = bounds {
            let mut writer = Writer { rules, args: &args, dollar_crate, fuel: FUEL, out: String::new(), origins: Vec::new() };
            let written = writer.run(&rule.template, &bounds);
            return written.map(|()| (writer.out, writer.origins)).ok_or(if writer.fuel == 0 { Cause::Depth } else { Cause::UnreadMacro });
        }
        // The rules that are left would not be tried by rights: this one was not refused.
        if fuel == 0 {
            return Err(Cause::Depth);
        }
    }
    Err(Cause::UnreadMacro)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expands `args` by `rules`; layout is evened out.
    fn go(rules: &str, args: &str) -> String {
        let rules = Rules::new(rules).expect("rules read");
        let out = transcribe(&rules, args, "__prr_crate_c").map_or_else(|_| "no rule".to_owned(), |(text, _)| text);
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn repetitions_nest_and_separate() {
        assert_eq!(go("($($x:expr),* $(,)?) => { f($($x),*) };", "1, a + b, g(2, 3),"), "f ( 1 , ( a + b ) , g(2, 3) )");
        assert_eq!(
            go("($($n:ident : [$($t:ty)|+]);*) => { $( struct $n($($t,)+); )* };", "A: [u8|Vec<Vec<u8>>]; B: [&'a str]"),
            "struct A ( u8 , Vec<Vec<u8>> , ) ; struct B ( &'a str , ) ;"
        );
        assert_eq!(go("($($k:ident => $v:expr),+ ; $last:tt) => { $last $($k)+ };", "a => 1, b => |x, y| x + y; z"), "z a b");
        assert_eq!(
            go("($(#[$m:meta])* $v:vis fn $n:ident) => { $(#[$m])* $v fn $n() {} };", "/// d\n#[a(b)] pub(crate) fn x"),
            "# [ doc = \"\" ] # [ a(b) ] pub(crate) fn x ( ) { }"
        );
    }

    #[test]
    fn rules_are_tried_in_order() {
        let rules = "() => { none }; ($x:literal) => { lit $x }; ($x:ident) => { id $x }; ($($x:tt)*) => { rest $($x)* };";
        assert_eq!(go(rules, ""), "none");
        assert_eq!(go(rules, "-1"), "lit -1");
        assert_eq!(go(rules, "a"), "id a");
        assert_eq!(go(rules, "a b => {c}"), "rest a b => {c}");
        assert_eq!(go("(@a $x:expr) => { a }; ($x:expr) => { $x }", "S { a: 1, ..d }"), "( S { a: 1, ..d } )");
        assert_eq!(go("($x:expr) => { one }; ($a:expr, $b:expr) => { two };", "a::<B, C>(), x as D<E, F>"), "two");
    }

    #[test]
    fn dollar_crate_and_foreign_dollars() {
        assert_eq!(go("($x:ident) => { $crate::f!($x) };", "a"), "__prr_crate_c :: f ! ( a )");
        assert_eq!(go("($n:ident) => { macro_rules! $n { ($e:expr) => { $e } } };", "m"), "macro_rules ! m { ( $e : expr ) => { $e } }");
    }

    #[test]
    fn fragments_end_where_the_grammar_ends() {
        let items = "($($i:item)*) => { $( [ $i ] )* };";
        assert_eq!(
            go(items, "pub struct A<T>(T) where T: B; const X: [u8; 2] = [1, 2]; impl A { fn f() {} } m! { x } pub(crate) use a::{b, c};"),
            "[ pub struct A<T>(T) where T: B; ] [ const X: [u8; 2] = [1, 2]; ] [ impl A { fn f() {} } ] [ m! { x } ] [ pub(crate) use a::{b, c}; ]"
        );
        let arms = "($($p:pat => $e:expr),*) => { $( [$p] )* };";
        assert_eq!(
            go(arms, "A(x) | B { y, .. } => 1, 1..=5 => { 2 }, c @ Some(_) => if a { b } else { c }"),
            "[ ( A(x) | B { y, .. } ) ] [ 1..=5 ] [ c @ Some(_) ]"
        );
        let types = "($($t:ty),*) => { $( [$t] )* };";
        assert_eq!(
            go(types, "fn(u8) -> Box<dyn Fn(A) -> B + Send>, <A as B<C, D>>::E, &'a mut [T; 3], dyn A + 'static, (), impl X"),
            "[ fn(u8) -> Box<dyn Fn(A) -> B + Send> ] [ <A as B<C, D>>::E ] [ &'a mut [T; 3] ] [ ( dyn A + 'static ) ] [ () ] [ impl X ]"
        );
        assert_eq!(go("($s:stmt ; $b:block $l:lifetime) => { $s $b $l };", "let x: u8 = 1; { y } 'a"), "let x: u8 = 1 { y } 'a");
    }
}
