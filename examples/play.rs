fn main() {
    let mut o = cargo_prr::discover::Options::new(std::env::args().nth(1).unwrap());
    o.cache = std::env::args().nth(2).is_some();
    for _ in 0..5 {
        let t = std::time::Instant::now();
        let p = cargo_prr::discover::discover(&o);
        eprintln!("{:?}", t.elapsed());
        match p {
            Ok(ps) => {
                for p in ps {
                    eprintln!(
                        "{} members {} packages {} missing {} edges {}",
                        p.root.display(),
                        p.members().count(),
                        p.packages.len(),
                        p.packages.iter().filter(|p| p.root.is_none()).count(),
                        p.packages.iter().map(|p| p.deps.len()).sum::<usize>()
                    );
                    for n in &p.notices {
                        eprintln!("{n:?}");
                    }
                }
            }
            Err(e) => eprintln!("{e}"),
        }
    }
}
