//! Text that looks like an image and is none, and images that look like nothing: one test for each hazard
//! that was seen in public repositories.

use super::*;

const NOTHING: &[&str] = &[];

#[test]
fn schemas_describe_images_and_name_none() {
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  versions:\n  - schema: {openAPIV3Schema: {properties: {image: {default: 'a/b:1'}, containers: {items: [{image: 'a/b:1'}]}}}}\n";
    assert_eq!(found("crd.yaml", crd), NOTHING);
}

#[test]
fn fields_that_only_sound_like_images() {
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  volumes:\n  - {name: v, rbd: {image: 'pool/x:1', imageFeatures: layering}}\nstatus:\n  containerStatuses: [{image: 'a/b:1'}]\n";
    assert_eq!(found("pod.yaml", pod), NOTHING);
    let values = "imageGCHighThresholdPercent: 85\nimageURL: https://x.y/logo.png\nlogoImage: 'data:image/png;base64,AAAA'\nimagePullPolicy: Always\nimagePullSecrets: [{name: 'a:b'}]\nimageFeatures: layering\n";
    assert_eq!(found("values.yaml", values), NOTHING);
    let chart = "apiVersion: v2\nname: x\nversion: 1.0.0\nicon: https://x.y/image:1\n";
    assert_eq!(found("x/Chart.yaml", chart), NOTHING);
}

#[test]
fn yaml_in_a_string_and_values_of_variables_are_left_alone() {
    let map = "apiVersion: v1\nkind: ConfigMap\ndata:\n  pod.yaml: |\n    spec: {containers: [{image: 'a/b:1'}]}\n  image: ghcr.io/a/b:1\n";
    assert_eq!(found("map.yaml", map), NOTHING);
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - env: [{name: IMAGE, value: 'ghcr.io/a/b:1'}]\n    args: ['--image=ghcr.io/a/b:1']\n";
    assert_eq!(found("pod.yaml", pod), NOTHING);
}

#[test]
fn images_of_machines() {
    let machine = "apiVersion: infrastructure.cluster.x-k8s.io/v1beta1\nkind: HCloudMachineTemplate\nspec: {template: {spec: {imageName: 'ubuntu-22.04:1', image: 'x/y:1'}}}\n";
    assert_eq!(found("machine.yaml", machine), NOTHING);
    let node_class = "apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nspec: {amiSelectorTerms: [{alias: 'al2023@v1'}], containers: [{image: 'x:1'}]}\n";
    assert_eq!(found("node.yaml", node_class), NOTHING);
}

#[test]
fn patterns_of_policies() {
    for pattern in ["'!*:latest'", "'eu.foo.io/* | bar.io/*'", "'!*tiller*'"] {
        let policy = format!(
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec: {{rules: [{{validate: {{pattern: {{spec: {{containers: [{{image: {pattern}}}]}}}}}}}}]}}\n"
        );
        assert_eq!(found("policy.yaml", &policy), NOTHING, "{pattern}");
    }
}

#[test]
fn what_is_filled_in_later_is_said_and_never_cut() {
    for image in [
        "nginx:${TAG}",
        "$IMAGE",
        "golang:$(params.version)",
        "'{{inputs.parameters.image}}'",
        "'ENC[AES256_GCM,data:x,type:str]'",
        "'{% if x %}a{% endif %}'",
        "'@VAR@'",
        "IMAGE_URL",
        "<YOUR-CONTAINER>",
        "ko://github.com/a/b",
    ] {
        let told = found("a.yaml", &format!("{POD}{image}\n"));
        assert_eq!(told.len(), 1, "{image}: {told:?}");
        assert!(told[0].contains("unresolved-reference"), "{image}: {told:?}");
    }
}

#[test]
fn files_of_other_tools_and_comments() {
    for path in [
        ".gitlab-ci.yml",
        ".github/workflows/a.yaml",
        ".circleci/config.yml",
        "azure-pipelines.yml",
        ".drone.yml",
        ".woodpecker/a.yaml",
        "bitbucket-pipelines.yml",
        "docker-compose.prod.yml",
        "compose.yaml",
        "skaffold.yaml",
    ] {
        assert_eq!(found(path, "image: 'node:20'\njobs: {a: {image: 'node:20'}}\n"), NOTHING, "{path}");
    }
    let skaffold =
        "apiVersion: skaffold/v4beta11\nkind: Config\nbuild: {artifacts: [{image: 'acme/web:1'}]}\n";
    assert_eq!(found("deploy.yaml", skaffold), NOTHING);
    assert_eq!(found("a.yaml", "# image: commented:1\nkey: 1 # image: also:1\n"), NOTHING);
    assert_eq!(
        found("dashboard.json", r#"{"panels": [{"image": "a/b:1", "repository": "x", "tag": "1"}]}"#),
        NOTHING
    );
}

#[test]
fn templates_are_skipped_only_below_a_chart() {
    let template = format!("{POD}'{{{{ .Values.image }}}}'\n");
    let told = found("ops/templates/pod.yaml", &template);
    assert_eq!(told.len(), 1, "no Chart.yaml beside it: an ordinary file {told:?}");
    assert!(told[0].contains("made by a template"));
}
