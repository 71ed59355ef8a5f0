//! What a service is, and the rows that the build binds its metrics with.

use super::api::Api;
use super::api::response_history::PollFreshness;
use super::api::send::Mix;
use super::family::Family;
use super::reading::Reading;
use super::reading::provenance::{has_plain, keep_new, keep_none};
use crate::support::error::Result;
use crate::support::memory_limit::here::Here;
use crate::support::panics::caught;

/// What one poll of an API yields; `service_class` in config.json names the type.
///
/// Every configured metric is a method of that type with the metric's name, which takes `&self` and does no
/// I/O: what it may return is listed in [`reading`](super::reading). Its doc comment becomes the metric's HELP.
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
///     /// Incidents since the account was opened.
///     pub fn number_of_incidents(&self) -> Total<u64> {
///         Total(self.total)
///     }
/// }
///
/// assert_eq!(SplunkApi { total: 7 }.number_of_incidents(), Total(7));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is named as `service_class` in config.json but is no `Service`",
    label = "`impl Service for {Self}` is missing",
    note = "add `impl collectington::Service for {Self} {{ fn poll(api: &mut collectington::Api) -> collectington::Result<Self> {{ ... }} }}`"
)]
pub trait Service: Sized + 'static {
    /// Asks the API. All I/O, and all that can fail, happens here.
    ///
    /// It must depend on nothing but `api`: keep values from poll to poll with [`Api::keep`], never in a `static`. A poll that used new
    /// responses and such as were recorded before is read again from its own responses, some of them altered, to find out which
    /// metrics are new; no request is sent for that.
    ///
    /// # Errors
    /// Whatever kept the data from being had. The poll then counts as failed, the last good samples stay, and
    /// the next poll comes after a back-off.
    fn poll(api: &mut Api) -> Result<Self>;
}

/// One row of a generated table: a metric, and the method that reads it from the data of a poll.
pub struct Metric<Data: 'static> {
    /// What is exported.
    pub family: Family,
    /// Calls the method.
    pub read: fn(&Data, &mut Reading),
}

/// The generated table of one service.
pub struct Table<Data: 'static> {
    /// The service's name in config.json.
    pub service: &'static str,
    /// Its metrics, in the order of config.json.
    pub metrics: &'static [Metric<Data>],
}

/// A [`Table`] whose type of data is forgotten, so that services stand in one list.
pub trait Bound: Sync {
    /// The service's name in config.json.
    fn service(&self) -> &'static str;

    /// The metrics, in the order of config.json.
    fn families(&self) -> Vec<Family>;

    /// Polls once and reads every metric, in their order; `None` where an answer that the poll used was
    /// recorded before, or all were and the API confirmed them, so that nothing may be recorded of it again. After a restart
    /// such a poll is recorded without what would count again: gauges are not in the state.
    ///
    /// # Errors
    /// Whatever kept the poll from yielding data, a panic of the service among it.
    fn poll(&self, api: &mut Api) -> Result<Option<Vec<Result<Reading>>>>;
}

impl<Data: Service> Bound for Table<Data> {
    fn service(&self) -> &'static str {
        self.service
    }

    fn families(&self) -> Vec<Family> {
        self.metrics.iter().map(|metric| metric.family).collect()
    }

    fn poll(&self, api: &mut Api) -> Result<Option<Vec<Result<Reading>>>> {
        // A service may put what it was given into its own words.
        let polled = caught(|| Data::poll(api));
        let data = api.asked(polled)?;
        api.check_keeping()?;
        if api.freshness() != PollFreshness::New {
            return Ok(None);
        }
        let taken = api.memory().taken();
        let mut readings = self.readings(&data, api);
        drop(data);
        api.memory().give_back(taken);
        if has_plain(&readings) {
            api.save_fingerprints();
        }
        match api.mix() {
            Mix::New => {}
            Mix::Recorded => keep_none(&mut readings),
            Mix::Both => keep_new(&mut readings, &mut |change| {
                api.rehearse(change, |api| caught(|| Data::poll(api)).map(|data| self.readings(&data, api)))
            }),
        }
        Ok(Some(readings))
    }
}

impl<Data: Service> Table<Data> {
    fn readings(&self, data: &Data, api: &Api) -> Vec<Result<Reading>> {
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
        self.metrics.iter().map(read).collect()
    }
}

/// Everything that the build knows, for [`run`](crate::run).
pub struct Program {
    /// The operational part of config.json, as JSON.
    pub config: &'static str,
    /// The services, in the order of config.json.
    pub services: &'static [&'static dyn Bound],
}
