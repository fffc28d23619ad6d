//! Reduces a failing input to a small one that also fails.

use std::time::{Duration, Instant};

/// Longest time that is spent on one input.
const LONGEST: Duration = Duration::from_secs(20);

/// Removes pieces of an input, lines first and bytes last, as long as the rest fails.
pub fn minimise(input: &[u8], fails: &mut dyn FnMut(&[u8]) -> bool) -> Vec<u8> {
    let end = Instant::now() + LONGEST;
    let mut lines: Vec<&[u8]> = input.split_inclusive(|byte| *byte == b'\n').collect();
    without_pieces(&mut lines, &mut |lines| fails(&lines.concat()), end);
    let mut bytes: Vec<u8> = lines.concat();
    without_pieces(&mut bytes, fails, end);
    bytes
}

/// Removes pieces of a list, halves first and single items last.
fn without_pieces<T: Clone>(items: &mut Vec<T>, fails: &mut dyn FnMut(&[T]) -> bool, end: Instant) {
    let mut size = items.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        let before = items.len();
        while at < items.len() && Instant::now() < end {
            let mut rest = items.clone();
            rest.drain(at..(at + size).min(items.len()));
            if fails(&rest) {
                *items = rest;
            } else {
                at += size;
            }
        }
        if size > 1 {
            size = size.div_ceil(2);
        } else if items.len() == before || Instant::now() >= end {
            break;
        }
    }
}
