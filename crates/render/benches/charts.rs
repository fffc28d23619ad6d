//! Charts of public repositories, rendered and traced: images that lead to their characters, and the proof of each. A
//! place is proven if another character there makes another image.
//!
//!     cargo bench -p pullable-render --bench charts -- [--values] [--no-proof] [--releases=FOLDER] PATH/TO/CHARTS...
//!
//! Each argument is a folder with charts at any depth; helm is taken from PATH. A chart whose subcharts are absent gets
//! them from the same folder, if a chart of that name is there. With `--values`, each chart is also rendered with each of
//! its files `ci/*values.yaml`. With `--releases`, the releases of Flux in a folder take the place of the charts' own values:
//! those whose OCIRepository ends in the name of one of the charts.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::string_slice,
    reason = "a measurement stops where it fails"
)]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use render::{Chart, Document, Failure, Helm, Limits, Release, Rendered, Traced};
use run::Deadline;
use source::{RepoPath, Site, SourceFile};
use yaml::Node;

const WIDTH: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

#[derive(Default)]
struct Sums {
    releases: usize,
    failures: BTreeMap<String, usize>,
    images: usize,
    traced: usize,
    places: usize,
    proven: usize,
    renderings: usize,
    time: Duration,
}

struct Job {
    name: String,
    chart: Chart,
    values: Option<Node>,
    /// True if the values are those of a HelmRelease.
    is_release: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let is_proven = !arguments.iter().any(|argument| argument == "--no-proof");
    let with_values = arguments.iter().any(|argument| argument == "--values");
    let deadline = Deadline::after(Duration::from_hours(10));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let helm = Helm::find(&path, Path::new("/nonexistent"), &Limits::default(), &deadline).unwrap().unwrap();
    println!("helm {}", helm.version());
    println!("| charts of | releases | failed | images | traced | places | proven | runs | seconds each |");
    println!("|---|---|---|---|---|---|---|---|---|");
    let releases = arguments.iter().find_map(|argument| argument.strip_prefix("--releases="));
    for folder in arguments.iter().filter(|argument| !argument.starts_with("--")) {
        let mut jobs = jobs(Path::new(folder), with_values);
        if let Some(releases) = releases {
            jobs = released(Path::new(releases), &jobs);
        }
        let results = run::in_parallel(&jobs, WIDTH, |job| measure(&helm, job, is_proven, &deadline));
        let mut sums = Sums::default();
        for result in results {
            add(&mut sums, result);
        }
        let failed: usize = sums.failures.values().sum();
        let rendered = sums.releases - failed;
        #[allow(clippy::cast_precision_loss, reason = "a mean")]
        let seconds = sums.time.as_secs_f64() / rendered.max(1) as f64;
        println!(
            "| {folder} | {} | {failed} | {} | {} | {} | {} | {} | {seconds:.2} |",
            sums.releases, sums.images, sums.traced, sums.places, sums.proven, sums.renderings
        );
        for (failure, count) in &sums.failures {
            println!("    {count} × {failure}");
        }
    }
}

fn add(sums: &mut Sums, one: Sums) {
    sums.releases += one.releases;
    sums.images += one.images;
    sums.traced += one.traced;
    sums.places += one.places;
    sums.proven += one.proven;
    sums.renderings += one.renderings;
    sums.time += one.time;
    for (failure, count) in one.failures {
        *sums.failures.entry(failure).or_default() += count;
    }
}

/// The charts below a folder, each with its defaults and, if wanted, its values files.
fn jobs(folder: &Path, with_values: bool) -> Vec<Job> {
    let mut folders = Vec::new();
    charts_below(folder, &mut folders);
    let mut names = BTreeMap::new();
    for folder in &folders {
        let text = std::fs::read_to_string(folder.join("Chart.yaml")).unwrap_or_default();
        let root = root("Chart.yaml", &text);
        if let Some(name) = root.as_ref().and_then(|root| root.get("name")).and_then(Node::scalar) {
            names.insert(name.to_owned(), folder.clone());
        }
    }
    let mut jobs = Vec::new();
    for folder in &folders {
        let mut chart = Chart::default();
        read(&mut chart, folder, folder, "");
        add_subcharts(&mut chart, "", &names, 0);
        let name = folder.display().to_string();
        jobs.push(Job { name: name.clone(), chart: chart.clone(), values: None, is_release: false });
        let files = if with_values { std::fs::read_dir(folder.join("ci")).ok() } else { None };
        let mut files: Vec<PathBuf> = files.into_iter().flatten().map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.to_string_lossy().ends_with("values.yaml")) {
            let text = std::fs::read_to_string(file).unwrap();
            let values = root(&format!("ci/{}", file.file_name().unwrap().to_string_lossy()), &text);
            let (name, chart) = (file.display().to_string(), chart.clone());
            jobs.push(Job { name, chart, values, is_release: false });
        }
    }
    jobs
}

