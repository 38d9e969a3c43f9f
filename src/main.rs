//! The `cargo-prr` binary: arguments in, exit status out.

fn main() -> std::process::ExitCode {
    cargo_prr::cli::main()
}
