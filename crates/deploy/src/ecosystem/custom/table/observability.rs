//! Metrics, logs, traces and dashboards.

use crate::ecosystem::custom::row::Read::{Artifact, Parts, Text};
use crate::ecosystem::custom::row::{Keys, PARTS, Row, pair, untagged};

/// Datadog: a name that is a complete reference, or one to which the operator adds its registry.
const DATADOG: Keys = Keys { host: true, ..pair("name", "tag") };
/// Instana's.
const INSTANA: Keys = Keys { digest: "digest", ..pair("name", "tag") };
/// Kiali: the version may be a keyword of the operator, such as `operator_version`.
const KIALI: Keys = untagged("image_name");

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    // Prometheus operator
    Row("monitoring.coreos.com", "Prometheus", &[Text("spec.image spec.thanos.image"), Parts(untagged("baseImage"), "spec spec.thanos")]),
    Row("monitoring.coreos.com", "PrometheusAgent", &[Text("spec.image")]),
    Row("monitoring.coreos.com", "Alertmanager", &[Text("spec.image"), Parts(untagged("baseImage"), "spec")]),
    Row("monitoring.coreos.com", "ThanosRuler", &[Text("spec.image")]),
    // VictoriaMetrics. `configReloaderImageTag` is a complete reference, in spite of its name.
    Row("operator.victoriametrics.com", "VMAgent", &[Text("spec.configReloaderImage|configReloaderImageTag"), Parts(PARTS, "spec.image")]),
    Row("operator.victoriametrics.com", "VMAlert", &[Text("spec.configReloaderImage|configReloaderImageTag"), Parts(PARTS, "spec.image")]),
    Row("operator.victoriametrics.com", "VMAlertmanager", &[Text("spec.configReloaderImage|configReloaderImageTag"), Parts(PARTS, "spec.image")]),
    Row("operator.victoriametrics.com", "VMAuth", &[Text("spec.configReloaderImage|configReloaderImageTag"), Parts(PARTS, "spec.image")]),
    Row("operator.victoriametrics.com", "VMAnomaly", &[Parts(PARTS, "spec.image")]),
    Row("operator.victoriametrics.com", "VMSingle", &[Parts(PARTS, "spec.image spec.vmBackup.image")]),
    Row("operator.victoriametrics.com", "VMCluster", &[Parts(PARTS, "spec.vminsert|vmselect|vmstorage.image spec.vmstorage.vmBackup.image spec.requestsLoadBalancer.spec.image")]),
    Row("operator.victoriametrics.com", "VLogs", &[Parts(PARTS, "spec.image")]),
    Row("operator.victoriametrics.com", "VLAgent", &[Parts(PARTS, "spec.image")]),
    Row("operator.victoriametrics.com", "VLSingle", &[Parts(PARTS, "spec.image")]),
    Row("operator.victoriametrics.com", "VLCluster", &[Parts(PARTS, "spec.vlinsert|vlselect|vlstorage.image spec.requestsLoadBalancer.spec.image")]),
    Row("operator.victoriametrics.com", "VTSingle", &[Parts(PARTS, "spec.image")]),
    Row("operator.victoriametrics.com", "VTCluster", &[Parts(PARTS, "spec.insert|select|storage.image spec.requestsLoadBalancer.spec.image")]),
    // Grafana and Perses
    Row("grafana.integreatly.org", "GrafanaDashboard", &[Artifact("spec.oci.reference")]),
    Row("grafana.integreatly.org", "GrafanaLibraryPanel", &[Artifact("spec.oci.reference")]),
    Row("monitoring.grafana.com", "GrafanaAgent", &[Text("spec.image")]),
    Row("tempo.grafana.com", "TempoStack", &[Text("spec.images.*")]),
    Row("perses.dev", "Perses", &[Text("spec.image")]),
    // Elastic's agents
    Row("agent.k8s.elastic.co", "Agent", &[Text("spec.image")]),
    Row("apm.k8s.elastic.co", "ApmServer", &[Text("spec.image")]),
    Row("beat.k8s.elastic.co", "Beat", &[Text("spec.image")]),
    Row("logstash.k8s.elastic.co", "Logstash", &[Text("spec.image")]),
    // OpenTelemetry and Jaeger
    Row("opentelemetry.io", "OpenTelemetryCollector", &[Text("spec.image spec.targetAllocator.image")]),
    Row("opentelemetry.io", "TargetAllocator", &[Text("spec.image")]),
    Row("opentelemetry.io", "OpAMPBridge", &[Text("spec.image")]),
    Row("opentelemetry.io", "Instrumentation", &[Text("spec.java|nodejs|python|dotnet|go|apacheHttpd|nginx.image spec.java.extensions[].image")]),
    Row("jaegertracing.io", "Jaeger", &[Text("spec.agent|allInOne|collector|ingester|query.image spec.storage.cassandraCreateSchema|dependencies|elasticsearch|esIndexCleaner|esRollover|grpcPlugin.image")]),
    // Logging operator (Kube Logging)
    Row("logging.banzaicloud.io", "Logging", &[Parts(PARTS, "spec.fluentbit|fluentd.image|bufferVolumeImage spec.fluentbit.configHotReload.image spec.fluentd.configReloaderImage|volumeModImage spec.fluentd.scaling.drain.image|pauseImage spec.syslogNG.syslogNGImage|configReloadImage|metricsExporterImage|bufferVolumeMetricsImage")]),
    Row("logging.banzaicloud.io", "FluentbitAgent", &[Parts(PARTS, "spec.image|bufferVolumeImage spec.configHotReload.image")]),
    Row("logging.banzaicloud.io", "FluentdConfig", &[Parts(PARTS, "spec.image|bufferVolumeImage|configReloaderImage|volumeModImage spec.scaling.drain.image|pauseImage")]),
    Row("logging.banzaicloud.io", "SyslogNGConfig", &[Parts(PARTS, "spec.syslogNGImage|configReloadImage|metricsExporterImage|bufferVolumeMetricsImage")]),
    Row("logging-extensions.banzaicloud.io", "EventTailer", &[Text("spec.containerOverrides.image"), Parts(PARTS, "spec.image")]),
    Row("logging-extensions.banzaicloud.io", "HostTailer", &[Text("spec.fileTailers|systemdTailers[].containerOverrides.image"), Parts(PARTS, "spec.image spec.fileTailers|systemdTailers[].image")]),
    // Fluent operator
    Row("fluentbit.fluent.io", "FluentBit", &[Text("spec.image")]),
    Row("fluentbit.fluent.io", "Collector", &[Text("spec.image")]),
    Row("fluentd.fluent.io", "Fluentd", &[Text("spec.image")]),
    // Vendors
    Row("coroot.com", "Coroot", &[Text("spec.clickhouse|clusterAgent|communityEdition|enterpriseEdition|nodeAgent|prometheus.image.name spec.clickhouse.keeper.image.name spec.clusterAgent.kubeStateMetrics.image.name")]),
    Row("core.humio.com", "HumioCluster", &[Text("spec.image spec.helperImage spec.nodePools[].spec.image|helperImage")]),
    Row("datadoghq.com", "DatadogAgent", &[Parts(DATADOG, "spec.override.*.image spec.global.fips.image spec.features.admissionController.agentSidecarInjection.image")]),
    Row("datadoghq.com", "DatadogAgentProfile", &[Parts(DATADOG, "spec.config.override.*.image")]),
    Row("dynatrace.com", "DynaKube", &[
        Text("spec.activeGate.image spec.oneAgent.classicFullStack|cloudNativeFullStack|hostMonitoring.image spec.oneAgent.cloudNativeFullStack|applicationMonitoring.codeModulesImage"),
        Parts(PARTS, "spec.templates.extensionExecutionController|kspmNodeConfigurationCollector|logMonitoring|otelCollector.imageRef"),
    ]),
    Row("dynatrace.com", "EdgeConnect", &[Parts(PARTS, "spec.imageRef")]),
    Row("enterprise.splunk.com", "ClusterManager", &[Text("spec.image")]),
    Row("enterprise.splunk.com", "IndexerCluster", &[Text("spec.image")]),
    Row("enterprise.splunk.com", "LicenseManager", &[Text("spec.image")]),
    Row("enterprise.splunk.com", "MonitoringConsole", &[Text("spec.image")]),
    Row("enterprise.splunk.com", "SearchHeadCluster", &[Text("spec.image")]),
    Row("enterprise.splunk.com", "Standalone", &[Text("spec.image")]),
    Row("instana.io", "InstanaAgent", &[Parts(INSTANA, "spec.agent.image spec.k8s_sensor.image")]),
    Row("kiali.io", "Kiali", &[Parts(KIALI, "spec.deployment")]),
    // New Relic: one object per language, in older versions one object for all languages
    Row("newrelic.com", "Instrumentation", &[Text("spec.agent|healthAgent.image spec.java|nodejs|python|dotnet|php|ruby|go.image")]),
];
