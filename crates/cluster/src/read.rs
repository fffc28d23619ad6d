//! Reads a stream as a dump, after it has detected the form.

use std::io::{BufRead, BufReader, Read};

use crate::blanks::skip_blanks;
use crate::dump::Dump;
use crate::error::DumpError;
use crate::json;
use crate::yaml_items;

/// The number of bytes at the start that are used to detect the form.
const START: usize = 64 << 10;
/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads a dump: JSON or YAML, one list or several, one after the other.
///
/// # Errors
/// [`DumpError`] if it is not a dump, is truncated, or has no object of the seven kinds.
pub fn read(stream: impl Read) -> Result<Dump, DumpError> {
    let mut stream = BufReader::with_capacity(START, stream);
    skip_mark(&mut stream)?;
    let (lines, first) = skip_blanks(&mut stream)?;
    let mut dump = Dump::default();
    match first {
        None => return Err(DumpError::Empty),
        Some(b'{') => json::read(&mut stream, lines, &mut dump)?,
        Some(_) => {
            refuse_text(&start_of(&mut stream)?, lines)?;
            yaml_items::read(&mut stream, lines, &mut dump)?;
        }
    }
    match (dump.is_empty(), dump.others) {
        (true, 0) => Err(DumpError::NothingFound),
        (true, objects) => Err(DumpError::NoWorkloads { objects }),
        (false, _) => Ok(dump),
    }
}

fn skip_mark(stream: &mut impl BufRead) -> std::io::Result<()> {
    if stream.fill_buf()?.starts_with(BOM) {
        stream.consume(BOM.len());
    }
    Ok(())
}

/// The first line, without consuming it.
fn start_of(stream: &mut impl BufRead) -> std::io::Result<String> {
    let buffer = stream.fill_buf()?;
    let line = buffer.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).trim_end().to_owned())
}

/// Refuses text that is no YAML of Kubernetes, with the reason.
fn refuse_text(first: &str, lines: usize) -> Result<(), DumpError> {
    let lower = first.to_ascii_lowercase();
    if lower.starts_with("no resources found") {
        return Err(DumpError::NothingFound);
    }
    if lower.starts_with("error")
        || lower.starts_with("unable to connect")
        || lower.starts_with("the connection to")
    {
        return Err(DumpError::KubectlError);
    }
    if first.starts_with("NAME ") || first.starts_with("NAMESPACE ") {
        return Err(DumpError::Table);
    }
    let is_yaml = ["apiVersion:", "kind:", "items:", "metadata:", "---", "#", "%YAML", "- "];
    if is_yaml.iter().any(|start| first.starts_with(start)) {
        return Ok(());
    }
    Err(DumpError::Foreign { line: lines + 1 })
}
