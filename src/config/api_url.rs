//! The validation of `api_url`, which must be an absolute http or https URL (RFC 3986) without secrets.

use super::credential_names::words;
use super::json_syntax::quoted;
use super::problem::Problem;
use super::url_parts::{UrlParts, host_and_port, is_loopback};
use super::{credential_shapes, secret_check};

/// Checks that a URL, called `name` in errors, is valid. The problem quotes at most a known scheme or one
/// character.
pub(crate) fn check(name: &str, url: &str) -> Result<(), Problem> {
    let Some(parts) = UrlParts::split(url) else {
        return Err(Problem::new(format!("{name} has no scheme"))
            .help("write a URL such as https://api.example.com/v1"));
    };
    if !parts.is_http() {
        let known = SCHEMES.iter().find(|scheme| parts.scheme.eq_ignore_ascii_case(scheme));
        let shown = known.map_or("an unknown scheme".to_owned(), |scheme| format!("the scheme `{scheme}`"));
        return Err(Problem::new(format!("{name} has {shown}, expected https or http"))
            .help("use the URL of an HTTP API"));
    }
    if parts.authority.contains('@') {
        return Err(Problem::new(format!(
            "{name} contains a user name or password before `@`, but a config file must not contain secrets"
        ))
        .help(
            "move the password to the line PASSWORD=\"...\" of the secret file (`secret_file_path`), and send both with `.basic(user, api.secret(\"PASSWORD\")?)`",
        ));
    }
    host(name, parts.authority)?;
    characters(name, url)?;
    if parts.fragment.is_some() {
        return Err(
            Problem::new(format!("{name} has a fragment (`#`), which is never sent")).help("remove it")
        );
    }
    Ok(())
}

/// The schemes that an error names. Another one may be the beginning of a pasted secret.
const SCHEMES: &[&str] = &[
    "amqp",
    "file",
    "ftp",
    "ftps",
    "git",
    "grpc",
    "ldap",
    "ldaps",
    "mongodb",
    "mqtt",
    "mysql",
    "postgres",
    "postgresql",
    "redis",
    "s3",
    "sftp",
    "ssh",
    "tcp",
    "udp",
    "unix",
    "ws",
    "wss",
];

/// Checks the URL of a token endpoint as [`check`] does. It must also contain no secret, and use https except to this
/// machine.
pub(super) fn check_token_url(name: &str, url: &str) -> Result<(), Problem> {
    let has_user = UrlParts::split(url).is_some_and(|parts| parts.authority.contains('@'));
    check(name, url)
        .and_then(|()| secret(name, url).map_or(Ok(()), Err))
        .map_err(|problem| if has_user { Problem::new(problem.text).help(CLIENT_HELP) } else { problem })?;
    let is_safe = |parts: UrlParts<'_>| {
        let authority = parts.authority.to_ascii_lowercase();
        parts.scheme.eq_ignore_ascii_case("https") || is_loopback(host_and_port(&authority).0)
    };
    if UrlParts::split(url).is_some_and(is_safe) {
        return Ok(());
    }
    Err(Problem::new(format!("{name} would send the client secret unencrypted to another host"))
        .help("use https://"))
}

/// The help for a token endpoint with credentials in its URL.
const CLIENT_HELP: &str =
    "move them to the secret file (`secret_file_path`) as `CLIENT_ID` and `CLIENT_SECRET`";

/// Checks that an authority is a name, an IPv4 address or a bracketed IPv6 address, with an optional port.
fn host(name: &str, authority: &str) -> Result<(), Problem> {
    if !authority.is_ascii() {
        return Err(Problem::new(format!("{name} has a host that is not ASCII"))
            .help("write the host in punycode (`xn--...`)"));
    }
    let (host, port) = host_and_port(authority);
    let fits = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.chars().any(char::is_alphanumeric) && host.chars().all(in_host),
    };
    if !fits {
        return Err(Problem::new(format!("{name} has no valid host"))
            .help("write a host after `://`, as in https://api.example.com/v1"));
    }
    match port.map_or(Ok(80), str::parse::<u16>) {
        Ok(1..) => Ok(()),
        _ => Err(Problem::new(format!("{name} has an invalid port, expected a number from 1 to 65535"))
            .help("correct the port, or remove it with its `:`")),
    }
}

fn in_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// Checks that a URL contains only characters that RFC 3986 allows.
fn characters(name: &str, url: &str) -> Result<(), Problem> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    if let Some(found) = url.chars().find(|c| !fits(*c)) {
        let encoded: String = found.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        let shown = quoted(&found.to_string());
        return Err(Problem::new(format!("{name} contains {shown}, which a URL cannot contain"))
            .help(format!("write it as {encoded}")));
    }
    let hex = |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if url.split('%').skip(1).all(hex) {
        return Ok(());
    }
    Err(Problem::new(format!("{name} has a `%` without two hexadecimal digits after it"))
        .help("write %25 for a literal `%`"))
}

/// Returns the problem of a secret in a URL, without quoting the secret; `None` if there is no secret.
pub(crate) fn secret(name: &str, url: &str) -> Option<Problem> {
    if let Some(parameter) = secret_check::in_query(url) {
        let key = words(&parameter).join("_").to_ascii_uppercase();
        let shown = quoted(&parameter);
        return Some(
            Problem::new(format!(
                "{name} contains a value for {shown}, but a config file must not contain secrets"
            ))
            .help(format!(
                "move it to the line {key}=\"...\" of the secret file (`secret_file_path`), and send it with \
                     `.secret_query({parameter:?}, &api.secret(\"{key}\")?)`"
            )),
        );
    }
    credential_shapes::credential(url).map(|what| {
        Problem::new(format!("{name} contains {what}, but a config file must not contain secrets"))
            .help("move it to the secret file (`secret_file_path`), and read it with `api.secret`")
    })
}
