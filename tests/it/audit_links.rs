//! Symbolic links within the repository are followed as git's tree has them, and nothing outside is read.

use crate::audit_case::{Case, deployment};

const FLUX: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n\
                    spec:\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n";

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

/// A link that leads out of the repository, to nowhere or in a circle deploys nothing, and stops nothing.
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
