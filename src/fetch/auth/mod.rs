//! Authentication at APIs.
//!
//! | file | content |
//! |---|---|
//! | `cookie_jar` | cookies in memory (RFC 6265) |
//! | `identity` | the identity of a client, which limits the sharing of responses |
//! | `login_hold` | the waits between logins that an API rejects |
//! | `oauth2` | tokens of the client credentials grant (RFC 6749, section 4.4) |
//! | `open_session` | the credentials of a session |
//! | `session_slot` | the session of a service over its polls |
//! | `set_cookie` | the header `Set-Cookie` |
//! | `token_response` | the responses of a token endpoint |

pub(crate) mod cookie_jar;
pub(in crate::fetch) mod identity;
mod login_hold;
pub(crate) mod oauth2;
pub(crate) mod open_session;
pub(crate) mod session_slot;
mod set_cookie;
mod token_response;
