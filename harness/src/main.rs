//! The binary `stampede`.

fn main() -> std::process::ExitCode {
    harness::cli::main()
}
