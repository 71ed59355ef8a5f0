//! The validation of `api_url`, which must be an absolute http or https URL (RFC 3986) without secrets.

use super::credential_names::words;
use super::json_syntax::quoted;
use super::url_parts::{UrlParts, host_and_port, is_loopback};
use super::{credential_shapes, secret_check};

/// Checks that an API URL is valid. The message quotes at most its scheme or one character.
pub(crate) fn check(url: &str) -> Result<(), String> {
    let Some(parts) = UrlParts::split(url) else {
        return Err(
            "`api_url` has no scheme, expected a URL such as https://api.example.com/v1: put `https://` in \
                    front"
                .to_owned(),
        );
    };
    if !parts.is_http() {
        let shown = quoted(parts.scheme.get(..parts.scheme.len().min(10)).unwrap_or_default());
        return Err(format!(
            "`api_url` has the scheme {shown}, expected https or http: write the URL of an HTTP API"
        ));
    }
    if parts.authority.contains('@') {
        return Err("`api_url` holds a user name or password before `@`, which would be baked into the binary: take it \
                    out, put it into the file of `secret_file_path`, and send it with `.basic(user, secret)`"
            .to_owned());
    }
    host(parts.authority)?;
    characters(url)?;
    if parts.fragment.is_some() {
        return Err("`api_url` has a `#` part, which is never sent: take it out".to_owned());
    }
    Ok(())
}

/// Checks the URL of a token endpoint as [`check`] does. It must also contain no secret, and use https except to this
/// machine.
pub(super) fn check_token_url(key: &str, url: &str) -> Result<(), String> {
    check(url).and_then(|()| secret(url).map_or(Ok(()), Err)).map_err(|text| {
        let text = text.replace("`api_url`", &format!("`{key}`"));
        text.replace(", and send it with `.basic(user, secret)`", " as `CLIENT_ID` and `CLIENT_SECRET`")
    })?;
    let is_safe = |parts: UrlParts<'_>| {
        let authority = parts.authority.to_ascii_lowercase();
        parts.scheme.eq_ignore_ascii_case("https") || is_loopback(host_and_port(&authority).0)
    };
    if UrlParts::split(url).is_some_and(is_safe) {
        return Ok(());
    }
    Err(format!(
        "`{key}` is http:// to another host, where the client's secret can be read on the way: write https://"
    ))
}

/// Checks that an authority is a name, an IPv4 address or a bracketed IPv6 address, with an optional port.
fn host(authority: &str) -> Result<(), String> {
    if !authority.is_ascii() {
        return Err(
            "`api_url` has a host that is not ASCII: write it as DNS knows it, with `xn--` (punycode)"
                .to_owned(),
        );
    }
    let (host, port) = host_and_port(authority);
    let fits = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.chars().any(char::is_alphanumeric) && host.chars().all(in_host),
    };
    if !fits {
        return Err("`api_url` has no host, or one that cannot be: write one after `://`, such as \
                    https://api.example.com/v1"
            .to_owned());
    }
    match port.map_or(Ok(80), str::parse::<u16>) {
        Ok(1..) => Ok(()),
        _ => Err("`api_url` has a port that is no number from 1 to 65535: write one, or take the `:` out"
            .to_owned()),
    }
}

fn in_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// Checks that a URL contains only characters that RFC 3986 allows.
fn characters(url: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    if let Some(found) = url.chars().find(|c| !fits(*c)) {
        let encoded: String = found.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        let shown = quoted(&found.to_string());
        return Err(format!("`api_url` holds {shown}, which cannot stand in a URL: write {encoded} for it"));
    }
    let hex = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if url.split('%').skip(1).all(hex) {
        return Ok(());
    }
    Err("`api_url` has a `%` without two hexadecimal digits after it: write %25 for the sign itself"
        .to_owned())
}

/// Returns an error message about a secret in a URL, without quoting it; `None` if there is no secret.
pub(crate) fn secret(url: &str) -> Option<String> {
    if let Some(name) = secret_check::in_query(url) {
        let key = words(&name).join("_").to_ascii_uppercase();
        return Some(format!(
            "`api_url` has a value for {}, which would be baked into the binary: take it out, write the line {key}=\"...\" \
             into the file of `secret_file_path`, and send it with `.secret_query({name:?}, &api.secret(\"{key}\")?)`",
            quoted(&name)
        ));
    }
    credential_shapes::credential(url).map(|what| {
        format!(
            "`api_url` holds {what}, which would be baked into the binary: take it out, put it into the file of \
             `secret_file_path`, and read it with `api.secret`"
        )
    })
}
