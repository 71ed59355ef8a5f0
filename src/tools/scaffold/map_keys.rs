//! Recognition of objects whose keys are data, such as IDs or the names of hosts.

use std::collections::BTreeSet;

use super::identifiers::words;
use super::sample_shape::{SampleShape, SampleValues};
use crate::fetch::secrets::secret::MASK;

/// The longest key that is the name of a field, in characters.
const LONGEST_KEY: usize = 50;
/// The smallest number of objects with equal fields that are a map without another sign.
const MANY: usize = 3;
/// The largest number of keys that are fields.
const MOST_FIELDS: usize = 300;
/// The shortest key without a separator that is a random ID.
const RANDOM: usize = 16;

/// The plural nouns for which an object of objects is a map.
const COLLECTIONS: &str = "accounts agents apps backends breakers brokers buckets caches channels checks clients clusters \
    collectors components consumers containers databases datacenters devices disks endpoints entries entities \
    filesystems frontends gateways groups hosts indices instances interfaces items jobs keys machines members mounts \
    namespaces networks nodes objects outlets partitions peers plugins pods pools ports processes projects providers \
    proxies queues regions repos repositories resources routers rooms sensors servers services shards sites switches \
    streams tables targets tasks tenants topics tunnels upstreams users volumes workers zones";

/// The words for the parts of a distribution or of a size, which are fields and no keys of a map.
const PARTS: &str = "avg average count current day days free high hits hour hours last low max maximum mean median min \
    minimum misses month months p50 p75 p90 p95 p99 read reads rx size sum total tx used week weeks write writes year";

/// Returns true if the key can become a field, because other responses have it too. A date, a number or a random ID is data, and
/// so is a key that is too long for a name. `24h` is no data.
pub(super) fn is_plain(key: &str) -> bool {
    !is_number(key) && !is_random(key) && !key.contains(MASK) && key.chars().count() <= LONGEST_KEY
}

/// Returns true if the keys of the objects are data.
pub(super) fn is_map(parent: &str, objects: &SampleValues) -> bool {
    let fields = objects.fields();
    let values = objects.entries();
    let is_uniform = matches!(values.shape(), SampleShape::Number | SampleShape::Flag | SampleShape::Object)
        || values.shape() == SampleShape::Text && !values.texts().is_empty();
    if !is_uniform || fields.iter().any(|(key, _)| key.contains(MASK)) {
        return false;
    }
    let data = fields.iter().filter(|(key, _)| is_data(key)).count();
    if data * 2 > fields.len() || fields.len() > MOST_FIELDS {
        return values.shape() != SampleShape::Text;
    }
    match values.shape() {
        SampleShape::Object => is_map_of_objects(parent, objects, &values, fields.len()),
        SampleShape::Number => is_map_of_codes(&fields),
        _ => false,
    }
}

/// Returns true if the objects have nearly the same fields, and their number or the name of their parent shows that they are
/// entries.
fn is_map_of_objects(parent: &str, objects: &SampleValues, values: &SampleValues, keys: usize) -> bool {
    let fields = values.fields();
    let is_part = |key: &str| words(key).iter().all(|word| holds(PARTS, word));
    let parts = objects.fields().iter().filter(|(key, _)| is_part(key)).count();
    let has_only_parts = parts * 2 >= keys;
    let common = fields.iter().filter(|(_, seen)| seen.values.len() * 2 > values.values.len()).count();
    let is_alike = common * 2 > fields.len();
    let is_collection = is_collection(parent);
    let same = fields.iter().filter(|(_, seen)| seen.values.len() == values.values.len()).count();
    let are_equal = same * 5 >= fields.len() * 4 && fields.len() > 1;
    let is_distribution = fields.iter().all(|(key, _)| is_part(key));
    let has_space = objects.fields().iter().any(|(key, _)| key.contains(' '));
    is_alike && has_space && keys > 1
        || is_alike && is_collection && (keys > 1 || is_random_key(objects))
        || are_equal && keys >= MANY && !has_only_parts && !is_distribution
}

/// Returns true if the key is a noun for several things, such as `volumes`.
pub(super) fn is_collection(key: &str) -> bool {
    words(key).last().is_some_and(|last| holds(COLLECTIONS, last) || matches!(last.as_str(), "ips" | "tags"))
}

fn is_random_key(objects: &SampleValues) -> bool {
    objects.fields().iter().all(|(key, _)| key.contains(|c: char| c.is_ascii_digit() || c == '-'))
}

/// Returns true if the keys are codes in capital letters, such as types of DNS records, or HTTP status classes.
fn is_map_of_codes(fields: &[(&str, SampleValues)]) -> bool {
    let is_code = |key: &str| {
        key.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            && key.contains(|c: char| c.is_ascii_uppercase())
    };
    let is_class = |key: &str| key.len() == 3 && key.ends_with("xx");
    let is_country = |key: &&str| key.len() == 2 && is_code(key);
    let keys: BTreeSet<&str> = fields.iter().map(|(key, _)| *key).collect();
    keys.len() > 1 && keys.iter().all(is_country)
        || keys.len() >= MANY && (keys.iter().all(|key| is_code(key)) || keys.iter().all(|key| is_class(key)))
}

/// Returns true if the key is data by itself.
fn is_data(key: &str) -> bool {
    is_number(key) || is_address(key) || is_numbered(key) || is_random(key)
}

