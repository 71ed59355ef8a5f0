//! Tests of long texts, which are searched in parts.

use super::*;

#[test]
fn a_secret_between_two_parts_of_a_long_text_is_found() {
    let redactor = redactor(&[SECRET]);
    for length in [65_520, 65_530, 65_536, 131_072 - 4096, 200_000] {
        for spelling in [base64(SECRET), hex(SECRET, ""), SECRET.to_owned()] {
            let text = format!("{}{spelling}", ".".repeat(length));
            let shown = redactor.redact(&text);
            assert!(shown.trim_end_matches('=').ends_with(".***"), "{}", &shown[length - 20..]);
        }
    }
}

/// Covers spellings that begin one byte before a part and are as long as the overlap.
#[test]
fn a_long_spelling_between_two_parts_of_a_long_text_is_found() {
    for count in [64, 512] {
        let words = (1..=count).map(|n: u64| format!("{:08x}", n.wrapping_mul(0x9e37_79b9) % (1 << 32)));
        let secret = words.collect::<String>();
        let redactor = redactor(&[&secret]);
        let escaped = each_char(&secret, |c| format!("\\u{:04x}", c as u32));
        let nested = escaped.replace('\\', "\\u005c");
        let apart = secret.chars().map(String::from).collect::<Vec<_>>().join(" | <wbr> ");
        let all_nested = each_char(&escaped, |c| format!("\\u{:04x}", c as u32));
        for spelling in [nested, apart, all_nested].iter().filter(|spelling| spelling.len() <= 64 * 1024) {
            for start in [61_439, 65_535] {
                let text = format!("{}{spelling}{}", ".".repeat(start), ".".repeat(70_000));
                assert!(redactor.contains(&text), "{start} {}", spelling.len());
                let shown = redactor.redact(&text);
                assert_eq!(shown.trim_matches('.'), "***", "{start} {}", spelling.len());
            }
        }
    }
}
