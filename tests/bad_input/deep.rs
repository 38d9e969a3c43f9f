//! Every construct nested or chained beyond all bounds, and as deep as the limits permit, through the whole program.

use cargo_prr::facts;
use rayon::prelude::*;

use super::scene::{Scene, assert_healthy};

#[path = "../../src/facts/tests/constructs.rs"]
mod constructs;

use constructs::ALL;

#[test]
fn a_hundred_thousand_levels_of_everything_are_survived() {
    let scene = Scene::modules(ALL.iter().map(|construct| (construct.name.to_owned(), construct.text(100_000))));
    let report = scene.json(&["--no-cache"]);
    assert_healthy(&report);
    assert_eq!(report["coverage"]["files"], ALL.len() + 1);
}

#[test]
fn the_deepest_that_is_permitted_is_analysed() {
    let depths: Vec<usize> = ALL.par_iter().map(|construct| construct.deepest(20_000)).collect();
    let scene = Scene::modules(ALL.iter().zip(depths).map(|(construct, n)| (construct.name.to_owned(), construct.text(n))));
    let report = scene.json(&["--no-cache"]);
    assert_healthy(&report);
}

#[test]
fn what_is_sane_is_analysed_whole() {
    let scene = Scene::modules(ALL.iter().map(|construct| (construct.name.to_owned(), construct.text(200))));
    let report = scene.json(&["--no-cache"]);
    assert_healthy(&report);
    let notices = report["notices"].as_array().unwrap();
    assert!(!notices.iter().any(|notice| notice["id"] == "too_deep"), "{notices:#?}");
}