/// Returns true for numbers, dates and addresses of numbers. `24h` is none.
fn is_number(key: &str) -> bool {
    let digits = key.chars().filter(char::is_ascii_digit).count();
    let starts_with_digit = key.starts_with(|c: char| c.is_ascii_digit());
    starts_with_digit && (digits > 3 || !key.contains(char::is_alphabetic))
}

/// Returns true for paths, URLs, addresses of hosts and of mail, and `*`.
fn is_address(key: &str) -> bool {
    let is_host = key.contains('.')
        && !key.contains(' ')
        && key.split('.').count() > 2
        && key
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    let is_domain = [".com", ".org", ".net", ".io", ".dev", ".local", ".internal", ".lan", ".de", ".example"]
        .iter()
        .any(|end| key.ends_with(end));
    key.starts_with(['/', '*'])
        || key.contains('/') && !key.contains(' ')
        || key.contains('@') && !key.starts_with('@') && !key.contains("@odata")
        || is_host
        || is_domain
        || key.contains(':')
}

/// Returns true for a name with a number after a dash, such as `web-01`, or a short name with a number, such as `eth0`.
fn is_numbered(key: &str) -> bool {
    const NUMBERED: [&str; 18] = [
        "ad", "cpu", "core", "disk", "en", "ens", "eno", "eth", "fan", "gpu", "md", "node", "nvme", "port",
        "sd", "tun", "vm", "wlan",
    ];
    let stem = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let has_number = stem.len() < key.len();
    has_number
        && (stem.ends_with('-') && stem.len() > 1 || NUMBERED.contains(&stem.to_ascii_lowercase().as_str()))
}

/// Returns true for UUIDs, hashes, and IDs of random letters and digits.
pub(super) fn is_random(key: &str) -> bool {
    let plain: String = key.chars().filter(|c| !matches!(c, '-' | '_')).collect();
    let has_digit = plain.contains(|c: char| c.is_ascii_digit());
    let is_hex = plain.len() >= 12 && plain.chars().all(|c| c.is_ascii_hexdigit()) && has_digit;
    let separators = key.chars().filter(|c| matches!(c, '-' | '_')).count();
    let is_mixed = plain.contains(|c: char| c.is_ascii_uppercase())
        && plain.contains(|c: char| c.is_ascii_lowercase())
        && plain.chars().filter(char::is_ascii_digit).count() > 1;
    is_hex
        || key.len() >= RANDOM
            && is_mixed
            && separators < 3
            && plain.chars().all(|c| c.is_ascii_alphanumeric())
}

fn holds(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_sample;

    fn is_a_map(parent: &str, json: &str) -> bool {
        let node = parse_sample("sample", json).unwrap();
        is_map(parent, &SampleValues::root(&node))
    }

    #[test]
    fn keys_that_are_ids_hosts_addresses_paths_or_dates_are_data() {
        for keys in [
            ["452", "22"],
            ["web-01", "db-02"],
            ["10.0.0.1", "10.0.0.2"],
            ["/var", "/home"],
            ["2026-11-01", "2026-11-02"],
            ["a.example.org", "b.example.org"],
            ["5f1c2b7e-0001-4d3f-8a55-0f8d7c1b2a3e", "5f1c2b7e-0002-4d3f-8a55-0f8d7c1b2a3e"],
            ["8WdZg6RsRYKJ9HdPPyHxxw", "aWdZg6RsRYKJ9HdPPyHxx2"],
            ["eth0", "eth1"],
            ["eu:1", "eu:2"],
            ["ops@example.org", "dev@example.org"],
        ] {
            let objects = format!("{{\"{}\": {{\"n\": 1}}, \"{}\": {{\"n\": 2}}}}", keys[0], keys[1]);
            assert!(is_a_map("x", &objects), "{objects}");
            let numbers = format!("{{\"{}\": 1, \"{}\": 2}}", keys[0], keys[1]);
            assert!(is_a_map("x", &numbers), "{numbers}");
        }
    }

    #[test]
    fn objects_with_equal_fields_are_a_map_if_they_are_many_or_their_parent_is_a_collection() {
        assert!(is_a_map("devices", r#"{"kitchen": {"temp": 1}, "hall": {"temp": 2}}"#));
        assert!(is_a_map("x", r#"{"a": {"n": 1, "m": 1}, "b": {"n": 2, "m": 2}, "c": {"n": 3, "m": 1}}"#));
        assert!(is_a_map("types", r#"{"A": 5, "AAAA": 3, "SRV": 0}"#));
    }

    #[test]
    fn a_struct_with_equal_value_types_is_no_map() {
        for json in [
            r#"{"reads": 1, "writes": 2}"#,
            r#"{"cpu": 1, "mem": 2}"#,
            r#"{"24h": 1, "7d": 2}"#,
            r#"{"cpu": {"used": 1}, "mem": {"used": 2}}"#,
            r#"{"read": {"count": 1, "sum": 2}, "write": {"count": 1, "sum": 2}, "total": {"count": 1, "sum": 2}}"#,
            r#"{"p50": {"n": 1, "m": 1}, "p90": {"n": 1, "m": 1}, "p99": {"n": 1, "m": 1}}"#,
            r#"{"docs": {"count": 1}, "store": {"size": 2}, "indexing": {"time": 1}}"#,
            r#"{"a": "x", "b": "y"}"#,
            r#"{"10.0.0.1": 1, "up": true}"#,
            "{}",
        ] {
            assert!(!is_a_map("stats", json), "{json}");
        }
    }
}
