//! `check`: the stages in order, for each workspace found, and one report over all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::args::{CheckArgs, Deps, FailOn, Shown, Voice, Workspace};
use super::code::ModelCode;
use super::output::Output;
use super::{Failure, Status, colored, rules};
use crate::catalog::Catalog;
use crate::config::Config;
use crate::discover::{self, Notice, Project};
use crate::lint::{Finding, Level, Lint};
use crate::model::Model;
use crate::model::defs::Ahead;
use crate::report::paths::Bases;
use crate::report::{self, Coverage, Input, Show};
use crate::verdict::{self, Judged, Levels, Selection};

/// Runs `check`.
pub(super) fn check(args: &CheckArgs, overrides: Vec<(Level, String)>, voice: &Voice) -> Result<Status, Failure> {
    let started = Instant::now();
    let mut clock = Clock::default();
    let output = Output::open(args.output.as_deref())?;
    let cwd = std::env::current_dir().map_err(|error| Failure::new(format!("cannot tell the working directory: {error}")))?;
    let folders = folders(&args.folders)?;
    let mut ahead = ahead(&args.workspace, &args.folders);
    let projects = clock.time("discover", || projects(&args.workspace, &args.folders))?;
    let selection = Selection { packages: packages(args, &projects)?, folders };
    let bases = bases(&projects, cwd);
    let levels = Levels { config: Config::default(), overrides, preview: args.preview };
    let mut whole = Whole::default();
    for project in projects {
        whole.add(one(project, ahead.take(), &args.workspace, &levels, &selection, voice, &mut clock)?);
    }
    whole.notices.sort();
    whole.notices.dedup();
    let rules: Vec<&Lint> = rules::all().into_iter().filter(|lint| levels.runs(lint)).collect();
    let input = Input {
        bases: &bases,
        files: &whole.judged.files,
        entries: &whole.judged.entries,
        rules: &rules,
        suppressed: &whole.judged.suppressed,
        coverage: &whole.coverage,
        notices: &whole.notices,
        // What fails a run is shown.
        show: Show {
            notes: args.show.contains(&Shown::Notes) || args.fail_on == FailOn::Note,
            unknown: args.show.contains(&Shown::Unknown),
        },
        fail_on: (!args.exit_zero).then(|| args.fail_on.level()),
        min_coverage: args.min_coverage,
        elapsed: started.elapsed(),
        color: colored(voice, args.output.is_none() && std::io::stdout().is_terminal()),
        quiet: voice.quiet,
        verbose: voice.verbose,
    };
    output.write(|out| report::render(&input, args.report_format(), out))?;
    if args.workspace.timings {
        clock.tell(started.elapsed());
    }
    let failed = input.fails() || (input.coverage_missed() && !args.exit_zero);
    Ok(if failed { Status::Findings } else { Status::Clean })
}

/// Where workspaces are looked for: the manifest given, else the folders given, else the working directory.
fn starts(args: &Workspace, folders: &[PathBuf]) -> Vec<discover::Options> {
    let starts: Vec<PathBuf> = match &args.manifest_path {
        Some(manifest) => vec![manifest.clone()],
        None if folders.is_empty() => vec![PathBuf::from(".")],
        None => folders.to_vec(),
    };
    let options = |start| discover::Options { sources: args.deps != Deps::None, cache: !args.no_cache, ..discover::Options::new(start) };
    starts.into_iter().map(options).collect()
}

/// Begins to read the workspace while it is discovered, if it is one.
fn ahead(args: &Workspace, folders: &[PathBuf]) -> Option<Ahead> {
    let starts: [discover::Options; 1] = starts(args, folders).try_into().ok()?;
    Some(Ahead::begin(move || starts.iter().flat_map(discover::likely_roots).collect()))
}

/// The workspaces to look at.
pub(super) fn projects(args: &Workspace, folders: &[PathBuf]) -> Result<Vec<Project>, Failure> {
    let mut all: BTreeMap<PathBuf, Project> = BTreeMap::new();
    for options in starts(args, folders) {
        let found = discover::discover(&options).map_err(|error| Failure::new(error.to_string()))?;
        all.extend(found.into_iter().map(|project| (project.root.clone(), project)));
    }
    let projects: Vec<_> = all.into_values().collect();
    if args.locked
        && let Some(notice) = projects.iter().flat_map(|project| &project.notices).find(|notice| LOCK_NOTICES.contains(&notice.id))
    {
        return Err(Failure::new(format!("{} (--locked)", notice.text)));
    }
    if args.deps == Deps::Required {
        let missing: Vec<_> = projects.iter().flat_map(|project| dependencies(project).1).collect();
        if !missing.is_empty() {
            let told: Vec<_> = missing.iter().take(5).map(String::as_str).collect();
            let more = if missing.len() > told.len() { ", .." } else { "" };
            let names = told.join(", ");
            return Err(Failure::new(format!("sources of {} dependencies are missing ({names}{more}): run `cargo fetch`", missing.len())));
        }
    }
    Ok(projects)
}

