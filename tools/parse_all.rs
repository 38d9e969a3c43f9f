//! Reads, parses, visits and drops Rust files, and does nothing else: what the tool's running time is held against (tools/benchmark.py).
//!
//!     cargo build --release --example parse_all
//!     parse_all < LIST        one path a line
//!
//! As the tool does it: `syn::parse_file` with span locations, on rayon's threads with the tool's stack size and allocator (it links the
//! library, and with it whatever allocator that declares). Prints one JSON object: files, bytes, lines, nodes visited, files that do not
//! parse, and the milliseconds from the first byte read to the last tree dropped.

#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a program of its own: it reads its files and prints its figures"
)]

use std::io::Read;
use std::time::Instant;

use rayon::prelude::*;
use syn::visit::{self, Visit};

#[derive(Default)]
struct Sum {
    files: u64,
    bytes: u64,
    lines: u64,
    nodes: u64,
    failed: u64,
}

impl Sum {
    fn add(self, other: Sum) -> Sum {
        Sum {
            files: self.files + other.files,
            bytes: self.bytes + other.bytes,
            lines: self.lines + other.lines,
            nodes: self.nodes + other.nodes,
            failed: self.failed + other.failed,
        }
    }
}

/// Counts what it walks over.
struct Nodes(u64);

impl<'a> Visit<'a> for Nodes {
    fn visit_item(&mut self, node: &'a syn::Item) {
        self.0 += 1;
        visit::visit_item(self, node);
    }
    fn visit_expr(&mut self, node: &'a syn::Expr) {
        self.0 += 1;
        visit::visit_expr(self, node);
    }
    fn visit_pat(&mut self, node: &'a syn::Pat) {
        self.0 += 1;
        visit::visit_pat(self, node);
    }
    fn visit_type(&mut self, node: &'a syn::Type) {
        self.0 += 1;
        visit::visit_type(self, node);
    }
    fn visit_ident(&mut self, node: &'a syn::Ident) {
        self.0 += u64::from(node.span().start().line > 0);
    }
}

fn parse(path: &str) -> Sum {
    let Ok(text) = std::fs::read_to_string(path) else { return Sum { files: 1, failed: 1, ..Sum::default() } };
    let mut sum = Sum { files: 1, bytes: text.len() as u64, lines: text.lines().count() as u64, ..Sum::default() };
    match syn::parse_file(&text) {
        Ok(tree) => {
            let mut nodes = Nodes(0);
            nodes.visit_file(&tree);
            sum.nodes = nodes.0;
        }
        Err(_) => sum.failed = 1,
    }
    proc_macro2::extra::invalidate_current_thread_spans();
    sum
}

fn main() {
    let mut list = String::new();
    std::io::stdin().read_to_string(&mut list).expect("a list of files on standard input");
    let paths: Vec<&str> = list.lines().filter(|line| !line.is_empty()).collect();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(cargo_prr::facts::extract::STACK).build().expect("threads can be started");
    let started = Instant::now();
    let sum = pool.install(|| paths.par_iter().with_max_len(1).map(|path| parse(path)).reduce(Sum::default, Sum::add));
    let took = started.elapsed().as_secs_f64() * 1000.0;
    let Sum { files, bytes, lines, nodes, failed } = sum;
    println!("{{\"files\":{files},\"bytes\":{bytes},\"lines\":{lines},\"nodes\":{nodes},\"failed\":{failed},\"ms\":{took:.3}}}");
}
