include!("generated.rs");

fn main() {
    let families = PROGRAM.services[0].families();
    let help = |name| families.iter().find(|family| family.name == name).map(|family| family.help);
    assert_eq!(families.len(), 20);
    assert_eq!(help("orders"), Some("Orders since the shop was opened."));
    assert_eq!(help("visits_total"), Some(r#"Visits, "as counted" by the \ API."#));
    assert_eq!(help("refunds"), Some(r#"What went back, "as it was" or not."#));
    assert_eq!(help("carts"), Some("carts"));
}
