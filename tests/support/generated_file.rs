//! Checks that a generated file holds only what the generator writes.
//!
//! Literals may hold anything; everything else has one form.

use std::collections::BTreeSet;

use syn::{
    Attribute, Expr, ExprLit, Fields, ImplItem, Item, ItemImpl, ItemMod, ItemStruct, Lit, Member, Meta, Stmt,
    Type, UseTree,
};

/// What the config allows to stand in it.
#[derive(Default)]
pub struct Names {
    pub services: BTreeSet<String>,
    pub modules: BTreeSet<String>,
    pub labels: BTreeSet<String>,
    pub structs: BTreeSet<String>,
}

type Said = Result<(), String>;

/// Says what stands in the file that the generator does not write.
pub fn check(text: &str, names: &Names) -> Said {
    // rustc refuses the first, and editors show something else for the others.
    let odd = |c: char| c.is_control() && c != '\n' || "\u{200b}\u{200d}\u{feff}\u{2028}\u{2029}".contains(c);
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if let Some(found) = text.chars().find(|c| odd(*c) || turns(*c)) {
        return Err(format!("it holds {found:?}"));
    }
    let comments = text.lines().take_while(|line| line.starts_with("//")).count();
    expect(comments == 4, &"the banner has other than four lines")?;
    let file = syn::parse_file(text).map_err(|error| format!("no Rust: {error}"))?;
    expect(file.attrs.is_empty() && file.shebang.is_none(), &"an attribute of the file")?;
    file.items.iter().try_for_each(|item| top(item, names))?;
    let count = |found: fn(&Item) -> bool| file.items.iter().filter(|item| found(item)).count();
    let (modules, statics) = (count(|i| matches!(i, Item::Mod(_))), count(|i| matches!(i, Item::Static(_))));
    expect(modules == names.modules.len() + 1, &format!("{modules} modules"))?;
    expect(statics == names.services.len() + 1, &format!("{statics} statics"))
}

fn top(item: &Item, names: &Names) -> Said {
    match item {
        Item::Mod(module) if module.content.is_none() => {
            let is_path = |attribute: &Attribute| text_of(attribute, "path").is_some();
            expect(names.modules.contains(&plain(&module.ident)), &module.ident)?;
            expect(module.attrs.len() == 1 && module.attrs.iter().all(is_path), &"attributes of a module")?;
            let path = text_of(&module.attrs[0], "path").unwrap_or_default();
            expect(path.ends_with(&format!("/services/{}.rs", plain(&module.ident))), &path)
        }
        Item::Mod(labels) if labels.ident == "labels" => {
            inner(labels).iter().try_for_each(|item| of_labels(item, names))
        }
        Item::Static(item) => {
            let name = item.ident.to_string();
            let of_service = name.strip_suffix("_METRICS").map(str::to_lowercase);
            let known = of_service.is_some_and(|service| names.services.contains(&service));
            expect(known || name == "PROGRAM", &name)?;
            expect(item.attrs.iter().all(is_doc), &"attributes of a static")?;
            value(&item.expr)
        }
        _ => Err(format!("an item at the top that is none of ours: {}", kind(item))),
    }
}

fn of_labels(item: &Item, names: &Names) -> Said {
    let module = match item {
        Item::Mod(module) => module,
        Item::Use(item) => return module_alias(&item.tree, names),
        _ => return Err(format!("in `labels`: {}", kind(item))),
    };
    expect(names.modules.contains(&plain(&module.ident)), &module.ident)?;
    expect(module.attrs.iter().all(is_doc), &"attributes in `labels`")?;
    inner(module).iter().try_for_each(|item| match item {
        Item::Struct(item) => label_struct(item, names),
        Item::Impl(item) if item.trait_.is_none() => constructor(item, names),
        Item::Impl(item) => label_impl(item, names),
        Item::Type(item) => {
            let Type::Path(path) = &*item.ty else { return Err("another name of no path".to_owned()) };
            let known = |name| names.structs.contains(&plain(name));
            let of = path.path.segments.last().is_some_and(|last| known(&last.ident));
            expect(of && known(&item.ident) && item.attrs.iter().all(is_doc), &item.ident)
        }
        _ => Err(format!("among labels: {}", kind(item))),
    })
}

/// `pub use self::shop_api as shop;`.
fn module_alias(tree: &UseTree, names: &Names) -> Said {
    let UseTree::Path(path) = tree else { return Err("a use".to_owned()) };
    let UseTree::Rename(rename) = &*path.tree else { return Err("a use without another name".to_owned()) };
    let known = names.modules.contains(&plain(&rename.ident));
    expect(path.ident == "self" && known && names.services.contains(&plain(&rename.rename)), &rename.ident)
}

