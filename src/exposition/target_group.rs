//! The services of a port, each with its targets.

use std::ops::Range;

use super::joined_families::FamilyOrder;
use crate::config::target_name;
use crate::status::service_info::ServiceInfo;

/// A service of a port, as the range of its targets in the list of the port. A service without targets is a range of
/// one.
#[derive(Debug)]
pub(super) struct TargetGroup {
    pub(super) range: Range<usize>,
    /// The order in which the families of the targets are joined; `None` for a service without targets.
    pub(super) order: Option<FamilyOrder>,
}

impl TargetGroup {
    /// Returns the groups of a list in which the targets of a service are neighbors.
    pub(super) fn all(services: &[&ServiceInfo]) -> Vec<Self> {
        let is_same = |a: &&ServiceInfo, b: &&ServiceInfo| {
            let ((service, target), (other, _)) = (target_name::split(&a.name), target_name::split(&b.name));
            target.is_some() && service == other
        };
        let mut end = 0;
        let group = |services: &[&ServiceInfo]| {
            let start = end;
            end += services.len();
            let first = services.first().filter(|first| target_name::split(&first.name).1.is_some());
            Self { range: start..end, order: first.map(|first| FamilyOrder::of(&first.families)) }
        };
        services.chunk_by(is_same).map(group).collect()
    }
}
