//! Kustomizations over the resources of a rendered chart: the post-renderers of a release.
//! Source: <https://fluxcd.io/flux/components/helm/helmreleases/#post-renderers>.

use source::RepoPath;
use yaml::Node;

use super::built::Built;
use super::model::Kustomization;
use super::transform;
use super::work::Work;
use crate::document::Document;
use crate::engine::part::Part;
use crate::engine::tree::Tree;

/// The resources after each kustomization has changed them in turn, and the problems of the kustomizations.
pub(crate) fn post_rendered<'n>(
    tree: &Tree<'_>,
    resources: Vec<Document>,
    kustomizations: impl Iterator<Item = &'n Node>,
) -> impl Iterator<Item = Part> {
    let (mut work, mut built) = (Work::new(tree), Built::default());
    for resource in resources {
        built.add(resource);
    }
    for kustomization in kustomizations {
        let kustomization = Kustomization::read(kustomization);
        transform::transform(&mut work, &RepoPath::default(), &kustomization, &mut built);
    }
    built.into_parts()
}
