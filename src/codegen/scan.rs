//! The declarations of a service file, read without compiling it.
//!
//! They provide HELP texts, and errors that refer to config.json. rustc makes the final check. If macros or imports
//! could hide a declaration, nothing is reported as missing.

use std::path::Path;
use std::{fs, io};

use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::{Attribute, Ident, ImplItem, ImplItemFn, Item, ItemImpl, Type, UseTree, Visibility};

use super::hidden_items::{holds_impl, may_generate};
use super::method_signature;
use super::return_type::MethodReturn;

/// The declarations in one file of services/.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The types that the file defines, each with true if the generated table can name it.
    types: Vec<(String, bool)>,
    /// The other names that the file gives to types.
    aliases: Vec<String>,
    /// The types that the file has an `impl` block for.
    implemented: Vec<String>,
    /// The types that the file implements `Service` for.
    services: Vec<String>,
    /// The methods of the types, except those of traits.
    methods: Vec<Method>,
    /// True if the file may declare more than the scan found.
    opaque: bool,
    /// The text of the file.
    text: String,
}

/// One method of a type.
#[derive(Debug, Clone)]
pub(super) struct Method {
    /// The type that the method belongs to.
    pub class: String,
    /// The name of the method.
    pub name: String,
    /// The line of the method's name.
    pub line: usize,
    /// True if the generated table can call the method.
    pub visible: bool,
    /// The first paragraph of the doc comment, as one line.
    pub help: Option<String>,
    /// True if the method is `pub`, has the signature of a metric, and is not conditional on `cfg(metric)`.
    pub is_reading: bool,
    /// True if the generated table surely cannot call the method, because of its parameters.
    pub is_uncallable: bool,
    /// The return type; `None` if the method is conditional on a `cfg`, so that another one may be compiled.
    pub returns: Option<MethodReturn>,
}

