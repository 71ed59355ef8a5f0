//! The trait `Service`, and the generated tables that bind metrics to the methods of a service.

use super::api::Api;
use super::api::response_history::PollFreshness;
use super::api::send::Mix;
use super::api::sessions::LoginHooks;
use super::family::Family;
use super::reading::Reading;
use super::reading::provenance::{has_plain, keep_new, keep_none};
use super::session::Session;
use super::settings_type::SettingsType;
use crate::support::error::Result;
use crate::support::memory_limit::here::Here;
use crate::support::panics::caught;

/// The data of one poll of an API; `service_class` in config.json names the type.
///
/// Every configured metric is a method of that type with the metric's name, which takes `&self` and does no I/O.
/// Its doc comment becomes the metric's HELP.
///
/// ```
/// use collectington::{Api, Result, Service, Total};
///
/// #[derive(serde::Deserialize)]
/// pub struct SplunkApi {
///     total: u64,
/// }
///
/// impl Service for SplunkApi {
///     fn poll(api: &mut Api) -> Result<Self> {
///         api.get().header("X-VO-Api-Key", api.secret("API_KEY")?).json()
///     }
/// }
///
/// impl SplunkApi {
///     /// Number of incidents since the account was opened.
///     pub fn number_of_incidents(&self) -> Total<u64> {
///         Total(self.total)
///     }
/// }
///
/// assert_eq!(SplunkApi { total: 7 }.number_of_incidents(), Total(7));
/// ```
///
/// # Return types
///
/// | kind | a method returns | effect |
/// |---|---|---|
/// | counter | [`Total`] of a number | exported unchanged; a fall is a counter reset |
/// | counter | [`Increase`] of a number | added once per fresh response |
/// | counter | [`Increase`] of one [`Once`], or of an iterator of them | the number of each ID is added once, within `once_ids_limit` |
/// | gauge | a number, `bool`, duration (seconds), [`Timestamp`] or `DateTime` (Unix timestamp) | set |
/// | summary, histogram | a number, or an iterator or `Vec` of numbers | each number is observed once per fresh response |
/// | summary, histogram | an iterator or `Vec` of [`Once`] | each ID is observed once, within `once_ids_limit` |
/// | histogram | [`Buckets`] that the API computes | replaced; a fall of the count is a counter reset |
/// | summary | [`Quantiles`] that the API computes | replaced; a fall of the count is a counter reset |
/// | stateset | [`States`] | each known state is set to 1 or 0 |
/// | info | a struct of labels, or an iterator or `Vec` of them | set to 1 |
/// | any other, with labels | an iterator or `Vec` of `(labels, one of the above)` | one series per label set |
///
/// Each of these is also accepted in an `Option` or a `Result`, for the whole metric or for one label set:
///
/// | a method returns | gauge, state set, info | counter, summary, histogram |
/// |---|---|---|
/// | `None` | the API reports no value: the series is removed with this poll | nothing to add: the series stays |
/// | [`Unchanged`] | this poll did not request it: the series stays until it is stale | the series stays |
/// | `Err` | the series stays until it is stale; the error is counted and logged | the series stays; the error is counted and logged |
///
/// `None` of a [`Total`] reports nothing about that label set, so its series stays. A list that omits the label set reports
/// that the set no longer exists.
///
/// `None` and an empty list are successful readings of a metric. `Unchanged` and errors are not: after the stale time without a
/// success, gauges are removed and the metric is logged.
///
/// An *item* is one number of one label set. An invalid item is rejected and counted, and the other items are recorded. An
/// invalid item has an empty or overlong ID, an overlong label value, or a number that the kind does not accept. Two
/// items for one label set are added. Two items of a gauge, state set or `Total` for one label set are both
/// rejected, because the correct one is unknown. An ID counts once in a metric: in a second label set it is rejected.
///
/// [`Buckets`]: crate::Buckets
/// [`Increase`]: crate::Increase
/// [`Quantiles`]: crate::Quantiles
/// [`States`]: crate::States
/// [`Timestamp`]: crate::Timestamp
/// [`Once`]: crate::Once
/// [`Total`]: crate::Total
/// [`Unchanged`]: crate::Unchanged
#[diagnostic::on_unimplemented(
    message = "`{Self}` is named as `service_class` in config.json but is no `Service`",
    label = "`impl Service for {Self}` is missing",
    note = "add `impl collectington::Service for {Self} {{ fn poll(api: &mut collectington::Api) -> collectington::Result<Self> {{ ... }} }}`"
)]
pub trait Service: Sized + 'static {
    /// The keys of the secrets that every poll needs, such as `&["API_KEY"]`.
    ///
    /// `cton check` and the start of the exporter fail if one of them is missing, empty or unreadable. A replay needs no secrets.
    const SECRETS: &'static [&'static str] = &[];

    /// The type of the custom keys of the service in config.json, such as `SettingsType::of::<Settings>()`.
    ///
    /// `cton check` and the start of the exporter fail if the custom keys do not have this type. [`Api::settings`] returns them.
    const SETTINGS: SettingsType = SettingsType::ANY;

    /// Polls the API. All I/O, and all that can fail, happens here.
    ///
    /// It must depend only on `api`: keep values from poll to poll with [`Api::keep`], never in a `static`. A poll that
    /// used both new responses and recorded ones is read again from its own responses, with some of them altered. That
    /// shows the metrics with new data, and sends no request.
    ///
    /// # Errors
    /// Any error that prevents the service from getting its data. The poll then fails, the last samples stay, and the next poll
    /// follows after a backoff.
    fn poll(api: &mut Api) -> Result<Self>;

    /// Opens a session, for an API that needs a login. The exporter sends it with each request of `poll` and `log_out`.
    ///
    /// This is called at the first request of a poll without a session, before the session expires, after the API refused
    /// it, and after the values of the secrets have changed in the secret file. The session stays in memory from poll to
    /// poll. The requests of `log_in` are sent without a session, but with the cookies that its own responses set. They are
    /// never cached, and their responses are no part of the data of the poll.
    ///
    /// # Errors
    /// Any error that prevents the login; the poll then fails with it. No poll logs in twice after that. If the API
    /// rejected the login, the next one follows when the secrets change, or after two minutes, and then after up to an hour,
    /// so that the account is not locked.
    fn log_in(api: &Api) -> Result<Session> {
        let _ = api;
        Ok(Session::none())
    }

    /// Closes the session of [`log_in`](Self::log_in).
    ///
    /// This is called before another login, when SIGTERM or SIGINT stops the process, and at the end of `cton once`. It may
    /// take three seconds. It is not called in a replay.
    ///
    /// # Errors
    /// Any error of a request. It is logged, and the API closes the session when it expires.
    fn log_out(api: &Api) -> Result<()> {
        let _ = api;
        Ok(())
    }
}

