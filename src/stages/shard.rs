//! The references of a shard: all references of a repository belong to the same shard, so that one machine
//! has its token and its list of tags.

use sha2::{Digest as _, Sha256};

use model::audit::Shard;
use model::{Reference, Target};

/// True if a reference belongs to a shard. Those that name no repository belong to the first.
pub(super) fn holds(shard: Shard, reference: &Reference) -> bool {
    let name = match &reference.target {
        Target::Known(image) => image.name(),
        Target::Chart(chart) => chart.name(),
        Target::Malformed(_) | Target::Unknown(_) => return shard.index == 1,
    };
    let hash = Sha256::digest(name.as_bytes());
    let first = hash.first_chunk::<8>().copied().map(u64::from_be_bytes).unwrap_or_default();
    let total = u64::try_from(shard.total).unwrap_or(u64::MAX).max(1);
    usize::try_from(first % total).is_ok_and(|at| at + 1 == shard.index)
}
