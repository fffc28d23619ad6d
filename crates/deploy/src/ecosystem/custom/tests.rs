use std::collections::HashSet;

use super::*;
use crate::extract::tests::found;

/// A manifest of a kind, with its body in flow style.
fn manifest(group: &str, kind: &str, rest: &str) -> String {
    format!("apiVersion: {group}/v1\nkind: {kind}\n{rest}\n")
}

/// The references in a resource's `spec`, which is on line 3.
fn spec(group: &str, kind: &str, spec: &str) -> Vec<String> {
    found("a.yaml", &manifest(group, kind, &format!("spec: {spec}")))
}

/// The paths of a path with alternatives.
fn alternatives(path: &str) -> Vec<String> {
    path.split('.').fold(vec![String::new()], |paths, segment| {
        let (head, condition) = segment.split_once('(').unwrap_or((segment, ""));
        let names = head.trim_end_matches("[]");
        let rest = format!(
            "{}{}",
            &head[names.len()..],
            if condition.is_empty() { String::new() } else { format!("({condition}") }
        );
        let join = |path: &String, name: &str| {
            let dot = if path.is_empty() { "" } else { "." };
            format!("{path}{dot}{name}{rest}")
        };
        paths.iter().flat_map(|path| names.split('|').map(move |name| join(path, name))).collect()
    })
}

/// A path as it is reported: the first item of each list, and no conditions.
fn field(path: &str) -> String {
    let segments = path.split('.').map(|segment| segment.split('(').next().unwrap_or_default());
    segments.collect::<Vec<_>>().join(".").replace("[]", "[0]").replace('*', "any")
}

/// A document in flow style that holds `leaf` at a path.
fn nested(path: Option<&str>, leaf: &str) -> String {
    let Some(path) = path else { return leaf.to_owned() };
    let (segment, rest) = path.split_once('.').map_or((path, None), |(segment, rest)| (segment, Some(rest)));
    let (head, condition) = segment.split_once('(').unwrap_or((segment, ""));
    let names = head.trim_end_matches("[]");
    let name = names.split('|').next().unwrap().replace('*', "any");
    let mut inner = nested(rest, leaf);
    if let Some((key, values)) = condition.trim_end_matches(')').split_once('=') {
        let value = values.split('|').next().unwrap();
        inner = format!("{{{key}: {value}, {}", inner.strip_prefix('{').unwrap());
    }
    let lists = (head.len() - names.len()) / 2;
    format!("{{{name}: {}{inner}{}}}", "[".repeat(lists), "]".repeat(lists))
}

/// The field of a row's path, and the reference that is expected there.
fn example(read: &Read) -> (String, &'static str) {
    match read {
        Read::Text(_) => ("example.org/a/b:1".to_owned(), "example.org/a/b:1"),
        Read::Artifact(_) => ("oci://example.org/a/b:1".to_owned(), "example.org/a/b:1"),
        Read::Docker(_) => ("docker://example.org/a/b:1".to_owned(), "example.org/a/b:1"),
        Read::Parts(keys, _) => {
            let mut map = format!("{{{}: example.org/a", keys.repository);
            let parts = [(keys.image, "b"), (keys.tag, "'1'")];
            for (key, value) in parts.iter().filter(|(key, _)| !key.is_empty()) {
                map.push_str(&format!(", {key}: {value}"));
            }
            let image = match (keys.image, keys.tag) {
                ("", "") => "example.org/a (repository)",
                ("", _) => "example.org/a:1",
                (_, "") => "example.org/a/b (repository)",
                _ => "example.org/a/b:1",
            };
            (map + "}", image)
        }
    }
}

