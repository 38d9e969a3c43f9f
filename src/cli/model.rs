//! Builds the model of a workspace, with the cache and a progress bar on a terminal.

use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::{Deps, Voice, Workspace};
use super::check::Clock;
use crate::cache::{self, Store};
use crate::catalog::Catalog;
use crate::config::RoleOverride;
use crate::discover::Project;
use crate::model::defs::{self, Ahead, Defs};
use crate::model::{self, Model};

/// Builds the model.
pub(super) fn build(
    project: Project,
    ahead: Option<Ahead>,
    catalog: Catalog,
    args: &Workspace,
    roles: &[RoleOverride],
    voice: &Voice,
    clock: &mut Clock,
) -> Model {
    let bar = bar(voice);
    let roles = roles.iter().map(|role| (role.target.clone(), role.role)).collect();
    let options = model::Options { roles, defs: defs::Options { ahead, ..link_options(args, &bar) } };
    let model = clock.time("model", || Model::build(project, catalog, options));
    model.stages().iter().for_each(|(stage, took)| clock.add(format!("  {stage}"), *took));
    bar.finish_and_clear();
    clock.time("index", || model.defs().keep_index());
    model
}

/// Links a workspace without asking more of it.
pub(super) fn link(project: &Project, args: &Workspace, voice: &Voice) -> Defs {
    let bar = bar(voice);
    let expansions = Arc::new(Catalog::builtin().expansions());
    let defs = Defs::build(project, defs::Options { expansions, ..link_options(args, &bar) });
    bar.finish_and_clear();
    defs
}

fn link_options(args: &Workspace, bar: &Arc<ProgressBar>) -> defs::Options {
    let shown = bar.clone();
    let progress = move |krate: &str, done: usize, known: usize| {
        shown.set_length(known as u64);
        shown.set_position(done as u64);
        shown.set_message(krate.to_owned());
    };
    defs::Options {
        no_dependencies: args.deps == Deps::None,
        progress: Some(Box::new(progress)),
        store: (!args.no_cache).then(|| Store::open(cache::DEPENDENCIES)),
        ahead: None,
        expansions: Arc::default(),
    }
}

/// A bar on standard error; drawn nowhere when that is no terminal.
fn bar(voice: &Voice) -> Arc<ProgressBar> {
    let target = if super::progress_wanted(voice) { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template("indexing dependencies {bar:30} {pos}/{len} {wide_msg}").expect("the template is constant");
    Arc::new(ProgressBar::with_draw_target(None, target).with_style(style))
}
