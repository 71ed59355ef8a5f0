//! Recognizes code that may declare items which a scan does not see.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::Attribute;

/// Returns true if code may contain an `impl` block, which Rust allows in expressions and function bodies.
pub(super) fn holds_impl(code: &impl ToTokens) -> bool {
    fn walk(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(word) => word == "impl",
            TokenTree::Group(group) => walk(group.stream()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        })
    }
    walk(code.to_token_stream())
}

/// Returns true if an attribute could add methods or implementations. The known attributes and derived traits do not.
pub(super) fn may_generate(attribute: &Attribute) -> bool {
    const KNOWN: [&str; 15] = [
        "allow",
        "cfg",
        "cold",
        "deny",
        "deprecated",
        "doc",
        "expect",
        "forbid",
        "inline",
        "must_use",
        "non_exhaustive",
        "repr",
        "serde",
        "track_caller",
        "warn",
    ];
    const DERIVED: [&str; 11] = [
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Deserialize",
        "Eq",
        "Hash",
        "Ord",
        "PartialEq",
        "PartialOrd",
        "Serialize",
    ];
    if !attribute.path().is_ident("derive") {
        return !KNOWN.iter().any(|known| attribute.path().is_ident(known));
    }
    let mut unknown = false;
    let parsed = attribute.parse_nested_meta(|meta| {
        let name = meta.path.segments.last().map(|segment| segment.ident.to_string());
        unknown |= !name.is_some_and(|name| DERIVED.contains(&name.as_str()));
        Ok(())
    });
    unknown || parsed.is_err()
}
