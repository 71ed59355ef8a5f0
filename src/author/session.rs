//! The session that a service opens with `log_in`.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};

use super::header_value::{HeaderValue, refused_header};
use crate::fetch::auth::open_session::{OpenSession, SharedJar};
use crate::fetch::secrets::secret::Secret;
use crate::fetch::url::fits;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;

/// The statuses that refuse an expired session, unless the service names others.
const RENEW_ON: [u16; 1] = [401];
/// The help for a value that no session can have.
const HELP: &str = "check that `log_in` reads the session from the correct field of the response";

/// The session that [`Service::log_in`](crate::Service::log_in) opens: credentials that the exporter sends with each request.
///
/// A session stays in memory from poll to poll. It is replaced before it expires, and when the API refuses it. Its values are
/// redacted in logs, errors, pages and recordings, and they are never written to the state.
///
/// ```
/// # use collectington::{Api, Result, Service, Session};
/// use std::time::Duration;
///
/// #[derive(serde::Deserialize)]
/// struct Login {
///     token: String,
///     validity: u64,
/// }
///
/// # struct Jobs(u64);
/// impl Service for Jobs {
///     fn log_in(api: &Api) -> Result<Session> {
///         let login = serde_json::json!({ "password": api.secret("PASSWORD")? });
///         let login: Login = api.post(&login).path("auth").json()?;
///         Ok(Session::bearer(login.token).expires_in(Duration::from_secs(login.validity)))
///     }
///
///     fn log_out(api: &Api) -> Result<()> {
///         api.delete().path("auth").send()?.ok()?;
///         Ok(())
///     }
///
///     fn poll(api: &mut Api) -> Result<Self> {
///         let status: serde_json::Value = api.get().json()?;
///         Ok(Self(status["builds"].as_u64().unwrap_or_default()))
///     }
/// }
/// # let mut api = Api::replay("tests/recordings")?;
/// # assert_eq!(api.poll::<Jobs>()?.0, 812);
/// # Ok::<(), collectington::Error>(())
/// ```
#[derive(Debug)]
pub struct Session {
    headers: Vec<(String, Secret)>,
    query: Vec<(String, Secret)>,
    has_cookies: bool,
    is_none: bool,
    life: Option<Duration>,
    renew_on: Vec<u16>,
    /// The first error in the session.
    error: Option<Error>,
}

impl Session {
    fn empty() -> Self {
        Self {
            headers: Vec::new(),
            query: Vec::new(),
            has_cookies: false,
            is_none: false,
            life: None,
            renew_on: RENEW_ON.to_vec(),
            error: None,
        }
    }

    /// Returns the absence of a session, for an API that needs none. `log_in` is called again only if the secrets change.
    ///
    /// ```
    /// use collectington::{Api, Result, Session};
    ///
    /// fn log_in(api: &Api) -> Result<Session> {
    ///     let user: Option<String> = api.setting("user")?;
    ///     Ok(user.map_or_else(Session::none, |user| Session::header("X-User", user)))
    /// }
    /// # assert!(log_in(&Api::replay("tests/recordings")?).is_ok());
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn none() -> Self {
        Self { is_none: true, ..Self::empty() }
    }

    /// Returns a session that is sent in a header, such as `X-Auth-Token`.
    ///
    /// ```
    /// use collectington::{Api, Result, Session};
    ///
    /// // Transmission issues its session with a 409 (https://github.com/transmission/transmission, docs/rpc-spec.md).
    /// fn log_in(api: &Api) -> Result<Session> {
    ///     let response = api.request("POST").path("transmission/rpc").send()?;
    ///     let id = response.header("X-Transmission-Session-Id").ok_or("the response has no session")?;
    ///     Ok(Session::header("X-Transmission-Session-Id", id).renew_on(&[409]))
    /// }
    /// # assert!(log_in(&Api::replay("tests/recordings")?).is_ok());
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn header(name: &str, value: impl HeaderValue) -> Self {
        Self::empty().and_header(name, value)
    }

    /// Returns a session that is sent in the header `Authorization: Bearer` (RFC 6750), such as a JWT.
    ///
    /// ```
    /// use collectington::Session;
    ///
    /// let session = Session::bearer("from the response of the login");
    /// # assert!(!format!("{session:?}").contains("from"));
    /// ```
    #[must_use]
    pub fn bearer(token: impl HeaderValue) -> Self {
        let mut session = Self::empty();
        session.check("the token", token.sent());
        let value = Secret::new(format!("Bearer {}", token.sent()));
        // Other texts may contain the token without the scheme.
        drop(Secret::new(token.sent()));
        session.and_header("authorization", value)
    }

