//! `pullable drift` and the secrets in a dump: no output and no error has them.

use serde_json::{Value, json};

use crate::drift::{deployment, repository};
use crate::support::{Run, pullable, pullable_reads};

const SECRET: &str = "s3cr3t-value";

/// A dump with the secret in every field of an object that is not needed, and in objects that nobody asked for.
fn dump() -> Value {
    let pod = json!({
        "serviceAccountName": SECRET, "imagePullSecrets": [{"name": SECRET}],
        "volumes": [{"name": "v", "secret": {"secretName": SECRET}}],
        "containers": [{"name": "web", "image": "nginx:1.20", "command": [SECRET], "args": ["--token", SECRET],
            "env": [{"name": "PASSWORD", "value": SECRET}, {"name": SECRET, "value": "x"}],
            "envFrom": [{"secretRef": {"name": SECRET}}], "workingDir": SECRET}],
    });
    let metadata = json!({
        "name": "web", "namespace": "shop", "uid": SECRET, "finalizers": [SECRET],
        "labels": {"token": SECRET, "app": "web"},
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": format!("{{\"password\":\"{SECRET}\"}}")},
        "managedFields": [{"manager": SECRET}],
    });
    json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata,
            "spec": {"selector": {"matchLabels": {"x": SECRET}}, "template": {"metadata": metadata, "spec": pod}},
            "status": {"conditions": [{"type": "Progressing", "message": SECRET}]}},
        {"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web-1", "namespace": "shop", "annotations": metadata["annotations"],
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": SECRET, "controller": true}]},
            "spec": pod,
            "status": {"phase": "Running", "message": SECRET, "containerStatuses": [{"name": "web",
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": SECRET}}, "lastState": {"terminated": {"message": SECRET}}}]}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
            "data": {"password": SECRET}, "stringData": {SECRET: SECRET}, "type": SECRET},
        {"apiVersion": "acme.dev/v1", "kind": "Vault", "metadata": {"name": "v"}, "spec": SECRET, "status": [SECRET]},
    ]})
}

fn is_silent(run: &Run, what: &str) {
    for stream in [&run.stdout, &run.stderr] {
        assert!(!stream.contains("s3cr3t"), "{what}: {stream}");
    }
}

#[test]
fn no_report_and_no_snapshot_has_a_secret() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.27")]))], "");
    repo.commit("all");
    let dump = dump();
    let items: String = dump["items"].as_array().unwrap().iter().map(|item| format!("- {item}\n")).collect();
    repo.write(".git/dump.json", dump.to_string());
    repo.write(".git/dump.yaml", format!("apiVersion: v1\nitems:\n{items}kind: List\n"));
    for file in [".git/dump.json", ".git/dump.yaml"] {
        for format in ["human", "json", "markdown", "sarif"] {
            let run = pullable(&repo, &["drift", file, "--offline", "-v", "--format", format]);
            assert_eq!(run.code, 1, "{}", run.stderr);
            is_silent(&run, format);
        }
        let run = pullable(&repo, &["drift", file, "--snapshot", "snapshot.json"]);
        is_silent(&run, file);
        let snapshot = std::fs::read_to_string(repo.path().join("snapshot.json")).unwrap();
        assert!(snapshot.contains("nginx:1.20") && !snapshot.contains("s3cr3t"), "{snapshot}");
    }
}

#[test]
fn no_error_has_a_secret() {
    let repo = repository(&[("web.yaml", deployment("web", &[("web", "nginx:1.27")]))], "");
    repo.commit("all");
    let text = serde_json::to_string_pretty(&dump()).unwrap();
    let items: Vec<String> =
        dump()["items"].as_array().unwrap().iter().map(|item| format!("- {item}\n")).collect();
    let yaml = format!("apiVersion: v1\nitems:\n{}kind: List\n", items.concat());
    let mut broken = vec![SECRET.to_owned(), format!("error: {SECRET}"), format!("{{\"{SECRET}\"")];
    for whole in [&text, &yaml] {
        // Cut at, and broken before, each place of the secret.
        for (at, _) in whole.match_indices(SECRET).step_by(3) {
            let (before, after) = whole.split_at(at + SECRET.len() / 2);
            broken.push(before.to_owned());
            broken.push(format!("{before}\u{1}\"}}]{after}"));
        }
    }
    let secret = format!("\"{SECRET}\"");
    for field in [
        "\"containers\": [",
        "\"labels\": {",
        "\"metadata\": {",
        "\"conditions\": [",
        "\"containerStatuses\": [",
    ] {
        let end = if field.ends_with('[') { "]" } else { "}" };
        let name = field.trim_end_matches(['[', '{']);
        // Of another type than Kubernetes gives the field, with the old value behind it.
        broken.push(text.replacen(
            field,
            &format!("{name}{secret}, \"x\": {}", field.chars().last().unwrap()),
            1,
        ));
        broken.push(text.replacen(field, &format!("{name}[[{secret}{end}, \"x\": ["), 1));
    }
    let mut refused = 0;
    for text in &broken {
        let run = pullable_reads(repo.path(), text.as_bytes(), &["drift", "-", "--offline"]);
        is_silent(&run, text);
        refused += usize::from(run.code == 2);
    }
    assert!(refused > broken.len() / 2, "{refused} of {}", broken.len());
}