/// `pub fn new(team: impl LabelValue<'a>) -> Self { Self { team: LabelValue::to_label(team) } }`.
fn constructor(item: &ItemImpl, names: &Names) -> Said {
    let [ImplItem::Fn(function)] = item.items.as_slice() else {
        return Err("an impl without `new` alone".to_owned());
    };
    let [Stmt::Expr(Expr::Struct(made), None)] = function.block.stmts.as_slice() else {
        return Err("a statement in `new`".to_owned());
    };
    expect(function.sig.ident == "new" && made.path.is_ident("Self"), &"another function than `new`")?;
    made.fields.iter().try_for_each(|field| {
        let Member::Named(name) = &field.member else { return Err("a field without a name".to_owned()) };
        let is_converted = matches!(&field.expr, Expr::Call(call)
            if matches!(&*call.func, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "to_label"))
                && matches!(call.args.first(), Some(Expr::Path(_))) && call.args.len() == 1);
        expect(names.labels.contains(&plain(name)) && is_converted, name)
    })
}

fn label_struct(item: &ItemStruct, names: &Names) -> Said {
    expect(names.structs.contains(&plain(&item.ident)), &item.ident)?;
    expect(item.attrs.iter().all(|a| is_doc(a) || a.path().is_ident("derive")), &"attributes of labels")?;
    let Fields::Named(fields) = &item.fields else { return Err("fields without names".to_owned()) };
    fields.named.iter().try_for_each(|field| {
        let name = field.ident.as_ref().map(plain).unwrap_or_default();
        let is_cow = matches!(&field.ty, Type::Path(path) if path.path.segments.last().is_some_and(|s| s.ident == "Cow"));
        expect(names.labels.contains(&name) && is_cow && field.attrs.iter().all(is_doc), &name)
    })
}

fn label_impl(item: &ItemImpl, names: &Names) -> Said {
    let of =
        item.trait_.as_ref().and_then(|(path, _)| path.segments.last()).map(|last| last.ident.to_string());
    expect(of.as_deref() == Some("Labels") && item.attrs.is_empty(), &"an impl of something else")?;
    let Type::Path(class) = &*item.self_ty else { return Err("an impl of no path".to_owned()) };
    let class = class.path.segments.last().map(|last| plain(&last.ident)).unwrap_or_default();
    expect(names.structs.contains(&class), &class)?;
    item.items.iter().try_for_each(|item| match item {
        ImplItem::Const(item) if item.ident == "NAMES" => value(&item.expr),
        ImplItem::Fn(function) if function.sig.ident == "values" => {
            function.block.stmts.iter().try_for_each(call)
        }
        _ => Err("an item of an impl that is none of ours".to_owned()),
    })
}

/// `each(&self.team);`.
fn call(statement: &Stmt) -> Said {
    let Stmt::Expr(Expr::Call(call), Some(_)) = statement else { return Err("a statement".to_owned()) };
    let is_each = matches!(&*call.func, Expr::Path(path) if path.path.is_ident("each"));
    let is_field =
        |argument: &Expr| matches!(argument, Expr::Reference(to) if matches!(&*to.expr, Expr::Field(_)));
    expect(is_each && call.args.len() == 1 && call.args.iter().all(is_field), &"a call in `values`")
}

/// A table: literals, paths, lists, structs, references to these, and the closures of the rows.
fn value(expr: &Expr) -> Said {
    match expr {
        Expr::Lit(_) | Expr::Path(_) => Ok(()),
        Expr::Reference(to) => value(&to.expr),
        Expr::Unary(minus) => value(&minus.expr),
        Expr::Array(list) => list.elems.iter().try_for_each(value),
        Expr::Struct(made) => made.fields.iter().try_for_each(|field| value(&field.expr)),
        Expr::Closure(row) => match &*row.body {
            Expr::Block(block) => match &block.block.stmts[..] {
                [Stmt::Expr(body, Some(_))] => reading(body),
                _ => Err("more than one statement in a row".to_owned()),
            },
            body => reading(body),
        },
        _ => Err("an expression that no table has".to_owned()),
    }
}

/// `out.gauge(data.open())`.
fn reading(body: &Expr) -> Said {
    let is = |expr: &Expr, name: &str| matches!(expr, Expr::Path(path) if path.path.is_ident(name));
    let Expr::MethodCall(take) = body else { return Err("a row that calls nothing".to_owned()) };
    let of_data = |argument: &Expr| matches!(argument, Expr::MethodCall(read) if is(&read.receiver, "data") && read.args.is_empty());
    expect(is(&take.receiver, "out") && take.args.len() == 1 && take.args.iter().all(of_data), &"a row")
}

fn is_doc(attribute: &Attribute) -> bool {
    text_of(attribute, "doc").is_some()
}

fn text_of(attribute: &Attribute, name: &str) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { return None };
    attribute.path().is_ident(name).then(|| text.value())
}

fn inner(module: &ItemMod) -> &[Item] {
    module.content.as_ref().map_or(&[], |(_, items)| items)
}

fn plain(ident: &syn::Ident) -> String {
    syn::ext::IdentExt::unraw(ident).to_string()
}

fn kind(item: &Item) -> String {
    format!("{:?}", std::mem::discriminant(item))
}

fn expect(holds: bool, what: &dyn std::fmt::Display) -> Said {
    if holds { Ok(()) } else { Err(format!("unexpected: {what}")) }
}
