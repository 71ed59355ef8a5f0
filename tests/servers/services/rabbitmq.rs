//! The queues of RabbitMQ, from its management API.

use collectington::{Api, Paging, Result, Service};
use serde::Deserialize;

use crate::labels::rabbitmq::QueueMessages;

/// The queues of all virtual hosts.
pub struct Rabbitmq {
    queues: Vec<Queue>,
}

#[derive(Deserialize)]
struct Page {
    page: u64,
    page_count: u64,
    items: Vec<Queue>,
}

#[derive(Deserialize)]
struct Queue {
    vhost: String,
    name: String,
    /// Absent until the server has collected statistics of the queue.
    messages: Option<u64>,
}

impl Service for Rabbitmq {
    fn poll(api: &mut Api) -> Result<Self> {
        let paging = Paging::page_number("page", 1, |page: &Page| page.page < page.page_count);
        let request = api.get().path("queues").query("page_size", 2).basic("mon", api.secret("PASSWORD")?);
        let pages: Result<Vec<Page>, _> = request.pages(paging).collect();
        Ok(Self { queues: pages?.into_iter().flat_map(|page| page.items).collect() })
    }
}

impl Rabbitmq {
    /// Number of messages in a queue.
    pub fn queue_messages(&self) -> impl Iterator<Item = (QueueMessages<'_>, Option<u64>)> {
        self.queues.iter().map(|queue| {
            (
                QueueMessages { vhost: queue.vhost.as_str().into(), queue: queue.name.as_str().into() },
                queue.messages,
            )
        })
    }
}
