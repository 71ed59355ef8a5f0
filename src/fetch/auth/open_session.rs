//! The credentials of a session, which are added to each request and never recorded.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use super::access_token::usable;
use super::cookie_jar::CookieJar;

use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::Secret;
use crate::support::error::Result;
use crate::support::locks::locked;
use crate::support::log;

/// The shortest use of a session, whatever life its API reports, so that the number of logins stays bounded.
const SHORTEST_USE: Duration = Duration::from_secs(10);

/// The cookies of a session, which its login has begun to collect.
pub(crate) type SharedJar = Arc<Mutex<CookieJar>>;

/// An open session of a service.
#[derive(Default)]
pub(crate) struct OpenSession {
    /// The headers, with their names in lower case.
    pub headers: Vec<(String, Secret)>,
    /// The parameters of the query.
    pub query: Vec<(String, Secret)>,
    /// The cookies, if the session has any.
    pub jar: Option<SharedJar>,
    /// The statuses that refuse an expired session.
    pub renew_on: Vec<u16>,
    /// The end of the use of the session, or `None` if it is used until the API refuses it.
    pub until: Option<Instant>,
    /// True once the eviction of a cookie was logged.
    pub has_evicted: AtomicBool,
    /// The number of the session, by which a refusal of an earlier session is recognized.
    pub generation: u64,
}

impl OpenSession {
    /// Returns the session in which the requests of a login are sent: it only collects cookies.
    pub(crate) fn of_login(jar: SharedJar) -> Self {
        Self { jar: Some(jar), ..Self::default() }
    }

    /// Returns the end of the use of a session that lives for `life` from now on, with the margin of an OAuth2 token.
    pub(crate) fn end_of(life: Duration) -> Option<Instant> {
        Instant::now().checked_add(usable(life).max(SHORTEST_USE))
    }

    /// Returns true if the session has not expired.
    pub(super) fn is_usable(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// Returns true if a response with this status refuses the session.
    pub(crate) fn is_refused_by(&self, status: u16) -> bool {
        self.renew_on.contains(&status)
    }

    /// Adds the session to a request that is ready to be sent. What the service set itself in `asked` stays.
    ///
    /// # Errors
    /// The cookies are too many or too long.
    pub(crate) fn authorize(
        &self,
        asked: &RawRequest,
        ready: &mut RawRequest,
        redactor: &Redactor,
    ) -> Result<()> {
        for (name, value) in self.headers.iter().filter(|(name, _)| !asked.has_header(name)) {
            redactor.remember(value.expose());
            ready.headers.retain(|(known, _)| known != name);
            ready.headers.push((name.clone(), value.expose().to_owned()));
        }
        for (name, value) in &self.query {
            redactor.remember(value.expose());
            ready.url = ready.url.clone().with_query_set(name, value.expose());
        }
        let Some(jar) = self.jar.as_ref().filter(|_| !asked.has_header("cookie")) else { return Ok(()) };
        let jar = locked(jar);
        jar.remember_in(redactor);
        let cookies = jar.header(&ready.url, SystemTime::now().into())?;
        cookies.iter().for_each(|cookies| ready.headers.push(("cookie".to_owned(), (**cookies).clone())));
        Ok(())
    }

    /// Stores the cookies of the response to a request of a service. Logs a warning, once per session, if others were evicted.
    pub(crate) fn learn(
        &self,
        request: &RawRequest,
        response: &RawResponse,
        (service, redactor): (&str, &Redactor),
    ) {
        let Some(jar) = &self.jar else { return };
        let (mut jar, now) = (locked(jar), SystemTime::now().into());
        let cookies = response.headers.iter().filter(|(name, _)| name == "set-cookie");
        let evicted = cookies.filter(|(_, value)| jar.set(&request.url, request.host(), value, now)).count();
        jar.remember_in(redactor);
        if evicted > 0 && !self.has_evicted.swap(true, Ordering::Relaxed) {
            let hint = "set the header `Cookie` in the service, with the cookies that the API needs";
            log::warning("cookies evicted", &[("service", &service), ("count", &evicted), ("hint", &hint)]);
        }
    }
}

/// Shows no value.
impl fmt::Debug for OpenSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenSession {}", self.generation)
    }
}
