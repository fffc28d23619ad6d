//! The fields of a kustomization and their types, as kustomize declares them.
//! Source: <https://github.com/kubernetes-sigs/kustomize/tree/kustomize/v5.8.1/api/types>.

/// The type of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Type {
    Text,
    /// A part of an image: numbers in it are reported separately.
    ImagePart,
    Flag,
    Whole,
    /// A mapping from any key to a text.
    Texts,
    /// A mapping from any key to any value.
    Mapping,
    List(&'static Self),
    Fields(&'static [&'static [Field]]),
}

/// The name of a field, and the type of its value.
pub(crate) type Field = (&'static str, Type);

use Type::{Fields, Flag, ImagePart, List, Mapping, Text, Texts, Whole};

const LIST_OF_TEXTS: Type = List(&Text);

/// A kustomization.
pub(crate) const KUSTOMIZATION: Type = Fields(&[OPERANDS, OPERATORS, GENERATORS]);

const OPERANDS: &[Field] = &[
    ("apiVersion", Text),
    ("kind", Text),
    ("metadata", Fields(&[META])),
    ("openapi", Texts),
    ("resources", LIST_OF_TEXTS),
    ("bases", LIST_OF_TEXTS),
    ("components", LIST_OF_TEXTS),
    ("crds", LIST_OF_TEXTS),
    ("configurations", LIST_OF_TEXTS),
    ("generators", LIST_OF_TEXTS),
    ("transformers", LIST_OF_TEXTS),
    ("validators", LIST_OF_TEXTS),
    ("buildMetadata", LIST_OF_TEXTS),
];

const OPERATORS: &[Field] = &[
    ("namePrefix", Text),
    ("nameSuffix", Text),
    ("namespace", Text),
    ("commonLabels", Texts),
    ("labels", List(&Fields(&[LABELS]))),
    ("commonAnnotations", Texts),
    ("patchesStrategicMerge", LIST_OF_TEXTS),
    ("patchesJson6902", PATCHES),
    ("patches", PATCHES),
    ("images", IMAGES),
    ("imageTags", IMAGES),
    ("replacements", List(&Fields(&[REPLACEMENT]))),
    ("replicas", List(&REPLICA)),
    ("vars", List(&Fields(&[VARIABLE]))),
    ("sortOptions", Fields(&[&[("order", Text), ("legacySortOptions", LEGACY_SORT)]])),
];

const GENERATORS: &[Field] = &[
    ("configMapGenerator", List(&Fields(&[GENERATED]))),
    ("secretGenerator", List(&Fields(&[GENERATED, &[("type", Text)]]))),
    ("generatorOptions", GENERATOR_OPTIONS),
    ("helmGlobals", Fields(&[&[("chartHome", Text), ("configHome", Text)]])),
    ("helmCharts", List(&Fields(&[CHART]))),
    ("helmChartInflationGenerator", List(&Fields(&[INFLATION]))),
];

const META: &[Field] = &[("name", Text), ("namespace", Text), ("labels", Texts), ("annotations", Texts)];
const GROUP_VERSION_KIND: &[Field] = &[("group", Text), ("version", Text), ("kind", Text)];
const NAMED: &[Field] = &[("name", Text), ("namespace", Text)];
const SELECTOR: Type =
    Fields(&[GROUP_VERSION_KIND, NAMED, &[("annotationSelector", Text), ("labelSelector", Text)]]);
const FIELD_SPEC: Type = Fields(&[GROUP_VERSION_KIND, &[("path", Text), ("create", Flag)]]);

const REPLICA: Type = Fields(&[&[("name", Text), ("count", Whole)]]);

const LABELS: &[Field] = &[
    ("pairs", Texts),
    ("includeSelectors", Flag),
    ("includeTemplates", Flag),
    // A field of the version after 5.8.1.
    ("includeVolumeClaimTemplates", Flag),
    ("fields", FIELD_SPECS),
];

const PATCHES: Type = List(&Fields(&[&[
    ("path", Text),
    ("patch", Text),
    ("target", SELECTOR),
    ("options", Fields(&[&[("allowNameChange", Flag), ("allowKindChange", Flag)]])),
]]));

const IMAGES: Type = List(&IMAGE);
const IMAGE: Type = Fields(&[&[
    ("name", Text),
    ("newName", ImagePart),
    ("tagSuffix", Text),
    ("newTag", ImagePart),
    ("digest", ImagePart),
]]);

const REPLACEMENT: &[Field] = &[
    ("source", Fields(&[GROUP_VERSION_KIND, NAMED, &[("fieldPath", Text), ("options", FIELD_OPTIONS)]])),
    ("sourceValue", Text),
    ("path", Text),
    (
        "targets",
        List(&Fields(&[&[
            ("select", SELECTOR),
            ("reject", List(&SELECTOR)),
            ("fieldPaths", LIST_OF_TEXTS),
            ("options", FIELD_OPTIONS),
        ]])),
    ),
];
const FIELD_OPTIONS: Type =
    Fields(&[&[("delimiter", Text), ("index", Whole), ("encoding", Text), ("create", Flag)]]);

const VARIABLE: &[Field] = &[
    ("name", Text),
    ("objref", Fields(&[GROUP_VERSION_KIND, NAMED, &[("apiVersion", Text)]])),
    ("fieldref", Fields(&[&[("fieldPath", Text)]])),
];

const LEGACY_SORT: Type = Fields(&[&[("orderFirst", LIST_OF_TEXTS), ("orderLast", LIST_OF_TEXTS)]]);

const GENERATED: &[Field] = &[
    ("name", Text),
    ("namespace", Text),
    ("behavior", Text),
    ("literals", LIST_OF_TEXTS),
    ("files", LIST_OF_TEXTS),
    ("envs", LIST_OF_TEXTS),
    ("env", Text),
    ("options", GENERATOR_OPTIONS),
];
const GENERATOR_OPTIONS: Type = Fields(&[&[
    ("labels", Texts),
    ("annotations", Texts),
    ("disableNameSuffixHash", Flag),
    ("immutable", Flag),
]]);

const CHART: &[Field] = &[
    ("name", Text),
    ("version", Text),
    ("repo", Text),
    ("releaseName", Text),
    ("namespace", Text),
    ("additionalValuesFiles", LIST_OF_TEXTS),
    ("valuesFile", Text),
    ("valuesInline", Mapping),
    ("valuesMerge", Text),
    ("includeCRDs", Flag),
    ("skipHooks", Flag),
    ("apiVersions", LIST_OF_TEXTS),
    ("kubeVersion", Text),
    ("nameTemplate", Text),
    ("skipTests", Flag),
    ("debug", Flag),
    ("devel", Flag),
];

const INFLATION: &[Field] = &[
    ("chartName", Text),
    ("chartVersion", Text),
    ("chartRepoUrl", Text),
    ("chartHome", Text),
    ("chartRepoName", Text),
    ("helmBin", Text),
    ("helmHome", Text),
    ("values", Text),
    ("valuesLocal", Mapping),
    ("valuesMerge", Text),
    ("releaseName", Text),
    ("releaseNamespace", Text),
    ("extraArgs", LIST_OF_TEXTS),
];

/// A file of `configurations`.
pub(crate) const CONFIGURATION: Type = Fields(&[&[
    ("namePrefix", FIELD_SPECS),
    ("nameSuffix", FIELD_SPECS),
    ("namespace", FIELD_SPECS),
    ("commonLabels", FIELD_SPECS),
    ("labels", FIELD_SPECS),
    ("templateLabels", FIELD_SPECS),
    // A field of the version after 5.8.1.
    ("volumeClaimTemplateLabels", FIELD_SPECS),
    ("commonAnnotations", FIELD_SPECS),
    ("nameReference", List(&Fields(&[GROUP_VERSION_KIND, &[("fieldSpecs", FIELD_SPECS)]]))),
    ("varReference", FIELD_SPECS),
    ("images", FIELD_SPECS),
    ("replicas", FIELD_SPECS),
]]);
const FIELD_SPECS: Type = List(&FIELD_SPEC);

const RESOURCE: &[Field] = &[("apiVersion", Text), ("kind", Text), ("metadata", Fields(&[META]))];

/// The configuration of any built-in transformer.
pub(crate) const TRANSFORMER: Type = Fields(&[
    RESOURCE,
    &[
        ("path", Text),
        ("patch", Text),
        ("target", SELECTOR),
        ("options", Fields(&[&[("allowNameChange", Flag), ("allowKindChange", Flag)]])),
        ("jsonOp", Text),
        ("paths", LIST_OF_TEXTS),
        ("patches", Text),
        ("imageTag", IMAGE),
        ("fieldSpecs", FIELD_SPECS),
        ("replacements", List(&Fields(&[REPLACEMENT]))),
        ("replica", REPLICA),
        ("prefix", Text),
        ("suffix", Text),
        ("labels", Texts),
        ("annotations", Texts),
        ("value", Text),
        ("targets", List(&Fields(&[&[("selector", SELECTOR), ("fieldPath", Text)]]))),
        ("targetFilePath", Text),
    ],
]);

/// The configuration of any built-in generator.
pub(crate) const GENERATOR: Type =
    Fields(&[RESOURCE, GENERATED, CHART, &[("type", Text), ("chartHome", Text), ("configHome", Text)]]);

/// The field of a name among those of a type; Go's JSON reader does not care about case.
pub(crate) fn field(fields: &[&[Field]], name: &str) -> Option<Field> {
    fields.iter().copied().flatten().find(|(known, _)| known.eq_ignore_ascii_case(name)).copied()
}
