//! Tests that no spelling of a secret is shown.

use super::*;

fn redactor(values: &[&str]) -> Redactor {
    let redactor = Redactor::default();
    values.iter().for_each(|value| redactor.remember(value));
    redactor
}

#[test]
fn every_form_of_a_secret_is_masked() {
    let secret = "p/ä \"+%#'&=\\x";
    let redactor = redactor(&[secret]);
    for form in [
        secret,
        "p%2F%C3%A4%20%22%2B%25%23%27%26%3D%5Cx",
        "p%2f%c3%a4%20%22%2b%25%23%27%26%3d%5cx",
        "p%2F%C3%A4+%22%2B%25%23%27%26%3D%5Cx",
        "p/ä \\\"+%#'&=\\\\x",
        "p\\/ä \\\"+%#'&=\\\\x",
        "p/\\u00e4 \\\"+%#'&=\\\\x",
    ] {
        assert_eq!(redactor.redact(&format!("<{form}>")), "<***>", "{form}");
    }
    assert_eq!(redactor.redact("nothing here"), "nothing here");
}

#[test]
fn a_secret_that_an_api_reads_as_latin_1_is_masked() {
    let redactor = redactor(&["pässwörd-ñ", "kürz"]);
    for secret in ["pässwörd-ñ", "kürz"] {
        let wide: String = secret.bytes().map(char::from).collect();
        assert_eq!(redactor.redact(&format!("invalid key: {wide}.")), "invalid key: ***.");
    }
}

#[test]
fn overlapping_secrets_leave_no_rest() {
    let redactor = redactor(&["abcdef", "defghi", "abcdefg"]);
    assert_eq!(redactor.redact("<abcdefghi> <abcdef>abcdef"), "<***> <***>***");
}

#[test]
fn short_secrets_are_masked_where_they_stand_alone() {
    let redactor = redactor(&["", "eu"]);
    assert_eq!(redactor.redact("the queue"), "the queue");
    assert_eq!(redactor.redact_value("eu"), "***");
    assert_eq!(redactor.redact_value(""), "");
}

#[test]
fn secrets_between_bytes_are_masked() {
    let redactor = redactor(&["hush"]);
    assert_eq!(redactor.redact_body(b"\xff\xe2\x82hush\xffx\xf0"), b"\xff\xe2\x82***\xffx\xf0");
}

#[test]
fn only_so_many_secrets_are_remembered() {
    let redactor = Redactor::default();
    (0..1000).for_each(|i| redactor.clone().remember(&format!("{i}-token")));
    assert_eq!(redactor.0.read().unwrap().known.len(), REMEMBERED);
    assert_eq!(redactor.redact("999-token"), "***");
}

#[test]
fn a_secret_that_stays_in_use_is_masked_however_many_others_come_and_go() {
    let redactor = Redactor::default();
    for i in 0..1000 {
        redactor.remember("api-key");
        redactor.remember(&format!("t{i}x{i}y"));
        assert_eq!(redactor.redact("api-key"), "***", "{i}");
    }
    assert_eq!(redactor.redact("t999x999y, t745x745y, t744x744y"), "***, ***, t744x744y");
    assert_eq!(redactor.0.read().unwrap().known.len(), REMEMBERED);
}

#[test]
fn a_value_of_the_secret_file_stays_masked_however_many_others_come() {
    let redactor = Redactor::default();
    redactor.remember_key("API_KEY", "former-value-1");
    redactor.remember_key("API_KEY", "hush-hush-hush");
    (0..1000).for_each(|i| redactor.remember(&format!("{i}-token")));
    assert_eq!(redactor.redact("999-token hush-hush-hush"), "*** ***");
    assert_eq!(redactor.configured_in("hush-hush-hush").as_deref(), Some("API_KEY"));
    assert_eq!(redactor.redact("former-value-1"), "former-value-1", "replaced values are forgotten in time");
    assert_eq!(redactor.0.read().unwrap().known.len(), REMEMBERED + 1);
}

#[test]
fn what_is_remembered_is_of_types_that_clear_their_memory() {
    fn clears<T: zeroize::ZeroizeOnDrop>(_: &T) {}
    let redactor = redactor(&["hush", "hush%2Fhush-hush"]);
    for known in &redactor.0.read().unwrap().known {
        clears(&known.value);
        known.decoded.iter().for_each(clears);
    }
}

