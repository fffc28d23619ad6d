//! Machine learning, data processing and accelerators.

use crate::ecosystem::custom::row::Read::{Parts, Text};
use crate::ecosystem::custom::row::{NVIDIA, NVIDIA_DRIVER, PARTS, Row, pair};

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    // Kubeflow
    Row("config.kubeflow.org", "KatibConfig", &[Text("runtime.metricsCollectors|suggestions|earlyStoppings[].image")]),
    Row("kubeflow.org", "ScheduledWorkflow", &[Text("spec.workflow.spec.templates[].container|script.image")]),
    Row("trainer.kubeflow.org", "TrainJob", &[Text("spec.trainer.image spec.initializer.dataset|model.image")]),
    // KServe
    Row("serving.kserve.io", "ClusterStorageContainer", &[Text("spec.container.image")]),
    Row("serving.kserve.io", "InferenceService", &[Text("spec.predictor|explainer.*.image")]),
    // Spark and Ray
    Row("sparkoperator.k8s.io", "SparkApplication", &[Text("spec.image spec.driver|executor.image")]),
    Row("sparkoperator.k8s.io", "ScheduledSparkApplication", &[Text("spec.template.image spec.template.driver|executor.image")]),
    Row("sparkoperator.k8s.io", "SparkConnect", &[Text("spec.image")]),
    Row("ray.io", "RayCluster", &[Text("spec.autoscalerOptions.image")]),
    Row("ray.io", "RayJob", &[Text("spec.rayClusterSpec.autoscalerOptions.image")]),
    Row("ray.io", "RayService", &[Text("spec.rayClusterConfig.autoscalerOptions.image")]),
    // Models
    Row("apps.nvidia.com", "NIMService", &[Parts(PARTS, "spec.image")]),
    Row("apps.nvidia.com", "NIMPipeline", &[Parts(PARTS, "spec.services[].spec.image")]),
    Row("apps.nvidia.com", "NIMCache", &[Text("spec.source.ngc|hf|dataStore.modelPuller")]),
    Row("kubeai.org", "Model", &[Text("spec.image")]),
    Row("kaito.sh", "Workspace", &[Text("inference.preset.presetOptions.image")]),
    // NVIDIA
    Row("nvidia.com", "ClusterPolicy", &[
        Parts(NVIDIA, "spec.ccManager|dcgm|dcgmExporter|devicePlugin|gfd|kataManager|kataSandboxDevicePlugin|migManager|nodeStatusExporter|sandboxDevicePlugin|toolkit|validator|vfioManager|vgpuDeviceManager spec.driver.manager spec.vfioManager|vgpuManager.driverManager spec.operator.initContainer"),
        Parts(NVIDIA_DRIVER, "spec.driver|gdrcopy|gds|vgpuManager"),
    ]),
    Row("nvidia.com", "NVIDIADriver", &[Parts(NVIDIA, "spec.manager"), Parts(NVIDIA_DRIVER, "spec spec.gdrcopy|gds")]),
    Row("ais.nvidia.com", "AIStore", &[Text("spec.nodeImage spec.initImage spec.logSidecarImage spec.logSidecar|adminClient.image")]),
    // Intel and AMD
    Row("deviceplugin.intel.com", "DlbDevicePlugin", &[Text("spec.image|initImage")]),
    Row("deviceplugin.intel.com", "DsaDevicePlugin", &[Text("spec.image|initImage")]),
    Row("deviceplugin.intel.com", "FpgaDevicePlugin", &[Text("spec.image|initImage")]),
    Row("deviceplugin.intel.com", "GpuDevicePlugin", &[Text("spec.image|initImage")]),
    Row("deviceplugin.intel.com", "IaaDevicePlugin", &[Text("spec.image|initImage")]),
    Row("deviceplugin.intel.com", "NpuDevicePlugin", &[Text("spec.image|initImage")]),
    Row("deviceplugin.intel.com", "QatDevicePlugin", &[Text("spec.image|initImage")]),
    Row("deviceplugin.intel.com", "SgxDevicePlugin", &[Text("spec.image|initImage")]),
    Row("amd.com", "DeviceConfig", &[Text("spec.devicePlugin.devicePluginImage|nodeLabellerImage spec.metricsExporter|testRunner|configManager.image")]),
    Row("nfd.kubernetes.io", "NodeFeatureDiscovery", &[Text("spec.operand.image")]),
    Row("nfd.openshift.io", "NodeFeatureDiscovery", &[Text("spec.operand.image")]),
    Row("kmm.sigs.x-k8s.io", "Module", &[Text("spec.devicePlugin.container.image")]),
    // Data
    Row("data.fluid.io", "AlluxioRuntime", &[Parts(pair("image", "imageTag"), "spec.alluxioVersion|fuse")]),
    Row("data.fluid.io", "JindoRuntime", &[Parts(pair("image", "imageTag"), "spec.jindoVersion|fuse")]),
    Row("data.fluid.io", "JuiceFSRuntime", &[Parts(pair("image", "imageTag"), "spec.juicefsVersion|fuse")]),
    Row("data.fluid.io", "ThinRuntime", &[Parts(pair("image", "imageTag"), "spec.version|fuse")]),
    Row("data.fluid.io", "ThinRuntimeProfile", &[Parts(pair("image", "imageTag"), "spec.version|fuse")]),
];
