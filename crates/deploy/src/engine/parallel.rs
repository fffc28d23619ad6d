//! Parallel work on a list of items.

use std::num::NonZero;
use std::thread;

/// The number of items below which a thread costs more than the work.
const FEW: usize = 16;

/// Runs the work for each item on all cores. Returns the results in the order of the items.
pub(crate) fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = NonZero::new(cores.min(things.len() / FEW)).unwrap_or(NonZero::<usize>::MIN);
    run::in_parallel(things, threads, work)
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_are_in_the_order_of_the_things() {
        for count in [0, 1, 15, 16, 33, 1000] {
            let things: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = things.iter().map(|n| 2 * n).collect();
            assert_eq!(map(&things, |n| 2 * n), doubled);
        }
    }
}
