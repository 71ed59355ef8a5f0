//! The generated code that requests all pages.

use super::{GeneratedPaging, NextPage, PageFlag};
use crate::tools::scaffold::code_tree::CodeTree;
use crate::tools::scaffold::identifiers::escaped;
use crate::tools::scaffold::model::{ModelStep, shown, then};

/// The names of the offset and the limit that `Paging::offset` sends.
const OFFSET_NAMES: [&str; 2] = ["offset", "limit"];

impl GeneratedPaging {
    /// Returns the body of `poll`. `wrapper` is the field that holds the response, if there is one.
    pub(in crate::tools::scaffold) fn poll(
        &self,
        tree: &CodeTree,
        wrapper: Option<&str>,
        request: &str,
    ) -> Option<String> {
        let items = self.items.as_ref()?;
        let (root, inside) = items.split_at(usize::from(wrapper.is_some()));
        let fields = PageFields { tree: tree.at(root), items: inside };
        let page = if root.is_empty() { "Self".to_owned() } else { tree.at(root)?.type_name() };
        let (paging, list) = (self.call(&page, &fields), tree.expression("", items));
        let all = match wrapper {
            None => format!(
                "{request}.pages(paging).merge(|first: &mut Self, page| first{list}.append(&mut page{list}))"
            ),
            Some(name) => format!("Ok(Self {{ {name}: {request}.pages(paging).merge(Rows::append)? }})"),
        };
        Some(format!("{}let paging = {paging};\n        {all}", self.comments(wrapper.is_some())))
    }

    /// Returns the call of the pagination method with the names of the API instead of those of the code.
    pub(in crate::tools::scaffold) fn example(&self) -> String {
        let unknown = vec![ModelStep::Field("items".to_owned())];
        let items = self.items.as_ref().filter(|items| !items.is_empty()).unwrap_or(&unknown);
        self.call("Page", &PageFields { tree: None, items })
    }

    /// Returns the message about further pages.
    pub(in crate::tools::scaffold) fn report(&self) -> String {
        match (&self.items, self.assumption()) {
            (Some(_), None) => "the response has further pages: the service requests all of them".to_owned(),
            (Some(_), Some(note)) => {
                format!("the response has further pages: the service requests all of them. {note}")
            }
            (None, _) => format!("the response has further pages: to request them, use `{}`", self.example()),
        }
    }

    /// Returns the warning that the name of a parameter is derived.
    pub(in crate::tools::scaffold) fn assumption(&self) -> Option<String> {
        let parameters: Vec<String> =
            self.parameters().iter().map(|name| format!("`{}`", escaped(name))).collect();
        let noun = if parameters.len() == 1 { "parameter" } else { "parameters" };
        (self.is_assumed && !parameters.is_empty()).then(|| {
            format!(
                "The {noun} {} may have another name: see the documentation of the API.",
                parameters.join(" and ")
            )
        })
    }

    /// Returns the comments about values that cannot be seen in the code.
    fn comments(&self, is_list: bool) -> String {
        let others = "All values outside the list are those of the first page.".to_owned();
        let origin = "The links lead to another origin. Only their paths and queries are used.".to_owned();
        let lines =
            [(!is_list).then_some(others), self.assumption(), self.is_on_own_origin.then_some(origin)];
        lines.into_iter().flatten().map(|line| format!("// {line}\n        ")).collect()
    }

    /// Returns the names of the parameters that select a page.
    pub(in crate::tools::scaffold) fn parameters(&self) -> Vec<&str> {
        match &self.next {
            NextPage::LinkHeader | NextPage::Url(_) => Vec::new(),
            NextPage::PageHeader { parameter, .. }
            | NextPage::CursorHeader { parameter, .. }
            | NextPage::Cursor { parameter, .. }
            | NextPage::LastItem { parameter, .. }
            | NextPage::PageNumber { parameter, .. } => vec![parameter],
            NextPage::Offset { offset, limit, .. } => vec![offset, limit],
        }
    }

