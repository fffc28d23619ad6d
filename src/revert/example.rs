//! An incident for tests.

use deploy::{Input, Selection, extract};
use model::Reference;
use model::incident::{Incident, Introducing, Outcome, Reverted, Trigger};

/// The incident of one missing tag, with an earlier one that can be pulled.
pub(crate) fn incident() -> Incident {
    Incident {
        incident: "0123456789abcdef".to_owned(),
        trigger: Trigger::Manual,
        event: None,
        outcome: Outcome::Planned,
        why: None,
        mode: None,
        introducing: Introducing {
            commit: "c0ffee".to_owned(),
            subject: "Bump web".to_owned(),
            author: "Ada".to_owned(),
            date: 0,
        },
        references: vec![reference("r.io/web:2")],
        collateral: Vec::new(),
        automation: Vec::new(),
        suspended: Vec::new(),
        branch: None,
        commit: None,
        push: None,
        pushed: None,
        request: None,
        verified: true,
        follow_ups: Vec::new(),
    }
}

/// A reference that goes back to `r.io/web:1`.
pub(crate) fn reference(from: &str) -> Reverted {
    Reverted {
        unit: "prod".to_owned(),
        path: "prod/kustomization.yaml".to_owned(),
        line: 3,
        field: "images[0].newTag".to_owned(),
        from: from.to_owned(),
        rule: "missing-tag".to_owned(),
        to: Some("r.io/web:1".to_owned()),
        to_commit: Some("decade".to_owned()),
        tried: Vec::new(),
    }
}

/// The references of a file.
pub(crate) fn references_of(text: &str) -> Vec<Box<Reference>> {
    let memory = source::Memory::default().with("pod.yaml", text);
    let input = Input {
        head: &memory,
        base: None,
        selection: Selection::All,
        max_file_size: 1 << 20,
        renders: false,
        repositories: deploy::Repositories::default(),
        ignores: &[],
        excluded: None,
    };
    extract(&input).unwrap().references
}
