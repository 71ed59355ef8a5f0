//! Authentication at APIs.
//!
//! | file | content |
//! |---|---|
//! | `identity` | the identity of a client, which limits the sharing of responses |
//! | `oauth2` | tokens of the client credentials grant (RFC 6749, section 4.4) |
//! | `token_response` | the responses of a token endpoint |

pub(in crate::fetch) mod identity;
pub(crate) mod oauth2;
mod token_response;
