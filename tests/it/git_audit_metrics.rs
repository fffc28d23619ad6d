//! `--report openmetrics=FILE` of `audit` and `merge`, read by a strict reader.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use testkit::openmetrics::{Sample, read};
use testkit::registry::{Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::revert::{history, registry};
use crate::support::{pod, pullable, pullable_in};

/// The samples of a text.
fn samples(text: &str) -> BTreeMap<Sample, f64> {
    read(text).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
}

/// The value of a sample without labels.
fn plain(samples: &BTreeMap<Sample, f64>, name: &str) -> Option<u64> {
    let value = samples.get(&(format!("pullable_{name}"), Vec::new()))?;
    assert!(value.fract() == 0.0 && *value >= 0.0, "{name} {value}");
    value.to_string().parse().ok()
}

/// Names of images that have a sample, by the name of their family.
fn images(samples: &BTreeMap<Sample, f64>, name: &str) -> Vec<String> {
    let of_family = samples.keys().filter(|(family, _)| *family == format!("pullable_{name}"));
    of_family.map(|(_, labels)| labels[0].1.clone()).collect()
}

#[test]
fn an_audit_as_metrics() {
    let registry = registry(&["1.4.7"]);
    registry.push("shop/db", "17");
    let repo = history(&registry, &["1.4.7", "1.5.0-typo"]);
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: old}\nspec: {suspend: true}\n";
    let host = registry.host();
    repo.write("db.yaml", pod(&[&format!("{host}/shop/db:16")])).commit("Add the database");
    repo.write("db.yaml", pod(&[&format!("{host}/shop/db:17"), &format!("{host}/ill/x:1")]));
    repo.write("old.yaml", release).commit("Bump the database");
    registry.fault(Matcher::any("/ill/"), Reply::error(503, "UNAVAILABLE", "down"));
    let args = ["audit", "--history", ".git/history", "--report", "openmetrics=.git/pullable.prom"];
    assert_eq!(pullable(&repo, &args).code, 1);
    let text = fs::read_to_string(repo.path().join(".git/pullable.prom")).unwrap();
    let found = samples(&text);
    for (name, value) in [
        ("images", 3),
        ("units", 2),
        ("audit_broken_images", 1),
        ("audit_unverified_images", 1),
        ("audit_suspended_objects", 1),
        ("audit_rollback_impossible", 1),
        ("audit_complete", 1),
        ("audit_missing_shards", 0),
        ("audit_deploys_around_git", 0),
        ("audit_not_included", 0),
    ] {
        assert_eq!(plain(&found, name), Some(value), "{name}: {text}");
    }
    let verdict = |name: &str| {
        let labels = vec![("verdict".to_owned(), name.to_owned())];
        found[&("pullable_references".to_owned(), labels)].to_string()
    };
    assert_eq!([verdict("present"), verdict("missing"), verdict("unverified")], ["1", "1", "1"]);
    let broken = [format!("{host}/shop/web:1.5.0-typo")];
    assert_eq!(images(&found, "audit_broken_image"), broken);
    assert_eq!(images(&found, "audit_missing_since_timestamp_seconds"), broken);
    let success = plain(&found, "audit_last_success_timestamp_seconds").unwrap();
    let written = fs::metadata(repo.path().join(".git/pullable.prom")).unwrap().modified().unwrap();
    let written = written.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!((written - 120..=written).contains(&success), "{success} {written}");
}

#[test]
fn only_a_completed_audit_is_a_success() {
    let registry = Registry::start();
    let repo = Repo::new();
    for name in ["a", "b", "c", "d"] {
        registry.push(&format!("shop/{name}"), "1");
        repo.write(format!("{name}.yaml"), pod(&[&format!("{}/shop/{name}:1", registry.host())]));
    }
    repo.commit("Add them");
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    for index in ["1", "2"] {
        let reports =
            [format!("json={}", at(&format!("{index}.json"))), format!("openmetrics={}", at("part"))];
        let args =
            ["audit", "--shard", &format!("{index}/2"), "--report", &reports[0], "--report", &reports[1]];
        assert_eq!(pullable(&repo, &args).code, 0);
        let part = samples(&fs::read_to_string(at("part")).unwrap());
        assert_eq!(plain(&part, "audit_last_success_timestamp_seconds"), None, "a shard is no audit");
    }
    let merged = |reports: &[&str]| {
        let report = format!("openmetrics={}", at("whole"));
        let reports: Vec<String> = reports.iter().map(|name| at(name)).collect();
        let mut args = vec!["merge", "--format", "openmetrics", "--report", &report];
        args.extend(reports.iter().map(String::as_str));
        let run = pullable_in(Path::new("/"), &args);
        let whole = samples(&fs::read_to_string(at("whole")).unwrap());
        assert_eq!(whole.keys().collect::<Vec<_>>(), samples(&run.stdout).keys().collect::<Vec<_>>());
        (run.code, whole)
    };
    let (code, whole) = merged(&["1.json", "2.json"]);
    assert_eq!((code, plain(&whole, "audit_complete"), plain(&whole, "images")), (0, Some(1), Some(4)));
    assert!(plain(&whole, "audit_last_success_timestamp_seconds").is_some());
    let (code, part) = merged(&["2.json"]);
    assert_eq!(
        (code, plain(&part, "audit_complete"), plain(&part, "audit_missing_shards")),
        (3, Some(0), Some(1))
    );
    assert_eq!(plain(&part, "audit_last_success_timestamp_seconds"), None);
}

#[test]
fn an_audit_that_the_deadline_ends_is_no_success() {
    let registry = Registry::builder().latency(std::time::Duration::from_secs(20)).start();
    let repo = Repo::new();
    repo.write("a.yaml", pod(&[&format!("{}/shop/web:1", registry.host())])).commit("Add it");
    let run = pullable(&repo, &["audit", "--deadline", "1s", "--format", "openmetrics"]);
    let found = samples(&run.stdout);
    assert_eq!((run.code, plain(&found, "audit_complete")), (3, Some(0)));
    assert_eq!(plain(&found, "audit_last_success_timestamp_seconds"), None);
}

#[test]
fn text_of_git_breaks_no_sample() {
    let repo = Repo::new();
    let texts = [r#"'a"b\c:1'"#, "\"x\\u001b[31m\\n# EOF\\ny 1:1\"", "'##[error]z:1'"];
    repo.write("a.yaml", pod(&texts)).commit("Add them");
    let run = pullable(&repo, &["audit", "--format", "openmetrics"]);
    let found = samples(&run.stdout);
    assert_eq!(images(&found, "audit_broken_image").len(), 3, "{}", run.stdout);
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains("##["), "{}", run.stdout);
}

#[test]
fn many_broken_images_have_a_bounded_number_of_samples() {
    let registry = registry(&["1"]);
    let repo = Repo::new();
    let images_of: Vec<String> = (0..130).map(|n| format!("{}/shop/web:x{n}", registry.host())).collect();
    repo.write("a.yaml", pod(&images_of.iter().map(String::as_str).collect::<Vec<_>>())).commit("Add them");
    let found =
        samples(&pullable(&repo, &["audit", "--rollback", "never", "--format", "openmetrics"]).stdout);
    assert_eq!(images(&found, "audit_broken_image").len(), 100);
    assert_eq!(plain(&found, "audit_broken_images"), Some(130));
    assert_eq!(plain(&found, "audit_rollback_impossible"), None, "it was not looked at");
}
