//! The names of ASCII characters in HTML.

/// The code of a character that a comparison skips.
const NOTHING: u8 = 0;
/// Named characters of HTML (<https://html.spec.whatwg.org/#named-character-references>).
const NAMED: [(&str, u8); 56] = [
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("plus", b'+'),
    ("equals", b'='),
    ("sol", b'/'),
    ("bsol", b'\\'),
    ("colon", b':'),
    ("semi", b';'),
    ("comma", b','),
    ("period", b'.'),
    ("excl", b'!'),
    ("quest", b'?'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("lpar", b'('),
    ("rpar", b')'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
    ("vert", b'|'),
    ("verbar", b'|'),
    ("verticalline", b'|'),
    ("lowbar", b'_'),
    ("underbar", b'_'),
    ("commat", b'@'),
    ("hat", b'^'),
    ("grave", b'`'),
    ("diacriticalgrave", b'`'),
    ("tab", b'\t'),
    ("newline", b'\n'),
    ("nbsp", b' '),
    ("ensp", b' '),
    ("emsp", b' '),
    ("thinsp", b' '),
    ("hairsp", b' '),
    ("nonbreakingspace", b' '),
    ("shy", NOTHING),
    ("zerowidthspace", NOTHING),
    ("zwj", NOTHING),
    ("zwnj", NOTHING),
    ("nobreak", NOTHING),
    ("lrm", NOTHING),
    ("rlm", NOTHING),
    ("hyphen", b'-'),
    ("dash", b'-'),
];
/// The number of names that are also known without a semicolon, in lower or upper case.
const BARE: usize = 4;

/// Returns the character whose name a text begins with, and the length of the name with its semicolon.
pub(super) fn named(text: &[u8]) -> Option<(u8, usize)> {
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (name, rest) = text.split_at(letters);
    if rest.first() == Some(&b';') {
        let (_, byte) = NAMED.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()))?;
        return Some((*byte, letters + 1));
    }
    let is_one =
        |name: &[u8], known: &str| name == known.as_bytes() || name == known.to_ascii_uppercase().as_bytes();
    let begins = |known: &str| name.get(..known.len()).is_some_and(|name| is_one(name, known));
    let (known, byte) = NAMED[..BARE].iter().find(|(known, _)| begins(known))?;
    Some((*byte, known.len()))
}
