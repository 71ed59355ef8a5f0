//! A service that declares its settings and secrets. Macros and `cfg` hide them from the build, but not from the compiler.
use collectington::{Api, Result, Service, SettingsType};

macro_rules! settings {
    ($($field:ident: $of:ty),*) => {
        #[cfg(all())]
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Settings {
            $($field: $of),*
        }
    };
}

settings!(projects: Vec<String>, poll: Option<Size>);

#[derive(serde::Deserialize)]
struct Size {
    size: u8,
}

pub struct BoardApi {
    issues: usize,
}

macro_rules! declared {
    ($class:ty) => {
        impl Service for $class {
            const SECRETS: &'static [&'static str] = &["TOKEN", "USER"];
            const SETTINGS: SettingsType = SettingsType::of::<Settings>();

            fn poll(api: &mut Api) -> Result<Self> {
                let settings: Settings = api.settings()?;
                let size = settings.poll.map_or(0, |poll| poll.size);
                Ok(Self { issues: settings.projects.len() + usize::from(size) })
            }
        }
    };
}

declared!(BoardApi);

impl BoardApi {
    pub fn issues(&self) -> usize {
        self.issues
    }
}