/// Notices about a lock file that is not there or does not fit: errors with `--locked`.
const LOCK_NOTICES: &[&str] = &["missing_lock_file", "stale_lock_file", "broken_lock_file"];

/// Packages that are reported: named ones, without excluded ones.
fn packages(args: &CheckArgs, projects: &[Project]) -> Result<Option<Vec<String>>, Failure> {
    if args.package.is_empty() && args.exclude.is_empty() {
        return Ok(None);
    }
    let members = projects.iter().flat_map(|project| project.packages.iter().filter(|package| package.is_member()));
    let names: BTreeSet<&str> = members.map(|package| package.name.as_str()).collect();
    let named = |patterns: &[String]| -> Result<BTreeSet<String>, Failure> {
        let mut found = BTreeSet::new();
        for pattern in patterns {
            let matching = matching(pattern, &names)?;
            if matching.is_empty() {
                let known: Vec<_> = names.iter().copied().collect();
                let near = crate::config::nearest(pattern, &known).map(|near| format!(": did you mean `{near}`?")).unwrap_or_default();
                return Err(Failure::new(format!("no package `{pattern}` in the workspace{near}")));
            }
            found.extend(matching);
        }
        Ok(found)
    };
    let mut wanted = if args.package.is_empty() { names.iter().map(|name| (*name).to_owned()).collect() } else { named(&args.package)? };
    for name in named(&args.exclude)? {
        wanted.remove(&name);
    }
    Ok(Some(wanted.into_iter().collect()))
}

/// Members that a name, a pattern (`api-*`) or a package id (`path+file://..#name@1.0.0`, `name@1.0.0`) stands for.
fn matching(pattern: &str, names: &BTreeSet<&str>) -> Result<Vec<String>, Failure> {
    let tail = pattern.rsplit_once('#').map_or(pattern, |(_, tail)| tail);
    let name = tail.split_once('@').map_or(tail, |(name, _)| name);
    // `path+file:///ws/api#0.1.0`: the name is that of the folder.
    let name = match (pattern.split_once('#'), name.starts_with(|c: char| c.is_ascii_digit())) {
        (Some((path, _)), true) => path.rsplit('/').next().unwrap_or(name),
        _ => name,
    };
    let glob =
        globset::Glob::new(name).map_err(|error| Failure::new(format!("cannot read the package pattern `{pattern}`: {}", error.kind())))?;
    let matcher = glob.compile_matcher();
    Ok(names.iter().filter(|candidate| matcher.is_match(candidate)).map(|name| (*name).to_owned()).collect())
}

/// Absolute folders and files that are reported: as given, and through links.
fn folders(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let real = |path: &PathBuf| {
        path.canonicalize().map_err(|error| {
            let name = path.to_string_lossy();
            let near = crate::config::nearest(&name, &["check", "rules", "explain", "resolve", "facts", "cache"]);
            let near = near.map(|near| format!(" (did you mean the subcommand `{near}`?)")).unwrap_or_default();
            Failure::new(format!("cannot read {}: {error}{near}", path.display()))
        })
    };
    let mut all = given.iter().map(real).collect::<Result<Vec<_>, _>>()?;
    // prr: allow(unhandled_errors, reason = "a second name of what was found above")
    all.extend(given.iter().filter_map(|path| std::path::absolute(path).ok()));
    all.dedup();
    Ok(all)
}

/// Where paths count from: one workspace's root, or the folder that holds all of them.
fn bases(projects: &[Project], cwd: PathBuf) -> Bases {
    let mut roots = projects.iter().map(|project| project.root.clone());
    let first = roots.next().unwrap_or_else(|| cwd.clone());
    let root = roots.fold(first, |common, root| {
        let shared = common.ancestors().find(|ancestor| root.starts_with(ancestor));
        shared.map(std::path::Path::to_path_buf).unwrap_or_default()
    });
    let top = projects.iter().find_map(|project| project.git_root.clone()).unwrap_or_else(|| root.clone());
    Bases { cwd, root, top }
}

/// What one workspace gave.
struct Part {
    judged: Judged,
    coverage: Coverage,
    notices: Vec<Notice>,
}

