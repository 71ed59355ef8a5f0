//! The total number of items that the pages of a list report.

use super::wrong;
use crate::support::error::Result;

/// The largest total that a page of a list has reported.
#[derive(Debug, Default)]
pub(super) struct TotalItems {
    most: u64,
}

impl TotalItems {
    /// Returns true if a page with `got` items, after which `read` items were read, is not the last one. The page reports `total`.
    ///
    /// A total that falls does not end the list, because some APIs report it on the first page only. An empty page does, because
    /// some APIs count items that they do not return.
    ///
    /// # Errors
    /// Items would be lost: the first page has items, but the total is 0.
    pub(super) fn has_more(&mut self, total: u64, got: u64, read: u64) -> Result<bool> {
        if got == read && total == 0 && got > 0 {
            let items = if got == 1 { "item" } else { "items" };
            return Err(wrong(format!("the total is 0, but the page has {got} {items}"))
                .with_help("check the field that `.total(...)` of the `Paging` reads"));
        }
        self.most = self.most.max(total);
        Ok(got > 0 && read < self.most)
    }
}
