//! Tests of objects that charts make and that deploy others: an object that is not followed is reported.

use super::*;
use crate::engine::chart_objects::MAX_OBJECTS;
use crate::extract::tests::hidden::{documents, is_unverified, results, survey};
use crate::extract::tests::overlays::{deployment, told};
use crate::{Outcome, Renderings, Sides};

const CHART: (&str, &str) = ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
const ANY: (&str, &str) = ("chart/templates/a.yaml", "{{ range .Values.extra }}{{ toYaml . }}{{ end }}\n");
const APPLICATIONS: (&str, &str) =
    ("chart/templates/a.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\n");
const RELEASE: &str = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\nspec:\n  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: a}}}\n";

/// An Application of the folder `app`.
fn application(name: &str, image: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}}}\nspec: {{source: {{repoURL: 'https://g/r', path: app, kustomize: {{images: ['web={image}']}}}}}}\n"
    )
}

/// The references and problems of the units of both sides, without the results of other renderings.
fn evaluated(sides: Sides<'_>) -> Vec<String> {
    let charts = Charts::default();
    let surveyed = charts.survey().unwrap();
    told(&sides.evaluate().build(&surveyed, &Renderings::new()))
}

/// Follows the objects of the releases that are to be rendered, which all have this outcome.
fn follow(sides: &mut Sides<'_>, outcome: &Outcome) {
    let results = results(sides.renderings(), outcome);
    assert!(!results.is_empty());
    sides.follow(&results);
}

/// The findings of a tree whose chart makes these Applications.
fn made(objects: &[String]) -> Vec<String> {
    let web = deployment("web:0");
    let app = [("app/kustomization.yaml", "resources: [web.yaml]\n"), ("app/web.yaml", web.as_str())];
    let head = memory(&[&[CHART, APPLICATIONS], &app[..]].concat());
    let mut sides = survey(&head);
    follow(&mut sides, &documents(&objects.join("---\n")));
    evaluated(sides)
}

#[test]
fn more_objects_than_are_followed_are_reported() {
    let objects = |count: usize| {
        let last = application("last", "evil.io/x:1");
        let others = (1..count).map(|at| application(&format!("a{at}"), "web:1"));
        others.chain([last]).collect::<Vec<_>>()
    };
    let is_followed = |told: &[String]| told.iter().any(|line| line.contains("evil.io/x:1"));
    let told = made(&objects(MAX_OBJECTS));
    assert!(is_followed(&told) && !is_unverified(&told, "", ""), "{told:?}");
    let told = made(&objects(MAX_OBJECTS + 1));
    assert!(!is_followed(&told), "the last one is beyond the limit: {told:?}");
    assert!(is_unverified(&told, "chart/Chart.yaml:1", "not followed: the charts make too many objects"));
}

#[test]
fn objects_on_too_many_levels_are_reported() {
    let head = memory(&[CHART, APPLICATIONS]);
    let mut sides = survey(&head);
    assert_eq!(sides.renderings().len(), 1);
    sides.stop();
    let told = evaluated(sides);
    assert!(is_unverified(&told, "chart/Chart.yaml:1", "not followed: charts make objects"), "{told:?}");
}

#[test]
fn a_chart_of_objects_that_cannot_be_rendered_is_reported() {
    let head = memory(&[CHART, APPLICATIONS]);
    let mut sides = survey(&head);
    follow(&mut sides, &Outcome::Unverified("it has too many files".to_owned()));
    let told = evaluated(sides);
    assert!(is_unverified(&told, "chart/Chart.yaml:1", "not followed: it has too many files"), "{told:?}");
}

/// A release at base that is not rendered makes nothing that head adds.
#[test]
fn only_the_releases_of_head_are_reported() {
    let (head, base) = (memory(&[CHART, ANY]), memory(&[CHART, APPLICATIONS]));
    let path = Some(RepoPath::new(ANY.0));
    let changes = [Change { base: path.clone(), head: path }];
    let survey = || {
        let input = rendering(&head, Some(&base), Selection::Changed(&changes));
        Sides::survey(&input).unwrap().unwrap()
    };
    let mut sides = survey();
    assert_eq!(sides.renderings().len(), 1);
    sides.stop();
    let told = evaluated(sides);
    assert!(!told.join("").contains("not followed"), "{told:?}");
    let mut sides = survey();
    follow(&mut sides, &Outcome::Unverified("it has too many files".to_owned()));
    let told = evaluated(sides);
    assert!(!told.join("").contains("not followed"), "{told:?}");
}

#[test]
fn values_that_are_too_large_to_search_are_rendered() {
    let values = |count: usize| format!("{RELEASE}  values: {{many: [{}]}}\n", "a, ".repeat(count));
    let makers = |release: &str| survey(&memory(&[CHART, ANY, ("web.yaml", release)])).renderings().len();
    assert_eq!((makers(&values(1000)), makers(&values(2000))), (0, 1));
}

/// Each chart depends on all charts of the next level: there are more ways to the last level than can be followed.
#[test]
fn charts_on_many_levels_are_all_searched() {
    const LEVELS: usize = 12;
    const WIDTH: usize = 4;
    let tree = |last: &str| {
        let mut memory = Memory::default();
        for (level, at) in (0..LEVELS).flat_map(|level| (0..WIDTH).map(move |at| (level, at))) {
            let mut chart = format!("apiVersion: v2\nname: c{level}-{at}\nversion: 0.1.0\ndependencies:\n");
            for below in (0..WIDTH).filter(|_| level + 1 < LEVELS) {
                let name = format!("c{}-{below}", level + 1);
                chart += &format!("- {{name: {name}, version: '*', repository: 'file://../{name}'}}\n");
            }
            memory = memory.with(&format!("c{level}-{at}/Chart.yaml"), chart);
        }
        memory.with(&format!("c{}-0/templates/a.yaml", LEVELS - 1), last)
    };
    assert_eq!(survey(&tree("kind: Pod\n")).renderings().len(), 0);
    let all_above = (LEVELS - 1) * WIDTH;
    assert_eq!(survey(&tree(APPLICATIONS.1)).renderings().len(), all_above + 1);
}

#[test]
fn a_chart_that_depends_on_a_part_of_another_one() {
    let chart = format!(
        "{}dependencies: [{{name: sub, version: '*', repository: 'file://../other/charts/sub'}}]\n",
        CHART.1
    );
    let other = "apiVersion: v2\nname: other\nversion: 0.1.0\n";
    let head = memory(&[
        (CHART.0, &chart),
        ("other/Chart.yaml", other),
        ("other/charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.1.0\n"),
        ("other/charts/sub/templates/a.yaml", APPLICATIONS.1),
    ]);
    assert_eq!(survey(&head).renderings().len(), 2);
}
