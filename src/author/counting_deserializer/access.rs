//! The access to the elements, entries and variants, whose places count.

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::{Counted, ENTRIES, FIRST_ELEMENTS, FIRST_ENTRIES};
use crate::author::brief_error::Brief;

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Counted<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let deserializer = self.with(deserializer);
        self.inner.deserialize(deserializer).map_err(|error| error.0)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Counted<'_, A> {
    type Error = Brief<A::Error>;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Self::Error> {
        let element = self.inner.next_element_seed(Counted::new(seed, self.meter));
        self.meter.note(self.position, &element);
        let element = element.map_err(Brief)?;
        if element.is_some() {
            self.place(size_of::<S::Value>(), 1, FIRST_ELEMENTS)?;
            self.position += 1;
        }
        Ok(element)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Counted<'_, A> {
    type Error = Brief<A::Error>;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Self::Error> {
        let seed = Counted { is_key: true, ..Counted::new(seed, self.meter) };
        let key = self.inner.next_key_seed(seed).map_err(Brief)?;
        if key.is_some() {
            self.place(size_of::<S::Value>(), ENTRIES, FIRST_ENTRIES)?;
        }
        Ok(key)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Self::Error> {
        self.place(size_of::<S::Value>(), ENTRIES, FIRST_ENTRIES)?;
        let value = self.inner.next_value_seed(Counted::new(seed, self.meter));
        self.meter.note(self.position, &value);
        self.position += 1;
        value.map_err(Brief)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, 'm, A: EnumAccess<'de>> EnumAccess<'de> for Counted<'m, A> {
    type Error = Brief<A::Error>;
    type Variant = Counted<'m, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), Self::Error> {
        let (name, variant) = self.inner.variant_seed(Counted::new(seed, self.meter)).map_err(Brief)?;
        Ok((name, Counted::new(variant, self.meter)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Counted<'_, A> {
    type Error = Brief<A::Error>;

    fn unit_variant(self) -> Result<(), Self::Error> {
        self.inner.unit_variant().map_err(Brief)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Self::Error> {
        let value = self.inner.newtype_variant_seed(Counted::new(seed, self.meter));
        self.meter.note(0, &value);
        value.map_err(Brief)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Self::Error> {
        let value = self.inner.tuple_variant(len, Counted::of_struct(visitor, self.meter));
        self.meter.note(0, &value);
        value.map_err(Brief)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        let value = self.inner.struct_variant(fields, Counted::of_struct(visitor, self.meter));
        self.meter.note(0, &value);
        value.map_err(Brief)
    }
}
