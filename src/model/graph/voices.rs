//! For whom a function speaks that prints: the logger, the program's last word, a talk with a person, the banner.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Callers, Graph};
use crate::facts::Pos;
use crate::model::ids::DefId;
use crate::model::summary::Summary;

/// Functions by what their prints are for.
#[derive(Clone, Debug, Default)]
pub struct Voices {
    /// Parts of a logger, and what nothing but these calls.
    loggers: FxHashSet<DefId>,
    /// Functions that a part of a logger calls, others perhaps too.
    helpers_of_loggers: FxHashSet<DefId>,
    /// Where each function starts a logger, by itself or (of a `main`) through what it calls.
    logger_starts: FxHashMap<DefId, Pos>,
    /// Functions that set up logging and nothing that serves, and what nothing but these calls.
    logger_setup: FxHashSet<DefId>,
    /// Functions that are called on the way to the end of the process alone.
    last_words: FxHashSet<DefId>,
    /// Functions that talk with a person, and what nothing but these calls.
    talks: FxHashSet<DefId>,
    /// Functions of the start that present the program, and what nothing but these calls.
    banners: FxHashSet<DefId>,
}

impl Voices {
    /// Of a graph whose ways are known; `aside` are callers that do not count.
    pub(super) fn of(g: &Graph, summaries: &[Summary], callers: &Callers, aside: &FxHashSet<DefId>) -> Voices {
        let owners = |fits: &dyn Fn(&Summary) -> bool| summaries.iter().filter(|s| fits(s)).map(|s| s.owner).collect::<Vec<_>>();
        let closed = |from: Vec<DefId>| g.closed_under_callers(callers, from, aside);
        let apart = |d: DefId| !g.leads_to_serving(d) && !g.is_main(d);
        let asking = owners(&|s| s.speech.asks_back && !g.leads_to_serving(s.owner));
        let hosts = callers_of(callers, &asking).filter(|&d| apart(d) && g.start_only(d));
        let (presenters, presented) = presentation(g, summaries, callers, &closed);
        Voices {
            loggers: closed(owners(&|s| s.speech.logs)),
            helpers_of_loggers: owners(&|s| s.speech.logs).iter().flat_map(|d| g.out(*d)).map(|e| e.to).collect(),
            logger_starts: logger_starts(summaries, callers),
            logger_setup: closed(owners(&|s| s.logger.is_some() && apart(s.owner))),
            last_words: last_words(g, summaries, callers),
            talks: closed(hosts.chain(asking.iter().copied()).collect()),
            banners: presenters.into_iter().chain(presented).collect(),
        }
    }
    /// Whether a function is part of a logger, or called by nothing else.
    pub fn of_logger(&self, def: DefId) -> bool {
        self.loggers.contains(&def)
    }
    /// Whether a part of a logger calls a function, others perhaps too.
    pub fn helps_logger(&self, def: DefId) -> bool {
        self.helpers_of_loggers.contains(&def)
    }
    /// Where a function starts a logger, by itself or, of a `main`, through what it calls.
    pub fn logger_start(&self, def: DefId) -> Option<Pos> {
        self.logger_starts.get(&def).copied()
    }
    /// Whether a place belongs to the setting up of logging, before there is a logger: in a function that starts one, or in one that only such call.
    pub fn before_logger(&self, def: DefId, pos: Pos) -> bool {
        self.logger_setup.contains(&def) && self.logger_start(def).is_none_or(|start| pos < start)
    }
    /// Whether a function is called on the way to the end of the process alone.
    pub fn last_words(&self, def: DefId) -> bool {
        self.last_words.contains(&def)
    }
    /// Whether a function talks with a person, or is called by nothing but what does.
    pub fn talks(&self, def: DefId) -> bool {
        self.talks.contains(&def)
    }
    /// Whether a function is a part of presenting the program.
    pub fn presents(&self, def: DefId) -> bool {
        self.banners.contains(&def)
    }
}

fn callers_of<'a>(callers: &'a Callers, of: &'a [DefId]) -> impl Iterator<Item = DefId> + 'a {
    of.iter().filter_map(|d| callers.get(d)).flatten().map(|(from, _)| *from)
}

fn logger_starts(summaries: &[Summary], callers: &Callers) -> FxHashMap<DefId, Pos> {
    let mut installs: FxHashSet<DefId> = FxHashSet::default();
    let mut stack: Vec<DefId> = summaries.iter().filter(|s| s.logger.is_some()).map(|s| s.owner).collect();
    while let Some(d) = stack.pop() {
        if installs.insert(d) {
            stack.extend(callers.get(&d).into_iter().flatten().map(|(from, _)| *from));
        }
    }
    let first = |s: &Summary| s.steps.iter().filter(|(d, _)| installs.contains(d)).map(|(_, pos)| *pos).chain(s.logger).min();
    summaries.iter().filter_map(|s| Some((s.owner, first(s)?))).collect()
}

fn last_words(g: &Graph, summaries: &[Summary], callers: &Callers) -> FxHashSet<DefId> {
    let leaving: FxHashSet<(DefId, DefId)> = summaries.iter().flat_map(|s| s.on_the_way_out.iter().map(|&d| (s.owner, d))).collect();
    let mut out: FxHashSet<DefId> = FxHashSet::default();
    loop {
        let last = |from: &DefId, d: &DefId| leaving.contains(&(*from, *d)) || out.contains(from);
        let all = |d: &DefId| callers.get(d).is_some_and(|c| c.iter().all(|(from, _)| last(from, d)));
        let more: Vec<DefId> = callers.keys().filter(|d| !out.contains(d) && !g.leads_to_serving(**d) && all(d)).copied().collect();
        if more.is_empty() {
            return out;
        }
        out.extend(more);
    }
}

/// A banner that several functions make. Presenters: functions of the start that greet, and who calls one, prints no values itself and gives nothing. Parts:
/// what only such call, does no I/O of its own but printing, and gives nothing.
fn presentation(
    g: &Graph,
    summaries: &[Summary],
    callers: &Callers,
    closed: &dyn Fn(Vec<DefId>) -> FxHashSet<DefId>,
) -> (FxHashSet<DefId>, FxHashSet<DefId>) {
    let starts = |s: &Summary| g.start_only(s.owner) && !g.leads_to_serving(s.owner) && !g.is_main(s.owner);
    let greets = |s: &Summary| starts(s) && s.prints.iter().any(|p| p.greets());
    let greeting: Vec<DefId> = summaries.iter().filter(|s| greets(s)).map(|s| s.owner).collect();
    let hosts: FxHashSet<DefId> = callers_of(callers, &greeting).collect();
    let only_greets = |s: &Summary| s.prints.iter().all(|p| p.greets() || !p.carries_values());
    let presents = |s: &Summary| hosts.contains(&s.owner) && starts(s) && s.speech.gives_nothing && only_greets(s);
    let hosting = summaries.iter().filter(|s| presents(s)).map(|s| s.owner);
    let presenters: FxHashSet<DefId> = hosting.chain(greeting.iter().copied()).collect();
    let parts = closed(presenters.iter().copied().collect());
    let is_part = |s: &Summary| parts.contains(&s.owner) && s.speech.gives_nothing && !s.local.own.io_or_spawn();
    let presented = summaries.iter().filter(|s| is_part(s)).map(|s| s.owner).collect();
    (presenters, presented)
}
