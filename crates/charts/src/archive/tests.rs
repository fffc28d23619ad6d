//! Tests of archives: files that are kept, archives that are refused, and the bounds for archive bombs.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use source::{Files as _, RepoPath};
use tar::{EntryType, Header};

use super::*;

/// An archive that is written by hand, because the crate's own writer refuses paths that are tested here.
#[derive(Default)]
struct Written(Vec<u8>);

impl Written {
    fn chart() -> Self {
        Self::default().file("app/Chart.yaml", "name: app\nversion: 1.0.0\n")
    }

    fn file(self, path: &str, text: &str) -> Self {
        self.entry(path, EntryType::Regular, "", text.as_bytes())
    }

    fn entry(mut self, path: &str, kind: EntryType, link: &str, bytes: &[u8]) -> Self {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        self.0.extend(header.as_bytes());
        self.0.extend(bytes);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }

    fn pack(self) -> Vec<u8> {
        let bytes = self.end();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(self) -> Result<Unpacked, ArchiveError> {
        unpack(self.pack().as_slice(), Limits::default())
    }

    /// `PATH=TEXT` of each file, and the files that are ignored.
    fn listed(self) -> (Vec<String>, Vec<String>) {
        let unpacked = self.unpack().unwrap();
        let mut files = Vec::new();
        for path in unpacked.files.list().unwrap() {
            let bytes = unpacked.files.read(&path, u64::MAX).unwrap().unwrap();
            files.push(format!(
                "{path}={}",
                String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default()
            ));
        }
        (files, unpacked.ignored.iter().map(ToString::to_string).collect())
    }
}

const CHART: &str = "Chart.yaml=name: app";

#[test]
fn regular_files_are_kept() {
    let long = format!("app/templates/{}.yaml", "deep/".repeat(15) + "name");
    let (files, ignored) = Written::chart()
        .entry("app/templates/", EntryType::Directory, "", b"")
        .file("app/values.yaml", "a: 1")
        .file("app/files/page.html", "<p>")
        .file(&long, "kind: A")
        .file("app/values.yaml", "a: 2")
        .entry("g", EntryType::XGlobalHeader, "", b"11 a=bcdef\n")
        .listed();
    let below = long.strip_prefix("app/").unwrap();
    let expected = [CHART, "files/page.html=<p>", &format!("{below}=kind: A"), "values.yaml=a: 2"];
    assert_eq!(files, expected, "the last of two files counts");
    assert!(ignored.is_empty());
}

#[test]
fn the_first_folder_is_dropped_whatever_its_name() {
    let (files, _) =
        Written::chart().file("app/values.yaml", "a: 1").file("other/values.yaml", "a: 2").listed();
    assert_eq!(files, [CHART, "values.yaml=a: 2"]);
}

#[test]
fn links_are_no_files() {
    let (files, ignored) = Written::chart()
        .file("app/values.yaml", "a: 1")
        .entry("app/values.yaml", EntryType::Symlink, "/etc/passwd", b"")
        .entry("app/templates/leak.yaml", EntryType::Symlink, "../../../secret", b"")
        .entry("app/hard.yaml", EntryType::Link, "/etc/hostname", b"")
        .entry("app/pipe", EntryType::Fifo, "", b"")
        .file("app/crds/a.yaml", "kind: A")
        .listed();
    assert_eq!(files, [CHART, "crds/a.yaml=kind: A"], "a link hides the file of its path, as in Helm");
    assert_eq!(ignored, ["hard.yaml", "pipe", "templates/leak.yaml", "values.yaml"]);
}

#[test]
fn paths_outside_of_the_chart_are_refused() {
    for path in ["app/../../x", "/etc/cron.d/x", "app/../..", "Chart.yaml", "c:\\x\\y"] {
        let result = Written::chart().file(path, "x").unpack();
        assert_eq!(result.unwrap_err(), ArchiveError::Outside(path.to_owned()));
    }
}

#[test]
fn archives_of_subcharts_are_opened() {
    let inner =
        Written::default().file("redis/Chart.yaml", "name: redis").file("redis/values.yaml", "r: 1").pack();
    let twice = Written::default().file("redis/Chart.yaml", "name: again").pack();
    let middle = Written::default()
        .file("mid/Chart.yaml", "name: mid")
        .entry("mid/charts/redis-1.tgz", EntryType::Regular, "", &inner)
        .pack();
    let (files, _) = Written::chart()
        .entry("app/charts/mid-2.tgz", EntryType::Regular, "", &middle)
        .entry("app/charts/redis-1.tgz", EntryType::Regular, "", &inner)
        .entry("app/charts/redis-2.tgz", EntryType::Regular, "", &twice)
        .file("app/files/data.tgz", "not a chart")
        .listed();
    let expected = [
        CHART,
        "charts/mid/Chart.yaml=name: mid",
        "charts/mid/charts/redis/Chart.yaml=name: redis",
        "charts/mid/charts/redis/values.yaml=r: 1",
        "charts/redis-2/Chart.yaml=name: again",
        "charts/redis/Chart.yaml=name: redis",
        "charts/redis/values.yaml=r: 1",
        "files/data.tgz=not a chart",
    ];
    assert_eq!(files, expected);
}

#[test]
fn what_is_no_chart() {
    assert_eq!(
        Written::default().file("app/values.yaml", "a: 1").unpack().unwrap_err(),
        ArchiveError::NoChart
    );
    let linked = Written::default().entry("app/Chart.yaml", EntryType::Symlink, "x", b"");
    assert_eq!(linked.unpack().unwrap_err(), ArchiveError::NoChart);
    let broken = Written::chart().entry("app/charts/a.tgz", EntryType::Regular, "", b"<html>");
    assert!(broken.unpack().is_err());
    let mut cut = Written::chart().file("app/values.yaml", &"a: 1\n".repeat(5000)).pack();
    cut.truncate(80);
    for bytes in [cut.as_slice(), &[0x1f, 0x8b, 1, 2, 3]] {
        let error = unpack(bytes, Limits::default()).unwrap_err();
        assert!(matches!(error, ArchiveError::Malformed(_)), "{error:?}");
    }
    for bytes in [b"<html>login</html>".as_slice(), b"", &Written::chart().end()] {
        assert_eq!(unpack(bytes, Limits::default()).unwrap_err(), ArchiveError::NotCompressed);
    }
}

#[test]
fn bombs_are_bounded() {
    let limits = Limits { files: 100, file: 1 << 17, total: 1 << 19, depth: 3 };
    let zeros = vec![0; 1 << 17];
    let large = Written::chart().entry("app/a", EntryType::Regular, "", &vec![0; (1 << 17) + 1]).pack();
    let path = "a".to_owned();
    assert_eq!(unpack(&*large, limits).unwrap_err(), ArchiveError::FileTooLarge { path, limit: limits.file });

    let mut many = Written::chart();
    for n in 0..4 {
        many = many.entry(&format!("app/{n}"), EntryType::Regular, "", &zeros);
    }
    let many = many.pack();
    assert!(many.len() < 20_000, "{}", many.len());
    assert_eq!(unpack(&*many, limits).unwrap_err(), ArchiveError::TooLarge(limits.total));

    // The content of nested archives counts too.
    let mut half = Written::default().file("b/Chart.yaml", "name: b");
    for n in 0..2 {
        half = half.entry(&format!("b/{n}"), EntryType::Regular, "", &zeros);
    }
    let half = half.pack();
    let nested = Written::chart()
        .entry("app/charts/b.tgz", EntryType::Regular, "", &half)
        .entry("app/charts/c.tgz", EntryType::Regular, "", &half)
        .pack();
    assert_eq!(unpack(&*nested, limits).unwrap_err(), ArchiveError::TooLarge(limits.total));

    let mut deep = Written::default().file("x/Chart.yaml", "name: x").pack();
    for _ in 0..4 {
        deep = Written::default()
            .file("x/Chart.yaml", "name: x")
            .entry("x/charts/x.tgz", EntryType::Regular, "", &deep)
            .pack();
    }
    assert_eq!(unpack(&*deep, limits).unwrap_err(), ArchiveError::TooDeep(3));

    // A long file name must not bypass the limit.
    let long_name =
        Written::chart().entry("././@LongLink", EntryType::GNULongName, "", &vec![b'a'; 1 << 20]).pack();
    assert_eq!(unpack(&*long_name, limits).unwrap_err(), ArchiveError::TooLarge(limits.total));
}

#[test]
fn many_files_are_counted_links_among_them() {
    for kind in [EntryType::Regular, EntryType::Symlink] {
        let mut archive = Written::chart();
        for n in 0..10_001 {
            archive = archive.entry(&format!("app/{n}"), kind, "", b"");
        }
        let result = unpack(&*archive.pack(), Limits::default());
        assert_eq!(result.unwrap_err(), ArchiveError::TooManyFiles(10_000));
    }
}

#[test]
fn a_sparse_file_is_bounded_by_the_size_that_it_claims() {
    let mut archive = Written::chart();
    let mut header = Header::new_gnu();
    header.set_path("app/sparse").unwrap();
    header.set_entry_type(EntryType::GNUSparse);
    header.set_size(0);
    header.as_gnu_mut().unwrap().set_real_size(1 << 40);
    header.set_cksum();
    archive.0.extend(header.as_bytes());
    let error = archive.unpack().unwrap_err();
    assert!(matches!(error, ArchiveError::FileTooLarge { .. } | ArchiveError::Malformed(_)), "{error:?}");
}

proptest::proptest! {
    /// Damaged archives give an error or files, and never exceed the limits.
    #[test]
    fn any_bytes(at in 0..3000_usize, byte: u8) {
        let mut archive = Written::chart().file("app/values.yaml", "a: 1").entry("app/l", EntryType::Link, "x", b"").0;
        if let Some(place) = archive.get_mut(at) {
            *place = byte;
        }
        if let Ok(unpacked) = Written(archive).unpack() {
            let path = RepoPath::new("Chart.yaml");
            proptest::prop_assert!(unpacked.files.read(&path, 1 << 20).unwrap().is_some());
        }
    }
}
