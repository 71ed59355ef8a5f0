include!("generated.rs");

fn main() {}
