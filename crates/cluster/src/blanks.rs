//! The blanks between the documents of a stream.

use std::io::BufRead;

/// Skips blanks. Returns the number of line ends among them, and the first byte after them.
pub(crate) fn skip_blanks(stream: &mut impl BufRead) -> std::io::Result<(usize, Option<u8>)> {
    let mut lines = 0;
    loop {
        let buffer = stream.fill_buf()?;
        if buffer.is_empty() {
            return Ok((lines, None));
        }
        let blanks = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        lines += buffer.iter().take(blanks).filter(|byte| **byte == b'\n').count();
        let next = buffer.get(blanks).copied();
        stream.consume(blanks);
        if next.is_some() {
            return Ok((lines, next));
        }
    }
}
