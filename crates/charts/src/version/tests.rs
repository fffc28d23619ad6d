//! A table of the versions that requests select.

use Consumer::{ArgoCd, Flux, Helm};

use super::*;

fn entries(versions: &[&str]) -> Vec<Entry> {
    versions.iter().map(|version| Entry { version: (*version).to_owned(), ..Entry::default() }).collect()
}

fn taken(consumer: Consumer, wanted: &str, versions: &[&str]) -> String {
    match choose(consumer, wanted, &entries(versions)) {
        Ok(entry) => entry.version.clone(),
        Err(NoVersion::None) => "none".to_owned(),
        Err(NoVersion::NotAVersion) => "no version".to_owned(),
    }
}

fn tag(consumer: Consumer, wanted: &str, tags: &[&str]) -> String {
    if let TagChoice::Tag(tag) = tag_choice(consumer, wanted) {
        return format!("tag {tag}");
    }
    let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
    match choose_tag(consumer, wanted, &tags) {
        Ok(tag) => format!("listed {tag}"),
        Err(NoVersion::None) => "none".to_owned(),
        Err(NoVersion::NotAVersion) => "no version".to_owned(),
    }
}

#[test]
fn from_an_index() {
    let many = ["1.1.0", "1.2.3", "1.2.10", "1.3.0-rc.1", "nonsense", "1.2.4-beta"];
    let table: [(&str, &[&str], [&str; 3]); 21] = [
        // The text as it is listed.
        ("1.2.3", &many, ["1.2.3"; 3]),
        ("1.3.0-rc.1", &many, ["1.3.0-rc.1"; 3]),
        // A version with omitted parts is a range.
        ("1.2", &many, ["1.2.10"; 3]),
        ("1", &many, ["1.2.10"; 3]),
        ("3", &["v3.1.0"], ["v3.1.0"; 3]),
        ("3.1.0", &["v3.1.0"], ["v3.1.0"; 3]),
        ("v1.2.3", &["1.2.3"], ["1.2.3"; 3]),
        // Build metadata does not count.
        ("2.0.0", &["2.0.0+b1"], ["2.0.0+b1"; 3]),
        ("2.0.0+b2", &["2.0.0+b1"], ["2.0.0+b1"; 3]),
        // An empty version means the newest stable one.
        ("", &many, ["1.2.10"; 3]),
        ("*", &many, ["1.2.10"; 3]),
        ("", &["1.0.0-rc.1"], ["none"; 3]),
        // Pre-releases only if the range names one.
        (">=1.0.0", &many, ["1.2.10"; 3]),
        (">=1.0.0-0", &many, ["1.3.0-rc.1"; 3]),
        ("^1.1 <1.2", &many, ["1.1.0"; 3]),
        // Texts that no index lists.
        ("latest", &many, ["no version"; 3]),
        ("1.2.4", &many, ["none"; 3]),
        ("nonsense", &many, ["no version"; 3]),
        // Leading zeros, as in dates; white space.
        (">=2025.1.0", &["2025.02.03", "2025.03.01", "v2024.12.01"], ["2025.03.01"; 3]),
        ("2025.2.3", &["2025.02.03"], ["2025.02.03"; 3]),
        ("1.2.3 ", &many, ["1.2.3"; 3]),
    ];
    for (wanted, versions, expected) in table {
        let all = [Helm, Flux, ArgoCd].map(|consumer| taken(consumer, wanted, versions));
        assert_eq!(all, expected, "{wanted:?} of {versions:?}");
    }
}

#[test]
fn flux_reads_three_parts_only() {
    assert_eq!(taken(Helm, ">=1", &["1.3", "1.2.0"]), "1.3");
    assert_eq!(taken(ArgoCd, ">=1", &["1.3", "1.2.0"]), "1.3");
    assert_eq!(taken(Flux, ">=1", &["1.3", "1.2.0"]), "1.2.0");
}

