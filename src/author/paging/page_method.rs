//! The ways in which an API names the next page.

use serde::Serialize;
use serde_json::Value;

use super::page_parameter::PageParameter;
use crate::author::response::Response;
use crate::support::error::{Error, Result};

/// A function of the service that reads a page and its response.
pub(in crate::author) type ReadPage<T, A> = Box<dyn Fn(&T, &Response) -> A>;

/// A function that returns the number of items on a page.
pub(in crate::author) type CountItems<T> = Box<dyn Fn(&T) -> usize>;

/// A function that returns true if another page follows. It gets the number of pages that were read.
pub(in crate::author) type HasMore<T> = Box<dyn Fn(&T, u64) -> bool>;

/// The way in which an API names the next page.
pub(in crate::author) enum PageMethod<T> {
    /// The header `Link: <...>; rel="next"` (RFC 8288).
    LinkHeader,
    /// A URL in the body or in another header.
    NextUrl(ReadPage<T, Option<String>>),
    /// A value that is sent back.
    Cursor { parameter: PageParameter, next: ReadPage<T, Result<Option<Value>>> },
    /// The number of items to skip, and the number of items to return.
    Offset {
        offset: PageParameter,
        limit: PageParameter,
        size: usize,
        items: CountItems<T>,
        end: OffsetEnd<T>,
    },
    /// The number of the page, such as 1, 2, 3.
    PageNumber { parameter: PageParameter, first: u64, more: HasMore<T> },
}

/// The last page of a list with offsets. An empty page ends each list.
pub(in crate::author) enum OffsetEnd<T> {
    /// The first page with fewer items than requested.
    ShortPage,
    /// The page with the last of all items, whose number the function returns.
    Total(CountItems<T>),
    /// The page for which the function returns false.
    More(Box<dyn Fn(&T) -> bool>),
}

impl<T> PageMethod<T> {
    /// Returns the parameters that select a page.
    pub(super) fn parameters(&mut self) -> Vec<&mut PageParameter> {
        match self {
            Self::LinkHeader | Self::NextUrl(_) => Vec::new(),
            Self::Cursor { parameter, .. } | Self::PageNumber { parameter, .. } => vec![parameter],
            Self::Offset { offset, limit, .. } => vec![offset, limit],
        }
    }
}

/// Returns a cursor as JSON; `None` if it is null, an empty text or an empty list.
pub(super) fn cursor_value(cursor: Option<impl Serialize>) -> Result<Option<Value>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let value = serde_json::to_value(cursor)
        .map_err(|error| Error::from(error).context("the cursor cannot be sent back"))?;
    let is_empty = match &value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    };
    Ok(Some(value).filter(|_| !is_empty))
}
