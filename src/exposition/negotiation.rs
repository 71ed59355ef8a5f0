//! Content negotiation (RFC 9110, section 12.5): selects the format and the compression of a scrape.
//!
//! Prometheus 2.42 sends `application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,
//! text/plain;version=0.0.4;q=0.5,*/*;q=0.1`; Prometheus 3 adds `escaping=allow-utf-8` and `text/plain;version=1.0.0`.
//! Both send `Accept-Encoding: gzip`.

use std::cmp::Reverse;

use crate::series::encode::Format;
use crate::support::quoted_string::{split, unquoted};

/// A representation of `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaType {
    /// The Prometheus text format 0.0.4.
    Text,
    /// The OpenMetrics format 1.0.0.
    OpenMetrics,
    /// The OpenMetrics format under version 0.0.1, which Prometheus requested before 2.34; the bytes are the same.
    OpenMetricsDraft,
}

impl MediaType {
    /// All media types, in the order of preference for a scraper without one.
    const ALL: [Self; 3] = [Self::Text, Self::OpenMetrics, Self::OpenMetricsDraft];

    pub(super) fn format(self) -> Format {
        match self {
            Self::Text => Format::Text,
            Self::OpenMetrics | Self::OpenMetricsDraft => Format::OpenMetrics,
        }
    }

    /// Returns the value of `Content-Type`.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::OpenMetricsDraft => "application/openmetrics-text; version=0.0.1; charset=utf-8",
        }
    }

    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Text => ("text", "plain"),
            Self::OpenMetrics | Self::OpenMetricsDraft => ("application", "openmetrics-text"),
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Text => "0.0.4",
            Self::OpenMetrics => "1.0.0",
            Self::OpenMetricsDraft => "0.0.1",
        }
    }
}

/// Returns the media type for the values of `Accept`: the one with the highest weight.
///
/// Of equal weights, named types precede those that only a wildcard covers, and then the order of the header decides.
/// If none is acceptable, it is the text format, as status 406 would help nobody.
pub(super) fn media_type<'a>(accept: impl Iterator<Item = &'a str>) -> MediaType {
    let wishes: Vec<Wish> = wishes(accept).collect();
    let weighed = MediaType::ALL.into_iter().filter_map(|ours| {
        let matching = wishes.iter().enumerate().filter_map(|(at, wish)| Some((fit(ours, wish)?, at, wish)));
        let (fit, at, wish) = matching.max_by_key(|(fit, at, _)| (*fit, Reverse(*at)))?;
        let named = fit >= Fit::Named;
        (wish.weight > 0).then_some(((wish.weight, named, Reverse(at)), ours))
    });
    // `reduce` keeps the first of equals, but `max_by_key` keeps the last.
    let best = weighed.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or(MediaType::Text, |(_, ours)| ours)
}

/// Returns true if the values of `Accept-Encoding` prefer gzip to no compression.
pub(super) fn gzip<'a>(accept_encoding: impl Iterator<Item = &'a str>) -> bool {
    let wishes: Vec<Wish> = wishes(accept_encoding).collect();
    let weight = |names: &[&str]| {
        let named = wishes.iter().find(|wish| names.iter().any(|name| wish.name.eq_ignore_ascii_case(name)));
        named.or_else(|| wishes.iter().find(|wish| wish.name == "*")).map(|wish| wish.weight)
    };
    // RFC 9110, section 8.4.1.3: x-gzip is gzip. No compression is acceptable even if it is not named.
    let gzip = weight(&["gzip", "x-gzip"]).unwrap_or(0);
    let identity = wishes.iter().find(|wish| wish.name.eq_ignore_ascii_case("identity"));
    gzip > 0 && gzip >= identity.map_or(0, |wish| wish.weight)
}

/// One member of a list with weights.
struct Wish<'a> {
    name: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
    /// The weight in thousandths.
    weight: u16,
}

/// The precision with which a member of `Accept` names a media type; the weight of the most precise one counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Anything,
    Type,
    Named,
    Version,
}

fn fit(ours: MediaType, wish: &Wish) -> Option<Fit> {
    let (kind, subtype) = wish.name.split_once('/')?;
    let (our_kind, our_subtype) = ours.name();
    match (kind, subtype) {
        ("*", "*") => Some(Fit::Anything),
        (kind, "*") => kind.eq_ignore_ascii_case(our_kind).then_some(Fit::Type),
        _ if kind.eq_ignore_ascii_case(our_kind) && subtype.eq_ignore_ascii_case(our_subtype) => {
            named(ours, wish)
        }
        _ => None,
    }
}

/// Returns the precision of a member that names the media type; `None` if its charset or version differs.
///
/// Other parameters, such as `escaping`, apply to every exposition, as all names are ASCII.
fn named(ours: MediaType, wish: &Wish) -> Option<Fit> {
    let parameter = |name: &str| {
        let found = wish.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    };
    if parameter("charset").is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        return None;
    }
    match parameter("version") {
        None => Some(Fit::Named),
        Some(version) => (version == ours.version()).then_some(Fit::Version),
    }
}

/// Returns the members of all lines of the header, in order. Members with an invalid weight are omitted.
fn wishes<'a>(values: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Wish<'a>> {
    values.flat_map(|value| split(value, ',')).filter_map(|member| {
        let mut parts = split(member, ';');
        let name = parts.next().filter(|name| !name.is_empty())?;
        let parameter =
            |part: &'a str| part.split_once('=').map(|(key, value)| (key.trim(), unquoted(value)));
        let mut parameters: Vec<_> = parts.filter_map(parameter).collect();
        let weight = parameters.iter().position(|(key, _)| key.eq_ignore_ascii_case("q"));
        let weight = weight.map_or(Some(1000), |at| thousandths(parameters.remove(at).1))?;
        Some(Wish { name, parameters, weight })
    })
}

/// Parses a weight between 0 and 1 with at most three decimals (RFC 9110, section 12.4.2) into thousandths.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let decimals: u16 = if digits { format!("{decimals:0<3}").parse().ok()? } else { return None };
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}
