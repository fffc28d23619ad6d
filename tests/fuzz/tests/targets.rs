//! Every target, for a short time or for as long as `PULLABLE_FUZZ_SECONDS` sets.

use fuzz_targets::campaign::{Length, run};
use fuzz_targets::{TARGETS, compared, corpus};

#[test]
fn no_input_breaks_a_property() {
    let only = std::env::var("PULLABLE_FUZZ_TARGET").ok();
    let chosen: Vec<_> =
        TARGETS.iter().filter(|target| only.as_deref().is_none_or(|name| name == target.name)).collect();
    assert!(!chosen.is_empty(), "there is no target {only:?}");
    for target in chosen {
        let start = std::time::Instant::now();
        let inputs = run(target, Length::of_environment());
        let compared = match compared::taken() {
            0 => String::new(),
            number => format!(", {number} results compared with another program"),
        };
        println!("{}: {inputs} inputs in {:?}{compared}", target.name, start.elapsed());
    }
}

#[test]
fn every_folder_of_the_corpus_is_that_of_a_target() {
    let parent = corpus::folder("");
    let mut folders: Vec<String> = std::fs::read_dir(parent)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    folders.sort();
    names.sort_unstable();
    assert_eq!(folders, names);
}
