//! Configuration and baseline come from the base, whatever the change does to them.

use crate::audit_case::{Case, deployment, shop};

fn bump() -> Case {
    Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", &deployment("REP:BAD"))
}

/// A baseline that the base has lets its findings pass.
#[test]
fn a_baseline_of_the_base() {
    let registry = shop();
    let case = bump();
    let repo = case.commit(&registry, "9.9-bad");
    case.clone().args(&["--write-baseline", "bl.json"]).check_in(&repo);
    let written = std::fs::read_to_string(repo.path().join("bl.json")).unwrap();
    repo.git(&["checkout", "-q", "-f", "main"]);
    repo.write("bl.json", &written).commit("the baseline");
    repo.git(&["checkout", "-q", "change"]);
    repo.merge("main");
    let gate = case.args(&["--baseline", "bl.json"]).check_in(&repo);
    assert_eq!(gate.run.code, 0, "{}", gate.shown());
}