/// The releases below a folder whose chart is that of a job.
fn released(folder: &Path, charts: &[Job]) -> Vec<Job> {
    let mut files = Vec::new();
    files_below(folder, &mut files);
    let mut names = BTreeMap::new();
    for (file, text) in &files {
        for root in roots("x", text) {
            let url = root.at(&["spec", "url"]).and_then(Node::scalar);
            let name = root.at(&["metadata", "name"]).and_then(Node::scalar);
            if let (Some(url), Some(name)) = (url, name) {
                let chart = url.rsplit('/').next().unwrap().to_owned();
                names.insert((file.parent().unwrap().to_owned(), name.to_owned()), chart);
            }
        }
    }
    let mut jobs = Vec::new();
    for (file, text) in &files {
        let path = file.display().to_string();
        for root in roots(&path, text).into_iter().filter(is_release) {
            let reference = root.at(&["spec", "chartRef", "name"]).and_then(Node::scalar).unwrap_or_default();
            let key = (file.parent().unwrap().to_owned(), reference.to_owned());
            let Some(wanted) = names.get(&key) else { continue };
            let Some(chart) = charts.iter().find(|job| job.name.rsplit('/').next() == Some(wanted)) else {
                continue;
            };
            let values = root.at(&["spec", "values"]).cloned();
            jobs.push(Job { name: path.clone(), chart: chart.chart.clone(), values, is_release: true });
        }
    }
    jobs
}

fn is_release(root: &Node) -> bool {
    root.get("kind").and_then(Node::scalar) == Some("HelmRelease")
}

fn files_below(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() && !path.is_symlink() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|end| end == "yaml") && path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

fn roots(path: &str, text: &str) -> Vec<Node> {
    let file = SourceFile::decode(RepoPath::new(path), text.as_bytes().to_vec()).unwrap();
    let mut roots = Vec::new();
    yaml::each_document(&Arc::new(file), |document| roots.extend(document.ok()));
    roots
}

fn root(path: &str, text: &str) -> Option<Node> {
    let file = SourceFile::decode(RepoPath::new(path), text.as_bytes().to_vec()).ok()?;
    let mut root = None;
    yaml::each_document(&Arc::new(file), |document| root = root.take().or(document.ok()));
    root
}

/// The outermost folders with a Chart.yaml.
fn charts_below(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.join("Chart.yaml").is_file() {
        found.push(folder.to_owned());
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut folders: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.iter().filter(|path| !path.is_symlink()).for_each(|folder| charts_below(folder, found));
}

fn read(chart: &mut Chart, base: &Path, folder: &Path, prefix: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            read(chart, base, &entry.path(), prefix);
        } else if kind.is_file() {
            let below = entry.path().strip_prefix(base).unwrap().to_string_lossy().into_owned();
            let path = RepoPath::new(&format!("{prefix}{below}"));
            chart.add(path.clone(), &path, std::fs::read(entry.path()).unwrap());
        }
    }
}

/// Adds the subcharts that a chart names and does not have, from the same repository.
fn add_subcharts(chart: &mut Chart, prefix: &str, names: &BTreeMap<String, PathBuf>, depth: usize) {
    let Some(file) = chart.text(&RepoPath::new(&format!("{prefix}Chart.yaml"))) else { return };
    let Some(root) = root("Chart.yaml", file.text()) else { return };
    for dependency in root.list("dependencies") {
        let Some(name) = dependency.get("name").and_then(Node::scalar) else { continue };
        let below = format!("{prefix}charts/{name}/");
        let is_there = chart.files().any(|(path, _)| path.as_str().starts_with(&below));
        if let Some(folder) = names.get(name).filter(|_| !is_there && depth < 3) {
            read(chart, folder, folder, &below);
            add_subcharts(chart, &below, names, depth + 1);
        }
    }
}

fn measure(helm: &Helm, job: &Job, is_proven: bool, deadline: &Deadline) -> Sums {
    let mut sums = Sums { releases: 1, ..Sums::default() };
    let mut release = Release::new("rel", "default", "1.33.0");
    release.values.clone_from(&job.values);
    let start = Instant::now();
    match rendered(helm, &job.chart, &release, deadline) {
        Ok((plain, traced)) => {
            for (template, broken) in &plain.broken {
                println!("    {}: {template} does not parse: {}", job.name, broken.message);
            }
            sums.time = start.elapsed();
            sums.renderings = traced.renderings + 1;
            sums.images = traced.images.len();
            sums.traced = traced.images.iter().filter(|image| image.is_traced).count();
            for image in traced.untraced() {
                println!("    {}: {}:{:?} {}", job.name, image.template, image.line, image.image);
            }
            if is_proven {
                prove(helm, job, &release, &traced, deadline, &mut sums);
            }
        }
        Err(failure) => {
            let cause: String = failure.to_string().chars().take(160).collect();
            println!("    {}: {cause}", job.name);
            let cause: String = cause.chars().take(40).collect();
            sums.failures.insert(cause, 1);
        }
    }
    sums
}

