//! Text that looks like an image but is not, and images that do not look like one: one test for each hazard
//! that was found in public repositories.

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

#[test]
fn strings_in_values_that_are_no_references() {
    for text in [
        "image: 'Canonical:UbuntuServer:18.04-LTS:latest'",
        "lastImage: '12:30:45'",
        "backgroundImage: 'url(a:b)'",
        "image: name@domain.com",
        "bootImage: 's3:bucket/x:y'",
        "heroImage: 'data:image/png;base64,AAAA:'",
        "image: images/Team.jpg\ntag: design",
        "repository: my-repo\ntag: true",
        "image: {repository: acme/web.git, tag: v1}",
    ] {
        assert_eq!(found("values.yaml", &format!("{text}\n")), NOTHING, "{text}");
    }
    // A mistake in a name or a tag is reported.
    for text in ["image: ghcr.io/Acme/web:1", "image: 'acme/web:1.0!'"] {
        assert!(found("values.yaml", &format!("{text}\n"))[0].contains("malformed-reference"), "{text}");
    }
}

#[test]
fn repositories_on_hosts_that_sound_like_git() {
    let text = "image: {repository: registry.gitlab.com/acme/web, tag: v1}\n";
    assert_eq!(found("values.yaml", text), ["1:56 image.tag → registry.gitlab.com/acme/web:v1"]);
    let text = "x: {repository: ghcr.io/a/b, tag: v1, path: /data}\n";
    assert_eq!(found("values.yaml", text), ["1:35 x.tag → ghcr.io/a/b:v1"]);
    let text = "image: {repository: ghcr.io/a/b, tag: v1, sha: 3f2a9bc}\n";
    assert_eq!(found("values.yaml", text), ["1:39 image.tag → ghcr.io/a/b:v1"]);
}

#[test]
fn typed_lists_and_merged_ones() {
    let list = r#"{"kind":"DeploymentList","apiVersion":"apps/v1","items":[{"spec":{"template":{"spec":{"containers":[{"image":"ghcr.io/a/b:1"}]}}}}]}"#;
    assert_eq!(found("a.json", list), ["1:111 spec.template.spec.containers[0].image → ghcr.io/a/b:1"]);
    let merged = "x: &x\n  items:\n  - {apiVersion: v1, kind: Pod, spec: {containers: [{image: 'a:1'}]}}\napiVersion: v1\nkind: List\n<<: *x\n";
    assert_eq!(found("a.yaml", merged).len(), 1);
    let twice = "a: &a {name: x}\nb: &b {image: 'ghcr.io/a/b:1'}\nc:\n- <<: *a\n  <<: *b\n";
    assert!(found("values.yaml", twice).iter().any(|line| line.contains("ghcr.io/a/b:1")));
}

#[test]
fn images_in_parts_within_custom_resources() {
    let text = "apiVersion: acme.io/v1\nkind: Widget\nspec: {containers: [{image: {repository: ghcr.io/a/b, tag: v1}}]}\n";
    assert_eq!(found("a.yaml", text), ["3:60 spec.containers[0].image → ghcr.io/a/b:v1"]);
}

#[test]
fn a_file_that_was_no_manifest_has_no_old_images() {
    let text = format!("{POD}a:1\n");
    let renamed = [(Some("app.yaml.disabled"), Some("app.yaml"))];
    let told = introduced(&[("app.yaml.disabled", &text)], &[("app.yaml", &text)], &renamed);
    assert_eq!(told.len(), 1);
}

#[test]
fn a_broken_document_that_changed_is_told_again() {
    let both = [(Some("a.yaml"), Some("a.yaml"))];
    let broken = |tag: &str| format!("a: b: c\nimage: ghcr.io/a/b:{tag}\n");
    assert_eq!(introduced(&[("a.yaml", &broken("1"))], &[("a.yaml", &broken("2"))], &both).len(), 1);
    let numbers = |more: &str| format!("a: {{repository: ghcr.io/a/x, tag: 1.10}}\n{more}");
    let more = numbers("b: {repository: ghcr.io/a/y, tag: 1.10}\n");
    assert_eq!(introduced(&[("a.yaml", &numbers(""))], &[("a.yaml", &more)], &both).len(), 1);
}

