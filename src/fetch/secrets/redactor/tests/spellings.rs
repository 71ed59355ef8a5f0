//! Tests of encodings, separators and letters that hide a secret.

use super::*;

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
