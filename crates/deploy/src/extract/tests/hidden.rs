//! Tests of parts that deployers read and that are not read here: each is not verified, and none is dropped.

use std::sync::Arc;

use source::SourceFile;

use super::*;
use crate::extract::tests::overlays::{deployed, told};
use crate::{Gaps, Outcome, Rendered, Rendering, Renderings, Sides};

const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: a}}}\n";
const FROM: &str = "  valuesFrom: [{kind: ConfigMap, name: settings, valuesKey: k}]\n";
const CHART: (&str, &str) = ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
/// A quoted text that continues at the margin: YAML 1.2 forbids it, and libyaml reads it.
const MARGIN: &str = "q: 'x\ny'\n";
const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";

/// True if a file is reported as not verified, with these words.
pub(crate) fn is_unverified(told: &[String], path: &str, words: &str) -> bool {
    told.iter()
        .any(|line| line.starts_with(path) && line.contains("unreadable-file: ") && line.contains(words))
}

#[test]
fn values_of_a_config_map_that_only_flux_reads() {
    let release = format!("{RELEASE}{FROM}");
    let map = format!("{MAP}data: {{k: \"q: 'x\\ny'\\nimage: evil.io/x:1\"}}\n");
    let told = deployed(&[CHART, ("web.yaml", &release), ("map.yaml", &map)]);
    assert!(is_unverified(&told, "map.yaml:4", "the YAML in this string"), "{told:?}");
    let templated = map.replace("nimage", "n# {{\\nimage");
    let told = deployed(&[CHART, ("web.yaml", &release), ("map.yaml", &templated)]);
    assert!(is_unverified(&told, "map.yaml:4", "the YAML in this string"), "{told:?}");
    let generator = "configMapGenerator: [{name: settings, files: [k=v.txt]}]\n";
    let text = format!("{MARGIN}image: evil.io/x:1\n");
    let told =
        deployed(&[CHART, ("web.yaml", &release), ("a/kustomization.yaml", generator), ("a/v.txt", &text)]);
    assert!(is_unverified(&told, "a/v.txt", "the YAML in this string"), "{told:?}");
}

#[test]
fn a_config_map_that_only_flux_reads() {
    let release = format!("{RELEASE}{FROM}");
    let map = format!("{MAP}data: {{k: 'a: b'}}\n");
    let hidden = format!("{MAP}data: {{k: 'a: c'}}\n{MARGIN}");
    let told = deployed(&[CHART, ("web.yaml", &release), ("map.yaml", &hidden)]);
    assert!(is_unverified(&told, "map.yaml", "Kubernetes may read it"), "{told:?}");
    let change = |base: Option<&str>| {
        let base: Vec<(&str, &str)> = base.iter().map(|text| ("map.yaml", *text)).collect();
        let (path, files) = (Some("map.yaml"), [CHART, ("web.yaml", release.as_str())]);
        let before = if base.is_empty() { None } else { path };
        introduced(
            &[&files[..], &base].concat(),
            &[&files[..], &[("map.yaml", &hidden)]].concat(),
            &[(before, path)],
        )
    };
    for told in [change(Some(&map)), change(None)] {
        assert!(is_unverified(&told, "", "Kubernetes may read it"), "{told:?}");
    }
    let other = hidden.replace("name: settings", "name: other");
    assert_eq!(deployed(&[CHART, ("web.yaml", &release), ("map.yaml", &other)]), Vec::<String>::new());
}

#[test]
fn a_generated_value_beyond_the_limit_of_a_file() {
    let release = format!("{RELEASE}{FROM}");
    let generator = "configMapGenerator: [{name: settings, files: [k=v.txt]}]\n";
    let text = "a".repeat((1 << 20) + 1);
    let files = [CHART, ("web.yaml", &release), ("a/kustomization.yaml", generator), ("a/v.txt", &text)];
    let told = deployed(&files);
    assert!(is_unverified(&told, "a/v.txt", "too large"), "{told:?}");
}

