//! Gateways, meshes and tunnels.

use crate::ecosystem::custom::row::Read::{Artifact, Parts, Text};
use crate::ecosystem::custom::row::{Keys, NVIDIA, NVIDIA_DRIVER, PARTS, Row, pair, untagged};

/// Tailscale's.
const TAILSCALE: Keys = pair("repo", "tag");

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    // Envoy Gateway. Modules in WebAssembly are images too, which the gateway pulls.
    Row("gateway.envoyproxy.io", "EnvoyProxy", &[Text("spec.provider.kubernetes.envoyDeployment|envoyDaemonSet.container.image"), Parts(untagged("imageRepository"), "spec.provider.kubernetes.envoyDeployment|envoyDaemonSet.container")]),
    Row("gateway.envoyproxy.io", "EnvoyGateway", &[Text("provider.kubernetes.rateLimitDeployment.container.image provider.kubernetes.shutdownManager.image")]),
    Row("gateway.envoyproxy.io", "EnvoyExtensionPolicy", &[Text("spec.wasm[].code(type=Image).image.url")]),
    Row("aigateway.envoyproxy.io", "GatewayConfig", &[Text("spec.extProc.kubernetes.image"), Parts(untagged("imageRepository"), "spec.extProc.kubernetes")]),
    Row("extensions.istio.io", "WasmPlugin", &[Artifact("spec.url")]),
    // kgateway and agentgateway
    Row("gateway.kgateway.dev", "GatewayParameters", &[Text("spec.kube.istio.customSidecars[].image"), Parts(PARTS, "spec.kube.envoyContainer|sdsContainer|agentgateway.image spec.kube.istio.istioProxyContainer.image")]),
    Row("agentgateway.dev", "AgentgatewayParameters", &[Parts(PARTS, "spec.image")]),
    // NGINX Gateway Fabric, STUNner
    Row("gateway.nginx.org", "NginxProxy", &[Parts(PARTS, "spec.kubernetes.deployment|daemonSet.container.image")]),
    Row("stunner.l7mp.io", "Dataplane", &[Text("spec.image")]),
    // Tunnels
    Row("tailscale.com", "DNSConfig", &[Parts(TAILSCALE, "spec.nameserver.image")]),
    Row("tailscale.com", "ProxyClass", &[Text("spec.statefulSet.pod.tailscaleContainer|tailscaleInitContainer.image")]),
    Row("tailscale.com", "Recorder", &[Text("spec.statefulSet.pod.container.image")]),
    Row("twingate.com", "TwingateConnector", &[Parts(PARTS, "spec.image")]),
    Row("chisel-operator.io", "ExitNode", &[Text("spec.chisel_image")]),
    // Others
    Row("cloudsql.cloud.google.com", "AuthProxyWorkload", &[Text("spec.authProxyContainer.image spec.authProxyContainer.container.image")]),
    Row("mellanox.com", "NicClusterPolicy", &[Parts(NVIDIA, "spec.rdmaSharedDevicePlugin|sriovDevicePlugin|ibKubernetes|nvIpam|nicFeatureDiscovery|docaTelemetryService spec.secondaryNetwork.cniPlugins|multus|ipoib|ipamPlugin"), Parts(NVIDIA_DRIVER, "spec.ofedDriver")]),
    Row("submariner.io", "Submariner", &[Text("spec.imageOverrides.*")]),
];
