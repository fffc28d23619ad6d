//! Tests of dumps in every form, and of texts that are not dumps.

use crate::{Dump, DumpError, Workload, read, workloads};

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"namespace":"shop","name":"web"},"spec":{"containers":[{"name":"web","image":"nginx:1.27"}]}}"#;

fn list(items: &[&str]) -> String {
    format!(
        r#"{{"apiVersion":"v1","items":[{}],"kind":"List","metadata":{{"resourceVersion":""}}}}"#,
        items.join(",")
    )
}

fn dump(text: &str) -> Dump {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn refused(text: &str) -> String {
    match read(text.as_bytes()) {
        Ok(dump) => panic!("{dump:?}"),
        Err(error) => format!("{error}"),
    }
}

/// `kind namespace/name: container=image` of each workload.
fn shown(dump: &Dump) -> Vec<String> {
    let containers = |workload: &Workload| {
        let all =
            workload.template.iter().flatten().chain(workload.pods.iter().flat_map(|pod| &pod.containers));
        all.map(|one| format!("{}={}", one.name, one.image)).collect::<Vec<_>>().join(" ")
    };
    let all = workloads(dump.clone());
    let line = |one: &Workload| {
        format!("{} {}/{}: {}", one.identity.kind, one.identity.namespace, one.identity.name, containers(one))
    };
    all.iter().map(line).collect()
}

#[test]
fn every_form_of_a_list_is_read() {
    let one = ["Pod shop/web: web=nginx:1.27 web=nginx:1.27"];
    let yaml_pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  containers:\n  - image: nginx:1.27\n    name: web\n";
    let item = yaml_pod.replace('\n', "\n  ");
    let item = item.trim_end();
    for text in [
        POD.to_owned(),
        list(&[POD]),
        format!("\u{feff}\n {}", list(&[POD])),
        list(&[&list(&[POD])]),
        format!("{}\n{}", list(&[]), list(&[POD])),
        POD.replace(r#""apiVersion":"v1","kind":"Pod","#, r#""status":null,"#)
            .replace(r#"{"status""#, r#"{"kind":"PodList","apiVersion":"v1","items":[{"status""#)
            + "]}",
        yaml_pod.to_owned(),
        format!("apiVersion: v1\nitems:\n- {item}\nkind: List\nmetadata:\n  resourceVersion: \"\"\n"),
        format!("apiVersion: v1\nitems:\n  - {}\nkind: List\n", item.replace('\n', "\n  ")),
        format!("---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n---\n{yaml_pod}"),
        format!("apiVersion: v1\nitems: []\nkind: List\n---\napiVersion: v1\nitems:\n- {item}\nkind: List\n"),
    ] {
        assert_eq!(shown(&dump(&text)), one, "{text}");
    }
}

#[test]
fn values_that_look_like_items_are_values() {
    let text = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n    annotations:\n      note: |\n        - apiVersion: v1\n        kind: Pod\n        items:\n  spec:\n    containers:\n    - name: c\n      image: nginx:1\n      args: [\"---\"]\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: b\n  spec:\n    containers:\n    - name: c\n      image: 'nginx:2'\nkind: List\n";
    assert_eq!(shown(&dump(text)), ["Pod /a: c=nginx:1 c=nginx:1", "Pod /b: c=nginx:2 c=nginx:2"]);
}

#[test]
fn texts_that_are_no_dump_are_refused_with_place_and_reason() {
    for (text, why) in [
        ("", "the dump is empty"),
        (" \n\t\n", "the dump is empty"),
        ("No resources found\n", "kubectl found no object (\"No resources found\")"),
        (&list(&[]), "kubectl found no object (\"No resources found\")"),
        (
            "error: You must be logged in to the server (Unauthorized)\n",
            "this is an error message of kubectl, not a dump",
        ),
        (
            "Error from server (Forbidden): pods is forbidden: User \"x\"\n",
            "this is an error message of kubectl, not a dump",
        ),
        (
            "The connection to the server localhost:8080 was refused\n",
            "this is an error message of kubectl, not a dump",
        ),
        ("NAMESPACE  NAME  READY\nshop  web  1/1\n", "this is the table that kubectl prints by default"),
        ("NAME   READY\nweb    1/1\n", "this is the table that kubectl prints by default"),
        ("\n<html>", "line 2: this is neither JSON nor YAML of Kubernetes objects"),
        (&format!("{POD}\n\nerror: x"), "line 3: this is neither JSON nor YAML of Kubernetes objects"),
        (
            &format!("{{\n\"items\":[{}", POD.split_at(100).0),
            "line 2: the dump ends in the middle of an object",
        ),
        (&list(&[POD]).replace("]}", "]"), "line 1, column 165: this is not valid JSON"),
        (
            &list(&[&POD.replace("\"web\"", "[\"s3cr3t\"]")]),
            "line 1, column 99: a field has another type than Kubernetes gives it",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n",
            "the dump holds no object of a kind that runs images (1 of other kinds)",
        ),
        (
            "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n  spec: {containers: [",
            "line 6, column 22: this is not valid YAML",
        ),
        (
            "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n",
            "line 6: the dump ends in the middle of an object",
        ),
    ] {
        let said = refused(text);
        assert_eq!(said, why, "{text}");
        assert!(!said.contains("s3cr3t"));
    }
}

#[test]
fn aliases_that_multiply_end() {
    let mut text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..9 {
        let below = format!("*a{}", n - 1);
        text += &format!("a{n}: &a{n} [{}]\n", vec![below; 10].join(", "));
    }
    assert!(matches!(read(text.as_bytes()), Err(DumpError::Type { .. })), "{:?}", read(text.as_bytes()));
}

#[test]
fn a_snapshot_is_read_to_the_same() {
    let text = include_str!("../../../tests/kubernetes/fixtures/noise.json");
    let whole = dump(text);
    let snapshot = whole.snapshot();
    assert_eq!(dump(&snapshot), whole);
    assert!(snapshot.len() * 3 < text.len(), "{} of {}", snapshot.len(), text.len());
    assert!(
        text.contains("s3cr3t") && !snapshot.contains("s3cr3t"),
        "no argument, variable or message is kept"
    );
}

#[test]
fn owners_are_followed_to_the_top() {
    let found = dump(include_str!("../../../tests/kubernetes/fixtures/noise.json"));
    let all = workloads(found);
    let of = |kind: &str, name: &str| {
        let found = all.iter().find(|one| one.identity.kind == kind && one.identity.name == name);
        found.unwrap_or_else(|| panic!("{kind} {name}"))
    };
    let web = of("Deployment", "web");
    assert_eq!((web.pods.len(), web.old_replica_sets, web.ended_pods), (2, 1, 1));
    assert_eq!((of("CronJob", "backup").jobs, of("CronJob", "backup").pods.len()), (2, 1));
    assert_eq!(of("Kafka", "kafka").identity.group, "kafka.strimzi.io");
    assert!(of("Kafka", "kafka").template.is_none());
    assert!(of("Pod", "kube-apiserver-node-1").is_static);
    assert!(of("Deployment", "rolling").is_rolling && !web.is_rolling);
    assert!(of("DaemonSet", "agent").is_system && of("Deployment", "coredns").is_system);
    assert_eq!(web.tracking.kustomization, Some(("flux-system".to_owned(), "apps".to_owned())));
}

#[test]
fn owners_in_a_circle_end() {
    let set = |name: &str, owner: &str| {
        format!(
            r#"{{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{{"name":"{name}","ownerReferences":[{{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"{owner}","controller":true}}]}}}}"#
        )
    };
    let found = dump(&list(&[&set("a", "b"), &set("b", "a")]));
    assert!(!workloads(found).is_empty());
}

#[test]
fn pods_find_their_deployment_without_replica_sets() {
    let text = include_str!("../../../tests/kubernetes/fixtures/noise.json");
    let mut found = dump(text);
    found.objects.retain(|object| object.kind != "ReplicaSet");
    assert_eq!(found.absent_kinds(), ["replicasets"]);
    let all = workloads(found);
    let web = all.iter().find(|one| one.identity.kind == "Deployment" && one.identity.name == "web");
    assert_eq!(web.map(|web| web.pods.len()), Some(2));
}

#[test]
fn custom_resources_with_fields_of_other_types_are_counted() {
    let wild = r#""metadata":{"name":"x"},"spec":["a",1],"status":"ok","items":{"a":1}"#;
    let first = format!(r#"{{"apiVersion":"acme.dev/v1","kind":"Wild",{wild}}}"#);
    let last = format!(
        r#"{{{},"kind":"Wild","apiVersion":"acme.dev/v1"}}"#,
        wild.split(r#","items"#).next().unwrap()
    );
    let pod = POD
        .replace(r#""apiVersion":"v1","kind":"Pod","#, "")
        .replace("}]}}", r#"}]},"kind":"Pod","apiVersion":"v1"}"#);
    let yaml = "apiVersion: acme.dev/v1\nkind: Wild\nmetadata:\n  name: x\nspec: [a]\nstatus: ok\n---\n";
    let yaml_pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec:\n  containers: [{image: 'nginx:1.27', name: web}]\n";
    for text in [list(&[&first, &pod]), list(&[&last, POD]), format!("{yaml}{yaml_pod}")] {
        let dump = dump(&text);
        assert_eq!(
            (shown(&dump), dump.others),
            (vec!["Pod shop/web: web=nginx:1.27 web=nginx:1.27".to_owned()], 1),
            "{text}"
        );
    }
    // A kind that runs images has the types of Kubernetes.
    assert!(
        refused(&list(&[&POD.replace(r#""spec":{"#, r#""status":"ok","spec":{"#)])).contains("another type")
    );
}