#[test]
fn a_chart_whose_own_file_only_helm_reads() {
    let chart = format!("{}description: 'x\ny'\n", CHART.1);
    let template = |image: &str| format!("image: {{{{ .x }}}}{image}\n");
    let told = deployed(&[("chart/Chart.yaml", &chart), ("chart/templates/a.yaml", &template("a"))]);
    assert!(is_unverified(&told, "chart/Chart.yaml", "Kubernetes may read it"), "{told:?}");
    // A change of a template, of the values of a release, and of a chart within the chart.
    let path = Some("chart/templates/a.yaml");
    let told = introduced(
        &[("chart/Chart.yaml", &chart), ("chart/templates/a.yaml", &template("a"))],
        &[("chart/Chart.yaml", &chart), ("chart/templates/a.yaml", &template("b"))],
        &[(path, path)],
    );
    assert!(is_unverified(&told, "", "Kubernetes may read it"), "{told:?}");
    let release = |value: &str| format!("{RELEASE}  values: {{a: {value}}}\n");
    let path = Some("web.yaml");
    let told = introduced(
        &[("chart/Chart.yaml", &chart), ("web.yaml", &release("1"))],
        &[("chart/Chart.yaml", &chart), ("web.yaml", &release("2"))],
        &[(path, path)],
    );
    assert!(is_unverified(&told, "", "Kubernetes may read it"), "{told:?}");
    let parent = format!("{}dependencies: [{{name: sub, version: '*'}}]\n", CHART.1);
    let told = deployed(&[("chart/Chart.yaml", &parent), ("chart/charts/sub/Chart.yaml", &chart)]);
    assert!(is_unverified(&told, "chart/charts/sub/Chart.yaml", "Kubernetes may read it"), "{told:?}");
}

#[test]
fn a_chart_that_uses_more_charts_than_are_read() {
    let parent = format!("{}dependencies: [{{name: web, version: '*'}}]\n", CHART.1);
    let paths: Vec<String> =
        (0..10).map(|n| format!("chart/{}Chart.yaml", "charts/web/".repeat(n))).collect();
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), parent.as_str())).collect();
    let told = deployed(&files);
    assert!(is_unverified(&told, "chart/charts/web", "nest too deeply"), "{told:?}");
    assert_eq!(deployed(&files[..4]), Vec::<String>::new());
}

/// The findings of a change if each chart is rendered with this outcome.
fn rendered(base: &Memory, head: &Memory, file: &str, outcome: &Outcome) -> Vec<String> {
    let path = Some(RepoPath::new(file));
    let changes = [Change { base: path.clone(), head: path }];
    let input = rendering(head, Some(base), Selection::Changed(&changes));
    let (charts, evaluation) = (Charts::default(), evaluate(&input).unwrap().unwrap());
    let surveyed = charts.survey().unwrap();
    let results = results(evaluation.renderings(&surveyed), outcome);
    told(&evaluation.build(&surveyed, &results))
}

/// The results if each of these renderings has this outcome.
pub(crate) fn results(renderings: Vec<Rendering>, outcome: &Outcome) -> Renderings {
    let mut results = Renderings::new();
    for rendering in renderings {
        let (chart, named_at) = (rendering.chart.clone(), rendering.named_by.site());
        results.insert(rendering.place, Rendered { chart, named_at, outcome: outcome.clone() });
    }
    results
}

/// The outcome of a rendering with these documents.
pub(crate) fn documents(text: &str) -> Outcome {
    let template = RepoPath::new("templates/a.yaml");
    let file = Arc::new(SourceFile::of_text(template.clone(), text));
    let mut documents = Vec::new();
    yaml::each_document(&file, |document| documents.push((template.clone(), document.unwrap())));
    Outcome::Documents { documents, is_open: false, gaps: Gaps::default() }
}

/// The survey of a tree whose charts are rendered.
pub(crate) fn survey(head: &Memory) -> Sides<'_> {
    Sides::survey(&rendering(head, None, Selection::Candidates)).unwrap().unwrap()
}

#[test]
fn a_chart_that_only_a_deployer_renders() {
    let tree = |text: &str| {
        Memory::default()
            .with(CHART.0, CHART.1)
            .with("chart/templates/a.yaml", format!("image: {{{{ .x }}}}{text}\n"))
    };
    let (base, head) = (tree("a"), tree("b"));
    let outcome = Outcome::Unverified("the chart has more than 10000 files".to_owned());
    let told = rendered(&base, &head, "chart/templates/a.yaml", &outcome);
    assert!(is_unverified(&told, "chart/Chart.yaml", "more than 10000 files"), "{told:?}");
    let refused = Outcome::Failed("helm: a value is required".to_owned());
    let told = rendered(&base, &head, "chart/templates/a.yaml", &refused);
    assert!(told.iter().all(|line| !line.contains("unreadable-file")), "{told:?}");
    assert_eq!(rendered(&base, &base, "other.yaml", &outcome), Vec::<String>::new());
}