#[test]
fn aliases_that_multiply_end_soon() {
    let mut lists = "apiVersion: v1\nkind: List\nitems:\n- &a0 {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod}]}\n".to_owned();
    for n in 1..12 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        lists.push_str(&format!("- &a{n} {{apiVersion: v1, kind: List, items: [{aliases}]}}\n"));
    }
    let told = found("a.yaml", &format!("{lists}# image\n"));
    assert!(told.iter().any(|line| line.contains("multiply beyond bounds")), "{told:?}");
    let chain: String = (1..5_000).map(|n| format!("- &a{n} [*a{}]\n", n - 1)).collect();
    let told = found("b.yaml", &format!("- &a0 image\n{chain}"));
    assert!(told[0].contains("nest deeper than"), "{told:?}");
}

#[test]
fn long_texts_are_not_looked_at() {
    let long = "x".repeat(5_000);
    let told = found("a.yaml", &format!("{POD}{long}:1\n"));
    assert!(told[0].contains("a text of 5002 bytes where an image reference is expected"), "{told:?}");
    assert_eq!(found("values.yaml", &format!("image: {long}:1\n")), NOTHING);
}

#[test]
fn a_global_registry_is_a_guess() {
    let text = "global: {imageRegistry: harbor.corp}\na: {image: {repository: a/b, tag: v1}}\nb: {image: {registry: quay.io, repository: c/d, tag: v1}}\nc: {image: {repository: ghcr.io/e/f, tag: v1}}\n";
    let memory = Memory::default().with("values.yaml", text);
    let references = run(&memory, None, Selection::All).references;
    let told: Vec<(String, bool)> = references
        .iter()
        .map(|reference| match &reference.target {
            Target::Chart(chart) => (chart.to_string(), false),
            Target::Known(image) => (image.to_string(), reference.registry_unknown),
            _ => (String::new(), false),
        })
        .collect();
    let guess = |image: &str, guessed| (image.to_owned(), guessed);
    assert_eq!(told[0], guess("harbor.corp/a/b:v1", true));
    assert_eq!(told[1], guess("harbor.corp/c/d:v1", true));
    assert_eq!(told[2], guess("ghcr.io/e/f:v1", false));
}

#[test]
fn containers_in_values_need_no_tag() {
    let text = "extraContainers: [{name: a, image: nginx}]\nsidecars:\n- {name: b, image: ghcr.io/a/b}\n- {name: c, image: '{{ .Values.x }}'}\n- {name: d, image: ''}\n- {image: x.png}\na: {initContainers: [{image: Busybox:1}, {image: busybox, tag: v1}]}\n";
    assert_eq!(
        found("values.yaml", text),
        [
            "1:36 extraContainers[0].image → docker.io/library/nginx:latest",
            "3:20 sidecars[0].image → ghcr.io/a/b:latest",
            "4:21 sidecars[1].image → unresolved-reference: the reference is made by a template",
            "7:30 a.initContainers[0].image → malformed-reference: \"Busybox:1\" is not an image reference: a repository is written in lower case: \"Busybox\"",
            "7:64 a.initContainers[1].tag → docker.io/library/busybox:v1",
        ]
    );
    // A list that is not one of containers, and a map of containers, which charts use in different ways.
    assert_eq!(found("values.yaml", "other: [{image: nginx}]\nsidecars: {a: {image: nginx}}\n"), NOTHING);
}

#[test]
fn a_part_that_a_template_writes_is_not_left_out() {
    let told = found("values.yaml", "image: {repository: ghcr.io/a/b, tag: {{ .Values.tag }}}\n");
    assert_eq!(told, ["1:39 image.tag → unresolved-reference: the reference is made by a template"]);
}

