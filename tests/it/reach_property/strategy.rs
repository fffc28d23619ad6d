//! Strategies for repositories. Most values are the same at base and head; minimal cases have as few
//! differences as show the fault.

use proptest::collection::vec;
use proptest::prelude::*;

use super::model::{Both, Content, Deployer, DeployerKind, Element, File, Folder, Form, Repository};
use super::names::{ENDS, FOLDERS};

/// The parts that a generated repository may have.
#[derive(Clone, Copy, Debug)]
pub struct Features {
    pub kinds: &'static [DeployerKind],
    pub contents: &'static [Content],
    pub forms: &'static [Form],
    /// How many of the file name ends may occur.
    pub ends: usize,
    pub links: bool,
    /// Files and folders may be renamed.
    pub renames: bool,
}

/// Every feature.
pub const ALL: Features = Features {
    kinds: &[
        DeployerKind::Flux,
        DeployerKind::HelmRelease,
        DeployerKind::Application,
        DeployerKind::SetOfList,
        DeployerKind::SetOfDirectories,
        DeployerKind::SetOfFiles,
    ],
    contents: &[Content::Plain, Content::Kustomization, Content::Component, Content::Chart],
    forms: &[
        Form::Images,
        Form::Patch,
        Form::PatchJson,
        Form::StrategicMerge,
        Form::Json6902,
        Form::TransformerPatch,
        Form::TransformerPatchPath,
        Form::TransformerImages,
        Form::ReplacementFile,
        Form::ReplacementEnvs,
        Form::ReplacementFiles,
        Form::Variables,
    ],
    ends: ENDS.len(),
    links: false,
    renames: true,
};

/// A repository and a change of it.
pub fn repository(features: Features) -> impl Strategy<Value = Repository> {
    let deployers = if features.kinds.is_empty() { 0..1 } else { 0..4 };
    (vec(folder(features), 1..4), vec(deployer(features), deployers))
        .prop_map(|(folders, deployers)| Repository { folders, deployers })
}

/// One of 12 values differs between base and head.
fn both<T: Copy + std::fmt::Debug + PartialEq + 'static>(
    value: impl Strategy<Value = T> + Clone + 'static,
) -> BoxedStrategy<Both<T>> {
    let same = value.clone().prop_map(|value| Both { base: value, head: value });
    let other = (value.clone(), value).prop_map(|(base, head)| Both { base, head });
    prop_oneof![11 => same, 1 => other].boxed()
}

/// A name; it differs only where files and folders are renamed.
fn name(features: Features, count: usize) -> BoxedStrategy<Both<usize>> {
    if features.renames {
        return both(0..count);
    }
    (0..count).prop_map(|name| Both { base: name, head: name }).boxed()
}

fn folder(features: Features) -> impl Strategy<Value = Folder> {
    let content = prop::sample::select(features.contents);
    let elements = if features.forms.is_empty() { 0..1 } else { 0..3 };
    let parts = (vec(file(features), 1..3), vec(element(features), elements));
    (name(features, FOLDERS.len()), content, parts, both(0..8_u8)).prop_map(
        |(name, content, (files, elements), includes)| Folder { name, content, files, elements, includes },
    )
}

fn file(features: Features) -> impl Strategy<Value = File> {
    let names = (both(prop::bool::weighted(0.9)), name(features, features.ends), both(1..4_u8));
    let link = if features.links { 0.3 } else { 0.0 };
    let places = (both(prop::bool::weighted(link)), both(prop::bool::weighted(0.15)));
    let use_of_it = (both(prop::bool::weighted(0.9)), prop::bool::weighted(0.2));
    (names, places, use_of_it).prop_map(|((here, end, version), (link, nested), (listed, variable))| File {
        here,
        end,
        version,
        listed,
        variable,
        link,
        nested,
    })
}

fn element(features: Features) -> impl Strategy<Value = Element> {
    let forms = if features.forms.is_empty() { ALL.forms } else { features.forms };
    let form = both(prop::sample::select(forms));
    (both(prop::bool::weighted(0.8)), form, name(features, features.ends), both(1..4_u8), 0..3_usize)
        .prop_map(|(here, form, end, version, on)| Element { here, form, end, version, on })
}

fn deployer(features: Features) -> impl Strategy<Value = Deployer> {
    let optional = || both(prop::option::weighted(0.3, 1..4_u8));
    let place =
        (both(prop::bool::weighted(0.9)), both(0..3_usize), both(prop::option::weighted(0.1, 0..3_usize)));
    let inputs = (optional(), optional(), optional(), both(0..4_u8));
    let directory = (both(prop::bool::weighted(0.4)), both(prop::bool::weighted(0.2)));
    let kinds = if features.kinds.is_empty() { ALL.kinds } else { features.kinds };
    (prop::sample::select(kinds), place, inputs, directory, name(features, features.ends)).prop_map(
        |(kind, (here, folder, home), (own, config_map, patch, values_files), (recurse, include), end)| {
            Deployer { kind, here, folder, home, own, config_map, values_files, recurse, include, patch, end }
        },
    )
}
