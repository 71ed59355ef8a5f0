//! The return type of a metric method, as far as the text of the file shows it, and the kinds that cannot export it.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, ReturnType, Signature, Type, TypeParamBound};

use super::method_signature::{first_type, is_number};
use crate::config::{Kind, MetricConfig};

/// The return type of a method, without `Option` and `Result`.
#[derive(Debug, Clone)]
pub(super) struct MethodReturn {
    shape: ReturnShape,
    /// The type as it is written.
    pub text: String,
}

/// The part of a type that decides by which kinds it can be exported.
#[derive(Debug, Clone, PartialEq)]
enum ReturnShape {
    /// The unit type `()`, which has no value.
    Unit,
    Text,
    Number,
    /// A `Total` or an `Increase`.
    Counted,
    /// A type that belongs to one kind, such as `States`.
    Of(Kind),
    /// A list or an iterator.
    Many(Box<ReturnShape>),
    /// A pair of labels and their value.
    Labelled(Box<ReturnShape>),
    /// A type that the text does not decide.
    Unknown,
}

impl MethodReturn {
    /// Returns the return type of a method.
    pub(super) fn of(signature: &Signature) -> Self {
        let is_generic = signature.generics.type_params().next().is_some();
        match &signature.output {
            _ if is_generic => Self { shape: ReturnShape::Unknown, text: String::new() },
            ReturnType::Default => Self { shape: ReturnShape::Unit, text: "()".to_owned() },
            ReturnType::Type(_, of) => Self { shape: shape(of), text: written(of) },
        }
    }

    /// Returns true if the type may mean something else, because the file gives its name to another type.
    pub(super) fn mentions(&self, name: &str) -> bool {
        self.text.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == name)
    }

    /// Returns the imperative for a metric that surely cannot be read from the type; `None` if it may be.
    pub(super) fn advice(&self, metric: &MetricConfig) -> Option<String> {
        let advice = self.right_value(metric)?;
        let kind = self.shape.kind().filter(|kind| *kind != metric.kind && self.is_right(*kind, metric));
        let kind = kind.map(|kind| {
            format!(", or move `{}` to `{}` in `prometheus_metrics_mapping`", metric.name, kind.as_str())
        });
        Some(format!("{advice}{}", kind.unwrap_or_default()))
    }

    /// Returns true if the type may be right for the metric with another kind.
    fn is_right(&self, kind: Kind, metric: &MetricConfig) -> bool {
        match (&self.shape, metric.labels.is_empty()) {
            (shape, true) => !is_wrong(kind, shape),
            (ReturnShape::Many(item), false) => {
                matches!(&**item, ReturnShape::Labelled(value) if !is_wrong(kind, value))
            }
            _ => false,
        }
    }

    fn right_value(&self, metric: &MetricConfig) -> Option<String> {
        let value = advice(metric.kind);
        if metric.kind == Kind::Info {
            let is_wrong = !matches!(self.shape.item(), ReturnShape::Unknown);
            return is_wrong.then(|| format!("return {value}"));
        }
        if metric.labels.is_empty() {
            return is_wrong(metric.kind, &self.shape).then(|| format!("return {value}"));
        }
        let is_wrong = match &self.shape {
            ReturnShape::Many(item) => match &**item {
                ReturnShape::Labelled(value) => is_wrong(metric.kind, value),
                other => *other != ReturnShape::Unknown,
            },
            other => *other != ReturnShape::Unknown,
        };
        is_wrong.then(|| format!("return a `Vec` or an iterator of pairs: the labels, and {value}"))
    }
}

impl ReturnShape {
    /// Returns an item of a list, or the value itself.
    fn item(&self) -> &Self {
        match self {
            Self::Many(item) => item.item(),
            other => other,
        }
    }

    /// Returns the kind that exports the values of this shape, if one does.
    fn kind(&self) -> Option<Kind> {
        match self {
            Self::Counted => Some(Kind::Counter),
            Self::Number => Some(Kind::Gauge),
            Self::Of(kind) => Some(*kind),
            Self::Many(value) | Self::Labelled(value) => value.kind(),
            Self::Unit | Self::Text | Self::Unknown => None,
        }
    }
}

