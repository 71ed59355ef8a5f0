//! The catalogue of hostile bodies: each repeats one part up to the largest size.

/// A body to send: a start, a part that is repeated, and an end. An `@` in the part is another number each time.
pub struct Shape {
    pub name: &'static str,
    start: String,
    part: String,
    end: String,
}

impl Shape {
    fn new(name: &'static str, start: &str, part: impl Into<String>, end: &str) -> Self {
        Self { name, start: start.to_owned(), part: part.into(), end: end.to_owned() }
    }

    /// The body, a little smaller than so many bytes.
    pub fn body(&self, size: usize) -> Vec<u8> {
        let Self { start, part, end, .. } = self;
        let room = size - start.len() - end.len();
        let parts = if part.contains('@') {
            let each = (0..room / (part.len() + 5)).map(|n| part.replace('@', &format!("{n:x}")));
            each.collect::<String>()
        } else {
            part.repeat(room / part.len())
        };
        format!("{start}{parts}{end}").into_bytes()
    }
}

/// The first so many shapes take the most memory.
pub const LARGEST: usize = 6;

/// All of them.
pub fn shapes() -> Vec<Shape> {
    let largest = [
        Shape::new("numbers", "[", "0,", "0]"),
        Shape::new("empty objects", "[", "{},", "0]"),
        Shape::new("lists of one text", "[", r#"["a"],"#, "0]"),
        Shape::new("objects of empty lists", "[", r#"{"@":[]},"#, "0]"),
    ];
    let lists = [
        ("empty texts", r#""","#),
        ("short texts", r#""a","#),
        ("texts with escapes", r#""\n","#),
        ("texts with NUL", r#""\u0000","#),
        ("empty lists", "[],"),
        ("lists of one", "[0],"),
        ("objects of one", r#"{"a":0},"#),
        ("objects of one text", r#"{"a":"b"},"#),
        ("nested objects", r#"{"a":{"a":{"a":{"a":{}}}}},"#),
        ("fractions", "1e-7,"),
        ("nulls", "null,"),
        ("flags", "true,"),
    ];
    let lists = lists.map(|(name, part)| Shape::new(name, "[", part, "0]"));
    let maps =
        [("keys", r#""@":"","#), ("keys of lists", r#""@":["a","b"],"#), ("keys of objects", r#""@":{},"#)];
    let maps = maps.map(|(name, part)| Shape::new(name, "{", part, r#""z":0}"#));
    largest.into_iter().chain(lists).chain(maps).chain(long()).collect()
}

/// Those of which single values are long.
fn long() -> Vec<Shape> {
    let (deep, digits, key) =
        ("[".repeat(100) + &"]".repeat(100) + ",", "7".repeat(300) + ",", "k".repeat(1000));
    let objects = r#"{"a":"#.repeat(100) + "0" + &"}".repeat(100) + ",";
    vec![
        Shape::new("deep lists", "[", deep, "0]"),
        Shape::new("deep objects", "[", objects, "0]"),
        Shape::new("too deep", "[", "[", "0]"),
        Shape::new("numbers of 300 digits", "[", digits, "0]"),
        Shape::new("one number", "[", "7", "]"),
        Shape::new("one fraction", "[0.", "7", "]"),
        Shape::new("label values", "[", format!("\"@{}\",", "v".repeat(4090)), "0]"),
        Shape::new("long keys", "{", format!("\"@{key}\":0,"), r#""z":0}"#),
        Shape::new("objects with long keys", "[", format!("{{\"@{key}\":0}},"), "0]"),
        Shape::new("one long key", "{\"", "a", "\":0}"),
        Shape::new("one long text", "[\"", "a", "\"]"),
        Shape::new("one long text of NUL", "[\"", r"\u0000", "\"]"),
        Shape::new("a type error after many values", "[", r#""","#, "0]"),
        Shape::new("a field that is long", r#"{"next":""#, "a", r#""}"#),
        Shape::new("a field that is long and escaped", r#"{"next":"/"#, "\u{7f}", r#""}"#),
        Shape::new("no JSON", "", "\u{7f}", ""),
        Shape::new("a page", "<html>", "<p>&amp;", "</html>"),
    ]
}
