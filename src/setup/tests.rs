//! Tests of set-ups and their faults.

use source::Memory;

use model::setup::Fault;

use super::*;

const ALERT: &str = "apiVersion: notification.toolkit.fluxcd.io/v1beta3\nkind: Alert\nmetadata: {name: sentry, namespace: flux-system}\n";
const PROVIDER: &str = "apiVersion: notification.toolkit.fluxcd.io/v1beta3\nkind: Provider\nmetadata: {name: sentry, namespace: flux-system}\n\
    spec: {type: generic-hmac, secretRef: {name: key}}\n";
const SOURCES: &str =
    "eventSources: [{kind: Kustomization, name: '*'}, {kind: HelmRelease, name: '*', namespace: prod}]";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: nginx:1.27}]}\n";

fn kustomization(name: &str, more: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\n\
         spec: {{path: ./{name}, sourceRef: {{kind: GitRepository, name: flux-system}}{more}}}\n"
    )
}

fn release(more: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: db, namespace: prod}}\nspec: {{values: {{}}{more}}}\n"
    )
}

/// A repository with a Kustomization that waits, a release, and an Alert.
fn sound(alert: &str) -> Memory {
    Memory::default()
        .with("clusters/apps.yaml", kustomization("apps", ", wait: true"))
        .with("apps/pod.yaml", POD)
        .with("clusters/db.yaml", release(""))
        .with("clusters/provider.yaml", PROVIDER)
        .with("clusters/alert.yaml", format!("{ALERT}{alert}"))
}

/// Kind, object, line and message of each fault.
fn faults(files: &Memory) -> Vec<String> {
    let setup = of(&deploy::notifying(files, 1 << 20, &deploy::Repositories::default()).unwrap());
    let shown = |fault: &Fault| {
        let place =
            fault.path.clone().map_or_else(String::new, |path| format!(" {path}:{}", fault.line.unwrap()));
        format!("{}{place} {}", fault.fault.as_str(), fault.object.clone().unwrap_or_default())
    };
    setup.faults.iter().map(shown).collect()
}

#[test]
fn a_sound_set_up_has_no_fault() {
    assert_eq!(
        faults(&sound(&format!("spec: {{providerRef: {{name: sentry}}, {SOURCES}}}\n"))),
        Vec::<String>::new()
    );
}

#[test]
fn what_does_not_wait_is_silent() {
    let alert = format!("spec: {{providerRef: {{name: sentry}}, {SOURCES}}}\n");
    let files = sound(&alert)
        .with("clusters/apps.yaml", kustomization("apps", ""))
        .with("clusters/checked.yaml", kustomization("checked", ", healthChecks: [{kind: Pod, name: web}]"))
        .with("checked/pod.yaml", POD)
        .with("clusters/paused.yaml", kustomization("paused", ", suspend: true"))
        .with("paused/pod.yaml", POD)
        .with("clusters/crds.yaml", kustomization("crds", ""))
        .with("crds/crd.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
        .with("clusters/elsewhere.yaml", kustomization("elsewhere", ""))
        .with("clusters/db.yaml", release(", upgrade: {disableWait: true}"));
    assert_eq!(
        faults(&files),
        [
            "no-health-check clusters/apps.yaml:3 Kustomization flux-system/apps",
            "no-health-check clusters/elsewhere.yaml:3 Kustomization flux-system/elsewhere",
            "no-wait clusters/db.yaml:3 HelmRelease prod/db",
        ]
    );
}

#[test]
fn a_patch_of_a_parent_counts() {
    let parent = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: cluster, namespace: flux-system}\n\
        spec:\n  path: ./clusters\n  sourceRef: {kind: GitRepository, name: flux-system}\n  patches:\n    - target: {kind: Kustomization}\n\
        \x20     patch: |\n        - {op: add, path: /spec/wait, value: true}\n";
    let alert = format!("spec: {{providerRef: {{name: sentry}}, {SOURCES}}}\n");
    let files = sound(&alert)
        .with("clusters/apps.yaml", kustomization("apps", ""))
        .with("bootstrap/cluster.yaml", parent);
    assert_eq!(faults(&files), Vec::<String>::new());
}

