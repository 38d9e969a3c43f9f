//! Finding and reading the files of a crate: the rules for `mod name;`, `#[path]` and `include!`, and a loader that reads each path once.

#![expect(clippy::disallowed_methods, reason = "sources are read here, once")]

use std::collections::VecDeque;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::cfgs::{Mode, State};
use crate::facts::extract::STACK;
use crate::facts::prelex::MAX_BYTES;
use crate::facts::{AttrArgs, Depth, FileFacts, Item, ItemId, ItemKind, MacroShape, Parent, Sym};
use crate::files::{Content, read_up_to};

/// Where a module's children are looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Dir {
    /// Folder of the file itself: base of `#[path]` outside inline modules, and of `include!`.
    pub file: PathBuf,
    /// Folder of `name.rs` and `name/mod.rs`.
    pub children: PathBuf,
    /// Inside an inline module: `#[path]` counts from `children`.
    pub inline: bool,
}

impl Dir {
    /// Of a crate root, a `mod.rs`, a file named by `#[path]`.
    pub(super) fn of_root(file: &Path) -> Dir {
        let dir = file.parent().unwrap_or(Path::new("")).to_path_buf();
        Dir { children: dir.clone(), file: dir, inline: false }
    }
    fn of_named(file: &Path) -> Dir {
        let dir = file.parent().unwrap_or(Path::new("")).to_path_buf();
        Dir { children: dir.join(file.file_stem().unwrap_or_default()), file: dir, inline: false }
    }
    fn base(&self) -> &Path {
        if self.inline { &self.children } else { &self.file }
    }
    /// Inside an inline module.
    pub(super) fn inside(&self, name: &str, path: Option<&str>) -> Dir {
        let children = match path {
            Some(p) => clean(&self.base().join(p)),
            None => self.children.join(name),
        };
        Dir { file: self.file.clone(), children, inline: true }
    }
    /// Files that `mod name;` may mean, in order of preference, with the rules inside each.
    pub(super) fn candidates(&self, name: &str, path: Option<&str>) -> Vec<(PathBuf, Dir)> {
        if let Some(p) = path {
            let file = clean(&self.base().join(p.replace('\\', "/")));
            let dir = Dir::of_root(&file);
            return vec![(file, dir)];
        }
        let flat = self.children.join(format!("{name}.rs"));
        let nested = self.children.join(name).join("mod.rs");
        let dirs = (Dir::of_named(&flat), Dir::of_root(&nested));
        vec![(flat, dirs.0), (nested, dirs.1)]
    }
    /// The file `include!("path")` means.
    pub(super) fn include(&self, path: &str) -> (PathBuf, Dir) {
        let file = clean(&self.file.join(path));
        let dir = Dir::of_root(&file);
        (file, dir)
    }
}

/// Without `.` and, where the part before it is a name, `..`.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Value of `#[path = ".."]` that holds in `mode`: the plain one, or the likeliest under `cfg_attr`.
pub(super) fn path_attr<'a>(item: &Item, facts: &'a FileFacts, mode: Mode) -> Option<&'a str> {
    let mut best: Option<(State, Sym)> = None;
    for attr in &item.attrs {
        let segs = facts.interface.arena.segs_of(attr.path);
        let is_path = segs.len() == 1 && text(facts, segs[0].name) == "path";
        if let (true, AttrArgs::Value(v)) = (is_path, &attr.args) {
            let state = State::of(&attr.cfg, facts, mode);
            if state != State::Off && best.is_none_or(|(s, _)| state > s) {
                best = Some((state, *v));
            }
        }
    }
    if let Some((_, v)) = best {
        return Some(text(facts, v));
    }
    match &item.kind {
        // Attributes that hold for no build were looked at above.
        ItemKind::Mod { path, .. } if path.is_some() && !has_path_attr(item, facts) => Some(text(facts, *path)),
        _ => None,
    }
}

fn has_path_attr(item: &Item, facts: &FileFacts) -> bool {
    item.attrs.iter().any(|a| {
        let segs = facts.interface.arena.segs_of(a.path);
        segs.len() == 1 && text(facts, segs[0].name) == "path"
    })
}

/// A symbol's text; empty for NONE.
pub(super) fn text(facts: &FileFacts, sym: Sym) -> &str {
    facts.symbols.get(sym.idx()).map_or("", |s| &**s)
}

