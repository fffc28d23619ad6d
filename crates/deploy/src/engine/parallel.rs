//! Parallel work on a list of items.

use std::num::NonZero;
use std::thread;

/// The number of items below which a thread costs more than the work.
const FEW: usize = 16;
/// The number of items in a row.
const ROW: usize = 32;

/// Runs the work for each item on all cores. Returns the results in the order of the items.
pub(crate) fn map<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    run::in_parallel(things, threads(things.len()), work)
}

/// The same for items of which neighbours have much in common: a thread takes several in a row.
pub(crate) fn map_rows<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let rows: Vec<&[T]> = things.chunks(ROW).collect();
    let results =
        run::in_parallel(&rows, threads(things.len()), |row| row.iter().map(&work).collect::<Vec<_>>());
    results.into_iter().flatten().collect()
}

fn threads(things: usize) -> NonZero<usize> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    NonZero::new(cores.min(things / FEW)).unwrap_or(NonZero::<usize>::MIN)
}

#[cfg(test)]
mod tests {
    use super::{map, map_rows};

    #[test]
    fn results_are_in_the_order_of_the_things() {
        for count in [0, 1, 15, 16, 33, 1000] {
            let things: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = things.iter().map(|n| 2 * n).collect();
            assert_eq!(map(&things, |n| 2 * n), doubled);
            assert_eq!(map_rows(&things, |n| 2 * n), doubled);
        }
    }
}