    /// Returns the call of the pagination method. `fields` are the names of the fields of a page.
    fn call(&self, page: &str, fields: &PageFields) -> String {
        let in_body = if self.is_in_body { ".in_body()" } else { "" };
        let origin = if self.is_on_own_origin { ".on_own_origin()" } else { "" };
        let method = match &self.next {
            NextPage::LinkHeader => "Paging::link_header()".to_owned(),
            NextPage::PageHeader { parameter, header } => {
                format!("Paging::next_page_header({parameter:?}, {header:?})")
            }
            NextPage::CursorHeader { parameter, header } => {
                format!("Paging::header_cursor({parameter:?}, {header:?})")
            }
            NextPage::Offset { .. } => self.offset(page, fields),
            NextPage::PageNumber { .. } => self.page_number(page, fields),
            NextPage::Url(path) => {
                format!(
                    "Paging::next_url(|page: &{page}| {})",
                    self.ended(fields.page(path) + ".clone()", fields)
                )
            }
            NextPage::Cursor { .. } | NextPage::LastItem { .. } => self.cursor(page, fields),
        };
        format!("{method}{in_body}{origin}")
    }

    fn cursor(&self, page: &str, fields: &PageFields) -> String {
        match &self.next {
            NextPage::Cursor { parameter, path, is_number } => {
                let clone = if *is_number { "" } else { ".clone()" };
                let cursor = self.ended(fields.page(path) + clone, fields);
                format!("Paging::cursor({parameter:?}, |page: &{page}| {cursor})")
            }
            NextPage::LastItem { parameter, id } => {
                let cursor = format!("Some({}.label().into_owned())", fields.last(id));
                let (list, cursor) = (fields.list(), self.ended(cursor, fields));
                format!(
                    "Paging::cursor({parameter:?}, |page: &{page}| {{ let last = {list}.last()?; {cursor} }})"
                )
            }
            _ => String::new(),
        }
    }

    /// Returns an optional cursor or URL that is `None` if the flag ends the list.
    fn ended(&self, next: String, fields: &PageFields) -> String {
        match &self.flag {
            Some(flag) => format!("{next}.filter(|_| {})", more(flag, fields)),
            None => next,
        }
    }

    fn offset(&self, page: &str, fields: &PageFields) -> String {
        let NextPage::Offset { offset, limit, size, total } = &self.next else { return String::new() };
        let mut call = format!("Paging::offset({size}, |page: &{page}| {}.len_with_nulls())", fields.list());
        if [offset, limit] != OFFSET_NAMES {
            call += &format!(".names({offset:?}, {limit:?})");
        }
        match (&self.flag, total) {
            (Some(flag), _) => call += &format!(".more(|page| {})", more(flag, fields)),
            (None, Some(total)) => {
                call += &format!(".total(|page| {})", whole(&fields.page(total), "usize", "0"));
            }
            (None, None) => call += &format!(".more(|page| {}.len_with_nulls() > 0)", fields.list()),
        }
        call
    }

    fn page_number(&self, page: &str, fields: &PageFields) -> String {
        let NextPage::PageNumber { parameter, first, pages } = &self.next else { return String::new() };
        let (method, end) = match (&self.flag, pages) {
            (Some(flag), _) => ("page_number", more(flag, fields)),
            (None, Some(pages)) => ("page_count", whole(&fields.page(pages), "u64", "u64::MAX")),
            (None, None) => ("page_number", format!("{}.len_with_nulls() > 0", fields.list())),
        };
        format!("Paging::{method}({parameter:?}, {first}, |page: &{page}| {end})")
    }
}

/// The expressions for the fields of a page.
struct PageFields<'t> {
    /// The tree of a page; without one, the names of the API are used.
    tree: Option<&'t CodeTree>,
    /// The path from a page to the list.
    items: &'t [ModelStep],
}

impl PageFields<'_> {
    fn page(&self, path: &[ModelStep]) -> String {
        Self::field(self.tree, "page", path)
    }

    fn list(&self) -> String {
        self.page(self.items)
    }

    /// Returns the expression for a field of the last item.
    fn last(&self, id: &[ModelStep]) -> String {
        let item = then(self.items, ModelStep::Elements);
        Self::field(self.tree.and_then(|tree| tree.at(&item)), "last", id)
    }

    fn field(tree: Option<&CodeTree>, from: &str, path: &[ModelStep]) -> String {
        match tree {
            Some(tree) => tree.expression(from, path),
            None => format!("{from}.{}", escaped(&shown(path))),
        }
    }
}

/// Returns the condition that another page follows.
fn more(flag: &PageFlag, fields: &PageFields) -> String {
    let operator = if flag.on_last_page { "!=" } else { "==" };
    format!("{} {operator} Some(true)", fields.page(&flag.path))
}

/// Returns the whole number in a field, or `invalid`: a number with which no list is truncated. The largest total of all pages counts,
/// and 0 is an error on the first page.
fn whole(field: &str, integer: &str, invalid: &str) -> String {
    format!("{field}.get().ok().flatten().map_or({invalid}, |number| number as {integer})")
}