#[test]
fn every_path_of_every_row_is_reached() {
    let mut failed = Vec::new();
    for Row(group, kind, reads) in table::rows() {
        for read in *reads {
            let (leaf, image) = example(read);
            for path in read.paths().flat_map(alternatives) {
                let path = path.as_str();
                let text = format!("apiVersion: {group}/v1\nkind: {kind}\n---\n");
                let json = nested(Some(path), &leaf);
                let body = json.strip_prefix('{').unwrap();
                let text = format!("{text}{{apiVersion: {group}/v1, kind: {kind}, {body}");
                let found = found("a.yaml", &text);
                let there = |found: &str| {
                    let (place, at) = (field(path), found.split(' ').nth(1).unwrap_or_default());
                    at == place || matches!(read, Read::Parts(..)) && at.starts_with(&place)
                };
                if found.len() != 1 || !found[0].ends_with(&format!(" → {image}")) || !there(&found[0]) {
                    failed.push(format!("{group} {kind} {path}: {found:?}\n{text}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn rows_are_well_formed_and_stand_once() {
    let path =
        regex::Regex::new(r"^(?:(?:\*|[\w-]+(?:\|[\w-]+)*)(?:\[\])*(?:\(\w+=[\w|-]+\))?(?:\.|$))+$").unwrap();
    // References that `kubernetes` finds in every kind would be found twice.
    let container = regex::Regex::new(
        r"(^|\.)(containers|initContainers|ephemeralContainers|sidecars|sidecarContainers|extraContainers|additionalContainers)\[\]\.image$",
    )
    .unwrap();
    let mut kinds = HashSet::new();
    for Row(group, kind, reads) in table::rows() {
        assert!(kinds.insert((group, kind)), "{group} {kind} stands twice");
        let mut places = HashSet::new();
        for read in *reads {
            assert!(read.paths().next().is_some(), "{group} {kind} reads nothing");
            for one in read.paths() {
                assert!(path.is_match(one) && !one.ends_with('.'), "{group} {kind} {one}");
                assert!(!container.is_match(one), "{group} {kind} {one} is found in every kind");
                let key = if let Read::Parts(keys, _) = read { keys.repository } else { "" };
                assert!(places.insert((one, key)), "{group} {kind} {one} stands twice");
            }
        }
    }
}

#[test]
fn strings() {
    let thanos = "{image: 'quay.io/prometheus/prometheus:v3.0.0', thanos: {image: quay.io/thanos/thanos}}";
    assert_eq!(
        spec("monitoring.coreos.com", "Prometheus", thanos),
        [
            "3:16 spec.image → quay.io/prometheus/prometheus:v3.0.0",
            "3:71 spec.thanos.image → quay.io/thanos/thanos:latest",
        ]
    );
    // A list of strings, alternatives, any key, a condition.
    assert_eq!(
        spec(
            "infrastructure.cluster.x-k8s.io",
            "DockerMachine",
            "{customImage: kindest/node:v1, preLoadImages: [a:1, b:2]}"
        ),
        [
            "3:21 spec.customImage → docker.io/kindest/node:v1",
            "3:54 spec.preLoadImages[0] → docker.io/library/a:1",
            "3:59 spec.preLoadImages[1] → docker.io/library/b:2",
        ]
    );
    assert_eq!(
        spec(
            "kafka.strimzi.io",
            "Kafka",
            "{entityOperator: {userOperator: {image: a:1}, topicOperator: {image: b:1}}}"
        ),
        [
            "3:47 spec.entityOperator.userOperator.image → docker.io/library/a:1",
            "3:76 spec.entityOperator.topicOperator.image → docker.io/library/b:1",
        ]
    );
    assert_eq!(
        spec("druid.apache.org", "Druid", "{nodes: {brokers: {image: a:1}, odd.name: {image: b:1}}}"),
        [
            "3:33 spec.nodes.brokers.image → docker.io/library/a:1",
            "3:57 spec.nodes[\"odd.name\"].image → docker.io/library/b:1",
        ]
    );
    let tags = "{tags: [{from: {kind: DockerImage, name: a:1}}, {from: {kind: ImageStreamTag, name: b:1}}]}";
    assert_eq!(
        spec("image.openshift.io", "ImageStream", tags),
        ["3:48 spec.tags[0].from.name → docker.io/library/a:1"]
    );
}

#[test]
fn urls() {
    let wasm = |url: &str| spec("extensions.istio.io", "WasmPlugin", &format!("{{url: {url}}}"));
    assert_eq!(wasm("oci://ghcr.io/a/b:1"), ["3:13 spec.url → ghcr.io/a/b:1"]);
    assert_eq!(wasm("https://example.org/image.wasm"), Vec::<String>::new());
    assert_eq!(wasm("ghcr.io/a/b:1"), ["3:13 spec.url → ghcr.io/a/b:1"], "the scheme may be left out");
    let disk = "{source: {registry: {url: 'docker://quay.io/containerdisks/fedora:42'}}}";
    assert_eq!(
        spec("cdi.kubevirt.io", "DataVolume", disk),
        ["3:34 spec.source.registry.url → quay.io/containerdisks/fedora:42"]
    );
}

#[test]
fn maps_of_parts() {
    let select = "{vmselect: {image: {repository: quay.io/vm/select, tag: v1}}, vmstorage: {image: {repository: vm/storage}}}";
    assert_eq!(
        spec("operator.victoriametrics.com", "VMCluster", select),
        [
            "3:63 spec.vmselect.image.tag → quay.io/vm/select:v1",
            "3:101 spec.vmstorage.image.repository → docker.io/vm/storage (repository)",
        ]
    );
    let kgateway =
        "{kube: {envoyContainer: {image: {registry: cr.kgateway.dev, repository: envoy, tag: v2}}}}";
    assert_eq!(
        spec("gateway.kgateway.dev", "GatewayParameters", kgateway),
        ["3:91 spec.kube.envoyContainer.image.tag → cr.kgateway.dev/envoy:v2"]
    );
    // Only a tag: the repository is the operator's default, which is not known here.
    let only_tag = "{nameserver: {image: {tag: v1}}}";
    assert_eq!(spec("tailscale.com", "DNSConfig", only_tag), Vec::<String>::new());
    let tailscale = "{nameserver: {image: {repo: tailscale/k8s-nameserver, tag: stable}}}";
    assert_eq!(
        spec("tailscale.com", "DNSConfig", tailscale),
        ["3:66 spec.nameserver.image.tag → docker.io/tailscale/k8s-nameserver:stable"]
    );
    let redis = "{redisEnterpriseImageSpec: {repository: redislabs/redis, versionTag: 7.4.2-54}}";
    assert_eq!(
        spec("app.redislabs.com", "RedisEnterpriseCluster", redis),
        ["3:76 spec.redisEnterpriseImageSpec.versionTag → docker.io/redislabs/redis:7.4.2-54"]
    );
    let hash = "a".repeat(64);
    let clickhouse = format!("{{containerTemplate: {{image: {{repository: a/b, hash: 'sha256:{hash}'}}}}}}");
    assert_eq!(
        spec("clickhouse.com", "ClickHouseCluster", &clickhouse),
        [format!("3:60 spec.containerTemplate.image.hash → docker.io/a/b@sha256:{hash}")]
    );
}

#[test]
fn siblings() {
    assert_eq!(
        spec(
            "awx.ansible.com",
            "AWX",
            "{image: quay.io/ansible/awx, image_version: 24.6.1, redis_image: redis}"
        ),
        [
            "3:51 spec.image_version → quay.io/ansible/awx:24.6.1",
            "3:72 spec.redis_image → docker.io/library/redis (repository)",
        ]
    );
    let nvidia = "{toolkit: {repository: nvcr.io/nvidia/k8s, image: toolkit, version: v1.17}, driver: {repository: nvcr.io/nvidia, image: driver, version: '550'}}";
    assert_eq!(
        spec("nvidia.com", "ClusterPolicy", nvidia),
        [
            "3:75 spec.toolkit.version → nvcr.io/nvidia/k8s/toolkit:v1.17",
            "3:104 spec.driver.image → nvcr.io/nvidia/driver (repository)",
        ]
    );
    let digest = "b".repeat(64);
    let whole = format!("{{dcgm: {{image: 'nvcr.io/nvidia/dcgm@sha256:{digest}'}}, gfd: {{image: gfd}}}}");
    assert_eq!(
        spec("nvidia.com", "ClusterPolicy", &whole),
        [format!("3:23 spec.dcgm.image → nvcr.io/nvidia/dcgm@sha256:{digest}")]
    );
    let medusa = "{medusa: {containerImage: {repository: k8ssandra, name: medusa, tag: 0.22.0}}}";
    assert_eq!(
        spec("k8ssandra.io", "K8ssandraCluster", medusa),
        ["3:76 spec.medusa.containerImage.tag → docker.io/k8ssandra/medusa:0.22.0"]
    );
}

#[test]
fn what_the_operator_completes() {
    // The version comes from the plan's channel.
    assert_eq!(
        spec("upgrade.cattle.io", "Plan", "{upgrade: {image: rancher/k3s-upgrade}, prepare: {image: a/b:1}}"),
        [
            "3:25 spec.upgrade.image → docker.io/rancher/k3s-upgrade (repository)",
            "3:64 spec.prepare.image → docker.io/a/b:1",
        ]
    );
    // Datadog's default registry is put before a bare name, and a tag within the name counts.
    let agent = |image: &str| {
        spec("datadoghq.com", "DatadogAgent", &format!("{{override: {{nodeAgent: {{image: {image}}}}}}}"))
    };
    assert_eq!(agent("{name: agent, tag: 7.60.0}"), Vec::<String>::new());
    assert_eq!(
        agent("{name: 'gcr.io/datadoghq/agent:7.61.0', tag: 7.60.0}"),
        ["3:46 spec.override.nodeAgent.image.name → gcr.io/datadoghq/agent:7.61.0"]
    );
    // The manifest of a package has no field that the other extractors read.
    let package = |package: &str| spec("pkg.crossplane.io", "Provider", &format!("{{package: {package}}}"));
    assert_eq!(package("xpkg.upbound.io/a/b:v1"), ["3:17 spec.package → xpkg.upbound.io/a/b:v1"]);
    assert_eq!(package("crossplane-contrib/b:v1"), Vec::<String>::new());
}

#[test]
fn what_is_not_written_is_not_claimed() {
    for spec_text in [
        "{image: ''}",
        "{image: null}",
        "{image: ' '}",
        "{image: }",
        "{}",
        "{image: {repository: a, tag: b}}",
    ] {
        assert_eq!(spec("k8s.mariadb.com", "MariaDB", spec_text), Vec::<String>::new(), "{spec_text}");
    }
    for image in ["{repository: '', tag: v1}", "{tag: v1}", "{}", "null"] {
        let image = format!("{{image: {image}}}");
        assert_eq!(spec("operator.victoriametrics.com", "VMAgent", &image), Vec::<String>::new(), "{image}");
    }
}

#[test]
fn numbers_and_placeholders_are_told() {
    assert_eq!(
        spec("dragonflydb.io", "Dragonfly", "{image: 1.10}"),
        ["3:15 spec.image → malformed-reference: the number 1.10 where an image reference is expected"]
    );
    assert_eq!(
        spec("operator.victoriametrics.com", "VMAgent", "{image: {repository: a/b, tag: 41}}"),
        ["3:38 spec.image.tag → numeric-tag: YAML reads 41 as a number, and only text is accepted here"]
    );
    assert_eq!(
        spec("ceph.rook.io", "CephCluster", "{cephVersion: {image: 'quay.io/ceph/ceph:${VERSION}'}}"),
        [
            "3:30 spec.cephVersion.image → unresolved-reference: the reference is a variable that is substituted later"
        ]
    );
}

#[test]
fn what_no_node_pulls_is_left_alone() {
    let cases = [
        // Pushed.
        ("kafka.strimzi.io", "KafkaConnect", "{build: {output: {type: docker, image: a:1}}}"),
        ("kafka.strimzi.io", "KafkaConnect", "{plugins: [{artifacts: [{type: maven, reference: a:1}]}]}"),
        ("build.openshift.io", "BuildConfig", "{output: {to: {kind: DockerImage, name: a:1}}}"),
        ("shipwright.io", "Build", "{output: {image: a:1}}"),
        ("kpack.io", "Image", "{tag: a:1, builder: {image: b}}"),
        // Machine images.
        (
            "infrastructure.cluster.x-k8s.io",
            "GCPMachineTemplate",
            "{template: {spec: {image: projects/a/b}}}",
        ),
        (
            "infrastructure.cluster.x-k8s.io",
            "HCloudMachineTemplate",
            "{template: {spec: {imageName: ubuntu:1}}}",
        ),
        ("infrastructure.cluster.x-k8s.io", "OpenStackMachine", "{image: {filter: {name: ubuntu}}}"),
        ("infrastructure.cluster.x-k8s.io", "AzureMachine", "{image: {marketplace: {offer: a, sku: b}}}"),
        ("metal3.io", "BareMetalHost", "{image: {url: 'http://a/b.qcow2'}}"),
        ("karpenter.k8s.aws", "EC2NodeClass", "{amiFamily: a, image: b:1}"),
        ("cdi.kubevirt.io", "DataVolume", "{source: {http: {url: 'https://a/image.qcow2'}}}"),
        ("harvesterhci.io", "VirtualMachineImage", "{url: 'https://a/b.img', image: a}"),
        // Patterns, and lists of images that exist.
        ("kyverno.io", "ClusterPolicy", "{rules: [{verifyImages: [{imageReferences: ['a/*']}]}]}"),
        ("eraser.sh", "ImageList", "{images: [a:1]}"),
        // A prefix, not an image.
        ("mysql.oracle.com", "InnoDBCluster", "{imageRepository: container-registry.oracle.com/mysql}"),
    ];
    for (group, kind, text) in cases {
        assert_eq!(spec(group, kind, text), Vec::<String>::new(), "{group} {kind} {text}");
    }
    // Another project's kind of the same name, and a kind that is not in the table.
    for (group, kind, text) in [
        ("example.org", "Prometheus", "{image: a:1}"),
        ("postgresql.cnpg.io", "Pooler", "{image: a:1}"),
        (
            "fluxcd.controlplane.io",
            "ResourceSet",
            r#"{resourcesTemplate: "kind: Pod\nspec:\n- image: r.io/a:1\n"}"#,
        ),
    ] {
        let reported = spec(group, kind, text);
        let notice = format!("not-checked: {kind} ({group}) has fields or texts that look like images");
        assert!(matches!(reported.as_slice(), [only] if only.starts_with(&notice)), "{reported:?}");
    }
    let status = manifest("postgresql.cnpg.io", "Cluster", "status: {image: a:1, imageName: b:1}");
    assert_eq!(found("a.yaml", &status), Vec::<String>::new());
}

#[test]
fn databases() {
    let catalog = "{images: [{major: 16, image: 'ghcr.io/pg:16.4', extensions: [{name: v, image: {reference: ghcr.io/v:1}}]}]}";
    assert_eq!(
        spec("postgresql.cnpg.io", "ImageCatalog", catalog),
        [
            "3:37 spec.images[0].image → ghcr.io/pg:16.4",
            "3:97 spec.images[0].extensions[0].image.reference → ghcr.io/v:1",
        ]
    );
    let zalando =
        "configuration: {docker_image: ghcr.io/a/spilo:1, sidecar_docker_images: {log: ghcr.io/a/log:1}}";
    assert_eq!(
        found("a.yaml", &manifest("acid.zalan.do", "OperatorConfiguration", zalando)),
        [
            "3:31 configuration.docker_image → ghcr.io/a/spilo:1",
            "3:79 configuration.sidecar_docker_images.log → ghcr.io/a/log:1",
        ]
    );
    let tidb = "{pd: {baseImage: pingcap/pd, version: v8.1.0}, tikv: {baseImage: pingcap/tikv}}";
    assert_eq!(
        spec("pingcap.com", "TidbCluster", tidb),
        [
            "3:45 spec.pd.version → docker.io/pingcap/pd:v8.1.0",
            "3:72 spec.tikv.baseImage → docker.io/pingcap/tikv (repository)",
        ]
    );
    assert_eq!(
        spec("elasticsearch.k8s.elastic.co", "Elasticsearch", "{version: 8.1.0, image: r.io/es:8.1.0}"),
        ["3:31 spec.image → r.io/es:8.1.0"]
    );
}

/// One resource of each project: group, kind, `spec`, the first reference.
#[rustfmt::skip]
const PROJECTS: &[[&str; 4]] = &[
    ["acid.zalan.do", "postgresql", "{dockerImage: r.io/s:1}", "3:21 spec.dockerImage → r.io/s:1"],
    ["postgres-operator.crunchydata.com", "PostgresCluster", "{backups: {pgbackrest: {image: r.io/b:1}}}", "3:38 spec.backups.pgbackrest.image → r.io/b:1"],
    ["pxc.percona.com", "PerconaXtraDBCluster", "{pxc: {image: r.io/p:1}}", "3:21 spec.pxc.image → r.io/p:1"],
    ["redis.redis.opstreelabs.in", "RedisCluster", "{kubernetesConfig: {image: r.io/r:1}}", "3:34 spec.kubernetesConfig.image → r.io/r:1"],
    ["scylla.scylladb.com", "ScyllaCluster", "{agentVersion: '3', agentRepository: r.io/a}", "3:23 spec.agentVersion → r.io/a:3"],
    ["kafka.strimzi.io", "KafkaConnect", "{plugins: [{artifacts: [{type: image, reference: r.io/p:1}]}]}", "3:56 spec.plugins[0].artifacts[0].reference → r.io/p:1"],
    ["platform.confluent.io", "Kafka", "{image: {application: r.io/k:1, init: r.io/i:1, pullPolicy: Always}}", "3:29 spec.image.application → r.io/k:1"],
    ["platform.confluent.io", "Connect", "{image: {init: r.io/i:1}}", "3:22 spec.image.init → r.io/i:1"],
    ["rabbitmq.com", "RabbitmqCluster", "{image: r.io/r:1}", "3:15 spec.image → r.io/r:1"],
    ["temporal.io", "TemporalCluster", "{version: 1.24.3, image: r.io/t}", "3:17 spec.version → r.io/t:1.24.3"],
    ["trino.stackable.tech", "TrinoCluster", "{image: {productVersion: '470', custom: r.io/t:1}}", "3:47 spec.image.custom → r.io/t:1"],
    ["monitoring.coreos.com", "ThanosRuler", "{image: r.io/t:1}", "3:15 spec.image → r.io/t:1"],
    ["opentelemetry.io", "Instrumentation", "{java: {image: r.io/j:1}}", "3:22 spec.java.image → r.io/j:1"],
    ["logging.banzaicloud.io", "Logging", "{fluentd: {image: {repository: r.io/f, tag: v1}}}", "3:51 spec.fluentd.image.tag → r.io/f:v1"],
    ["operator.victoriametrics.com", "VMAgent", "{configReloaderImageTag: 'r.io/c:1'}", "3:33 spec.configReloaderImageTag → r.io/c:1"],
    ["coroot.com", "Coroot", "{nodeAgent: {image: {name: r.io/n:1}}}", "3:34 spec.nodeAgent.image.name → r.io/n:1"],
    ["kiali.io", "Kiali", "{deployment: {image_name: r.io/k, image_version: operator_version}}", "3:33 spec.deployment.image_name → r.io/k (repository)"],
    ["gateway.envoyproxy.io", "EnvoyProxy", "{provider: {kubernetes: {envoyDaemonSet: {container: {imageRepository: r.io/e}}}}}", "3:78 spec.provider.kubernetes.envoyDaemonSet.container.imageRepository → r.io/e (repository)"],
    ["gateway.envoyproxy.io", "EnvoyExtensionPolicy", "{wasm: [{code: {type: Image, image: {url: r.io/w:1}}}]}", "3:49 spec.wasm[0].code.image.url → r.io/w:1"],
    ["tailscale.com", "ProxyClass", "{statefulSet: {pod: {tailscaleContainer: {image: r.io/t:1}}}}", "3:56 spec.statefulSet.pod.tailscaleContainer.image → r.io/t:1"],
    ["serving.kserve.io", "InferenceService", "{predictor: {model: {image: r.io/m:1}}}", "3:35 spec.predictor.model.image → r.io/m:1"],
    ["sparkoperator.k8s.io", "ScheduledSparkApplication", "{template: {driver: {image: r.io/d:1}}}", "3:35 spec.template.driver.image → r.io/d:1"],
    ["apps.nvidia.com", "NIMCache", "{source: {ngc: {modelPuller: r.io/n:1}}}", "3:36 spec.source.ngc.modelPuller → r.io/n:1"],
    ["ceph.rook.io", "CephCluster", "{cephVersion: {image: r.io/c:1}}", "3:29 spec.cephVersion.image → r.io/c:1"],
    ["kubevirt.io", "VirtualMachineInstance", "{volumes: [{containerDisk: {image: r.io/d:1}}]}", "3:42 spec.volumes[0].containerDisk.image → r.io/d:1"],
    ["build.openshift.io", "BuildConfig", "{strategy: {dockerStrategy: {from: {kind: DockerImage, name: r.io/b:1}}}}", "3:68 spec.strategy.dockerStrategy.from.name → r.io/b:1"],
    ["vault.banzaicloud.com", "Vault", "{bankVaultsImage: r.io/b:1}", "3:25 spec.bankVaultsImage → r.io/b:1"],
    ["operators.coreos.com", "CatalogSource", "{sourceType: grpc, image: r.io/c:1}", "3:33 spec.image → r.io/c:1"],
    ["fluxcd.controlplane.io", "FluxInstance", "{distribution: {artifact: 'oci://r.io/f:1'}}", "3:34 spec.distribution.artifact → r.io/f:1"],
    ["argoproj.io", "Sensor", "{triggers: [{template: {k8s: {source: {resource: {spec: {templates: [{container: {image: r.io/w:1}}]}}}}}}]}", "3:96 spec.triggers[0].template.k8s.source.resource.spec.templates[0].container.image → r.io/w:1"],
    ["k6.io", "TestRun", "{runner: {image: r.io/k:1}}", "3:24 spec.runner.image → r.io/k:1"],
];

#[test]
fn projects() {
    for [group, kind, text, first] in PROJECTS {
        assert_eq!(spec(group, kind, text).first().map(String::as_str), Some(*first), "{group} {kind}");
    }
}

#[test]
fn katib() {
    let katib = "runtime: {suggestions: [{algorithmName: random, image: r.io/s:1}], metricsCollectors: [{image: r.io/c:1}]}";
    assert_eq!(
        found("a.yaml", &manifest("config.kubeflow.org", "KatibConfig", katib)),
        [
            "3:56 runtime.suggestions[0].image → r.io/s:1",
            "3:96 runtime.metricsCollectors[0].image → r.io/c:1",
        ]
    );
}

#[test]
fn aliases_that_multiply_end() {
    let list = |of: &str, n: usize| vec![of; n].join(", ");
    let text = format!(
        "apiVersion: postgresql.cnpg.io/v1\nkind: ImageCatalog\nx: &x {{image: {{reference: a:1}}}}\ny: &y {{image: b:1, extensions: &e [{}]}}\nspec: {{images: [{}]}}\n",
        list("*x", 1000),
        list("*y", 1000)
    );
    let found = found("a.yaml", &text);
    assert!(found.iter().any(|line| line.contains("aliases multiply beyond bounds")), "{found:?}");
}
