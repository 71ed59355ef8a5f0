//! Deserializes a variant of an enum with a value: an object whose only key is the name of the variant.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, EnumAccess, VariantAccess, Visitor};

use super::key_deserializer::KeyDeserializer;
use super::node_deserializer::NodeDeserializer;
use super::setting_error::SettingError;

/// A variant and its value.
pub(super) struct NodeVariant<'a> {
    pub(super) name: &'a str,
    pub(super) value: NodeDeserializer<'a>,
}

impl<'de, 'a> EnumAccess<'de> for NodeVariant<'a> {
    type Error = SettingError;
    type Variant = NodeDeserializer<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), SettingError> {
        Ok((seed.deserialize(KeyDeserializer(self.name))?, self.value))
    }
}

impl<'de> VariantAccess<'de> for NodeDeserializer<'_> {
    type Error = SettingError;

    fn unit_variant(self) -> Result<(), SettingError> {
        Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, SettingError> {
        self.read(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, SettingError> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SettingError> {
        self.deserialize_map(visitor)
    }
}
