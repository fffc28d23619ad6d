//! Symbolic links within the repository are followed as git's tree has them, and nothing outside is read.

use crate::audit_case::{Case, deployment, outcome, shop};
use crate::support::pullable;

const FLUX: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n\
                    spec:\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n";

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  \
                           source: {repoURL: https://git.test/shop.git, path: apps}\n";

/// A folder with a link to a file whose name shows nothing.
fn linked(deployer: &str) -> Case {
    Case::new()
        .base("clusters/apps.yaml", deployer)
        .base("apps/other.yaml", &deployment("REP:1.0").replace("name: web\nspec", "name: other\nspec"))
        .base("lib/x.tpl", &deployment("REP:1.0"))
        .base_link("apps/l.yaml", "../lib/x.tpl")
}

#[test]
fn a_linked_manifest_below_flux() {
    linked(FLUX).head("lib/x.tpl", &deployment("REP:BAD")).is_missing_at("lib/x.tpl:10");
}

#[test]
fn a_linked_manifest_below_argo_cd() {
    linked(APPLICATION).head("lib/x.tpl", &deployment("REP:BAD")).is_missing_at("lib/x.tpl:10");
}

#[test]
fn a_linked_manifest_in_the_whole_head() {
    linked(FLUX).head("lib/x.tpl", &deployment("REP:BAD")).args(&["--all"]).is_missing_at("lib/x.tpl:10");
}

/// A link that no root deploys is a manifest by its own name, if the name of its target shows nothing.
#[test]
fn a_linked_manifest_on_its_own() {
    let case = Case::new().base("lib/x", &deployment("REP:1.0")).base_link("apps/l.yaml", "../lib/x");
    case.head("lib/x", &deployment("REP:BAD")).is_missing_at("lib/x:10");
    Case::new()
        .base("lib/x", &deployment("REP:BAD"))
        .head_link("apps/l.yaml", "../lib/x")
        .is_missing_at("lib/x:10");
}

#[test]
fn a_link_that_is_added() {
    Case::new()
        .base("clusters/apps.yaml", FLUX)
        .base("apps/other.yaml", &deployment("REP:1.0"))
        .base("lib/x.tpl", &deployment("REP:BAD").replace("name: web\nspec", "name: new\nspec"))
        .head_link("apps/l.yaml", "../lib/x.tpl")
        .is_missing_at("lib/x.tpl:10");
}

#[test]
fn a_link_that_points_elsewhere() {
    linked(FLUX)
        .base("lib/y.tpl", &deployment("REP:BAD"))
        .remove("apps/l.yaml")
        .head_link("apps/l.yaml", "../lib/y.tpl")
        .is_missing_at("lib/y.tpl:10");
}

#[test]
fn a_linked_folder() {
    Case::new()
        .base("clusters/apps.yaml", FLUX)
        .base("lib/below/web.yaml", &deployment("REP:1.0"))
        .base("apps/.keep", "")
        .base_link("apps/below", "../lib/below")
        .head("lib/below/web.yaml", &deployment("REP:BAD"))
        .is_missing_at("lib/below/web.yaml:10");
}

#[test]
fn a_linked_resource_of_a_kustomization() {
    Case::new()
        .base("k/kustomization.yaml", "resources: [a.yaml]\n")
        .base("k/real", &deployment("REP:1.0"))
        .base_link("k/a.yaml", "real")
        .head("k/real", &deployment("REP:BAD"))
        .is_missing_at("k/real:10");
}

#[test]
fn a_linked_values_file_of_a_chart() {
    Case::new()
        .base("c/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("lib/values", "image: {repository: REP, tag: '1.0'}\n")
        .base_link("c/values.yaml", "../lib/values")
        .head("lib/values", "image: {repository: REP, tag: 'BAD'}\n")
        .is_missing_at("lib/values:1");
}

/// A link that leads out of the repository, to no file or in a cycle deploys nothing, and does not stop the
/// check.
#[test]
fn links_that_lead_nowhere() {
    for target in ["/etc/hostname", "../../outside.yaml", "gone.yaml", "l.yaml", "../apps"] {
        Case::new()
            .base("clusters/apps.yaml", FLUX)
            .base("apps/web.yaml", &deployment("REP:1.0"))
            .head_link("apps/l.yaml", target)
            .head("apps/web.yaml", &deployment("REP:BAD"))
            .is_missing_at("apps/web.yaml:10");
    }
}

/// A target outside of the repository is not the file that has the rest of its path inside of it.
#[test]
fn links_that_lead_out_of_the_repository() {
    for (target, inside) in
        [("/etc/web", "apps/etc/web"), ("../../outside", "outside"), ("../../../lib/web", "lib/web")]
    {
        let case = Case::new().base("apps/other.yaml", "").base(inside, &deployment("REP:BAD"));
        let checked = case.clone().head_link("apps/l.yaml", target).check("9.9-bad");
        assert_eq!((checked.run.code, checked.references.len()), (0, 0), "{target}: {}", checked.shown());
        // Such a file is deployed through a link that leads to it.
        let link = if inside.starts_with("apps/") { "etc/web".to_owned() } else { format!("../{inside}") };
        case.head_link("apps/l.yaml", &link).is_missing_at(&format!("{inside}:10"));
    }
}

/// A link of the work tree shows nothing of the machine that a commit of it would not have.
#[test]
fn links_of_the_work_tree_that_lead_out() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.yaml");
    let registry = shop();
    std::fs::write(&secret, deployment(&format!("{}/shop/web:9.9-bad", registry.host()))).unwrap();
    let repo =
        Case::new().base("apps/web.yaml", &deployment("REP:1.0")).head("x", "x").commit(&registry, "1.1");
    let target = secret.to_str().unwrap();
    repo.symlink("apps/file.yaml", target).symlink("apps/folder", outside.path());
    repo.symlink("apps/way.yaml", "folder/secret.yaml");
    for args in [&["--base", "main"][..], &["--all"], &["apps"], &["."]] {
        let checked = outcome(pullable(&repo, &[&["check", "--format", "json"], args].concat()));
        assert_eq!(checked.run.code, 0, "{args:?} {}", checked.shown());
        let text = format!("{}{}", checked.run.stdout, checked.run.stderr);
        assert!(!text.contains("9.9-bad") && !text.contains("secret.yaml:"), "{args:?} {text}");
    }
}

const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
                       oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

/// A pointer of Git LFS in the place of a manifest, a resource or values is reported.
#[test]
fn lfs_pointers_are_reported() {
    let manifest = Case::new()
        .base("clusters/apps.yaml", FLUX)
        .base("apps/web.yaml", &deployment("REP:1.0"))
        .head("apps/web.yaml", POINTER);
    let resource = Case::new()
        .base("k/kustomization.yaml", "resources: [a]\n")
        .base("k/a", &deployment("REP:1.0"))
        .head("k/a", POINTER);
    let values = Case::new()
        .base("c/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
        .base("c/values.yaml", "image: {repository: REP, tag: '1.0'}\n")
        .head("c/values.yaml", POINTER);
    let alone = Case::new().base("web.yaml", &deployment("REP:1.0")).head("web.yaml", POINTER);
    for (case, path) in
        [(manifest, "apps/web.yaml"), (resource, "k/a"), (values, "c/values.yaml"), (alone, "web.yaml")]
    {
        let outcome = case.check("1.1");
        let about = outcome.findings.iter().any(|finding| finding.contains(&format!(" {path}")));
        let words = outcome.run.stdout.contains("LFS");
        assert!(about && words, "{path} {}", outcome.shown());
    }
}

/// A link that becomes the file that it led to, and the reverse, deploys what was deployed.
#[test]
fn a_link_and_a_file_of_one_name() {
    let manifest = deployment("REP:BAD");
    let file = Case::new()
        .base("lib/x.tpl", &manifest)
        .base_link("apps/l.yaml", "../lib/x.tpl")
        .remove("lib/x.tpl")
        .head("apps/l.yaml", &manifest);
    let link = Case::new()
        .base("apps/l.yaml", &manifest)
        .head("lib/x.tpl", &manifest)
        .remove("apps/l.yaml")
        .head_link("apps/l.yaml", "../lib/x.tpl");
    for case in [file, link] {
        let outcome = case.check("9.9-bad");
        assert_eq!((outcome.run.code, outcome.references.len()), (0, 0), "{}", outcome.shown());
    }
}