/// Returns the values that a kind accepts.
fn advice(kind: Kind) -> &'static str {
    match kind {
        Kind::Counter => "`Total(n)` for a running total, or `Increase(n)` for new things",
        Kind::Gauge => "a number, a `bool` or a duration",
        Kind::Summary | Kind::Histogram => "a number, or a `Vec` or an iterator of numbers",
        Kind::StateSet => "`States::of(current, &[all])`",
        Kind::Info => "the labels without a value, or a `Vec` or an iterator of them",
    }
}

/// Returns true if a metric without labels surely cannot be read from a value.
fn is_wrong(kind: Kind, shape: &ReturnShape) -> bool {
    match (kind, shape) {
        (_, ReturnShape::Unknown) => false,
        (_, ReturnShape::Unit | ReturnShape::Text | ReturnShape::Labelled(_)) => true,
        (kind, ReturnShape::Of(of)) => kind != *of,
        (Kind::Counter, ReturnShape::Number) => true,
        (Kind::StateSet, _) => true,
        (Kind::Gauge, ReturnShape::Counted) | (Kind::Summary | Kind::Histogram, ReturnShape::Counted) => true,
        (Kind::Summary | Kind::Histogram, ReturnShape::Many(item)) => is_wrong(kind, item),
        (Kind::Counter | Kind::Gauge, ReturnShape::Many(item)) => **item != ReturnShape::Unknown,
        _ => false,
    }
}

fn shape(of: &Type) -> ReturnShape {
    match of {
        Type::Tuple(pair) if pair.elems.is_empty() => ReturnShape::Unit,
        Type::Tuple(pair) if pair.elems.len() == 2 => {
            ReturnShape::Labelled(Box::new(pair.elems.last().map_or(ReturnShape::Unknown, shape)))
        }
        Type::Reference(to) => match &*to.elem {
            Type::Path(path) if path.path.is_ident("str") || path.path.is_ident("String") => {
                ReturnShape::Text
            }
            _ => ReturnShape::Unknown,
        },
        Type::ImplTrait(bounds) => bounds.bounds.iter().find_map(item_of).map_or(ReturnShape::Unknown, many),
        // A path with several segments can lead anywhere.
        Type::Path(path) if path.qself.is_none() && path.path.segments.len() == 1 => {
            path.path.segments.last().map_or(ReturnShape::Unknown, |last| {
                let inner = || first_type(&last.arguments).map_or(ReturnShape::Unknown, shape);
                match last.ident.to_string().as_str() {
                    "Option" | "Result" => inner(),
                    "Vec" => ReturnShape::Many(Box::new(inner())),
                    "String" | "char" => ReturnShape::Text,
                    "Total" | "QualifiedTotal" | "Increase" => ReturnShape::Counted,
                    "States" => ReturnShape::Of(Kind::StateSet),
                    "Buckets" => ReturnShape::Of(Kind::Histogram),
                    "Quantiles" => ReturnShape::Of(Kind::Summary),
                    "Timestamp" => ReturnShape::Of(Kind::Gauge),
                    name if is_number(name) => ReturnShape::Number,
                    _ => ReturnShape::Unknown,
                }
            })
        }
        _ => ReturnShape::Unknown,
    }
}

fn many(item: &Type) -> ReturnShape {
    ReturnShape::Many(Box::new(shape(item)))
}

/// Returns the items of `Iterator<Item = ...>`.
fn item_of(bound: &TypeParamBound) -> Option<&Type> {
    let TypeParamBound::Trait(bound) = bound else { return None };
    let last = bound.path.segments.last().filter(|last| last.ident == "Iterator")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(item) if item.ident == "Item" => Some(&item.ty),
        _ => None,
    })
}

/// Returns the type without the spaces that tokens have between them.
fn written(of: &Type) -> String {
    let mut text = of.to_token_stream().to_string();
    for (from, to) in [
        (" < ", "<"),
        ("< ", "<"),
        (" <", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        ("( ", "("),
        (" )", ")"),
        (" :: ", "::"),
    ] {
        text = text.replace(from, to);
    }
    text
}