    /// Returns a session that is sent in a query parameter. Prefer a header if the API accepts one, because servers and
    /// proxies log URLs.
    ///
    /// ```
    /// use collectington::Session;
    ///
    /// let session = Session::query("sid", "from the response of the login");
    /// # assert!(!format!("{session:?}").contains("from"));
    /// ```
    #[must_use]
    pub fn query(name: &str, value: impl HeaderValue) -> Self {
        let mut session = Self::empty();
        session.check(&format!("the parameter {name:?}"), value.sent());
        session.query.push((name.to_owned(), Secret::new(value.sent())));
        session
    }

    /// Returns a session in cookies (RFC 6265), which begins with those of the login.
    ///
    /// Later responses can change the cookies. They are sent to the origin of `api_url` only, and stay in memory. A service
    /// whose API sets cookies without a login returns this from a `log_in` that sends no request.
    ///
    /// ```
    /// use collectington::{Api, Result, Session};
    ///
    /// fn log_in(api: &Api) -> Result<Session> {
    ///     let login = serde_json::json!({ "user": "collectington", "password": "from api.secret" });
    ///     let response = api.post(&login).path("login").send()?.ok()?;
    ///     let csrf = response.header("X-CSRF-Token").unwrap_or_default().to_owned();
    ///     let session = Session::cookies();
    ///     Ok(if csrf.is_empty() { session } else { session.and_header("X-CSRF-Token", csrf) })
    /// }
    /// # assert!(log_in(&Api::replay("tests/recordings")?).is_ok());
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn cookies() -> Self {
        Self { has_cookies: true, ..Self::empty() }
    }

    /// Adds a header to the session.
    ///
    /// ```
    /// use collectington::Session;
    ///
    /// let session = Session::cookies().and_header("X-CSRF-Token", "from the response of the login");
    /// # assert!(!format!("{session:?}").contains("from"));
    /// ```
    #[must_use]
    pub fn and_header(mut self, name: &str, value: impl HeaderValue) -> Self {
        let name = name.to_ascii_lowercase();
        self.check(&format!("the header {name:?}"), value.sent());
        let refused = refused_header(&name, value.sent());
        self.error = self.error.take().or(refused);
        // A scheme may precede the credential, as in `Token abc`.
        let credential = value.sent().rsplit(' ').next().unwrap_or_default();
        drop(Secret::new(credential));
        self.headers.push((name, Secret::new(value.sent())));
        self
    }

    /// Sets the life of the session. It is replaced a tenth of its life before the end, and at most a minute before.
    ///
    /// ```
    /// use collectington::Session;
    /// use std::time::Duration;
    ///
    /// let session = Session::bearer("token").expires_in(Duration::from_secs(1800));
    /// # drop(session);
    /// ```
    #[must_use]
    pub fn expires_in(mut self, life: Duration) -> Self {
        self.life = Some(life);
        self
    }

    /// Sets the time at which the session expires, by the clock of this host.
    ///
    /// ```
    /// use chrono::{DateTime, Utc};
    /// use collectington::Session;
    ///
    /// let expires: DateTime<Utc> = "2026-12-01T12:30:00Z".parse()?;
    /// let session = Session::bearer("token").expires_at(expires);
    /// # drop(session);
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    #[must_use]
    pub fn expires_at(self, time: DateTime<Utc>) -> Self {
        let now: DateTime<Utc> = SystemTime::now().into();
        self.expires_in((time - now).to_std().unwrap_or_default())
    }

    /// Sets the statuses with which the API refuses an expired session, instead of 401.
    ///
    /// A request that is refused in this way is sent once more after a new login, whatever its method: the API has not
    /// carried it out. If the API refuses it again, the next login follows after two minutes, and then after up to an hour.
    ///
    /// ```
    /// use collectington::Session;
    ///
    /// // qBittorrent responds with 403 to an expired cookie.
    /// let session = Session::cookies().renew_on(&[403]);
    /// # drop(session);
    /// ```
    #[must_use]
    pub fn renew_on(mut self, statuses: &[u16]) -> Self {
        self.renew_on = statuses.to_vec();
        self
    }

    /// Returns the open session with the cookies of its login; `None` if the service has no session.
    ///
    /// # Errors
    /// Returns an error if a value is empty or cannot be sent. The message contains no value.
    pub(super) fn into_open(self, jar: SharedJar) -> Result<Option<OpenSession>> {
        if let Some(error) = self.error {
            return Err(error);
        }
        locked(&jar).end_login();
        let open = OpenSession {
            headers: self.headers,
            query: self.query,
            jar: self.has_cookies.then_some(jar),
            renew_on: self.renew_on,
            until: self.life.and_then(OpenSession::end_of),
            ..OpenSession::default()
        };
        Ok((!self.is_none).then_some(open))
    }

    fn check(&mut self, what: &str, value: &str) {
        let empty = value.trim().is_empty();
        let error = match fits(what, value) {
            Err(error) => error,
            Ok(()) if empty => Error::new(ErrorKind::Service, format!("{what} of the session is empty")),
            Ok(()) => return,
        };
        self.error = self.error.take().or(Some(error.with_help(HELP)));
    }
}
