//! Argo Workflows, Tekton and Kyverno.

use super::*;

#[test]
fn argo_workflows() {
    let text = "\
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
spec:
  arguments:
    parameters: [{name: tag, value: '3.20'}, {name: unset}]
  templateDefaults: {container: {image: ghcr.io/a/default:1}}
  templates:
  - name: one
    inputs: {parameters: [{name: image, default: ghcr.io/a/tool}]}
    container: {image: 'alpine:{{workflow.parameters.tag}}'}
    initContainers: [{image: ghcr.io/a/init:1}]
    sidecars: [{image: 'busybox:{{ workflow.parameters.tag }}'}]
  - script: {image: '{{inputs.parameters.image}}:1'}
  - inputs: {parameters: [{name: image, default: ghcr.io/a/tool}]}
    script: {image: '{{inputs.parameters.image}}:1'}
  - containerSet: {containers: [{image: python:3}]}
  - container: {image: 'a:{{workflow.parameters.unset}}'}
  - dag: {tasks: [{inline: {container: {image: ghcr.io/a/dag:1}}}]}
  - steps: [[{inline: {script: {image: ghcr.io/a/step:1}}}]]
  - resource: {manifest: 'image: not/read:1'}
";
    assert_eq!(
        found("a.yaml", text),
        [
            "5:38 spec.templates[0].container.image → docker.io/library/alpine:3.20",
            "5:38 spec.templates[0].sidecars[0].image → docker.io/library/busybox:3.20",
            "6:41 spec.templateDefaults.container.image → ghcr.io/a/default:1",
            "11:30 spec.templates[0].initContainers[0].image → ghcr.io/a/init:1",
            "13:22 spec.templates[1].script.image → unresolved-reference: the reference is made by a template",
            "14:50 spec.templates[2].script.image → ghcr.io/a/tool:1",
            "16:41 spec.templates[3].containerSet.containers[0].image → docker.io/library/python:3",
            "17:25 spec.templates[4].container.image → unresolved-reference: the reference is made by a template",
            "18:48 spec.templates[5].dag.tasks[0].inline.container.image → ghcr.io/a/dag:1",
            "19:40 spec.templates[6].steps[0][0].inline.script.image → ghcr.io/a/step:1",
        ]
    );
    let cron = "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nspec: {workflowSpec: {templates: [{container: {image: a:1}}]}}\n";
    assert_eq!(
        found("a.yaml", cron),
        ["3:55 spec.workflowSpec.templates[0].container.image → docker.io/library/a:1"]
    );
}

