//! A root as a unit.

use std::sync::Arc;

use model::{FileProblem, Rule, UnitId};

use crate::engine::part::Part;
use crate::engine::reads::Reads;
use crate::engine::root::{Deployers, Root};
use crate::engine::root_parts;
use crate::engine::side::{Recorded, Side};
use crate::engine::tree::Tree;
use crate::engine::unit::Unit;

impl Unit for Root {
    fn id(&self) -> UnitId {
        self.id.clone()
    }

    fn traced(&self, side: &Side<'_>) -> Arc<Reads> {
        if self.deployer.is_none()
            && let Some(reads) = side.graph().kustomizations.get(&self.folder)
        {
            return Arc::clone(reads);
        }
        let tree = Tree::tracing(side);
        for deployer in &self.deployers(&tree).0.all {
            root_parts::trace(&tree, self, deployer.as_ref());
        }
        Arc::new(tree.into_reads())
    }

    fn assemble(&self, tree: &Tree<'_>, visit: &mut dyn FnMut(Part)) {
        let recorded = self.deployers(tree);
        let deployers = &recorded.0;
        if let Some(why) = deployers.missing {
            visit(Part::Problem(missing(self, why)));
        }
        for deployer in &deployers.all {
            root_parts::each(tree, self, deployer.as_ref(), None, &mut |part| match part {
                Part::Document(document) => tree.read(document, visit),
                problem @ Part::Problem(_) => visit(problem),
            });
        }
    }
}

impl Root {
    /// The resources that deploy it. Its result depends on the generators and the file that define them.
    fn deployers(&self, tree: &Tree<'_>) -> Recorded<Deployers> {
        tree.shares(&self.origin);
        if let Some(file) = self.file() {
            tree.depends_on(&file);
        }
        tree.deployers(self)
    }
}

/// The cause of a problem with a root whose deployers are not all known.
pub(crate) const VERSIONS: &str = "versions-of-deployer";

fn missing(root: &Root, why: &str) -> FileProblem {
    let folder = if root.folder.as_str().is_empty() { "the root folder" } else { root.folder.as_str() };
    FileProblem {
        rule: Rule::UnreadableFile,
        path: root.file().unwrap_or_else(|| root.folder.clone()),
        cause: VERSIONS.to_owned(),
        message: format!("not all versions of what deploys {folder} here were checked: {why}"),
        help: None,
        site: root.deployer.as_ref().map(|deployer| deployer.document.root.site()),
        about: 0,
    }
}