impl Scan {
    /// Reads a service file; `None` if it does not exist. An invalid file is left for rustc to report.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let mut scan = Self::default();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(_) => return Some(Self { opaque: true, ..scan }),
        };
        match syn::parse_file(&text) {
            Ok(file) => file.items.iter().for_each(|item| scan.item(item)),
            Err(_) => scan.opaque = true,
        }
        scan.opaque |= scan.aliases.iter().any(|alias| scan.implemented.contains(alias));
        Some(Self { text, ..scan })
    }

    /// Returns true if the file may add methods to a class of another file, because its text mentions the class.
    pub(super) fn may_add_to(&self, class: &str) -> bool {
        !self.types().any(|known| known == class) && self.text.contains(class)
    }

    /// Makes the scan inconclusive: nothing is reported as missing afterwards.
    pub(super) fn give_up(&mut self) {
        self.opaque = true;
    }

    /// Returns true if the file surely does not define the class.
    pub(super) fn lacks_class(&self, class: &str) -> bool {
        self.is_sure_of(class) && !self.types().any(|known| known == class)
    }

    /// Returns true if the class is surely private.
    pub(super) fn hides_class(&self, class: &str) -> bool {
        self.is_sure_of(class) && !self.types.iter().any(|(known, visible)| known == class && *visible)
    }

    /// Returns true if the class surely does not implement `Service`.
    pub(super) fn lacks_service(&self, class: &str) -> bool {
        self.is_sure_of(class) && !self.services.iter().any(|known| known == class)
    }

    /// Returns true if the class surely has no methods except those of the scan.
    pub(super) fn is_sure_of(&self, class: &str) -> bool {
        !self.opaque && !self.aliases.iter().any(|alias| alias == class)
    }

    /// Returns the names of the types in the file, for suggestions.
    pub(super) fn types(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|(name, _)| name.as_str())
    }

    /// Returns true if the file may give a name of the standard library to another type.
    pub(super) fn may_rename(&self, of: &MethodReturn) -> bool {
        self.types().chain(self.aliases.iter().map(String::as_str)).any(|name| of.mentions(name))
    }

    /// Returns the methods of a class.
    pub(super) fn methods<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a Method> {
        self.methods.iter().filter(move |method| method.class == class)
    }

    /// Returns a method of a class by name. If `cfg` selects one of several, a visible one is preferred.
    pub(super) fn method(&self, class: &str, name: &str) -> Option<&Method> {
        let named = || self.methods.iter().filter(|method| method.class == class && method.name == name);
        named().find(|method| method.visible).or_else(|| named().next())
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Struct(item) => self.defined(&item.ident, &item.vis, &item.attrs),
            Item::Enum(item) => self.defined(&item.ident, &item.vis, &item.attrs),
            Item::Union(item) => self.defined(&item.ident, &item.vis, &item.attrs),
            Item::Type(item) => self.aliases.push(item.ident.unraw().to_string()),
            Item::Macro(_) | Item::Verbatim(_) => self.opaque = true,
            Item::Impl(item) => self.implementation(item),
            Item::Use(item) => self.imported(&item.tree, matches!(item.vis, Visibility::Inherited)),
            // A child module may implement methods of a type of this module.
            Item::Mod(item) => self.opaque |= !is_test(&item.attrs),
            Item::Fn(item) => self.opaque |= item.attrs.iter().any(may_generate) || holds_impl(&item.block),
            Item::Const(item) => self.opaque |= holds_impl(&item.expr),
            Item::Static(item) => self.opaque |= holds_impl(&item.expr),
            _ => {}
        }
    }

    fn defined(&mut self, name: &Ident, visibility: &Visibility, attributes: &[Attribute]) {
        self.types.push((name.unraw().to_string(), is_visible(visibility)));
        self.opaque |= attributes.iter().any(may_generate);
    }

    /// Records the aliases of an import. A public import makes the scan inconclusive, because it may export the class itself.
    fn imported(&mut self, tree: &UseTree, private: bool) {
        match tree {
            UseTree::Path(path) => self.imported(&path.tree, private),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.imported(tree, private)),
            UseTree::Rename(rename) => {
                self.opaque |= !private || rename.ident == "Service";
                self.aliases.push(rename.rename.unraw().to_string());
            }
            UseTree::Glob(_) | UseTree::Name(_) => self.opaque |= !private,
        }
    }

    fn implementation(&mut self, item: &ItemImpl) {
        let Type::Path(class) = &*item.self_ty else { return };
        let Some(class) = class.path.segments.last().map(|segment| segment.ident.unraw().to_string()) else {
            return;
        };
        self.implemented.push(class.clone());
        // A blanket implementation may cover the class.
        let is_parameter = item.generics.type_params().any(|parameter| parameter.ident == class);
        self.opaque |= is_parameter || item.attrs.iter().any(may_generate);
        match item.trait_.as_ref().and_then(|(path, _)| path.segments.last()) {
            Some(name) if name.ident == "Service" => self.services.push(class),
            Some(name) => self.opaque |= name.ident == "Deref",
            None => item.items.iter().for_each(|item| self.member(&class, item)),
        }
    }

    fn member(&mut self, class: &str, item: &ImplItem) {
        match item {
            ImplItem::Fn(function) => {
                self.opaque |= function.attrs.iter().any(may_generate) || holds_impl(&function.block);
                self.methods.push(Method::of(class, function));
            }
            ImplItem::Macro(_) | ImplItem::Verbatim(_) => self.opaque = true,
            _ => {}
        }
    }
}

impl Method {
    fn of(class: &str, function: &ImplItemFn) -> Self {
        Self {
            class: class.to_owned(),
            name: function.sig.ident.unraw().to_string(),
            line: function.sig.ident.span().start().line,
            visible: is_visible(&function.vis),
            help: first_paragraph(&function.attrs),
            is_reading: matches!(function.vis, Visibility::Public(_))
                && !function.attrs.iter().any(is_optional)
                && method_signature::is_reading(&function.sig),
            is_uncallable: method_signature::is_uncallable(&function.sig),
            returns: (!function.attrs.iter().any(|attribute| attribute.path().is_ident("cfg")))
                .then(|| MethodReturn::of(&function.sig)),
        }
    }
}

/// Returns true if an item is visible to the generated table, which is in the parent module.
fn is_visible(visibility: &Visibility) -> bool {
    match visibility {
        Visibility::Inherited => false,
        Visibility::Restricted(restricted) => !restricted.path.is_ident("self"),
        Visibility::Public(_) => true,
    }
}

/// Returns the text of a doc comment up to the first empty line, as one line; `None` without such a text.
fn first_paragraph(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter_map(doc_line);
    let text: Vec<String> =
        lines.flat_map(|text| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()).collect();
    let paragraph: Vec<&str> = text
        .iter()
        .map(String::as_str)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
        .collect();
    (!paragraph.is_empty()).then(|| paragraph.join(" "))
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    // An empty line is an empty text in line comments, and ends a paragraph as in block comments.
    pair.path
        .is_ident("doc")
        .then(|| if text.value().trim().is_empty() { "\n".to_owned() } else { text.value() })
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}

/// Returns true for `#[cfg(metric = "...")]`, which compiles a method only if its metric is configured.
fn is_optional(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.meta.to_token_stream().to_string().contains("metric")
}