/// The literal path of an `include!("..")` item.
pub(super) fn include_literal(item: &Item, facts: &FileFacts) -> Option<String> {
    let ItemKind::MacroCall(m) = item.kind else { return None };
    let call = &facts.interface.arena.macros[m.idx()];
    let segs = facts.interface.arena.segs_of(call.path);
    if text(facts, segs.last()?.name) != "include" || call.shape != MacroShape::Raw && call.tokens.is_none() {
        return None;
    }
    string_literal(text(facts, call.tokens).trim().trim_end_matches(','))
}

/// The value of a plain or raw string literal without unusual escapes.
pub(super) fn string_literal(token: &str) -> Option<String> {
    let token = token.trim();
    if let Some(raw) = token.strip_prefix('r') {
        let inner = raw.trim_matches('#');
        return inner.strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
    }
    let inner = token.strip_prefix('"')?.strip_suffix('"')?;
    (!inner.contains('"')).then(|| inner.replace("\\\\", "\\"))
}

/// Where bytes come from.
pub(super) enum FileSource {
    /// The file system.
    Disk,
    /// Given as text.
    Memory(FxHashMap<PathBuf, String>),
    /// The file system, seen through a filter: the text to read instead, or `None` for no such file.
    Filtered(fn(&Path, String) -> Option<String>),
}

/// Outcome of loading one path.
#[derive(Clone)]
pub(super) enum Loaded {
    Facts(Arc<FileFacts>),
    /// No such file.
    Missing,
    /// There, but unreadable: why.
    Unreadable(String),
}

/// Reads and extracts each path once.
pub(super) struct Loader {
    pub source: Arc<FileSource>,
    pub depth: Depth,
    memo: Mutex<FxHashMap<PathBuf, Arc<OnceLock<Loaded>>>>,
}

