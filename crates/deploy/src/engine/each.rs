//! Work on many things, on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};

/// A thread costs more than the work on a few things does.
const FEW: usize = 16;

/// Does the work for each thing, on all cores.
pub(crate) fn each<T: Sync>(things: &[T], work: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    let go = || {
        while let Some(thing) = things.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(thing);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(things.len() / FEW);
    if threads < 2 {
        return go();
    }
    std::thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(go)));
}
