//! The time and the memory that the search for one chart in a large index takes.
//!
//!     cargo bench -p pullable-charts --bench index
//!
//! The index is generated: 20 MB, 240 charts of 73 versions each. Each case is one process, whose peak memory is read
//! from the system (Linux).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops where it cannot go on")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use charts::{INDEX_LIMIT, Lookup, look_up};
use flate2::Compression;
use flate2::write::GzEncoder;

const CHARTS: usize = 240;
const VERSIONS: usize = 73;
/// The variable that makes this program measure one case: its file.
const CASE: &str = "PULLABLE_BENCH_INDEX";
/// Runs of a case. The fastest counts.
const RUNS: usize = 7;

fn main() {
    if let Some(file) = std::env::var_os(CASE) {
        measure(Path::new(&file));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    println!("{:32} {:>10} {:>10} {:>10}", "", "bytes", "time", "memory");
    for (name, quote, packed) in
        [("as generated", "", false), ("as generated, gzip", "", true), ("names in quotes", "\"", false)]
    {
        let file = generate(folder.path(), quote, packed);
        let bytes = fs::metadata(&file).unwrap().len();
        let output = Command::new(std::env::current_exe().unwrap()).env(CASE, &file).output().unwrap();
        println!("{name:32} {bytes:>10} {}", String::from_utf8(output.stdout).unwrap().trim_end());
    }
}

/// Looks up the chart in the middle, the last one, and one that does not exist: the slowest of the three
/// counts.
fn measure(file: &Path) {
    let mut slowest = 0.0_f64;
    for (chart, listed) in [("chart-120", true), ("chart-239", true), ("no-such-chart", false)] {
        let mut fastest = f64::MAX;
        for _ in 0..RUNS {
            let began = Instant::now();
            let result = look_up(File::open(file).unwrap(), chart, INDEX_LIMIT).unwrap();
            fastest = fastest.min(began.elapsed().as_secs_f64());
            assert_eq!(matches!(result, Lookup::Listed(entries) if entries.len() == VERSIONS), listed);
        }
        slowest = slowest.max(fastest);
    }
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("?");
    println!("{:>7.0} ms {:>10}", slowest * 1000.0, peak.trim());
}

/// Writes an index to a file.
fn generate(folder: &Path, quote: &str, packed: bool) -> PathBuf {
    let path = folder.join("index.yaml");
    let file = BufWriter::new(File::create(&path).unwrap());
    if packed {
        let mut encoder = GzEncoder::new(file, Compression::default());
        write(&mut encoder, quote);
        encoder.finish().unwrap().flush().unwrap();
    } else {
        let mut file = file;
        write(&mut file, quote);
        file.flush().unwrap();
    }
    path
}

fn write(file: &mut impl Write, quote: &str) {
    writeln!(file, "apiVersion: v1\nentries:").unwrap();
    for chart in 0..CHARTS {
        writeln!(file, "  {quote}chart-{chart}{quote}:").unwrap();
        for version in (0..VERSIONS).rev() {
            let digest = format!("{:064x}", chart * 1_000_003 + version);
            let entry = ENTRY.replace("CHART", &format!("chart-{chart}")).replace("DIGEST", &digest);
            file.write_all(entry.replace("VERSION", &format!("1.{version}.0")).as_bytes()).unwrap();
        }
    }
    writeln!(file, "generated: \"2026-01-02T03:04:05.678901234Z\"").unwrap();
}

/// One version as Helm writes it.
const ENTRY: &str = r#"  - annotations:
      artifacthub.io/category: database
      artifacthub.io/images: |
        - name: CHART
          image: docker.io/acme/CHART:VERSION-debian-12-r1
        - name: os-shell
          image: docker.io/acme/os-shell:12-debian-12-r30
      artifacthub.io/license: Apache-2.0
    apiVersion: v2
    appVersion: VERSION
    created: "2026-01-02T03:04:05.678901234Z"
    dependencies:
    - name: common
      repository: oci://registry.example/charts
      tags:
      - common
      version: 2.x.x
    description: CHART is an open source application that is deployed by this chart. It
      scales, it is replicated, and it has metrics.
    digest: DIGEST
    home: https://charts.example
    icon: https://charts.example/img/CHART.png
    keywords:
    - CHART
    - database
    - replication
    maintainers:
    - name: Acme, Inc.
      url: https://github.com/acme/charts
    name: CHART
    sources:
    - https://github.com/acme/charts/tree/main/acme/CHART
    urls:
    - https://charts.example/CHART-VERSION.tgz
    version: VERSION
"#;