#[test]
fn alerts_that_miss_failures() {
    let missed = "not-notified clusters/apps.yaml:3 Kustomization flux-system/apps";
    for (alert, expected) in [
        ("providerRef: {name: sentry}", vec![missed, "not-notified clusters/db.yaml:3 HelmRelease prod/db"]),
        (
            "providerRef: {name: sentry}, eventSources: [{kind: Kustomization, name: other}, {kind: HelmRelease, name: db, namespace: prod}]",
            vec![missed],
        ),
        (
            "providerRef: {name: sentry}, eventSources: [{kind: Kustomization, name: '*', namespace: prod}, {kind: HelmRelease, name: '*', namespace: prod}]",
            vec![missed],
        ),
        (
            "providerRef: {name: sentry}, eventSources: [{kind: Kustomization, name: '*', matchLabels: {a: b}}, {kind: HelmRelease, name: '*', namespace: prod}]",
            vec![missed],
        ),
        (
            &format!("providerRef: {{name: sentry}}, {SOURCES}, exclusionList: ['status: .InProgress']"),
            vec![missed],
        ),
        (&format!("providerRef: {{name: sentry}}, {SOURCES}, inclusionList: ['Helm.*failed']"), vec![missed]),
        (&format!("providerRef: {{name: sentry}}, {SOURCES}, inclusionList: ['failed']"), vec![]),
        (
            &format!(
                "providerRef: {{name: sentry}}, {SOURCES}, exclusionList: ['waiting.*socket', '^Dependencies']"
            ),
            vec![],
        ),
        (
            &format!("providerRef: {{name: sentry}}, {SOURCES}, exclusionList: ['(']"),
            vec!["malformed-pattern clusters/alert.yaml:4 Alert flux-system/sentry"],
        ),
        (
            &format!("providerRef: {{name: other}}, {SOURCES}"),
            vec!["unknown-provider clusters/alert.yaml:3 Alert flux-system/sentry"],
        ),
        (
            &format!("providerRef: {{name: sentry}}, {SOURCES}, summary: x, inclusionRules: [{{name: y}}]"),
            vec!["obsolete clusters/alert.yaml:4 Alert flux-system/sentry"; 2],
        ),
        (
            &format!("providerRef: {{name: sentry}}, {SOURCES}, suspend: true"),
            vec![
                "suspended-alert clusters/alert.yaml:4 Alert flux-system/sentry",
                missed,
                "not-notified clusters/db.yaml:3 HelmRelease prod/db",
            ],
        ),
    ] {
        assert_eq!(faults(&sound(&format!("spec: {{{alert}}}\n"))), expected, "{alert}");
    }
}

#[test]
fn providers_that_nothing_can_be_behind() {
    let alert = format!("spec: {{providerRef: {{name: sentry}}, {SOURCES}}}\n");
    let with = |provider: &str| faults(&sound(&alert).with("clusters/provider.yaml", provider));
    assert_eq!(with(&PROVIDER.replace("generic-hmac", "slack")), ["no-provider "]);
    assert_eq!(
        with(&PROVIDER.replace("generic-hmac", "generic")),
        ["unsigned clusters/provider.yaml:4 Provider flux-system/sentry"]
    );
    assert_eq!(
        with(&PROVIDER.replace(", secretRef: {name: key}", "").replace("v1beta3", "v1beta2")),
        [
            "no-key clusters/provider.yaml:4 Provider flux-system/sentry",
            "obsolete clusters/provider.yaml:1 Provider flux-system/sentry"
        ]
    );
}

#[test]
fn applications_have_to_be_subscribed() {
    let application = |name: &str, annotations: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd, annotations: {{{annotations}}}}}\n\
             spec: {{project: team, source: {{repoURL: https://git.example/a/b, path: apps/{name}}}}}\n"
        )
    };
    let map = |data: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: argocd-notifications-cm, namespace: argocd}}\ndata:\n{data}"
        )
    };
    let subscribe = "notifications.argoproj.io/subscribe.on-failed.pullable: ''";
    let files = Memory::default()
        .with("web.yaml", application("web", ""))
        .with("db.yaml", application("db", subscribe));
    assert_eq!(faults(&files), ["no-template "]);
    let template = "  template.sentry: |\n    {\"schema\":\"pullable.argocd/1\"}\n";
    assert_eq!(faults(&files.clone().with("cm.yaml", map(template))), ["no-trigger "]);
    let trigger = format!("{template}  trigger.on-failed: |\n    - {{when: x, send: [sentry]}}\n");
    let with_trigger = files.with("cm.yaml", map(&trigger));
    assert_eq!(faults(&with_trigger), ["not-subscribed web.yaml:3 Application argocd/web"]);
    let project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata:\n  name: team\n  annotations: {notifications.argoproj.io/subscribe.on-failed.pullable: ''}\n";
    assert_eq!(faults(&with_trigger.clone().with("team.yaml", project)), Vec::<String>::new());
    let all =
        format!("{trigger}  subscriptions: |\n    - recipients: [pullable]\n      triggers: [on-failed]\n");
    assert_eq!(faults(&with_trigger.with("cm.yaml", map(&all))), Vec::<String>::new());
}

#[test]
fn nothing_to_look_at_is_a_fault() {
    assert_eq!(faults(&Memory::default().with("pod.yaml", POD)), ["nothing-deployed "]);
}
