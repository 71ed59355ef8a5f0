//! A comparison of web configs that finds each lowered restriction.

use super::pem_source::Pem;
use super::rate_limit::RateLimitSettings;
use super::settings::WebSettings;
use super::tls_settings::{ClientAuth, TlsSettings};

/// Returns each restriction of `old` that `new` drops or lowers, as a human-readable clause.
///
/// An edit of a list lowers nothing: one more user or name, another password, another certificate in a file. The result is
/// empty only if `new` admits no client that `old` rejects, except by such an edit.
pub(super) fn lowers(old: &WebSettings, new: &WebSettings) -> Vec<String> {
    // Without `..`, so that a new field cannot be forgotten here.
    let WebSettings { tls, headers, users, pace } = old;
    let mut lowered = match (tls, &new.tls) {
        (Some(old), Some(new)) => tls_lowers(old, new),
        (Some(_), None) => vec!["`tls_server_config` is removed".to_owned()],
        (None, _) => Vec::new(),
    };
    if !users.is_empty() && new.users.is_empty() {
        lowered.push("`basic_auth_users` is removed".to_owned());
    }
    let is_dropped = |(name, value): &&(&str, String)| {
        let now = new.headers.iter().find(|(other, _)| other == name).map(|(_, now)| now);
        now.is_none_or(|now| is_cut(value, now))
    };
    lowered.extend(
        headers.iter().filter(is_dropped).map(|(name, _)| format!("the header `{name}` is removed or cut")),
    );
    lowered.extend(pace.as_ref().and_then(|old| pace_lowers(old, new.pace.as_ref())));
    lowered
}

fn tls_lowers(old: &TlsSettings, new: &TlsSettings) -> Vec<String> {
    let TlsSettings {
        certificate: _, // The identity of the exporter restricts no client.
        key: _,
        client,
        client_ca,
        client_sans,
        least,
        most,
        cipher_suites,
        curves,
        own_order,
    } = old;
    let changed = |key: &str, what: &str| format!("`{key}` of `tls_server_config` {what}");
    let order = *own_order && !new.own_order;
    let all = [
        (admitted(new.client) & !admitted(*client) != 0).then(|| changed("client_auth_type", "is weaker")),
        (verifies(*client) && !is_same_place(client_ca.as_ref(), new.client_ca.as_ref()))
            .then(|| changed("client_ca_file", "is removed or is another file")),
        names_lower(client_sans, &new.client_sans).map(|what| changed("client_allowed_sans", &what)),
        (new.least < *least).then(|| changed("min_version", "is lower")),
        (new.most > *most).then(|| changed("max_version", "is higher")),
        is_wider(cipher_suites, &new.cipher_suites).then(|| changed("cipher_suites", "allows more")),
        is_wider(curves, &new.curves).then(|| changed("curve_preferences", "allows more")),
        order.then(|| changed("prefer_server_cipher_suites", "is false")),
    ];
    all.into_iter().flatten().collect()
}

/// Returns the kinds of clients that are admitted, as bits: 1 without a certificate, 2 with any, 4 with a verified one.
fn admitted(client: ClientAuth) -> u8 {
    match client {
        ClientAuth::No | ClientAuth::Request => 1 | 2 | 4,
        ClientAuth::VerifyIfGiven => 1 | 4,
        ClientAuth::RequireAny => 2 | 4,
        ClientAuth::RequireAndVerify => 4,
    }
}

fn verifies(client: ClientAuth) -> bool {
    matches!(client, ClientAuth::VerifyIfGiven | ClientAuth::RequireAndVerify)
}

/// Returns true if the authorities are still read from the same place; the content of the file may change.
fn is_same_place(old: Option<&Pem>, new: Option<&Pem>) -> bool {
    match (old, new) {
        (Some(Pem::File(old)), Some(Pem::File(new))) => old == new,
        (Some(Pem::Text(_)), Some(Pem::Text(_))) => true,
        _ => false,
    }
}

/// Returns a clause about a list of names that admits more; `None` if it does not.
///
/// An empty list admits every name. A new name that is the beginning of a removed one is a truncated name.
fn names_lower(old: &[String], new: &[String]) -> Option<String> {
    if old.is_empty() {
        return None;
    }
    if new.is_empty() {
        return Some("is removed".to_owned());
    }
    let gone = || old.iter().filter(|name| !new.contains(name));
    let cut = new.iter().find(|name| !old.contains(name) && gone().any(|gone| is_cut(gone, name)));
    cut.map(|name| format!("has `{name}`, which is the beginning of a name that is removed"))
}

fn is_cut(whole: &str, part: &str) -> bool {
    part.len() < whole.len() && whole.starts_with(part)
}

/// Returns true if `new` allows more than `old`; an empty list allows everything.
fn is_wider(old: &[String], new: &[String]) -> bool {
    !old.is_empty() && (new.is_empty() || new.iter().any(|name| !old.contains(name)))
}

fn pace_lowers(old: &RateLimitSettings, new: Option<&RateLimitSettings>) -> Option<String> {
    let RateLimitSettings { every, burst } = old;
    match new {
        None => Some("`rate_limit` is removed".to_owned()),
        Some(new) if new.every < *every || new.burst > *burst => {
            Some("`rate_limit` allows more requests".to_owned())
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;
