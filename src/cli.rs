//! The command line.

/// Runs the program: arguments in, exit status out.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