#[test]
fn of_equal_versions_flux_takes_the_last_upload() {
    let entry = |version: &str, created: &str| Entry {
        version: version.to_owned(),
        created: created.to_owned(),
        ..Entry::default()
    };
    let entries = [
        entry("2.0.0+a", "2024-05-01T10:00:00+02:00"),
        entry("2.0.0+b", "2024-05-01T09:00:00Z"),
        entry("2.0.0+c", ""),
    ];
    assert_eq!(choose(Flux, "2.0.0", &entries).unwrap().version, "2.0.0+b");
    assert_eq!(choose(Helm, "2.0.0", &entries).unwrap().version, "2.0.0+a");
}

#[test]
fn from_tags() {
    let many = ["1.2.3", "1.2.10", "v3.1.0", "1.3.0-rc.1", "1.2.11_b.1", "latest", "2025.02.03"];
    for (wanted, expected) in [
        // A version is a tag, and no list is read.
        ("1.2.3", ["tag 1.2.3"; 3]),
        ("1.2.4", ["tag 1.2.4"; 3]),
        ("v1.2.3", ["tag v1.2.3"; 3]),
        ("3.1.0", ["tag 3.1.0"; 3]),
        ("2025.02.03", ["tag 2025.02.03"; 3]),
        ("1.2.11+b.1", ["tag 1.2.11_b.1"; 3]),
        // Flux takes two parts for a range.
        ("1.2", ["tag 1.2", "listed 1.2.11_b.1", "tag 1.2"]),
        ("1", ["tag 1", "listed 1.2.11_b.1", "tag 1"]),
        // Only Argo CD reads a `v` and leading zeros in tags.
        ("", ["listed 1.2.11_b.1", "listed 1.2.11_b.1", "listed 2025.02.03"]),
        ("^3", ["none", "none", "listed v3.1.0"]),
        (">=2025.1.0", ["none", "none", "listed 2025.02.03"]),
        (">=1.0.0-0 <2", ["listed 1.3.0-rc.1"; 3]),
        ("latest", ["no version"; 3]),
    ] {
        let all = [Helm, Flux, ArgoCd].map(|consumer| tag(consumer, wanted, &many));
        assert_eq!(all, expected, "{wanted:?}");
    }
}

#[test]
fn the_range_of_an_oci_repository_takes_what_flux_reads() {
    let many = ["1.2.3", "1.3", "v3.1.0", "2025.02.03"];
    for (wanted, expected) in [
        ("1.2.3", "listed 1.2.3"),
        ("1.x", "listed 1.2.3"),
        ("^3", "listed v3.1.0"),
        (">=2025.1.0", "listed 2025.02.03"),
        ("4.0.0", "none"),
        ("stable", "no version"),
    ] {
        assert_eq!(tag(Consumer::FluxArtifact, wanted, &many), expected, "{wanted}");
    }
}

#[test]
fn near_versions() {
    let versions: Vec<String> =
        ["4.10.0", "4.11.1", "4.11.2", "5.0.0-rc.1", "3.0.0"].iter().map(ToString::to_string).collect();
    assert_eq!(near("4.11.9", &versions), ["4.11.1", "4.11.2", "4.10.0"]);
    assert_eq!(near("latest", &versions), ["4.11.2", "4.11.1", "4.10.0"]);
    assert_eq!(near("1.0", &[]), Vec::<String>::new());
}

proptest::proptest! {
    /// A request selects a listed version, and the same one for every order of the list.
    #[test]
    fn order_does_not_count(
        wanted in "[~^>=v]{0,2}[0-3](\\.[0-3x]){0,2}(-[0a])?",
        mut versions in proptest::collection::btree_set("v?[0-3](\\.0?[0-3]){1,2}(-[ab])?", 0..8),
    ) {
        let listed: Vec<Entry> = entries(&versions.iter().map(String::as_str).collect::<Vec<_>>());
        let reversed: Vec<Entry> = listed.iter().rev().cloned().collect();
        for consumer in [Helm, Flux, ArgoCd] {
            let key = |taken: Result<&Entry, NoVersion>| taken.map(|entry| loose(&entry.version));
            let taken = choose(consumer, &wanted, &listed);
            proptest::prop_assert_eq!(key(taken), key(choose(consumer, &wanted, &reversed)));
        }
        versions.clear();
        proptest::prop_assert!(choose(Helm, &wanted, &entries(&[])).is_err());
    }
}
