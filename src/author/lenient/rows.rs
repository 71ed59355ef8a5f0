//! A list inside a response.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::blank::Blank;
use super::found_type::FoundType;
use super::{Lenient, Part};

/// A list inside a response, in which an invalid element costs no valid one.
///
/// It dereferences to a slice. The list is empty if it is missing or `null`, and has no element for a `null`: use
/// [`len_with_nulls`](Self::len_with_nulls) as the number of items of a page. An element of
/// another type has fields of that type. If the value is no list, the list has one such element, so that each metric that reads it
/// returns an error.
///
/// ```
/// use collectington::{Lenient, Rows, Text};
///
/// #[derive(serde::Deserialize)]
/// struct Queue {
///     name: Text,
///     jobs: Lenient<f64>,
/// }
///
/// let queues: Rows<Queue> = serde_json::from_str(r#"[{"name": "mail", "jobs": 3}, null, "oops"]"#)?;
/// assert_eq!(queues.count(), 2);
/// assert_eq!((queues[0].name.label(), queues[0].jobs), ("mail".into(), Lenient::Value(3.0)));
/// assert!(queues[1].jobs.get().is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows<T> {
    rows: Vec<T>,
    /// The number of `null` elements.
    nulls: usize,
    state: Lenient<()>,
}

impl<T> Rows<T> {
    /// Returns the number of elements.
    pub fn count(&self) -> Lenient<usize> {
        self.state.map(|()| self.rows.len())
    }

    /// Returns the number of elements in the response, those that are `null` included. It is the number of items of a page for
    /// [`Paging::offset`](crate::Paging::offset).
    ///
    /// ```
    /// # use collectington::Rows;
    /// let jobs: Rows<u64> = serde_json::from_str("[1, null, 3]")?;
    /// assert_eq!((jobs.len(), jobs.len_with_nulls()), (2, 3));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn len_with_nulls(&self) -> usize {
        self.rows.len() + self.nulls
    }

    /// Moves all elements of the list of a further page to the end of this one. If one of them is no list, neither is the result.
    ///
    /// ```
    /// # use collectington::Rows;
    /// let mut jobs: Rows<u64> = serde_json::from_str("[1, 2]")?;
    /// jobs.append(&mut serde_json::from_str("[3]")?);
    /// assert_eq!(jobs[..], [1, 2, 3]);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn append(&mut self, page: &mut Self) {
        self.rows.append(&mut page.rows);
        self.nulls += std::mem::take(&mut page.nulls);
        self.state = match (self.state, page.state) {
            (state @ Lenient::Invalid(_), _) | (state, Lenient::Absent) => state,
            (_, state) => state,
        };
    }
}

impl<T> Deref for Rows<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.rows
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Only an optional field may be missing from a struct.
        deserializer.deserialize_option(RowsVisitor(PhantomData))
    }
}

struct RowsVisitor<T>(PhantomData<T>);

impl<T: DeserializeOwned> RowsVisitor<T> {
    fn invalid<E: serde::de::Error>(found: FoundType) -> Result<Rows<T>, E> {
        let rows = vec![T::deserialize(Blank::of(found))?];
        Ok(Rows { rows, nulls: 0, state: Lenient::Invalid(found) })
    }
}

/// Defines methods of a visitor for values that are no list.
macro_rules! invalid {
    ($($method:ident($type:ty) $found:ident)*) => {$(
        fn $method<E: serde::de::Error>(self, _: $type) -> Result<Self::Value, E> {
            Self::invalid(FoundType::$found)
        }
    )*};
}

impl<'de, T: DeserializeOwned> Visitor<'de> for RowsVisitor<T> {
    type Value = Rows<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    invalid! {
        visit_bool(bool) Flag visit_i64(i64) Number visit_u64(u64) Number visit_f64(f64) Number visit_str(&str) Text
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Rows { rows: Vec::new(), nulls: 0, state: Lenient::Absent })
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        self.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bytes<E: serde::de::Error>(self, name: &[u8]) -> Result<Self::Value, E> {
        Self::invalid(FoundType::named(name))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut rows, mut nulls) = (Vec::new(), 0);
        while let Some(row) = list.next_element::<Option<Part<T>>>()? {
            nulls += usize::from(row.is_none());
            rows.extend(row.map(|Part(row)| row));
        }
        Ok(Rows { rows, nulls, state: Lenient::Value(()) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Self::invalid(FoundType::Object)
    }
}
