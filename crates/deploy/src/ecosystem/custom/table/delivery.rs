//! Delivery, tests and applications: packages, charts, builds, runners, and operators of single
//! applications.

use crate::ecosystem::custom::row::Read::{Artifact, Parts, Text};
use crate::ecosystem::custom::row::{Keys, Row, pair, untagged};

/// Crossplane puts its default registry before a package that names none.
const CROSSPLANE: Keys = Keys { host: true, ..untagged("package") };

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    // Crossplane
    Row("pkg.crossplane.io", "Provider", &[Parts(CROSSPLANE, "spec")]),
    Row("pkg.crossplane.io", "Configuration", &[Parts(CROSSPLANE, "spec")]),
    Row("pkg.crossplane.io", "Function", &[Parts(CROSSPLANE, "spec")]),
    Row("pkg.crossplane.io", "ControllerConfig", &[Text("spec.image")]),
    // OLM
    Row("operators.coreos.com", "CatalogSource", &[Text("spec.image")]),
    Row("operators.coreos.com", "ClusterServiceVersion", &[Text("spec.relatedImages[].image")]),
    Row("olm.operatorframework.io", "ClusterCatalog", &[Text("spec.source.image.ref")]),
    // k3s, Carvel, Flux's operator and controllers beside Flux
    Row("helm.cattle.io", "HelmChart", &[Text("spec.jobImage")]),
    Row("kappctrl.k14s.io", "App", &[Parts(untagged("url"), "spec.fetch[].image"), Parts(untagged("image"), "spec.fetch[].imgpkgBundle")]),
    Row("packaging.carvel.dev", "PackageRepository", &[Parts(untagged("url"), "spec.fetch.image"), Parts(untagged("image"), "spec.fetch.imgpkgBundle")]),
    Row("data.packaging.carvel.dev", "Package", &[Parts(untagged("url"), "spec.template.spec.fetch[].image"), Parts(untagged("image"), "spec.template.spec.fetch[].imgpkgBundle")]),
    Row("fluxcd.controlplane.io", "FluxInstance", &[Artifact("spec.distribution.artifact")]),
    Row("infra.contrib.fluxcd.io", "Terraform", &[Text("spec.runnerPodTemplate.spec.image")]),
    Row("auto.pulumi.com", "Workspace", &[Text("spec.image")]),
    Row("pulumi.com", "Stack", &[Text("spec.workspaceTemplate.spec.image")]),
    Row("core.oam.dev", "Application", &[Text("spec.components[](type=webservice|worker|task|cron-task|daemon|statefulset).properties.image spec.components[].traits[](type=sidecar|init-container).properties.image")]),
    // Argo beside its workflows
    Row("argoproj.io", "EventSource", &[Text("spec.template.container.image")]),
    Row("argoproj.io", "Sensor", &[Text("spec.template.container.image spec.triggers[].template.argoWorkflow|k8s.source.resource.spec.templates[].container|script.image")]),
    Row("argoproj.io", "ArgoCD", &[Parts(pair("image", "version"), "spec spec.repo|redis|notifications|applicationSet|dex|grafana spec.sso.dex|keycloak"), Parts(pair("redisProxyImage", "redisProxyVersion"), "spec.ha"), Text("spec.argoCDAgent.principal|agent.image")]),
    Row("argoproj.io", "RolloutManager", &[Parts(pair("image", "version"), "spec")]),
    // Builds. The images that they push are not in the table.
    Row("kpack.io", "ClusterStack", &[Text("spec.buildImage|runImage.image")]),
    Row("kpack.io", "ClusterStore", &[Text("spec.sources[].image")]),
    Row("kpack.io", "ClusterLifecycle", &[Text("spec.image")]),
    Row("kpack.io", "ClusterBuildpack", &[Text("spec.image")]),
    Row("kpack.io", "Buildpack", &[Text("spec.image")]),
    Row("shipwright.io", "BuildStrategy", &[Text("spec.steps|buildSteps[].image")]),
    Row("shipwright.io", "ClusterBuildStrategy", &[Text("spec.steps|buildSteps[].image")]),
    // Runners
    Row("actions.summerwind.dev", "Runner", &[Text("spec.image")]),
    Row("actions.summerwind.dev", "RunnerDeployment", &[Text("spec.template.spec.image")]),
    Row("actions.summerwind.dev", "RunnerReplicaSet", &[Text("spec.template.spec.image")]),
    Row("actions.summerwind.dev", "RunnerSet", &[Text("spec.image")]),
    Row("apps.gitlab.com", "Runner", &[Text("spec.runnerImage|helperImage|buildImage")]),
    Row("renovate-operator.mogenius.com", "RenovateJob", &[Text("spec.image")]),
    // Tests
    Row("k6.io", "K6", &[Text("spec.runner|starter|initializer.image")]),
    Row("k6.io", "TestRun", &[Text("spec.runner|starter|initializer.image")]),
    Row("k6.io", "PrivateLoadZone", &[Text("spec.image")]),
    Row("executor.testkube.io", "Executor", &[Text("spec.image spec.slaves.image")]),
    Row("tests.testkube.io", "Test", &[Text("spec.executionRequest.image")]),
    Row("testworkflows.testkube.io", "TestWorkflow", &[Text("spec.container.image spec.services.*.image spec.setup|steps|after[].container|run.image spec.setup|steps|after[].services.*.image spec.setup|steps|after[].parallel.container|run.image spec.setup|steps|after[].parallel.setup|steps[].container|run.image spec.setup|steps|after[].setup|steps[].container|run.image spec.setup|steps|after[].setup|steps[].setup|steps[].container|run.image")]),
    Row("testworkflows.testkube.io", "TestWorkflowTemplate", &[Text("spec.container.image spec.services.*.image spec.setup|steps|after[].container|run.image spec.setup|steps|after[].services.*.image spec.setup|steps|after[].parallel.container|run.image spec.setup|steps|after[].parallel.setup|steps[].container|run.image spec.setup|steps|after[].setup|steps[].container|run.image spec.setup|steps|after[].setup|steps[].setup|steps[].container|run.image")]),
    Row("litmuschaos.io", "ChaosEngine", &[Text("spec.components.runner.image spec.experiments[].spec.components.experimentImage")]),
    Row("litmuschaos.io", "ChaosExperiment", &[Text("spec.definition.image")]),
    // Functions
    Row("core.spinkube.dev", "SpinApp", &[Text("spec.image")]),
    Row("fission.io", "Environment", &[Text("spec.runtime|builder.image")]),
    Row("operator.knative.dev", "KnativeEventing", &[Text("spec.registry.override.*")]),
    Row("operator.knative.dev", "KnativeServing", &[Text("spec.registry.override.*")]),
    Row("openfaas.com", "Function", &[Text("spec.image")]),
    // Backups
    Row("cr.kanister.io", "Blueprint", &[Text("actions.*.phases[].args.image actions.*.deferPhase.args.image")]),
    // Ansible's operators: versions are appended
    Row("awx.ansible.com", "AWX", &[
        Text("spec.ee_images[].image spec.control_plane_ee_image spec.init_projects_container_image"),
        Parts(pair("image", "image_version"), "spec"),
        Parts(pair("redis_image", "redis_image_version"), "spec"),
        Parts(pair("postgres_image", "postgres_image_version"), "spec"),
        Parts(pair("init_container_image", "init_container_image_version"), "spec"),
        Parts(pair("metrics_utility_image", "metrics_utility_image_version"), "spec"),
    ]),
    Row("awx.ansible.com", "AWXBackup", &[Parts(pair("postgres_image", "postgres_image_version"), "spec")]),
    Row("awx.ansible.com", "AWXRestore", &[Parts(pair("postgres_image", "postgres_image_version"), "spec")]),
    Row("eda.ansible.com", "EDA", &[Parts(pair("image", "image_version"), "spec"), Parts(pair("image_web", "image_web_version"), "spec"), Parts(pair("redis_image", "redis_image_version"), "spec"), Parts(pair("postgres_image", "postgres_image_version"), "spec")]),
    Row("repo-manager.pulpproject.org", "Pulp", &[
        Text("spec.cache.redis_image spec.database.postgres_image spec.api|content|worker.init_container.image spec.admin_password_job|migration_job|signing_job.container.image"),
        Parts(pair("image", "image_version"), "spec"),
        Parts(pair("image_web", "image_web_version"), "spec"),
        Parts(pair("otel_collector_image", "otel_collector_image_version"), "spec.telemetry"),
    ]),
    // Applications
    Row("installation.mattermost.com", "Mattermost", &[Parts(pair("image", "version"), "spec")]),
    Row("rhdh.redhat.com", "Backstage", &[Text("spec.application.image")]),
    Row("workspace.devfile.io", "DevWorkspace", &[Text("spec.template.components[].container.image")]),
    Row("workspace.devfile.io", "DevWorkspaceTemplate", &[Text("spec.components[].container.image")]),
];
