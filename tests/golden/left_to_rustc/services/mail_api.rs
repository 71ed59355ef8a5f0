//! The trait has another name here, and this file adds to the type of another.
use collectington::{Api, Result, Service as Polled};

pub struct MailApi;

impl Polled for MailApi {
    fn poll(_: &mut Api) -> Result<Self> {
        Ok(Self)
    }
}

type Mail = MailApi;

impl Mail {
    pub fn unread(&self) -> u8 {
        1
    }
}

impl crate::bank_api::BankApi {
    pub fn balance_of_another_file(&self) -> f64 {
        1.5
    }
}

impl crate::post_api::PostApi {
    pub fn letters(&self) -> u64 {
        1
    }
}
