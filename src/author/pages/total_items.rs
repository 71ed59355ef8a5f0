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
    /// A total that falls does not end the list, because some APIs report it on the first page only.
    ///
    /// # Errors
    /// Items would be lost: the first page has more items than its total, or the page is empty although items are left.
    pub(super) fn has_more(&mut self, total: u64, got: u64, read: u64) -> Result<bool> {
        let is_first = got == read;
        if is_first && total < got {
            let items = if got == 1 { "item" } else { "items" };
            return Err(wrong(format!("the total is {total}, but the page has {got} {items}"))
                .with_help("check the field that `.total(...)` of the `Paging` reads"));
        }
        self.most = self.most.max(total);
        // Items that were deleted between two pages leave a smaller total, but not 0.
        let is_deleted = total <= read && total > 0;
        // Nothing was truncated if the first page is empty.
        if got > 0 || read == 0 || read >= self.most || is_deleted {
            return Ok(got > 0 && read < self.most);
        }
        Err(wrong(format!("the page is empty after {read} of {} items", self.most)).with_help(
            "if the API counts items that it does not return, replace `.total(...)` of the `Paging` by `.more(|_| true)`, which reads until \
             the first empty page",
        ))
    }
}
