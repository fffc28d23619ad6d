//! Charts that attack the machine that renders them.

use std::fs;
use std::time::Instant;

use super::*;

/// Limits that are reached quickly.
fn tight() -> Limits {
    Limits {
        time: Duration::from_secs(20),
        processor: Duration::from_secs(2),
        output: 1 << 20,
        ..Limits::default()
    }
}

fn attack(template: &str, values: &str) -> Option<Result<Rendered, Failure>> {
    let helm = helm()?;
    let chart = chart(&[("templates/a.yaml", template)]);
    let (started, before) = (Instant::now(), orphans());
    let outcome = crate::render(&helm, &chart, &release(values), &tight(), &long());
    assert!(started.elapsed() < Duration::from_mins(1));
    let left: Vec<String> = orphans().into_iter().filter(|id| !before.contains(id)).collect();
    assert_eq!(left, Vec::<String>::new(), "no process survives");
    Some(outcome)
}

/// The ids of processes named helm that lost their parent. Those of other tests still have it.
fn orphans() -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let (name, fields) = stat.rsplit_once(')').unwrap_or_default();
        let fields: Vec<&str> = fields.split_whitespace().take(2).collect();
        // A zombie has ended: its new parent has not waited for it yet.
        if name.ends_with("(helm") && fields.last() == Some(&"1") && fields.first() != Some(&"Z") {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

#[test]
fn endless_loops_are_stopped() {
    let Some(outcome) = attack("{{ range until 2000000000 }}{{ end }}", "") else { return };
    let failure = outcome.unwrap_err();
    assert!(matches!(failure, Failure::Memory(_) | Failure::Killed(_) | Failure::Time(_)), "{failure}");
    let nested = "{{ range $i := until 30000 }}{{ range $j := until 30000 }}{{ end }}{{ end }}";
    let failure = attack(nested, "").unwrap().unwrap_err();
    assert!(matches!(failure, Failure::Killed(_) | Failure::Time(_)), "{failure}");
}

#[test]
fn a_loop_that_only_a_number_starts_runs_once() {
    let Some(helm) = helm() else { return };
    let template = "{{ if ne .Values.image.tag \"1.2.3\" }}{{ range until 2000000000 }}{{ end }}{{ end }}kind: Pod\nspec: {containers: [{image: 'a/b:{{ .Values.image.tag }}'}]}\n";
    let chart = chart(&[("values.yaml", "image: {tag: 1.2.3}\n"), ("templates/a.yaml", template)]);
    let plain = rendered(&helm, &chart, &release("")).unwrap();
    let fallback = root("fallback.yaml", "x: y\n");
    let outcome = crate::trace(&helm, &chart, &release(""), &tight(), &long(), &plain, &fallback);
    let traced = outcome.unwrap();
    assert_eq!(traced.renderings, 1);
    assert_eq!(images(&traced.documents)[0].scalar(), Some("a/b:1.2.3"));
    assert!(!traced.images[0].is_traced);
}

/// The same chart renders with more memory, and takes far less than the time.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded() {
    let Some(helm) = helm().filter(Helm::is_limited) else { return };
    let chart = chart(&[("templates/a.yaml", "a: {{ len (repeat 900000000 \"x\") }}")]);
    let render =
        |memory| crate::render(&helm, &chart, &release(""), &Limits { memory, ..Limits::default() }, &long());
    assert!(render(4 << 30).is_ok());
    // A limit that Go gets past holds in some of the runs.
    for _ in 0..4 {
        assert_eq!(render(256 << 20).unwrap_err(), Failure::Memory(256 << 20));
    }
}

#[test]
fn output_is_bounded() {
    let Some(outcome) = attack("a: {{ repeat 3000000 \"x\" }}", "") else { return };
    assert_eq!(outcome.unwrap_err(), Failure::Output(1 << 20));
}

#[test]
fn recursion_is_refused() {
    let template = "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}";
    let Some(outcome) = attack(template, "") else { return };
    assert!(matches!(outcome.unwrap_err(), Failure::Helm(_)));
    let by_value = attack("{{ tpl .Values.x . }}", "x: '{{ tpl .Values.x . }}'\n").unwrap().unwrap_err();
    assert!(!matches!(by_value, Failure::NotStarted(_)), "{by_value}");
}

