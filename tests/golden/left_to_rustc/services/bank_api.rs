//! The type is another's, its methods stand in a child module, in a block and in another service's file.
use collectington::{Api, Result, Service};

mod account {
    pub struct Account;
}
pub use account::Account as BankApi;

const _: () = {
    impl Service for BankApi {
        fn poll(_: &mut Api) -> Result<Self> {
            Ok(Self)
        }
    }

    impl BankApi {
        pub fn balance(&self) -> f64 {
            1.5
        }
    }
};
