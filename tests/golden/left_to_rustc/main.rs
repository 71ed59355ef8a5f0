include!("generated.rs");

fn main() {
    assert_eq!(PROGRAM.services.len(), 5);
}
