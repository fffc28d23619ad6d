//! Archives of charts: every path is within the chart, and the limits hold.

use std::io::Write as _;

use charts::{Limits, unpack};
use flate2::Compression;
use flate2::write::GzEncoder;
use source::Files as _;

const LIMITS: Limits = Limits { files: 12, file: 2000, total: 6000, depth: 2 };

/// Packs the files of any text, with their names as they are written, and unpacks them.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut archive = Vec::new();
    let mut name: Option<&str> = None;
    let mut content = String::new();
    for line in text.split_inclusive('\n') {
        match line.trim_end().strip_prefix("-- ").and_then(|line| line.strip_suffix(" --")) {
            Some(next) => {
                add(&mut archive, name.replace(next), &content);
                content.clear();
            }
            None => content.push_str(line),
        }
    }
    add(&mut archive, name, &content);
    archive.extend([0; 1024]);
    run_raw(&packed(&archive));
    run_raw(&archive);
}

/// Unpacks any bytes.
pub fn run_raw(data: &[u8]) {
    let Ok(unpacked) = unpack(data, LIMITS) else { return };
    let paths = unpacked.files.list().unwrap();
    assert!(paths.len() + unpacked.ignored.len() <= LIMITS.files);
    let mut total = 0;
    for path in paths.iter().chain(&unpacked.ignored) {
        let parts: Vec<&str> = path.as_str().split('/').collect();
        assert!(!parts.iter().any(|part| matches!(*part, "" | "." | "..")), "{path} is outside of the chart");
    }
    for path in &paths {
        let size = unpacked.files.read(path, u64::MAX).unwrap().unwrap().len() as u64;
        assert!(size <= LIMITS.file, "{path} has {size} bytes");
        total += size;
    }
    assert!(total <= LIMITS.total, "{total} bytes");
}

/// Adds an entry. The first character of a name sets its type: `@` a symbolic link to the content, `=` a hard link, `^` a
/// device, `+` an archive of the content as text.
fn add(archive: &mut Vec<u8>, name: Option<&str>, content: &str) {
    let Some(name) = name else { return };
    let kind = match name.chars().next() {
        Some('@') => tar::EntryType::Symlink,
        Some('=') => tar::EntryType::Link,
        Some('^') => tar::EntryType::Char,
        _ => tar::EntryType::Regular,
    };
    let mut nested = Vec::new();
    let bytes = match name.strip_prefix('+') {
        Some(name) => {
            add(&mut nested, Some(&format!("{name}/Chart.yaml")), content);
            nested.extend([0; 1024]);
            packed(&nested)
        }
        None => content.as_bytes().to_vec(),
    };
    let name = name.trim_start_matches(['@', '=', '^', '+']);
    let mut header = tar::Header::new_gnu();
    let field = &mut header.as_old_mut().name;
    for (to, from) in field.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    header.set_entry_type(kind);
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    archive.extend_from_slice(header.as_bytes());
    archive.extend_from_slice(&bytes);
    archive.resize(archive.len().next_multiple_of(512), 0);
}

fn packed(archive: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(archive).unwrap();
    encoder.finish().unwrap()
}