fn rendered(
    helm: &Helm,
    chart: &Chart,
    release: &Release,
    deadline: &Deadline,
) -> Result<(Rendered, Traced), Failure> {
    let limits = Limits::default();
    let plain = render::render(helm, chart, release, &limits, deadline)?;
    let fallback = root("release.yaml", "chart: x\n").unwrap();
    let traced = render::trace(helm, chart, release, &limits, deadline, &plain, &fallback)?;
    Ok((plain, traced))
}

/// Changes each place that decides, renders again, and compares the image.
fn prove(helm: &Helm, job: &Job, release: &Release, traced: &Traced, deadline: &Deadline, sums: &mut Sums) {
    let images = images(&traced.documents);
    let mut places = BTreeMap::new();
    for (index, node) in images.iter().enumerate() {
        let text = node.scalar().unwrap();
        for part in parts(text).into_iter().filter(|part| !part.is_empty()) {
            let site = node.place(part);
            if site.file.path().as_str() != "release.yaml" {
                places.entry((site.file.path().clone(), site.span)).or_insert((index, site));
            }
        }
    }
    for (index, site) in places.into_values() {
        sums.places += 1;
        let old = images.get(index).and_then(|node| node.scalar()).unwrap();
        match changed(helm, job, release, &site, deadline, index) {
            Some(new) if new != old => sums.proven += 1,
            new => println!(
                "    {}: not proven: {}:{} {:?}: {old} -> {new:?}",
                job.name,
                site.file.path(),
                site.location().line,
                site.text()
            ),
        }
    }
}

/// The image in the same place after a change of one character.
fn changed(
    helm: &Helm,
    job: &Job,
    release: &Release,
    site: &Site,
    deadline: &Deadline,
    index: usize,
) -> Option<String> {
    let (mut chart, mut release) = (job.chart.clone(), release.clone());
    let text = site.file.text();
    let range = site.span.range();
    let last = text[..range.end].chars().next_back()?;
    let other = match last {
        '0'..='8' => char::from_u32(u32::from(last) + 1)?,
        '9' => '8',
        'a' => 'b',
        _ => 'a',
    };
    let edited = format!("{}{other}{}", &text[..range.end - last.len_utf8()], &text[range.end..]);
    if job.is_release && site.file.path().as_str().starts_with('/') {
        let changed = roots("changed.yaml", &edited).into_iter().find(is_release);
        release.values = changed.and_then(|root| root.at(&["spec", "values"]).cloned());
    } else if site.file.path().as_str().starts_with("ci/") {
        release.values = root("ci/changed.yaml", &edited);
    } else {
        chart.add(site.file.path().clone(), site.file.path(), edited.into_bytes());
    }
    let chart = without_notes(&chart);
    let plain = render::render(helm, &chart, &release, &Limits::default(), deadline).ok()?;
    images(&plain.documents).get(index).and_then(|node| node.scalar()).map(str::to_owned)
}

/// A chart without its notes, which may refuse other images than the chart's own.
fn without_notes(chart: &Chart) -> Chart {
    let mut copy = Chart::default();
    for (path, file) in chart.files().filter(|(path, _)| path.file_name() != "NOTES.txt") {
        copy.add_file(path.clone(), file.clone());
    }
    copy
}

/// The name and the version of an image.
fn parts(image: &str) -> Vec<Range<usize>> {
    let rest = image.split('@').next().unwrap_or_default().len();
    let colon =
        image[..rest].rfind(':').filter(|colon| *colon > image[..rest].rfind('/').unwrap_or_default());
    let name = 0..colon.unwrap_or(rest);
    let version = if rest < image.len() {
        rest + 1..image.len()
    } else {
        colon.map_or(rest..rest, |colon| colon + 1..rest)
    };
    let name = image[..name.end].rfind('/').map_or(0, |slash| slash + 1)..name.end;
    vec![name, version]
}

/// The images of documents, in their order.
fn images(documents: &[Document]) -> Vec<Node> {
    let mut found = Vec::new();
    for document in documents {
        walk(&document.root, &mut found);
    }
    found
}

fn walk(node: &Node, found: &mut Vec<Node>) {
    node.items().iter().for_each(|item| walk(item, found));
    for (key, value) in node.entries() {
        let is_image = key.scalar() == Some("image") && value.scalar().is_some_and(|text| !text.is_empty());
        if is_image {
            found.push(value.clone());
        }
        walk(value, found);
    }
}