impl Loader {
    pub(super) fn new(source: Arc<FileSource>, depth: Depth) -> Loader {
        Loader { source, depth, memo: Mutex::default() }
    }
    /// The facts of a path. Called on threads of [`with_threads`] alone.
    pub(super) fn load(&self, path: &Path) -> Loaded {
        let cell = {
            let mut memo = self.memo.lock().expect("no panic while the lock is held");
            memo.entry(path.to_path_buf()).or_default().clone()
        };
        cell.get_or_init(|| self.read(path)).clone()
    }
    fn read(&self, path: &Path) -> Loaded {
        let extract = |bytes: &[u8]| Loaded::Facts(Arc::new(crate::facts::extract::extract(bytes, self.depth)));
        match &*self.source {
            FileSource::Memory(files) => files.get(path).map_or(Loaded::Missing, |t| extract(t.as_bytes())),
            FileSource::Filtered(filter) => match std::fs::read_to_string(path).ok().and_then(|t| filter(path, t)) {
                Some(text) => extract(text.as_bytes()),
                None => Loaded::Missing,
            },
            FileSource::Disk => match read_up_to(path, MAX_BYTES as u64) {
                Ok(Content::Bytes(bytes)) => extract(&bytes),
                Ok(Content::TooLarge(bytes)) => Loaded::Facts(Arc::new(crate::facts::extract::oversized(bytes))),
                Err(e) if matches!(e.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => Loaded::Missing,
                Err(e) => Loaded::Unreadable(e.to_string()),
            },
        }
    }
    /// Takes facts that are known already.
    pub(super) fn seed(&self, files: Vec<(PathBuf, Arc<FileFacts>)>) {
        let mut memo = self.memo.lock().expect("no panic while the lock is held");
        memo.extend(files.into_iter().map(|(p, f)| (p, Arc::new(OnceLock::from(Loaded::Facts(f))))));
    }
    /// Drops what was loaded; crates hold what they need.
    pub(super) fn forget(&self) {
        self.memo.lock().expect("no panic while the lock is held").clear();
    }
    /// Every file loaded so far, by path.
    pub(super) fn loaded(&self) -> Vec<(PathBuf, Arc<FileFacts>)> {
        let memo = self.memo.lock().expect("no panic while the lock is held");
        let facts = |(p, c): (&PathBuf, &Arc<OnceLock<Loaded>>)| match c.get() {
            Some(Loaded::Facts(f)) => Some((p.clone(), f.clone())),
            _ => None,
        };
        let mut all: Vec<_> = memo.iter().filter_map(facts).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
    /// Loads the files reachable from `roots` through `mod` and `include!` on several threads, so that the link finds them in memory. What
    /// only macros reach is loaded by the link itself.
    pub(super) fn prefetch(&self, roots: Vec<PathBuf>, mode: Mode, threads: usize, progress: &(dyn Fn(usize, usize) + Sync)) {
        let queue = Queue::default();
        for root in roots {
            let dir = Dir::of_root(&root);
            queue.push(vec![(root, dir)]);
        }
        with_threads(threads, |_| {
            while let Some(candidates) = queue.pop() {
                for (path, dir) in candidates {
                    if let Loaded::Facts(facts) = self.load(&path) {
                        children(&facts, &dir, mode, |next| queue.push(next));
                        break;
                    }
                }
                let (done, known) = queue.done();
                progress(done, known);
            }
        });
    }
}

/// Candidate lists of the files that a file names.
fn children(facts: &FileFacts, dir: &Dir, mode: Mode, mut found: impl FnMut(Vec<(PathBuf, Dir)>)) {
    // Folder rules of inline modules, by item; `None`: dropped.
    let mut inline: FxHashMap<ItemId, Option<Dir>> = FxHashMap::default();
    for (i, item) in facts.interface.items.iter().enumerate() {
        let is_mod = matches!(item.kind, ItemKind::Mod { .. });
        if !is_mod && !matches!(item.kind, ItemKind::MacroCall(_)) {
            continue;
        }
        let here = match item.parent {
            Parent::Item(p) => match inline.get(&p) {
                Some(Some(d)) => d,
                Some(None) => continue,
                None => dir,
            },
            _ => dir,
        };
        let off = State::of(&item.cfg, facts, mode) == State::Off;
        let name = text(facts, item.name);
        match item.kind {
            ItemKind::Mod { inline: true, .. } => {
                let inner = (!off).then(|| here.inside(name, path_attr(item, facts, mode)));
                inline.insert(ItemId(i as u32), inner);
            }
            ItemKind::Mod { .. } if !off => found(here.candidates(name, path_attr(item, facts, mode))),
            ItemKind::MacroCall(_) if !off => {
                if let Some(p) = include_literal(item, facts) {
                    found(vec![here.include(&p)]);
                }
            }
            _ => {}
        }
    }
}

/// Work shared by parsing threads; empty and idle means done.
#[derive(Default)]
struct Queue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

#[derive(Default)]
struct QueueState {
    jobs: VecDeque<Vec<(PathBuf, Dir)>>,
    /// Guards against files that name each other in a circle.
    seen: FxHashSet<(PathBuf, Dir)>,
    busy: usize,
    done: usize,
}

impl Queue {
    fn push(&self, job: Vec<(PathBuf, Dir)>) {
        let mut s = self.state.lock().expect("no panic while the lock is held");
        // A circle through symbolic links makes ever longer paths: nobody nests modules this deep by hand.
        let deep = job.first().is_none_or(|j| j.0.components().count() > 96);
        if !deep && s.seen.insert(job[0].clone()) {
            s.jobs.push_back(job);
            self.changed.notify_one();
        }
    }
    fn pop(&self) -> Option<Vec<(PathBuf, Dir)>> {
        let mut s = self.state.lock().expect("no panic while the lock is held");
        loop {
            if let Some(job) = s.jobs.pop_front() {
                s.busy += 1;
                return Some(job);
            }
            if s.busy == 0 {
                self.changed.notify_all();
                return None;
            }
            s = self.changed.wait(s).expect("no panic while the lock is held");
        }
    }
    fn done(&self) -> (usize, usize) {
        let mut s = self.state.lock().expect("no panic while the lock is held");
        s.busy -= 1;
        s.done += 1;
        if s.busy == 0 && s.jobs.is_empty() {
            self.changed.notify_all();
        }
        (s.done, s.done + s.busy + s.jobs.len())
    }
}

/// Runs `work` on `n` threads of its own with big stacks and waits for them. Not on the shared pool: a thread of the pool that waits takes
/// up other work, which may wait for the very crate this thread is loading.
pub(super) fn with_threads<T: Send>(n: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let spawn = |i| {
            let builder = std::thread::Builder::new().stack_size(STACK).name("prr-load".into());
            builder.spawn_scoped(scope, move || work(i))
        };
        // prr: allow(unhandled_errors, reason = "where memory is short fewer threads do; the thread that asks has a big stack as well")
        let threads: Vec<_> = (0..n.max(1)).map_while(|i| spawn(i).ok()).collect();
        if threads.is_empty() {
            return vec![work(0)];
        }
        threads.into_iter().map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p))).collect()
    })
}
