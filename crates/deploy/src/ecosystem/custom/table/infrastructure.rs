//! Storage, virtual machines, clusters and nodes, identity and policy.

use crate::ecosystem::custom::row::Read::{Docker, Parts, Text};
use crate::ecosystem::custom::row::{Keys, PARTS, Row, pair, untagged};

/// Names before which the operator puts its own registry.
const PORTWORX: Keys = Keys { host: true, ..untagged("image") };

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    // Rook and Ceph
    Row("ceph.rook.io", "CephCluster", &[Text("spec.cephVersion.image")]),
    Row("ceph.rook.io", "CephCOSIDriver", &[Text("spec.image spec.objectProvisionerImage")]),
    Row("ceph.rook.io", "CephNFS", &[Text("spec.security.sssd.sidecar.image")]),
    // MinIO, SeaweedFS, Longhorn and others
    Row("minio.min.io", "Tenant", &[Text("spec.image spec.kes|log|prometheus.image spec.log.db.image spec.additionalVolumes[].image.reference")]),
    Row("job.min.io", "MinIOJob", &[Text("spec.mcImage")]),
    Row("seaweed.seaweedfs.com", "Seaweed", &[Text("spec.image spec.backup.image")]),
    Row("longhorn.io", "EngineImage", &[Text("spec.image")]),
    Row("core.libopenstorage.org", "StorageCluster", &[Parts(PORTWORX, "spec spec.stork spec.autopilot")]),
    Row("trident.netapp.io", "TridentOrchestrator", &[Text("spec.tridentImage|autosupportImage|acpImage")]),
    Row("storage.dell.com", "ContainerStorageModule", &[Text("spec.driver.common|controller|node.image spec.driver.sideCars[].image spec.modules[].components[].image")]),
    // KubeVirt. Disks from web servers are not images.
    Row("kubevirt.io", "KubeVirt", &[Text("spec.configuration.network.binding.*.sidecarImage")]),
    Row("kubevirt.io", "VirtualMachine", &[Text("spec.template.spec.volumes[].containerDisk.image spec.template.spec.domain.firmware.kernelBoot.container.image spec.dataVolumeTemplates[].spec.source.vddk.initImageURL"), Docker("spec.dataVolumeTemplates[].spec.source.registry.url")]),
    Row("kubevirt.io", "VirtualMachineInstance", &[Text("spec.volumes[].containerDisk.image spec.domain.firmware.kernelBoot.container.image")]),
    Row("kubevirt.io", "VirtualMachineInstanceReplicaSet", &[Text("spec.template.spec.volumes[].containerDisk.image spec.template.spec.domain.firmware.kernelBoot.container.image")]),
    Row("pool.kubevirt.io", "VirtualMachinePool", &[Text("spec.virtualMachineTemplate.spec.template.spec.volumes[].containerDisk.image spec.virtualMachineTemplate.spec.template.spec.domain.firmware.kernelBoot.container.image"), Docker("spec.virtualMachineTemplate.spec.dataVolumeTemplates[].spec.source.registry.url")]),
    Row("cdi.kubevirt.io", "DataVolume", &[Text("spec.source.vddk.initImageURL"), Docker("spec.source.registry.url")]),
    Row("cdi.kubevirt.io", "DataImportCron", &[Docker("spec.template.spec.source.registry.url")]),
    Row("cdi.kubevirt.io", "VolumeImportSource", &[Text("spec.source.vddk.initImageURL"), Docker("spec.source.registry.url")]),
    Row("hco.kubevirt.io", "HyperConverged", &[Text("spec.vddkInitImage"), Docker("spec.dataImportCronTemplates[].spec.template.spec.source.registry.url")]),
    Row("forklift.konveyor.io", "Provider", &[Text("spec.settings.vddkInitImage")]),
    // Cluster API: clusters of containers; machine images are not container images
    Row("infrastructure.cluster.x-k8s.io", "DockerMachine", &[Text("spec.customImage spec.preLoadImages[]")]),
    Row("infrastructure.cluster.x-k8s.io", "DockerMachineTemplate", &[Text("spec.template.spec.customImage spec.template.spec.preLoadImages[]")]),
    Row("infrastructure.cluster.x-k8s.io", "DockerMachinePool", &[Text("spec.template.customImage spec.template.preLoadImages[]")]),
    Row("infrastructure.cluster.x-k8s.io", "DockerMachinePoolTemplate", &[Text("spec.template.spec.template.customImage spec.template.spec.template.preLoadImages[]")]),
    Row("infrastructure.cluster.x-k8s.io", "DevMachine", &[Text("spec.backend.docker.customImage spec.backend.docker.preLoadImages[]")]),
    Row("infrastructure.cluster.x-k8s.io", "DevMachineTemplate", &[Text("spec.template.spec.backend.docker.customImage spec.template.spec.backend.docker.preLoadImages[]")]),
    Row("operator.cluster.x-k8s.io", "CoreProvider", &[Text("spec.deployment.containers[].imageUrl spec.additionalDeployments.*.deployment.containers[].imageUrl")]),
    Row("operator.cluster.x-k8s.io", "AddonProvider", &[Text("spec.deployment.containers[].imageUrl spec.additionalDeployments.*.deployment.containers[].imageUrl")]),
    Row("operator.cluster.x-k8s.io", "BootstrapProvider", &[Text("spec.deployment.containers[].imageUrl spec.additionalDeployments.*.deployment.containers[].imageUrl")]),
    Row("operator.cluster.x-k8s.io", "ControlPlaneProvider", &[Text("spec.deployment.containers[].imageUrl spec.additionalDeployments.*.deployment.containers[].imageUrl")]),
    Row("operator.cluster.x-k8s.io", "InfrastructureProvider", &[Text("spec.deployment.containers[].imageUrl spec.additionalDeployments.*.deployment.containers[].imageUrl")]),
    // Hosted control planes: versions are appended
    Row("kamaji.clastix.io", "TenantControlPlane", &[Parts(pair("image", "version"), "spec.addons.konnectivity.agent|server")]),
    Row("controlplane.cluster.x-k8s.io", "KamajiControlPlane", &[Text("spec.deployment.extraInitContainers[].image"), Parts(pair("image", "version"), "spec.addons.konnectivity.agent|server"), Parts(untagged("containerImageName"), "spec.apiServer|controllerManager|scheduler")]),
    Row("k0smotron.io", "Cluster", &[Text("spec.etcd.image spec.etcd.defragJob.image spec.monitoring.prometheusImage|proxyImage"), Parts(untagged("image"), "spec")]),
    Row("controlplane.cluster.x-k8s.io", "K0smotronControlPlane", &[Text("spec.etcd.image spec.etcd.defragJob.image spec.monitoring.prometheusImage|proxyImage"), Parts(untagged("image"), "spec")]),
    Row("operator.karmada.io", "Karmada", &[Parts(pair("imageRepository", "imageTag"), "spec.components.* spec.components.etcd.local")]),
    Row("operator.open-cluster-management.io", "ClusterManager", &[Text("spec.registrationImagePullSpec|workImagePullSpec|placementImagePullSpec|addOnManagerImagePullSpec")]),
    Row("operator.open-cluster-management.io", "Klusterlet", &[Text("spec.registrationImagePullSpec|workImagePullSpec|imagePullSpec")]),
    // Upgrades of nodes
    Row("upgrade.cattle.io", "Plan", &[Parts(untagged("image"), "spec.upgrade|prepare")]),
    Row("tuppr.home-operations.com", "KubernetesUpgrade", &[Parts(PARTS, "spec.talosctl.image")]),
    Row("tuppr.home-operations.com", "TalosUpgrade", &[Parts(PARTS, "spec.talosctl.image")]),
    Row("confidentialcontainers.org", "CcRuntime", &[Text("spec.config.payloadImage spec.config.preInstall|postUninstall.image")]),
    // OpenShift
    Row("apps.openshift.io", "DeploymentConfig", &[Text("spec.strategy.customParams.image")]),
    Row("build.openshift.io", "BuildConfig", &[Text("spec.strategy.*.from(kind=DockerImage).name spec.source.images[].from(kind=DockerImage).name")]),
    Row("config.openshift.io", "ClusterVersion", &[Text("spec.desiredUpdate.image")]),
    Row("hive.openshift.io", "ClusterImageSet", &[Text("spec.releaseImage")]),
    Row("hypershift.openshift.io", "HostedCluster", &[Text("spec.release.image")]),
    Row("hypershift.openshift.io", "NodePool", &[Text("spec.release.image")]),
    Row("image.openshift.io", "ImageStreamImport", &[Text("spec.images[].from(kind=DockerImage).name")]),
    Row("image.openshift.io", "ImageStreamTag", &[Text("tag.from(kind=DockerImage).name")]),
    Row("image.openshift.io", "ImageStream", &[Text("spec.tags[].from(kind=DockerImage).name")]),
    Row("machineconfiguration.openshift.io", "MachineConfig", &[Text("spec.osImageURL|baseOSExtensionsContainerImage")]),
    Row("oadp.openshift.io", "DataProtectionApplication", &[Text("spec.configuration.velero.customPlugins[].image")]),
    // Images that are pulled ahead of time
    Row("apps.kruise.io", "ImagePullJob", &[Text("spec.image")]),
    Row("apps.kruise.io", "ImageListPullJob", &[Text("spec.images[]")]),
    Row("caching.internal.knative.dev", "Image", &[Text("spec.image")]),
    Row("kubefledged.io", "ImageCache", &[Text("spec.cacheSpec[].images[] spec.cacheSpec[].images[].name")]),
    // Identity, secrets, policy
    Row("k8s.keycloak.org", "Keycloak", &[Text("spec.image")]),
    Row("operator.authorino.kuadrant.io", "Authorino", &[Text("spec.image")]),
    Row("policies.kubewarden.io", "PolicyServer", &[Text("spec.image")]),
    Row("vault.banzaicloud.com", "Vault", &[Text("spec.image|bankVaultsImage|fluentdImage|statsdImage|veleroFsfreezeImage spec.vaultContainerSpec.image spec.vaultContainers|vaultInitContainers[].image")]),
];