#[test]
fn one_container_claimed_a_million_times_is_one_reference() {
    let text = format!(
        "x: &c {{image: 'ghcr.io/a/b:1'}}\napiVersion: v1\nkind: Pod\nspec: {{containers: [{}]}}\n",
        "*c,".repeat(1_000)
    );
    assert_eq!(found("a.yaml", &text).len(), 1);
    let many = text.replace("containers: [", &format!("containers: [{}", "*c,".repeat(450_000)));
    let memory = Memory::default().with("a.yaml", many);
    let input = Input {
        head: &memory,
        base: None,
        selection: Selection::All,
        max_file_size: 1 << 24,
        renders: false,
        repositories: Repositories::default(),
        ignores: &[],
        excluded: None,
    };
    let told = told(&extract(&input).unwrap());
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("multiply beyond bounds"), "{told:?}");
}

#[test]
fn an_alias_of_nothing_is_told() {
    let told = found("a.yaml", &format!("{POD}*nowhere\n  - image: a:1\n"));
    assert_eq!(
        told,
        [
            "6:12 spec.containers[1].image → docker.io/library/a:1",
            "unparseable-file: other YAML parsers refuse this document: nothing above is anchored as *nowhere",
        ]
    );
    let both = [(Some("a.yaml"), Some("a.yaml"))];
    let pod = |image: &str| format!("{POD}{image}\n");
    let change =
        |base: &str, head: &str| introduced(&[("a.yaml", &pod(base))], &[("a.yaml", &pod(head))], &both);
    assert_eq!(change("*x", "*x # a comment"), NOTHING, "an old one is not new");
    assert_eq!(change("a:1", "*x").len(), 1);
}

#[test]
fn broken_documents_in_flow_style_are_counted_too() {
    let told = found(
        "a.json",
        "{\"containers\": [{\"name\": \"a\", \"image\": \"a:1\"},\n {name: b, image: \"b:1\"}}\n",
    );
    assert!(told[0].ends_with("; 2 `image:` lines in it were not checked"), "{told:?}");
}

#[test]
fn what_a_script_says_is_no_ignore() {
    let ignores = |text: &str| {
        let memory = Memory::default().with("values.yaml", text);
        let references = run(&memory, None, Selection::All).references;
        references[0].ignores.len()
    };
    let comment = "# pullable: ignore not meant";
    assert_eq!(ignores(&format!("script: |\n  echo\n  {comment}\nimage: ghcr.io/a/b:1\n")), 0);
    assert_eq!(
        ignores(
            &format!("- script: >-\n    echo\n      more\n      {comment}\n  image: ghcr.io/a/b:1\n")
                .replace("- script", "x:\n- script")
        ),
        0
    );
    assert_eq!(ignores(&format!("x:\n- |2 # a comment\n    {comment}\n- image: ghcr.io/a/b:1\n")), 0);
    // A comment outside of a block ends the block, and a comment above the block is a comment.
    assert_eq!(ignores(&format!("x:\n- script: |\n    echo\n  {comment}\n  image: ghcr.io/a/b:1\n")), 1);
    assert_eq!(ignores(&format!("script: |\n  echo\n{comment}\nimage: ghcr.io/a/b:1\n")), 1);
    assert_eq!(ignores(&format!("x: a|b\ny:\n  {comment}\n  image: ghcr.io/a/b:1\n")), 1);
    // Within the same string it is a comment of the YAML in it.
    let chart = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nspec:\n  valuesContent: |\n";
    assert_eq!(ignores(&format!("{chart}    {comment}\n    image: ghcr.io/a/b:1\n")), 1);
    assert_eq!(ignores(&format!("{chart}    x: |\n      {comment}\n    image: ghcr.io/a/b:1\n")), 0);
}
