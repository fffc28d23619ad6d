//! Looks up a chart in an index: with the scanner, otherwise with the parser.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use super::lookup::{IndexError, Lookup};
use super::parse;
use super::scan::{Scan, scan};
use crate::inflate::{Budget, Capped, inflated};

/// Maximum number of bytes of an index, inflated, that Flux reads by default.
pub const INDEX_LIMIT: u64 = 50 << 20;

/// Looks up a chart in an index, which may be compressed with gzip. `limit` is the maximum number of inflated
/// bytes.
///
/// # Errors
/// [`IndexError`] if the index is too large, or is not an index.
pub fn look_up(mut input: impl Read + Seek, chart: &str, limit: u64) -> Result<Lookup, IndexError> {
    let budget = Budget::new(limit);
    match scan_stream(BufReader::new(&mut input), chart, &budget)? {
        Scan::Found(entries) => return Ok(Lookup::Listed(entries)),
        Scan::Absent(charts) => return Ok(Lookup::Missing { charts }),
        Scan::Unclear => {}
    }
    input.seek(SeekFrom::Start(0)).map_err(|error| IndexError::Unreadable(error.to_string()))?;
    look_up_in_whole(input, chart, limit)
}

/// Looks up a chart without the scanner, with the whole index in memory.
pub(super) fn look_up_in_whole(input: impl Read, chart: &str, limit: u64) -> Result<Lookup, IndexError> {
    let budget = Budget::new(limit);
    let mut bytes = Vec::new();
    let read = content(BufReader::new(input), &budget)?.read_to_end(&mut bytes);
    if let Err(error) = read {
        return Err(failure(&budget, &error));
    }
    parse::whole(bytes, chart)
}

/// The inflated bytes of an index, within its budget.
fn content<'a>(
    input: impl BufRead + 'a,
    budget: &'a Budget,
) -> Result<Capped<'a, Box<dyn Read + 'a>>, IndexError> {
    match inflated(input) {
        Ok(inner) => Ok(Capped::new(inner, budget)),
        Err(error) => Err(failure(budget, &error)),
    }
}

fn scan_stream(input: impl BufRead, chart: &str, budget: &Budget) -> Result<Scan, IndexError> {
    let lines = BufReader::new(content(input, budget)?);
    scan(lines, chart).map_err(|error| failure(budget, &error))
}

fn failure(budget: &Budget, error: &io::Error) -> IndexError {
    if budget.is_exceeded() {
        return IndexError::TooLarge(budget.limit);
    }
    IndexError::Unreadable(error.to_string())
}