/// One row of a generated table: a metric, and the method that reads it from the data of a poll.
pub struct Metric<Data: 'static> {
    /// The metric family that is exported.
    pub family: Family,
    /// The function that reads the metric from the data.
    pub read: fn(&Data, &mut Reading),
}

/// The generated table of one service.
pub struct Table<Data: 'static> {
    /// The name of the service in config.json.
    pub service: &'static str,
    /// The metrics of the service in the order of config.json.
    pub metrics: &'static [Metric<Data>],
}

/// A [`Table`] without its data type, so that all services fit into one list.
pub trait Bound: Sync {
    /// Returns the name of the service in config.json.
    fn service(&self) -> &'static str;

    /// Returns the keys of the secrets that every poll needs.
    fn secrets(&self) -> &'static [&'static str] {
        &[]
    }

    /// Returns the type of the custom keys.
    fn settings(&self) -> SettingsType {
        SettingsType::ANY
    }

    /// Returns the metric families of the service in the order of config.json.
    fn families(&self) -> Vec<Family>;

    /// Polls once and reads the metrics with these indexes in [`Self::families`], in that order; `None` if the poll must not be
    /// recorded. The methods of other metrics are not called.
    ///
    /// A poll is not recorded if a response was recorded before and not confirmed since, or if the API confirmed all of
    /// them. After a restart such a poll is recorded without the items that would count again, because the state contains
    /// no gauges.
    ///
    /// # Errors
    /// Any error that prevents the poll from returning data, including a panic of the service.
    fn poll(&self, api: &mut Api, rows: &[usize]) -> Result<Option<Vec<Result<Reading>>>>;

    /// Returns the functions that open and close the sessions of the service; `None` if it can have none.
    #[doc(hidden)]
    fn login(&self) -> Option<LoginHooks> {
        None
    }
}

impl<Data: Service> Bound for Table<Data> {
    fn service(&self) -> &'static str {
        self.service
    }

    fn secrets(&self) -> &'static [&'static str] {
        Data::SECRETS
    }

    fn settings(&self) -> SettingsType {
        Data::SETTINGS
    }

    fn families(&self) -> Vec<Family> {
        self.metrics.iter().map(|metric| metric.family).collect()
    }

    fn poll(&self, api: &mut Api, rows: &[usize]) -> Result<Option<Vec<Result<Reading>>>> {
        api.enter::<Data>();
        // The error of a service may quote a secret, so `asked` redacts it.
        let polled = caught(|| Data::poll(api));
        let data = api.asked(polled)?;
        api.check_keeping()?;
        if api.freshness() != PollFreshness::New {
            return Ok(None);
        }
        let taken = api.memory().taken();
        let mut readings = self.readings(&data, api, rows);
        drop(data);
        api.memory().give_back(taken);
        if has_plain(&readings) {
            api.save_fingerprints();
        }
        match api.mix() {
            Mix::New => {}
            Mix::Recorded => keep_none(&mut readings),
            Mix::Both => keep_new(&mut readings, &mut |change| {
                api.rehearse(change, |api| {
                    caught(|| Data::poll(api)).map(|data| self.readings(&data, api, rows))
                })
            }),
        }
        Ok(Some(readings))
    }

    fn login(&self) -> Option<LoginHooks> {
        Some(LoginHooks::of::<Data>())
    }
}

impl<Data: Service> Table<Data> {
    fn readings(&self, data: &Data, api: &Api, rows: &[usize]) -> Vec<Result<Reading>> {
        let _here = Here::enter(api.memory());
        let memory = api.memory();
        let read = |metric: &Metric<Data>| {
            memory.begin_metric();
            caught(|| {
                let mut reading = Reading::default();
                (metric.read)(data, &mut reading);
                Ok(reading)
            })
            .map_err(|error| api.redacted(error))
        };
        rows.iter().filter_map(|row| self.metrics.get(*row)).map(read).collect()
    }
}

/// The config and the services that the build provides to [`run`](crate::run).
pub struct Program {
    /// The text of config.json.
    pub config: &'static str,
    /// The services in the order of config.json.
    pub services: &'static [&'static dyn Bound],
}
