//! Authentication at APIs.
//!
//! | file | content |
//! |---|---|
//! | `access_token` | the access token of a service and the time of its use |
//! | `aws_signature` | AWS Signature Version 4 |
//! | `cookie_jar` | cookies in memory (RFC 6265) |
//! | `digest_challenge` | the challenge of a server for digest authentication (RFC 7616) |
//! | `digest_session` | digest authentication of requests |
//! | `grant_secrets` | the secrets of a token request, by grant |
//! | `identity` | the identity of a client, which limits the sharing of responses |
//! | `jwt` | JSON web tokens (RFC 7519) |
//! | `login_hold` | the waits between logins that an API rejects |
//! | `oauth2` | the OAuth2 client of a service (RFC 6749) |
//! | `open_session` | the credentials of a session |
//! | `refresh_token_file` | the file of the current refresh token |
//! | `request_auth` | the credentials with which a request is signed |
//! | `request_signer` | signs the requests of one service |
//! | `session_slot` | the session of a service over its polls |
//! | `set_cookie` | the header `Set-Cookie` |
//! | `signing_key` | the private key of a JSON web token |
//! | `token_refusal` | the help for an error response of a token endpoint |
//! | `token_response` | the responses of a token endpoint |

mod access_token;
pub(crate) mod aws_signature;
pub(crate) mod cookie_jar;
mod digest_challenge;
pub(crate) mod digest_session;
pub(crate) mod grant_secrets;
pub(in crate::fetch) mod identity;
pub(crate) mod jwt;
mod login_hold;
pub(crate) mod oauth2;
pub(crate) mod open_session;
pub(crate) mod refresh_token_file;
pub(crate) mod request_auth;
pub(in crate::fetch) mod request_signer;
pub(crate) mod session_slot;
mod set_cookie;
mod signing_key;
mod token_refusal;
mod token_response;
