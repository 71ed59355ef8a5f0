include!("generated.rs");

fn main() -> std::process::ExitCode {
    if std::env::args().len() == 1 {
        assert_eq!(PROGRAM.services[0].secrets(), ["TOKEN", "USER"]);
        return std::process::ExitCode::SUCCESS;
    }
    collectington::run(&PROGRAM, None)
}