/// A secret with the characters that encoders escape.
const SECRET: &str = "K3y/ab+cd&ef=gh<ij>";

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn hex(text: &str, between: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn each_char(text: &str, write: fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

fn spellings() -> Vec<String> {
    let json = each_char(SECRET, |c| format!("\\u{:04X}", c as u32));
    let url = each_char(SECRET, |c| format!("%{:02x}", c as u32));
    vec![
        SECRET.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003E"),
        SECRET.replace('=', "\\u003d").replace('+', "\\u002B").replace('/', "\\/"),
        json.clone(),
        url.clone(),
        url.replace('%', "%25"),
        json.replace('\\', "%5C"),
        SECRET.replace('&', "&amp;").replace('<', "&lt;").replace('/', "&#x2F;").replace('+', "&plus;"),
        each_char(SECRET, |c| format!("&#{};", c as u32)),
        each_char(SECRET, |c| format!("\\x{:02x}", c as u32)),
        each_char(SECRET, |c| format!("={:02X}", c as u32)),
        SECRET.to_uppercase(),
        format!("{}\n   {}", &SECRET[..7], &SECRET[7..]),
        format!("{}\\r\\n{}", &SECRET[..7], &SECRET[7..]),
        format!("{}=\r\n{}", &SECRET[..7], &SECRET[7..]),
        base64(SECRET),
        base64(&format!("u:{SECRET}")),
        base64(&format!("me:{SECRET}!")).replace('+', "-").replace('/', "_").replace('=', ""),
        base64(&format!("use:{SECRET}")).replace('/', "\\/").replace('=', "\\u003d"),
        base64(SECRET).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
        base64(&base64(SECRET)),
        base64(&json),
        hex(SECRET, ""),
        hex(SECRET, ":").to_uppercase(),
        hex(SECRET, " "),
        format!("0x{}", hex(SECRET, ", 0x")),
    ]
}

#[test]
fn no_spelling_of_a_secret_is_shown() {
    let redactor = redactor(&[SECRET]);
    for spelling in spellings() {
        for around in ["<_>", "{\"message\": \"key=_, refused\"}", "a _ b", "x\\\"_\\\""] {
            let (before, after) = around.split_once('_').unwrap();
            let shown = redactor.redact(&format!("{before}{spelling}{after}")).into_owned();
            let rest = shown.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            let rest = rest.unwrap_or_else(|| panic!("{shown} for {spelling}"));
            assert!(rest.contains("***") && rest.len() <= 20, "{shown} for {spelling}");
            assert!(redactor.contains(&format!("{before}{spelling}{after}")), "{spelling}");
        }
    }
}

/// Invisible characters, tags and separators that may be between the characters of a secret.
const BETWEEN: &[&str] = &[
    "\u{200b}",
    "\u{200d}",
    "\u{2060}",
    "\u{feff}",
    "\u{ad}",
    "\u{34f}",
    "\u{e0001}",
    "\u{fe0f}",
    "\u{336}",
    "<wbr>",
    "<WBR/>",
    "<b></b>",
    "<span class=\"x\">",
    "&shy;",
    "&#8203;",
    "&ZeroWidthSpace;",
    "\\u200b",
    "%E2%80%8B",
    "-",
    ".",
    "_",
    " ",
    ", ",
    "|",
    " | ",
    "·",
    "—",
    "\u{a0}",
    "\u{3000}",
    "\n",
    "\\n",
    "/",
    ":",
    "*",
];

#[test]
fn a_whole_secret_with_anything_between_its_characters_is_found_and_not_shown() {
    for secret in ["Hush7Secret9Value", "K3y/ab+cd&ef=gh<ij>"] {
        let redactor = redactor(&[secret]);
        for between in BETWEEN {
            let all = secret.chars().map(String::from).collect::<Vec<_>>().join(between);
            let some = format!("{}{between}{}", &secret[..5], &secret[5..]);
            for text in [&all, &some] {
                assert!(redactor.contains(&format!("a {text}!")), "{text}");
                let shown = redactor.redact(&format!("<{text}>")).into_owned();
                let rest = shown.chars().filter(char::is_ascii_alphanumeric).count();
                assert!(shown.contains("***") && rest < 8 + between.len(), "{shown} for {text}");
            }
        }
    }
}

#[test]
fn a_secret_in_other_letters_is_found_and_not_shown() {
    let redactor = redactor(&["Hush7Secret9Value", "s3cr3t!"]);
    let moved = |from: u32| move |c: char| char::from_u32(c as u32 - 33 + from).unwrap();
    let math = |c: char| match c {
        'A'..='Z' => char::from_u32(c as u32 - 65 + 0x1d5d4).unwrap(),
        'a'..='z' => char::from_u32(c as u32 - 97 + 0x1d5ee).unwrap(),
        _ => char::from_u32(c as u32 - 48 + 0x1d7ec).unwrap(),
    };
    for secret in ["Hush7Secret9Value", "s3cr3t!"] {
        let wide: String = secret.chars().map(moved(0xff01)).collect();
        let bold: String =
            secret.chars().map(|c| if c.is_ascii_alphanumeric() { math(c) } else { c }).collect();
        for text in [&wide, &bold, &base64(&wide), &each_char(&wide, |c| format!("\\u{:04x}", c as u32))] {
            assert!(redactor.contains(text), "{text}");
            assert_eq!(redactor.redact(&format!("<{text}>")).trim_end_matches(['=', '>']), "<***", "{text}");
        }
    }
}

#[test]
fn two_words_that_are_a_part_of_a_secret_are_shown() {
    let redactor = redactor(&["planted-of-the-proxy"]);
    assert_eq!(redactor.redact("the proxy answered 407"), "the proxy answered 407");
    assert_eq!(redactor.redact("of-the-proxy"), "***");
    assert_eq!(redactor.redact("Planted of the Proxy"), "***");
}

#[test]
fn lists_of_bytes_are_decoded() {
    let redactor = redactor(&[SECRET]);
    let list = |between: &str| SECRET.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(between);
    for text in [list(","), list(", "), list(" "), list(",\n  ")] {
        assert!(redactor.contains(&format!("{{\"type\":\"Buffer\",\"data\":[{text}]}}")), "{text}");
        assert_eq!(redactor.redact(&format!("[{text}]")), "[***]");
    }
}

#[test]
fn text_in_two_bytes_a_character_is_decoded() {
    let redactor = redactor(&[SECRET]);
    let bytes: Vec<u8> = SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let packed = {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(&bytes)
    };
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    for text in [packed, hex] {
        assert!(redactor.contains(&text), "{text}");
    }
}

#[test]
fn no_eight_characters_of_a_secret_are_shown() {
    let redactor = redactor(&["0123456789abcdef"]);
    assert_eq!(redactor.redact("key 01234567... is wrong"), "key ***... is wrong");
    assert_eq!(redactor.redact("key ...89ABCDEF"), "key ...***");
    assert_eq!(redactor.redact("0123456 9abcdef"), "0123456 9abcdef");
    assert!(!redactor.contains("0123456789abcde"));
}

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

#[test]
fn a_value_contains_a_short_secret_only_where_it_stands() {
    let redactor = redactor(&["eu", "prod", "s3cr3t!"]);
    for other in ["eu", "production", "reprod", "s3cr3t", "prodé"] {
        assert!(!redactor.contains(other), "{other}");
    }
    for same in ["prod", "eu-prod-1", "PROD", "key=s3cr3t!", "%70rod", "cHJvZA==", "pr\nod", "prod\nuction"] {
        assert!(redactor.contains(same), "{same}");
    }
}

#[test]
fn a_value_of_the_secret_file_is_told_by_its_key() {
    let redactor = redactor(&["token-token-token"]);
    redactor.remember_key("API_KEY", "hush-hush-hush");
    assert_eq!(redactor.configured_in("[\"aHVzaC1odXNoLWh1c2g=\"]").as_deref(), Some("API_KEY"));
    assert_eq!(redactor.configured_in("token-token-token"), None);
}

#[test]
fn debug_shows_nothing_of_it() {
    assert_eq!(format!("{:?}", redactor(&["hush"])), "Redactor");
}

#[test]
fn however_long_the_tokens_of_an_api_are_what_is_remembered_is_bounded() {
    let redactor = Redactor::default();
    redactor.remember("api-key");
    for i in 0..20_u64 {
        let token = |n: u64| format!("{:x}", (n + i * 20_000).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        redactor.remember(&(0..20_000).map(token).collect::<String>());
        redactor.remember("api-key");
    }
    let memory = redactor.0.read().unwrap();
    let bytes: usize = memory.known.iter().map(|known| known.value.len()).sum();
    assert!(bytes <= REMEMBERED_BYTES && memory.known.len() >= 7, "{bytes} {}", memory.known.len());
    drop(memory);
    assert_eq!(redactor.redact("api-key"), "***");
}