fn one(
    project: Project,
    ahead: Option<Ahead>,
    args: &Workspace,
    levels: &Levels,
    selection: &Selection,
    voice: &Voice,
    clock: &mut Clock,
) -> Result<Part, Failure> {
    let rules: Vec<&'static Lint> = rules::all().into_iter().filter(|lint| levels.runs(lint)).collect();
    let ids: Vec<_> = rules::all().iter().map(|lint| lint.id).collect();
    let config = Config::load(&project, &ids).map_err(|error| Failure::new(error.to_string()))?;
    let catalog = Catalog::with(config.catalog.clone())
        .map_err(|errors| Failure::new(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let levels = Levels { config, ..levels.clone() };
    let (present, missing) = dependencies(&project);
    let digest = dependency_digest(&project);
    let model = super::model::build(project, ahead, catalog, args, &levels.config.roles, voice, clock);
    let findings = clock.time("lints", || findings(&model, &rules));
    for (lint, took, _) in &findings {
        clock.add(format!("  {lint}"), *took);
    }
    let findings = findings.into_iter().flat_map(|(_, _, found)| found).collect();
    // Taking the model apart would take longer than the system needs to do it at the end.
    let model = std::mem::ManuallyDrop::new(model);
    let code = ModelCode::new(&model);
    let judged = clock.time("verdict", || verdict::judge(findings, &code, &rules, &levels, selection));
    let mut coverage = code.coverage();
    coverage.dependencies_indexed = present;
    coverage.dependencies_missing = missing;
    coverage.dependency_digest = digest;
    Ok(Part { judged, coverage, notices: code.notices() })
}

/// Findings of each lint, with the time it took. Lints do not depend on each other.
fn findings(model: &Model, rules: &[&'static Lint]) -> Vec<(&'static str, Duration, Vec<Finding>)> {
    let run = |lint: &&'static Lint| {
        let started = Instant::now();
        let found = (lint.check)(model);
        (lint.id, started.elapsed(), found)
    };
    rules.par_iter().filter(|lint| !verdict::is_meta(lint.id)).map(run).collect()
}

/// Dependencies of production code on the analysed platform: how many have sources here, and which have not.
fn dependencies(project: &Project) -> (u64, Vec<String>) {
    let mut seen: BTreeSet<discover::PkgId> =
        project.packages.iter().filter(|package| package.is_member()).map(|package| package.id).collect();
    let mut open: Vec<_> = seen.iter().copied().collect();
    while let Some(id) = open.pop() {
        let edges = project.packages[id.0 as usize].deps.iter();
        for dep in edges.filter(|dep| dep.kind == discover::DepKind::Normal && dep.applies) {
            if seen.insert(dep.pkg) {
                open.push(dep.pkg);
            }
        }
    }
    let reached = project.packages.iter().filter(|package| !package.is_member() && seen.contains(&package.id));
    let (present, missing): (Vec<_>, Vec<_>) = reached.partition(|package| package.root.is_some());
    let mut missing: Vec<_> = missing.iter().map(|package| format!("{} {}", package.name, package.version)).collect();
    missing.sort();
    (present.len() as u64, missing)
}

/// Over names, versions and origins of the dependencies, and whether their sources are here.
fn dependency_digest(project: &Project) -> String {
    let mut rows: Vec<_> = project
        .packages
        .iter()
        .filter(|package| !package.is_member())
        .map(|package| format!("{} {} {} {}\n", package.name, package.version, package.source_text, package.root.is_some()))
        .collect();
    rows.sort();
    let mut hasher = blake3::Hasher::new();
    rows.iter().for_each(|row| {
        hasher.update(row.as_bytes());
    });
    hasher.finalize().to_hex()[..16].to_owned()
}

/// All workspaces together.
#[derive(Default)]
struct Whole {
    judged: Judged,
    coverage: Coverage,
    notices: Vec<Notice>,
    digests: Vec<String>,
}

impl Whole {
    fn add(&mut self, part: Part) {
        let offset = self.judged.files.len();
        self.judged.files.extend(part.judged.files);
        self.judged.generated += part.judged.generated;
        for (lint, n) in part.judged.suppressed {
            *self.judged.suppressed.entry(lint).or_default() += n;
        }
        self.judged.entries.extend(part.judged.entries.into_iter().map(|mut entry| {
            let remarks = entry.secondary.iter_mut().chain(&mut entry.flow).chain([&mut entry.primary]);
            remarks.for_each(|remark| remark.place.file += offset);
            entry
        }));
        self.notices.extend(part.notices);
        self.digests.push(part.coverage.dependency_digest.clone());
        self.coverage.add(part.coverage);
        self.coverage.dependency_digest = self.digests.join("+");
    }
}

/// Where the time went.
#[derive(Default)]
pub(super) struct Clock(Vec<(String, Duration)>);

impl Clock {
    pub(super) fn time<T>(&mut self, stage: &str, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = work();
        self.add(stage.to_owned(), started.elapsed());
        result
    }

    pub(super) fn add(&mut self, stage: String, took: Duration) {
        self.0.push((stage, took));
    }

    fn tell(&self, whole: Duration) {
        let mut told = String::new();
        for (stage, took) in self.0.iter().map(|(stage, took)| (stage.as_str(), *took)).chain([("whole", whole)]) {
            told.push_str(&format!("{stage:24} {:>9.1} ms\n", took.as_secs_f64() * 1000.0));
        }
        // Standard error may be closed; the report is written by now.
        let _told = write!(std::io::stderr(), "{told}");
    }
}
