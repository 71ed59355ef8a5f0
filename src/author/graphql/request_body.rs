//! The body of a GraphQL request.

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

/// The body of a GraphQL request (GraphQL over HTTP, section 5.3).
pub(crate) struct GraphQlRequest<'a, V: ?Sized> {
    /// The document with the operation.
    pub query: &'a str,
    /// The variables of the operation.
    pub variables: &'a V,
}

impl<V: Serialize + ?Sized> Serialize for GraphQlRequest<'_, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("GraphQlRequest", 2)?;
        body.serialize_field("query", self.query)?;
        body.serialize_field("variables", self.variables)?;
        body.end()
    }
}
