//! Dumps of clusters: the extract without secrets reads as the same dump.

use cluster::{read, workloads};

/// Reads any bytes as a dump.
pub fn run(data: &[u8]) {
    let Ok(dump) = read(data) else { return };
    let snapshot = dump.snapshot();
    let again = read(snapshot.as_bytes()).expect("an extract is a dump");
    assert_eq!(again.snapshot(), snapshot, "an extract of the extract");
    let (again, dump) = (workloads(again), workloads(dump));
    assert_eq!(format!("{again:?}"), format!("{dump:?}"), "{snapshot}");
}
