//! A process that may open hardly any file ends with an exit code and a message.
#![cfg(unix)]

use testkit::repo::Repo;

use crate::support::{PULLABLE, pod, run};

#[test]
fn too_few_open_files() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["127.0.0.1:1/a/b:1"])).commit("all");
    for limit in 4..=9 {
        for args in ["check a.yaml --deadline 300ms", "images --all"] {
            let script = format!("ulimit -n {limit}; exec {PULLABLE} {args}");
            let run = run(repo.command("sh").args(["-c", &script]));
            assert!([0, 2, 3].contains(&run.code), "{limit} {args}: {} {}", run.code, run.stderr);
            assert!(!run.stderr.contains("panicked"), "{limit} {args}: {}", run.stderr);
            if limit == 4 {
                run.refused(&["the system provides no event loop: Too many open files"]);
            }
        }
    }
}
