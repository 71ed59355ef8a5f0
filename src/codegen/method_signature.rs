//! The signature of a metric method: recognized in a service file, and proposed if the method is missing.

use quote::ToTokens as _;
use syn::{FnArg, GenericArgument, PathArguments, ReturnType, Signature, Type, TypeParamBound};

use super::label_names;
use crate::config::{Kind, MetricConfig};

/// Returns true if `self` is the only parameter of a method and a metric could export its return type.
pub(super) fn is_reading(signature: &Signature) -> bool {
    let takes_self =
        matches!(signature.inputs.first(), Some(FnArg::Receiver(_))) && signature.inputs.len() == 1;
    match &signature.output {
        ReturnType::Type(_, shown) if takes_self => is_shown(shown),
        _ => false,
    }
}

/// Returns true if a generated row surely cannot call a method, because it takes more than `&self` or is `async`.
pub(super) fn is_uncallable(signature: &Signature) -> bool {
    let is_self = match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => {
            let written = receiver.to_token_stream().to_string();
            !(written.starts_with('&') && written.contains("mut self"))
        }
        _ => false,
    };
    !is_self || signature.inputs.len() != 1 || signature.asyncness.is_some()
}

/// Returns a proposed signature for the method of a metric.
pub(super) fn proposed(metric: &MetricConfig) -> String {
    let value = match metric.kind {
        Kind::Counter => "Total<u64>",
        Kind::Gauge => "f64",
        Kind::Summary | Kind::Histogram => "Vec<f64>",
        Kind::StateSet => "States",
        Kind::Info => "",
    };
    let name = &metric.name;
    if metric.kind == Kind::Info {
        return format!("pub fn {name}(&self) -> {}<'_>", label_names::struct_name(name));
    }
    if metric.labels.is_empty() {
        return format!("pub fn {name}(&self) -> {value}");
    }
    format!("pub fn {name}(&self) -> Vec<({}<'_>, {value})>", label_names::struct_name(name))
}

fn is_shown(shown: &Type) -> bool {
    match shown {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let inner = first_type(&last.arguments);
            match last.ident.to_string().as_str() {
                "Total" | "QualifiedTotal" | "Increase" | "Once" | "Duration" | "TimeDelta" | "States"
                | "Timestamp" | "Buckets" | "Quantiles" | "DateTime" | "Unchanged" => true,
                "Option" | "Result" => inner.is_some_and(is_shown),
                "Vec" => inner.is_some_and(is_item),
                name => is_number(name),
            }
        }),
        Type::ImplTrait(bounds) => bounds.bounds.iter().any(is_iterator_of_items),
        _ => false,
    }
}

/// Returns true for the type of an observation, and for a pair of labels and their value.
fn is_item(item: &Type) -> bool {
    match item {
        Type::Tuple(pair) => {
            pair.elems.len() == 2 && pair.elems.last().is_some_and(|value| is_shown(value) || is_item(value))
        }
        item => is_shown(item),
    }
}

fn is_iterator_of_items(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    let Some(PathArguments::AngleBracketed(arguments)) =
        bound.path.segments.last().map(|last| &last.arguments)
    else {
        return false;
    };
    arguments
        .args
        .iter()
        .any(|argument| matches!(argument, GenericArgument::AssocType(item) if is_item(&item.ty)))
}

/// Returns the first type in the angle brackets of a path.
pub(super) fn first_type(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

/// Returns true for the name of a type of numbers.
pub(super) fn is_number(name: &str) -> bool {
    const NUMBERS: &str = "bool u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64";
    NUMBERS.split(' ').any(|number| number == name)
}
