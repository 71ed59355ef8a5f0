//! What a port shows: pages that were rendered when a poll ended, handed out as shared bytes.
//!
//! A [`Site`] holds what one port shows. A poll thread [publishes](Site::publish) when a poll has ended; a
//! scrape takes the page of that moment and never waits for a poll. [`answer()`] turns the head of a request
//! into an [`Answer`] and knows no sockets; [`gate`](crate::gate) is the way in.
//!
//! # The bytes of a scrape
//! A page is a row of pieces: one for each service of the port, one for the exporter's own `cton_*` families,
//! one for `process_*` and the end of the page. Each is rendered in both formats, and compressed at most
//! once: before it is published if the one before it was scraped with gzip, else by the first scrape that
//! asks for gzip. Pieces are compressed by themselves: raw DEFLATE blocks that end on a byte (RFC 1951,
//! section 3.2.4) can be joined to one gzip member (RFC 1952) whatever came before them. So a poll of one
//! service costs nothing for the others on its port, and a scrape copies nothing: its body is a list of
//! shared pieces.
//!
//! The pieces of the services and `cton_*` change together, when a poll ends: a scrape shows one poll, never
//! half of two. `process_*` are facts of the moment: a scrape that finds them older than
//! [`site::PROCESS_AGE`] reads them anew.

mod answer;
mod body;
mod negotiate;
mod own;
mod page;
pub mod site;
mod snapshot;
pub mod targets;
mod vitals;

#[cfg(test)]
pub(crate) use answer::answer_at;
pub use answer::{Answer, Request, answer};
pub use body::Body;
pub use site::{Publishing, Site, SiteService};
pub use snapshot::{Condition, Freshness};
pub use targets::{Target, Targets};
pub use vitals::Vitals;
