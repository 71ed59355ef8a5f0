//! Enum variants that are read as other variants.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer as _, EnumAccess, Error as _, IntoDeserializer as _, VariantAccess, Visitor,
};
use serde_json::Error;

use super::node::AlteredNode;
use super::values::AlterationMethod;

/// An enum variant and its content.
pub(super) struct Variant<'a, 'de> {
    name: String,
    /// The content of the variant; `None` if the text has none.
    content: Option<AlteredNode<'a, 'de>>,
}

impl<'a, 'de> Variant<'a, 'de> {
    /// Reads an enum as another variant than that of the text, if it has another one.
    pub(super) fn read<V: Visitor<'de>>(
        node: AlteredNode<'a, 'de>,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if node.is_made() {
            return visitor.visit_enum(Self::made(node, variants)?);
        }
        let reader = node.reader;
        let is_object = reader.passes(b'{')?;
        let found = reader.string()?;
        let content = (is_object && reader.passes(b':')?).then(|| node.at(&found));
        let name = other(node, &found, variants);
        let variant = if name == found {
            Self { name: found, content }
        } else {
            content.map_or(Ok(()), |_| reader.skip())?;
            Self { content: Some(node.at(name).made(node.place)), name: name.to_owned() }
        };
        let value = visitor.visit_enum(variant)?;
        if is_object && !reader.passes(b'}')? {
            return Err(Error::custom("a variant with two contents"));
        }
        Ok(value)
    }

    /// Returns a made variant. Deep in a recursive type each variant is tried, because one of them does not recurse.
    fn made(node: AlteredNode<'a, 'de>, variants: &'static [&'static str]) -> Result<Self, Error> {
        let nth = usize::from(node.level()) + node.surplus();
        let name = nth.checked_rem(variants.len()).and_then(|nth| variants.get(nth));
        let name = *name.ok_or_else(|| Error::custom("an enum without variants"))?;
        Ok(Self { name: name.to_owned(), content: Some(node.at(name).made_too()) })
    }

    fn content(self) -> Result<AlteredNode<'a, 'de>, Error> {
        self.content.ok_or_else(|| Error::custom("a variant without its content"))
    }
}

/// Returns the name of another variant, or `found` if it stays unchanged.
fn other<'f>(node: AlteredNode<'_, '_>, found: &'f str, variants: &'static [&'static str]) -> &'f str {
    let at = variants.iter().position(|variant| *variant == found);
    let other = match node.reader.alteration.values.words {
        _ if node.level() > 0 => None,
        AlterationMethod::Other => at.map_or(variants.first(), |at| variants.iter().cycle().nth(at + 1)),
        AlterationMethod::Least => variants.first(),
        AlterationMethod::Larger => variants.last(),
    };
    other.copied().unwrap_or(found)
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let name: StrDeserializer<'_, Error> = self.name.as_str().into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        let content = self.content.filter(|content| !content.is_made());
        content.map_or(Ok(()), |content| content.reader.skip())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.content()?.deserialize_tuple(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.content()?.deserialize_struct("", fields, visitor)
    }
}