#[test]
fn the_machine_is_out_of_reach() {
    let template = "kind: ConfigMap\nmetadata: {name: a}\ndata:\n  dns: '{{ getHostByName \"localhost\" }}'\n  lookup: '{{ lookup \"v1\" \"Secret\" \"\" \"\" | toJson }}'\n  up: '{{ .Files.Get \"../../../../../../etc/hostname\" }}'\n  root: '{{ .Files.Get \"/etc/hostname\" }}'\n  files: '{{ range $path, $_ := .Files.Glob \"**\" }}{{ $path }} {{ end }}'\n";
    let Some(outcome) = attack(template, "") else { return };
    let rendered = outcome.unwrap();
    let data = rendered.documents[0].root.get("data").unwrap();
    let texts: Vec<_> = ["dns", "lookup", "up", "root", "files"]
        .iter()
        .map(|key| data.get(key).and_then(Node::scalar).unwrap_or_default())
        .collect();
    assert_eq!(texts, ["", "{}", "", "", ""]);
    let env = attack("a: {{ env \"PATH\" }}", "").unwrap().unwrap_err().to_string();
    assert!(env.contains("function \"env\" not defined"), "{env}");
}

#[test]
fn large_charts_are_not_copied() {
    let Some(helm) = helm() else { return };
    let mut chart = chart(&[]);
    for number in 0..200_000 {
        chart.add(RepoPath::new(&format!("files/{number}")), &RepoPath::new("x"), Vec::new());
    }
    assert_eq!(rendered(&helm, &chart, &release("")).unwrap_err(), Failure::TooManyFiles(10_000));
}

#[test]
fn a_deadline_ends_it() {
    let Some(helm) = helm() else { return };
    let chart = chart(&[("templates/a.yaml", "{{ range until 100000000 }}{{ end }}")]);
    let deadline = Deadline::after(Duration::from_millis(200));
    let outcome = crate::render(&helm, &chart, &release(""), &Limits::default(), &deadline);
    assert!(matches!(outcome.unwrap_err(), Failure::Overdue(_)));
}

#[test]
fn a_schema_makes_no_request() {
    let Some(helm) = helm() else { return };
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let address = server.local_addr().unwrap();
    for (schema, unchecked) in [
        (format!(r#"{{"$ref": "http://{address}/schema.json"}}"#), 1),
        (format!(r#"{{"$schema": "http://{address}/schema.json"}}"#), 1),
        ("{\"$ref\": \"file:///etc/hostname\"}".to_owned(), 1),
        (r##"{"$ref": "#/definitions/a", "definitions": {"a": {"type": "object"}}}"##.to_owned(), 0),
    ] {
        let chart = chart(&[("values.schema.json", &schema), ("templates/a.yaml", "kind: A\n")]);
        let rendered = rendered(&helm, &chart, &release("a: 1\n")).unwrap();
        assert_eq!(rendered.unchecked_schemas.len(), unchecked, "{schema}");
        assert_eq!(rendered.documents.len(), 1);
        assert!(server.accept().is_err(), "{schema}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_in_the_charts_folder_is_no_file() {
    let Some(helm) = helm() else { return };
    let folder = tempfile::tempdir().unwrap();
    let chart = folder.path().join("chart");
    fs::create_dir_all(chart.join("templates")).unwrap();
    fs::write(chart.join("Chart.yaml"), CHART_YAML.1).unwrap();
    let template = "kind: A\nsecret: '{{ .Files.Get \"secret.yaml\" }}'\nother: '{{ .Files.Get \"folder/secret.yaml\" }}'\n";
    fs::write(chart.join("templates/a.yaml"), template).unwrap();
    fs::create_dir(folder.path().join("outside")).unwrap();
    fs::write(folder.path().join("outside/secret.yaml"), "hunter2").unwrap();
    std::os::unix::fs::symlink("../outside/secret.yaml", chart.join("secret.yaml")).unwrap();
    std::os::unix::fs::symlink("../outside", chart.join("folder")).unwrap();
    std::os::unix::fs::symlink("../outside/secret.yaml", chart.join("templates/b.yaml")).unwrap();
    let files = source::disk::Paths::new(folder.path(), &["chart".into()]).unwrap();
    let chart = Chart::read(&files, &RepoPath::new("chart"), &Limits::default()).unwrap();
    let rendered = rendered(&helm, &chart, &release("")).unwrap();
    assert_eq!(rendered.documents.len(), 1);
    let root = &rendered.documents[0].root;
    let texts = ["secret", "other"].map(|key| root.get(key).and_then(Node::scalar));
    assert_eq!(texts, [Some(""), Some("")]);
}
