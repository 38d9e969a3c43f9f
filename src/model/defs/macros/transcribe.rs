//! Templates and bound variables to text.

use super::lex::{Kind, Stream};
use super::matching::{Bound, Bounds};
use super::rules::{Fragment, Rules, Template};
use crate::facts::Origin;

/// Longest text an expansion may have.
const LIMIT: usize = 4 << 20;

pub(super) struct Writer<'a> {
    pub rules: &'a Rules,
    pub args: &'a Stream,
    /// What `$crate` is written as.
    pub dollar_crate: &'a str,
    /// Steps left; none when that or the length was the reason to stop.
    pub fuel: u32,
    pub out: String,
    /// Parts of `out` that were copied from the arguments.
    pub origins: Vec<Origin>,
}

type Env<'b> = Vec<(&'b str, &'b Bound)>;

impl Writer<'_> {
    /// Writes a rule's template; `None` if variables and repetitions do not fit or the text grows without end.
    pub(super) fn run(&mut self, template: &[Template], bounds: &Bounds) -> Option<()> {
        let env: Env<'_> = bounds.iter().map(|(n, b)| (&**n, b)).collect();
        self.all(template, &env, 0)
    }

    fn word(&mut self, text: &str) {
        if !self.out.is_empty() {
            self.out.push(' ');
        }
        self.out.push_str(text);
    }

    fn all(&mut self, template: &[Template], env: &Env<'_>, turn: usize) -> Option<()> {
        for t in template {
            // Variables are looked for one by one.
            self.fuel = self.fuel.saturating_sub(1 + env.len() as u32 / 8);
            if self.out.len() > LIMIT || self.fuel == 0 {
                self.fuel = 0;
                return None;
            }
            match t {
                Template::Tok(i) => self.word(self.rules.stream.str(*i)),
                Template::Crate => self.word(self.dollar_crate),
                Template::Group(open, inner) => {
                    let close = self.rules.stream.toks[*open].close as usize;
                    self.word(self.rules.stream.str(*open));
                    self.all(inner, env, turn)?;
                    self.word(self.rules.stream.str(close));
                }
                Template::Var(name) => match env.iter().find(|e| e.0 == name) {
                    Some((_, Bound::One(fragment, from, to))) => self.fragment(*fragment, *from, *to),
                    Some((_, Bound::Many(_))) => return None,
                    // A dollar of a macro defined by this one.
                    None => {
                        self.word("$");
                        self.out.push_str(name);
                    }
                },
                Template::Repeat { inner, sep, vars } => self.repeat(inner, *sep, vars, env)?,
                Template::Index => self.word(&turn.to_string()),
                Template::Count(name) => match env.iter().find(|e| e.0 == name)? {
                    (_, Bound::Many(all)) => self.word(&all.len().to_string()),
                    _ => self.word("1"),
                },
                Template::Concat(parts) => {
                    let mut word = String::new();
                    for (variable, name) in parts {
                        match env.iter().find(|e| *variable && e.0 == name) {
                            Some((_, Bound::One(_, from, to))) => word.push_str(self.args.slice(*from, *to)),
                            Some(_) => return None,
                            None => word.push_str(name),
                        }
                    }
                    self.word(&word);
                }
                Template::Nothing(_) => {}
                Template::Camel(name) => match env.iter().find(|e| e.0 == name)? {
                    (_, Bound::One(_, from, to)) => self.word(&camel(self.args.slice(*from, *to))),
                    _ => return None,
                },
            }
        }
        Some(())
    }

    fn repeat(&mut self, inner: &[Template], sep: Option<usize>, vars: &[String], env: &Env<'_>) -> Option<()> {
        let turns = vars.iter().filter_map(|v| match env.iter().find(|e| e.0 == v) {
            Some((_, Bound::Many(all))) => Some(all.len()),
            _ => None,
        });
        let Some(turns) = turns.min() else {
            // None of the variables is ours: a repetition of a macro defined by this one.
            return self.foreign(inner, sep, env);
        };
        for k in 0..turns {
            self.fuel = self.fuel.saturating_sub(1 + (env.len() * vars.len()) as u32 / 8);
            if k > 0
                && let Some(sep) = sep
            {
                self.word(self.rules.stream.str(sep));
            }
            let here: Env<'_> = env
                .iter()
                .map(|&(n, b)| match b {
                    Bound::Many(all) if vars.iter().any(|v| v == n) => (n, all.get(k).unwrap_or(b)),
                    _ => (n, b),
                })
                .collect();
            self.all(inner, &here, k)?;
        }
        Some(())
    }

    fn foreign(&mut self, inner: &[Template], sep: Option<usize>, env: &Env<'_>) -> Option<()> {
        self.word("$");
        self.out.push('(');
        self.all(inner, env, 0)?;
        self.word(")");
        if let Some(sep) = sep {
            self.word(self.rules.stream.str(sep));
        }
        // Which operator it was is not kept: zero or more fits all.
        self.word("*");
        Some(())
    }

    /// Writes what a variable is bound to. Expressions, types and patterns of several tokens stay one: they get parentheses where
    /// what stands around them could tear them apart.
    fn fragment(&mut self, fragment: Fragment, from: usize, to: usize) {
        let text = self.args.slice(from, to);
        let loose = match fragment {
            Fragment::Expr => self.args.after_all(from, to) && !self.is_tight(from, to),
            Fragment::Ty => self.top_level_has(from, to, "+"),
            Fragment::Pat => self.top_level_has(from, to, "|"),
            _ => false,
        };
        if loose {
            self.word("(");
            self.copied(text, from);
            self.word(")");
        } else if !text.is_empty() {
            self.copied(text, from);
        }
    }

    /// Writes a part of the arguments, which starts at a token.
    fn copied(&mut self, text: &str, token: usize) {
        self.word(text);
        let at = (self.out.len() - text.len()) as u32;
        self.origins.push(Origin { at, len: text.len() as u32, from: self.args.toks[token].start });
    }

    /// One path, call chain or macro: binds tighter than any operator.
    fn is_tight(&self, from: usize, to: usize) -> bool {
        let s = self.args;
        if s.kind(from, to) == Some(Kind::Ident)
            && matches!(
                s.str(from),
                "if" | "match" | "while" | "for" | "loop" | "unsafe" | "async" | "move" | "return" | "break" | "const" | "let" | "static"
            )
        {
            return false;
        }
        let mut i = from;
        while i < to {
            match s.toks[i].kind {
                Kind::Op if !matches!(s.str(i), "." | "::" | "?" | "!") || i == from && s.str(i) == "!" => return false,
                Kind::Lifetime => return false,
                Kind::Ident if s.str(i) == "as" => return false,
                Kind::Open if s.str(i) == "{" && i > from && !(i > 0 && s.is(i - 1, to, "!")) => return false,
                _ => {}
            }
            i = s.after(i);
        }
        true
    }

    fn top_level_has(&self, from: usize, to: usize, op: &str) -> bool {
        let mut i = from;
        let mut depth = 0i32;
        while i < to {
            match self.args.str(i) {
                "<" => depth += 1,
                ">" => depth -= 1,
                ">>" => depth -= 2,
                t if t == op && depth <= 0 => return true,
                _ => {}
            }
            i = self.args.after(i);
        }
        false
    }
}

/// `crate_name` as `CrateName`.
fn camel(word: &str) -> String {
    let word = word.strip_prefix("r#").unwrap_or(word);
    let upper = |part: &str| {
        let mut chars = part.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    word.split('_').map(upper).collect()
}

impl Stream {
    /// More than one token tree.
    fn after_all(&self, from: usize, to: usize) -> bool {
        from < to && self.after(from) < to
    }
}
