//! A run of a target over its corpus and over inputs that are mutated from it.

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::minimise::minimise;
use crate::random::Random;
use crate::{Target, corpus};

/// Longest time for one input: it takes milliseconds, and a busy machine needs room.
const LONGEST: Duration = Duration::from_secs(120);

/// The length of a run.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// The target's own number of inputs: the same ones each time.
    Short,
    /// As many as fit into a time.
    Lasting(Duration),
}

impl Length {
    /// The length that the environment sets.
    pub fn of_environment() -> Self {
        match number("PULLABLE_FUZZ_SECONDS") {
            Some(seconds) => Self::Lasting(Duration::from_secs(seconds)),
            None => Self::Short,
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs a target on each input of its corpus, and on mutated ones. Returns the number of inputs.
///
/// # Panics
/// If an input breaks the property of the target, or takes too long. The message contains the smallest such
/// input.
pub fn run(target: &Target, length: Length) -> u64 {
    let corpus = corpus::read(target.name);
    assert!(!corpus.is_empty(), "{} has no corpus", target.name);
    for input in &corpus {
        one(target, input, "corpus");
    }
    let first = number("PULLABLE_FUZZ_SEED").unwrap_or_default();
    let start = Instant::now();
    let mut kept = None;
    let mut seed = first;
    loop {
        let is_over = match length {
            Length::Short => seed - first >= target.cases,
            Length::Lasting(time) => start.elapsed() >= time,
        };
        if is_over {
            return seed - first;
        }
        let input = target.mutation.apply(&corpus, &mut Random::new(seed));
        if let Length::Lasting(_) = length {
            // A process that ends in the middle, or never, leaves its input.
            keep(kept.get_or_insert_with(|| File::create(last_input(target)).unwrap()), &input);
        }
        one(target, &input, &format!("seed {seed}"));
        seed += 1;
    }
}

/// Writes an input to an open file. A file that is opened anew for each input is flushed to the disk each time.
fn keep(mut file: &File, input: &[u8]) {
    file.set_len(0).unwrap();
    file.rewind().unwrap();
    file.write_all(input).unwrap();
}

fn last_input(target: &Target) -> PathBuf {
    std::env::temp_dir().join(format!("pullable-fuzz-{}", target.name))
}

/// Runs a target on one input.
fn one(target: &Target, input: &[u8], origin: &str) {
    let start = Instant::now();
    let passed = catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_ok();
    let took = start.elapsed();
    if passed && took < LONGEST {
        return;
    }
    let small = if passed { input.to_vec() } else { smallest(target, input) };
    let file = last_input(target);
    std::fs::write(&file, &small).unwrap();
    panic!(
        "{} ({origin}, {took:?}), also in {}:\n{}\n{:?}",
        target.name,
        file.display(),
        String::from_utf8_lossy(&small),
        String::from_utf8_lossy(&small)
    );
}

/// The smallest input that fails; the panics on the way to it print nothing.
fn smallest(target: &Target, input: &[u8]) -> Vec<u8> {
    let hook = take_hook();
    set_hook(Box::new(|_| {}));
    let mut fails = |input: &[u8]| catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_err();
    let small = minimise(input, &mut fails);
    set_hook(hook);
    // Once more, so that the message is that of the small input.
    _ = catch_unwind(AssertUnwindSafe(|| (target.run)(&small)));
    small
}
