//! The ways in which a service reads a response.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

use collectington::{Api, Error, Paging, Request, Result, Secret, Service};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// The place in the catalogue of the shape that is requested.
pub static SHAPE: AtomicUsize = AtomicUsize::new(0);

/// A poll, as the exporter does it.
pub type Poll = fn(&mut Api) -> Result<()>;

/// All of them.
pub const WAYS: [(&str, Poll); 31] = [
    ("value", json::<Value>),
    ("texts", json::<Vec<String>>),
    ("boxed texts", json::<Vec<Option<Box<str>>>>),
    ("lists of texts", json::<Vec<Vec<String>>>),
    ("sets", json::<Vec<BTreeSet<String>>>),
    ("set", json::<BTreeSet<String>>),
    ("deque", json::<VecDeque<Value>>),
    ("numbers", json::<Vec<f64>>),
    ("whole numbers", json::<Vec<u64>>),
    ("words", json::<Vec<Word>>),
    ("maps", json::<Vec<BTreeMap<String, Option<String>>>>),
    ("map of values", json::<HashMap<String, Value>>),
    ("map of maps", json::<BTreeMap<String, HashMap<String, u8>>>),
    ("boxes", json::<Vec<Box<Value>>>),
    ("large structs", json::<Vec<Large>>),
    ("strict structs", json::<Vec<Strict>>),
    ("flattened", json::<Vec<Flat>>),
    ("flattened map", json::<Flat>),
    ("untagged", json::<Untagged>),
    ("list of untagged", json::<Vec<Untagged>>),
    ("tagged", json::<Vec<Tagged>>),
    ("raw", json::<Vec<Box<RawValue>>>),
    ("text", poll::<Text>),
    ("bytes", poll::<Bytes>),
    ("kept", poll::<Kept>),
    ("next pages", poll::<NextPages>),
    ("cursors", poll::<Cursors>),
    ("tokens", poll::<Tokens>),
    ("parameters", poll::<Parameters>),
    ("words of an error", poll::<Words>),
    ("refused", poll::<Refused>),
];

#[derive(Deserialize, Serialize)]
#[serde(untagged)]
pub enum Untagged {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
    Objects(Vec<BTreeMap<String, String>>),
    Lists(Vec<Vec<Value>>),
    Other(Value),
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only built")]
pub struct Flat {
    #[serde(default)]
    known: Option<String>,
    #[serde(flatten)]
    others: HashMap<String, Value>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
#[allow(dead_code, reason = "only built")]
pub struct Large {
    a: [Option<String>; 16],
    b: Option<Box<Large>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "only built")]
pub struct Strict {
    #[serde(default)]
    known: Option<String>,
}

#[derive(Deserialize)]
pub enum Word {
    Known,
}

#[derive(Deserialize)]
#[serde(tag = "a")]
#[allow(dead_code, reason = "only built")]
pub enum Tagged {
    B { value: Option<Value> },
    C(BTreeMap<String, Value>),
}

#[derive(Deserialize)]
struct Field {
    next: String,
}

/// The data of one poll, as that type.
struct Json<T>(PhantomData<T>);

impl<T: DeserializeOwned + 'static> Service for Json<T> {
    fn poll(api: &mut Api) -> Result<Self> {
        let _data: T = request(api).json()?;
        Ok(Self(PhantomData))
    }
}

/// Services that do with a response what such a service does.
macro_rules! services {
    ($($name:ident($api:ident) $body:block)*) => {$(
        pub struct $name;

        impl Service for $name {
            fn poll($api: &mut Api) -> Result<Self> {
                $body
                Ok(Self)
            }
        }
    )*};
}

services! {
    Unnamed(api) {
        api.get().path("none").json::<Value>()?;
    }
    Text(api) {
        request(api).text()?;
    }
    Bytes(api) {
        request(api).bytes()?;
    }
    Kept(api) {
        let _previous: Option<Value> = api.previous();
        let data: Value = request(api).json()?;
        api.keep(data);
    }
    NextPages(api) {
        let pages = request(api).pages(Paging::next_url(|page: &Field| Some(page.next.clone())));
        pages.collect::<Result<Vec<_>>>()?;
    }
    Cursors(api) {
        let pages = request(api).pages(Paging::cursor("after", |page: &Field| Some(page.next.clone())));
        pages.collect::<Result<Vec<_>>>()?;
    }
    Tokens(api) {
        let Field { next } = request(api).json()?;
        request(api).bearer(Secret::new(next)).text()?;
    }
    Parameters(api) {
        let Field { next } = request(api).json()?;
        request(api).path(&next).query("a", &next).header("x-a", &next).text()?;
    }
    Words(api) {
        request(api).text().and_then(|text| Err::<(), _>(Error::from(text)))?;
    }
    Refused(api) {
        let path = format!("{}/503", SHAPE.load(Ordering::Relaxed));
        api.get().path(&path).text()?;
    }
}

fn request(api: &Api) -> Request<'_> {
    api.get().path(&SHAPE.load(Ordering::Relaxed).to_string())
}

fn json<T: DeserializeOwned + 'static>(api: &mut Api) -> Result<()> {
    api.poll::<Json<T>>().map(drop)
}

fn poll<S: Service>(api: &mut Api) -> Result<()> {
    api.poll::<S>().map(drop)
}
