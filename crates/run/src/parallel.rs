//! Parallel work on a list of jobs.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Runs `work` for each job, at most `width` at a time, and returns the results in the order of the jobs.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// let width = NonZeroUsize::new(2).expect("it is two");
/// assert_eq!(run::in_parallel(&[1, 2, 3], width, |job| job * 10), [10, 20, 30]);
/// ```
pub fn in_parallel<J: Sync, R: Send>(
    jobs: &[J],
    width: NonZeroUsize,
    work: impl Fn(&J) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(jobs.len()));
    let worker = || {
        let mut own = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(index) else { break };
            own.push((index, work(job)));
        }
        // A poisoned lock means that another worker panicked: the scope passes its panic on.
        if let Ok(mut results) = results.lock() {
            results.extend(own);
        }
    };
    thread::scope(|scope| {
        for _ in 1..width.get().min(jobs.len()) {
            // If the system gives no thread, the threads that exist do the work.
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn results_are_in_order_and_the_width_is_kept() {
        let jobs: Vec<u64> = (0..20).collect();
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let width = NonZeroUsize::new(3).unwrap();
        let results = in_parallel(&jobs, width, |job| {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(20 - job));
            running.fetch_sub(1, Ordering::SeqCst);
            *job
        });
        assert_eq!(results, jobs);
        assert!(most.load(Ordering::SeqCst) <= 3);
        assert!(in_parallel(&Vec::<u8>::new(), width, |job| *job).is_empty());
    }
}
