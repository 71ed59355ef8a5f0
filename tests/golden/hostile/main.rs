use collectington::internals::config::parse;

include!("generated.rs");

fn main() {
    let config = parse("config.json", PROGRAM.config).unwrap();
    let families = PROGRAM.services[0].families();
    assert_eq!(config.services[0].metrics[0].help.as_deref(), Some(families[0].help));
    assert!(families[0].help.contains(r##"fn injected() {} */ // # "# "##));
    assert_eq!(families[2].help, r##"*/ "#]; } fn injected() {} #[doc = ""##);
    assert_eq!(families[4].help, "*/ \u{2028} /*");
    assert_eq!(families[0].labels, ["type", "each", "fn", "str", "X"]);
    assert_eq!(PROGRAM.services[1].families()[0], collectington::Family { help: "fn_mut", ..families[0] });
}
