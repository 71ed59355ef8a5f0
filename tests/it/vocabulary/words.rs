//! The words that no text uses, and the passages that may use them.

/// Words that other words of the field replace: all forms, separated by commas, and the replacement.
///
/// Words that are also ordinary English in another sense (call, end, page, point, show, store) are left to readers.
pub const VOCABULARY: [(&str, &str); 44] = [
    ("answer, answers, answered, answering", "response, respond"),
    ("ask, asks, asked, asking", "request, send a request, poll"),
    ("says, said, saying, tells, told, telling", "reports, returns, logs, shows"),
    ("how the services do", "service status"),
    ("does not come back, do not come back, comes back, came back", "hangs, returns"),
    ("ctrl-c ends, cton ends, process ends, to end, ends it", "exits, stops"),
    ("anew", "again; restarts from zero; is reloaded on change"),
    ("leave out, leaves out, left out, leave away, leaves away, left away", "omit"),
    ("take out, takes out, taken out, took out", "remove"),
    ("stands in, stand in, lies in, lie in", "is in"),
    ("goes from, is gone, are gone", "is removed, expires"),
    ("by itself, by themselves", "automatically"),
    ("of its own, of your own, of their own, of our own, of one's own", "its own, your own, custom"),
    ("in place of", "instead of"),
    ("but for", "except"),
    ("folder, folders", "directory"),
    ("from the page, pages of metrics, the metrics page", "exposition"),
    ("made of, made from", "generated from, built from"),
    ("made small, make small, to make it small", "size-optimized"),
    ("further try, further tries, tried again, try again", "retry"),
    ("time-out, time-outs", "timeout"),
    ("back-off, back-offs", "backoff"),
    ("poll period, poll periods, pace, rhythm, beat, beats", "poll interval"),
    ("good poll, good polls, well poll, polled well", "successful poll"),
    ("allowance, quota, calls left", "rate limit, requests remaining"),
    ("wrong, mistake, mistakes", "invalid, error"),
    ("mend, mends, mended, put right, set right", "fix"),
    ("what was counted", "state"),
    ("masked, masks, masking", "redacted"),
    ("kept answers, answer store", "response cache"),
    ("since 1970", "Unix timestamp"),
    ("gate, gates", "server"),
    ("law, laws", "test, property"),
    ("defect of, defect, defects", "bug"),
    ("who may come in, come in", "authentication, access control"),
    ("what is shown", "published snapshot"),
    ("did you mean", "a similar name exists"),
    ("nobody, somebody", "no one; name the person or the program"),
    ("sort of, sorts of", "kind of"),
    ("speaks, spoken", "supports"),
    ("in vain", "without success"),
    ("budget, budgets", "rate limit, requests remaining"),
    ("reading, readings", "value, metric value"),
    ("period, periods", "poll interval, interval"),
];

/// A passage that may use a word of [`VOCABULARY`].
pub struct Allowed {
    /// The passage in lower case.
    pub passage: &'static str,
    pub reason: &'static str,
}

const fn allowed(passage: &'static str, reason: &'static str) -> Allowed {
    Allowed { passage, reason }
}

pub const ALLOWED: &[Allowed] = &[
    allowed("frequently asked questions", "the name of such a page"),
    allowed("wrong type", "the term of compilers"),
    allowed("wrong host name", "the term for a certificate of another host"),
    allowed("may be wrong or expired", "a key that no one can check; an invalid one would be malformed"),
    allowed("wrong checksum", "the usual term"),
    allowed("of its own process", "possession, not custom"),
    allowed("of your own package", "possession, not custom"),
    allowed("interval past period series", "words in the keys of an API"),
    allowed("month period to until", "words in the keys of an API"),
];