#[test]
fn tekton_tasks() {
    let text = "\
apiVersion: tekton.dev/v1
kind: Task
spec:
  params:
  - {name: version, default: '1.23'}
  - {name: image, default: ghcr.io/a/lint:2}
  - {name: required}
  stepTemplate: {image: alpine:3}
  steps:
  - image: docker.io/library/golang:$(params.version)
  - image: $(params.image)
  - image: $(params[\"image\"])
  - image: $(inputs.params.image)
  - image: a/b:$(params.required)
  - image: $(workspaces.x.path)
  - ref: {name: elsewhere}
  sidecars: [{image: 'docker:$(params.version)-dind'}]
";
    assert_eq!(
        found("a.yaml", text),
        [
            "5:31 spec.sidecars[0].image → docker.io/library/docker:1.23-dind",
            "5:31 spec.steps[0].image → docker.io/library/golang:1.23",
            // Three steps, and one place that decides.
            "6:28 spec.steps[1].image → ghcr.io/a/lint:2",
            "8:25 spec.stepTemplate.image → docker.io/library/alpine:3",
            "14:12 spec.steps[4].image → unresolved-reference: the reference is a parameter that is filled in when it runs",
            "15:12 spec.steps[5].image → unresolved-reference: the reference is a parameter that is filled in when it runs",
        ]
    );
    let action = "apiVersion: tekton.dev/v1beta1\nkind: StepAction\nspec: {image: a:1}\n";
    assert_eq!(found("a.yaml", action), ["3:15 spec.image → docker.io/library/a:1"]);
}

#[test]
fn tekton_parameters_come_from_the_nearest() {
    let text = "\
apiVersion: tekton.dev/v1
kind: PipelineRun
spec:
  params: [{name: outer, value: '2'}]
  pipelineSpec:
    params: [{name: outer, default: '1'}]
    tasks:
    - params: [{name: inner, value: '3'}, {name: passed, value: $(params.outer)}]
      taskSpec:
        params: [{name: inner, default: '4'}, {name: passed, default: '5'}]
        steps: [{image: 'a:$(params.inner)'}, {image: 'b:$(params.outer)'}, {image: 'c:$(params.passed)'}]
    finally:
    - taskSpec: {steps: [{image: d:1}]}
";
    assert_eq!(
        found("a.yaml", text),
        [
            "4:34 spec.pipelineSpec.tasks[0].taskSpec.steps[1].image → docker.io/library/b:2",
            "8:38 spec.pipelineSpec.tasks[0].taskSpec.steps[0].image → docker.io/library/a:3",
            "11:86 spec.pipelineSpec.tasks[0].taskSpec.steps[2].image → unresolved-reference: the reference is a parameter that is filled in when it runs",
            "13:34 spec.pipelineSpec.finally[0].taskSpec.steps[0].image → docker.io/library/d:1",
        ]
    );
}

#[test]
fn a_number_in_a_parameter_is_not_put_in() {
    let text = "apiVersion: tekton.dev/v1\nkind: Task\nspec: {params: [{name: v, default: 1.10}], steps: [{image: 'a:$(params.v)'}]}\n";
    assert_eq!(
        found("a.yaml", text),
        [
            "3:61 spec.steps[0].image → unresolved-reference: the reference is a parameter that is filled in when it runs"
        ]
    );
}

#[test]
fn tekton_bundles() {
    let text = "\
apiVersion: tekton.dev/v1
kind: PipelineRun
spec:
  params: [{name: version, value: '0.2'}]
  pipelineRef: {resolver: git, params: [{name: bundle, value: 'a/not:1'}]}
  pipelineSpec:
    params: [{name: version, default: '0.1'}]
    tasks:
    - taskRef: {resolver: bundles, params: [{name: kind, value: task}, {name: bundle, value: 'quay.io/a/task-b:0.1'}]}
    - taskRef: {name: old, bundle: 'quay.io/a/old:0.1'}
    - taskSpec: {steps: [{ref: {resolver: bundles, params: [{name: bundle, value: quay.io/a/step}]}}]}
    finally:
    - taskRef: {resolver: bundles, params: [{name: bundle, value: 'quay.io/a/task-c:$(params.version)'}]}
    - taskRef: {resolver: bundles, params: [{name: bundle, value: $(tasks.x.results.y)}]}
";
    assert_eq!(
        found("run.yaml", text),
        [
            "4:36 spec.pipelineSpec.finally[0].taskRef.params[0].value → quay.io/a/task-c:0.2",
            "9:95 spec.pipelineSpec.tasks[0].taskRef.params[1].value → quay.io/a/task-b:0.1",
            "10:37 spec.pipelineSpec.tasks[1].taskRef.bundle → quay.io/a/old:0.1",
            "11:83 spec.pipelineSpec.tasks[2].taskSpec.steps[0].ref.params[0].value → quay.io/a/step:latest",
            "14:67 spec.pipelineSpec.finally[1].taskRef.params[0].value → unresolved-reference: the reference is a parameter that is filled in when it runs",
        ]
    );
    let memory = Memory::default().with("run.yaml", text);
    let references = run(&memory, None, Selection::All).references;
    assert!(references.iter().take(4).all(|reference| reference.kind == Kind::Artifact));
}

#[test]
fn what_kyverno_looks_up_itself() {
    let text = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: base}
spec:
  rules:
  - context:
    - {name: a, imageRegistry: {reference: 'ghcr.io/acme/base:1'}}
    - {name: b, imageRegistry: {reference: '{{ element.image }}'}}
    - {name: c, configMap: {name: x}}
    verifyImages: [{imageReferences: ['ghcr.io/acme/*'], image: 'ghcr.io/acme/*'}]
    validate:
      foreach:
      - context: [{name: d, imageRegistry: {reference: ghcr.io/acme/other}}]
      pattern: {spec: {containers: [{image: '!*:latest'}]}}
---
apiVersion: kyverno.io/v2
kind: ClusterCleanupPolicy
spec: {context: [{name: e, imageRegistry: {reference: 'ghcr.io/acme/e:1'}}]}
";
    assert_eq!(
        found("policy.yaml", text),
        [
            "7:45 spec.rules[0].context[0].imageRegistry.reference → ghcr.io/acme/base:1",
            "13:56 spec.rules[0].validate.foreach[0].context[0].imageRegistry.reference → ghcr.io/acme/other:latest",
            "18:56 spec.context[0].imageRegistry.reference → ghcr.io/acme/e:1",
        ]
    );
    let memory = Memory::default().with("policy.yaml", text);
    let reference = &run(&memory, None, Selection::All).references[0];
    assert_eq!(reference.resource.as_ref().unwrap().kind, "ClusterPolicy");
}

#[test]
fn runs_and_workflows_within_other_resources() {
    let run = "{apiVersion: tekton.dev/v1, kind: PipelineRun, spec: {pipelineSpec: {tasks: [{taskSpec: {params: [{name: tag, default: '1'}], steps: [{image: 'ghcr.io/a/step:$(params.tag)'}]}}]}}}";
    let trigger = format!(
        "apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nspec:\n  resourcetemplates:\n  - {run}\n"
    );
    let field = "spec.resourcetemplates[0].spec.pipelineSpec.tasks[0].taskSpec.steps[0].image";
    assert_eq!(found("a.yaml", &trigger), [format!("5:125 {field} → ghcr.io/a/step:1")]);
    let sensor = |kind: &str, spec: &str| {
        let resource = format!("{{apiVersion: argoproj.io/v1alpha1, kind: {kind}, spec: {spec}}}");
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Sensor\nspec:\n  triggers: [{{template: {{k8s: {{source: {{resource: {resource}}}}}}}}}]\n"
        )
    };
    let template = "{templates: [{container: {image: 'ghcr.io/a/b:1'}}]}";
    for (kind, spec) in [
        ("CronWorkflow", format!("{{workflowSpec: {template}}}").as_str()),
        ("Workflow", template),
        ("Workflow", "{templateDefaults: {script: {image: 'ghcr.io/a/b:1'}}}"),
        ("Workflow", "{templates: [{steps: [[{inline: {container: {image: 'ghcr.io/a/b:1'}}}]]}]}"),
    ] {
        let found = found("a.yaml", &sensor(kind, spec));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with(" → ghcr.io/a/b:1"), "{found:?}");
    }
    let template = "apiVersion: template.openshift.io/v1\nkind: Template\nobjects:\n- apiVersion: image.openshift.io/v1\n  kind: ImageStream\n  spec: {tags: [{from: {kind: DockerImage, name: 'ghcr.io/a/b:1'}}]}\n";
    assert_eq!(found("a.yaml", template), ["6:51 objects[0].spec.tags[0].from.name → ghcr.io/a/b:1"]);
}

