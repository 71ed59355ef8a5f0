//! Authentication at APIs.
//!
//! | file | content |
//! |---|---|
//! | `cookie_jar` | cookies in memory (RFC 6265) |
//! | `grant_secrets` | the secrets of a token request, by grant |
//! | `identity` | the identity of a client, which limits the sharing of responses |
//! | `jwt` | JSON web tokens (RFC 7519) |
//! | `login_hold` | the waits between logins that an API rejects |
//! | `oauth2` | the OAuth2 client of a service (RFC 6749) |
//! | `open_session` | the credentials of a session |
//! | `refresh_token_file` | the file of the current refresh token |
//! | `session_slot` | the session of a service over its polls |
//! | `set_cookie` | the header `Set-Cookie` |
//! | `signing_key` | the private key of a JSON web token |
//! | `token_refusal` | the help for an error response of a token endpoint |
//! | `token_response` | the responses of a token endpoint |

pub(crate) mod cookie_jar;
pub(crate) mod grant_secrets;
pub(in crate::fetch) mod identity;
pub(crate) mod jwt;
mod login_hold;
pub(crate) mod oauth2;
pub(crate) mod open_session;
mod refresh_token_file;
pub(crate) mod session_slot;
mod set_cookie;
mod signing_key;
mod token_refusal;
mod token_response;