#[test]
fn all_files_of_a_chart_take_part_in_its_limits() {
    let mut memory = Memory::default().with(CHART.0, CHART.1).with("chart/a/large.txt", vec![b'a'; 2 << 20]);
    for n in 0..10_000 {
        memory = memory.with(&format!("chart/f/{n}"), "");
    }
    let path = Some(RepoPath::new("chart/f/1"));
    let changes = [Change { base: None, head: path }];
    let input = rendering(&memory, None, Selection::Changed(&changes));
    let charts = Charts::default();
    let evaluation = evaluate(&input).unwrap().unwrap();
    let renderings = evaluation.renderings(&charts.survey().unwrap());
    let files = &renderings[0].files;
    assert_eq!(files.len(), 10_001, "one more than the limit of a rendering, which refuses the chart");
    assert!(files.iter().any(|(path, _)| path.as_str() == "a/large.txt"), "Helm reads files of up to 5 MiB");
}

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\nspec: {source: {repoURL: 'https://g/r', path: app, kustomize: {images: ['good.io/a=evil.io/x']}}}\n";

/// The number of releases that are rendered to find the objects of charts.
fn makers(files: &[(&str, &str)]) -> usize {
    survey(&memory(files)).renderings().len()
}

#[test]
fn objects_that_charts_take_from_values_and_other_files() {
    let any = ("chart/templates/a.yaml", "{{ range .Values.extra }}{{ toYaml . }}{{ end }}\n");
    let values = format!("extra:\n- {}", APPLICATION.trim_end().replace('\n', "\n  "));
    assert_eq!(makers(&[CHART, any]), 0);
    assert_eq!(makers(&[CHART, any, ("chart/values.yaml", &values)]), 1);
    assert_eq!(makers(&[CHART, any, ("chart/f/a.txt", APPLICATION)]), 1);
    let spaced = APPLICATION.replace("kind:", "kind :");
    assert_eq!(makers(&[CHART, ("chart/templates/a.yaml", &spaced)]), 1);
    let nested = "apiVersion: v2\nname: sub\nversion: 0.1.0\n";
    assert_eq!(
        makers(&[
            CHART,
            ("chart/charts/sub/Chart.yaml", nested),
            ("chart/charts/sub/templates/a.yaml", APPLICATION)
        ]),
        1
    );
    let parent =
        format!("{}dependencies: [{{name: sub, version: '*', repository: 'file://../sub'}}]\n", CHART.1);
    let files = [
        ("chart/Chart.yaml", parent.as_str()),
        ("sub/Chart.yaml", nested),
        ("sub/templates/a.yaml", APPLICATION),
    ];
    assert_eq!(makers(&files), 2, "the chart and the one that it depends on");
    let release = format!("{RELEASE}  values:\n    {}", values.replace('\n', "\n    "));
    assert_eq!(makers(&[CHART, any, ("web.yaml", &release)]), 1);
    let text = format!("{RELEASE}  values:\n    extra: |\n      {}", APPLICATION.replace('\n', "\n      "));
    assert_eq!(makers(&[CHART, any, ("web.yaml", &text)]), 1);
}

#[test]
fn an_object_of_a_chart_that_no_word_shows() {
    let tree = |text: &str| {
        Memory::default()
            .with(CHART.0, CHART.1)
            .with("chart/templates/a.yaml", format!("{{{{ b64dec \"{text}\" }}}}\n"))
            .with("app/kustomization.yaml", "resources: []\n")
    };
    let told = rendered(&tree("a"), &tree("b"), "chart/templates/a.yaml", &documents(APPLICATION));
    assert!(told.is_empty(), "the same object at base: {told:?}");
    let told = rendered(&Memory::default(), &tree("b"), "chart/Chart.yaml", &documents(APPLICATION));
    assert!(
        is_unverified(&told, "chart/Chart.yaml", "makes the Application a, which is not followed"),
        "{told:?}"
    );
    let elsewhere = APPLICATION.replace("path: app", "path: other");
    let told = rendered(&Memory::default(), &tree("b"), "chart/Chart.yaml", &documents(&elsewhere));
    assert!(!told.iter().any(|line| line.contains("unreadable-file")), "{told:?}");
}