#[test]
fn resources_that_policies_generate() {
    let policy = |generate: &str| {
        format!(
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nspec: {{rules: [{{generate: {generate}}}]}}\n"
        )
    };
    let workflow = "{apiVersion: argoproj.io/v1alpha1, kind: Workflow, data: {spec: {templates: [{container: {image: 'ghcr.io/a/b:1'}}]}}}";
    let pod = "{apiVersion: v1, kind: Pod, data: {spec: {containers: [{image: 'ghcr.io/a/b:1'}]}}}";
    for (text, field) in [
        (workflow.to_owned(), "data.spec.templates[0].container.image"),
        (format!("{{foreach: [{workflow}]}}"), "foreach[0].data.spec.templates[0].container.image"),
        (format!("{{foreach: [{pod}]}}"), "foreach[0].data.spec.containers[0].image"),
    ] {
        let found = found("a.yaml", &policy(&text));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(&format!("spec.rules[0].generate.{field} → ghcr.io/a/b:1")), "{found:?}");
    }
}

#[test]
fn complete_references_in_any_field_of_a_kind_that_is_not_known() {
    let thing = |body: &str| format!("apiVersion: a.example.com/v1\nkind: Thing\n{body}\n");
    for body in ["spec: {imageRef: 'evil.io/x:1'}", "spec: {runner: 'evil.io/a/x:v1.2'}"] {
        let told = found("a.yaml", &thing(body));
        assert!(told.len() == 1 && told[0].starts_with("not-checked: Thing"), "{told:?}");
    }
    for body in [
        "metadata: {annotations: {runner: 'evil.io/x:1'}}",
        "spec: {url: 'https://a.io:443/x', host: 'a.io:443', role: a/b:1, path: '/a/x:1'}",
    ] {
        assert_eq!(found("a.yaml", &thing(body)), Vec::<String>::new(), "{body}");
    }
}
