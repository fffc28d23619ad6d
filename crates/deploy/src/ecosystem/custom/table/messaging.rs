//! Message brokers, streams, and software that runs on them.

use crate::ecosystem::custom::row::Read::{Parts, Text};
use crate::ecosystem::custom::row::{Keys, PARTS, Row, pair};

/// EMQX: the tag is composed of a version, a prefix and a suffix.
const EMQX: Keys = Keys { tag: "", digest: "", ..PARTS };

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    // Strimzi. `build.output.image` is pushed, never pulled.
    Row("kafka.strimzi.io", "Kafka", &[Text("spec.kafka.image spec.kafka.brokerRackInitImage spec.zookeeper|cruiseControl|kafkaExporter|jmxTrans.image spec.entityOperator.topicOperator|userOperator|tlsSidecar.image spec.cruiseControl.tlsSidecar.image")]),
    Row("kafka.strimzi.io", "KafkaBridge", &[Text("spec.image spec.clientRackInitImage")]),
    Row("kafka.strimzi.io", "KafkaConnect", &[Text("spec.image spec.clientRackInitImage spec.plugins[].artifacts[](type=image).reference")]),
    Row("kafka.strimzi.io", "KafkaMirrorMaker", &[Text("spec.image")]),
    Row("kafka.strimzi.io", "KafkaMirrorMaker2", &[Text("spec.image spec.clientRackInitImage")]),
    // Confluent Platform
    Row("platform.confluent.io", "Connect", &[Text("spec.image.application|init")]),
    Row("platform.confluent.io", "ControlCenter", &[Text("spec.image.application|init spec.services.alertmanager|prometheus.image")]),
    Row("platform.confluent.io", "Gateway", &[Text("spec.image.application|init")]),
    Row("platform.confluent.io", "Kafka", &[Text("spec.image.application|init spec.services.observer.image")]),
    Row("platform.confluent.io", "KafkaRestProxy", &[Text("spec.image.application|init")]),
    Row("platform.confluent.io", "KRaftController", &[Text("spec.image.application|init spec.services.observer.image")]),
    Row("platform.confluent.io", "KsqlDB", &[Text("spec.image.application|init")]),
    Row("platform.confluent.io", "SchemaRegistry", &[Text("spec.image.application|init")]),
    Row("platform.confluent.io", "USMAgent", &[Text("spec.image.application|init")]),
    Row("platform.confluent.io", "Zookeeper", &[Text("spec.image.application|init")]),
    Row("platform.confluent.io", "FlinkApplication", &[Text("spec.image")]),
    // Other Kafkas and Pulsar
    Row("cluster.redpanda.com", "Redpanda", &[Parts(PARTS, "spec.clusterSpec.image spec.clusterSpec.connectors|console.image spec.clusterSpec.statefulset.initContainerImage spec.clusterSpec.statefulset.sideCars.image spec.clusterSpec.statefulset.sideCars.controllers.image")]),
    Row("kafka.banzaicloud.io", "KafkaCluster", &[Text("spec.clusterImage spec.cruiseControlConfig|envoyConfig.image spec.monitoringConfig.jmxImage spec.brokers[].brokerConfig.image spec.brokerConfigGroups.*.image")]),
    Row("zookeeper.pravega.io", "ZookeeperCluster", &[Parts(PARTS, "spec.image")]),
    Row("zookeeper.streamnative.io", "ZooKeeperCluster", &[Text("spec.image")]),
    Row("bookkeeper.streamnative.io", "BookKeeperCluster", &[Text("spec.image")]),
    Row("pulsar.streamnative.io", "PulsarBroker", &[Text("spec.image")]),
    Row("pulsar.streamnative.io", "PulsarProxy", &[Text("spec.image")]),
    Row("debezium.io", "DebeziumServer", &[Text("spec.image")]),
    // Flink
    Row("flink.apache.org", "FlinkDeployment", &[Text("spec.image")]),
    Row("flink.apache.org", "FlinkBlueGreenDeployment", &[Text("spec.template.spec.image")]),
    // RabbitMQ, EMQX, HiveMQ
    Row("rabbitmq.com", "RabbitmqCluster", &[Text("spec.image spec.secretBackend.vault.defaultUserUpdaterImage")]),
    Row("apps.emqx.io", "EMQX", &[Text("spec.image")]),
    Row("apps.emqx.io", "EmqxBroker", &[Text("spec.template.spec.reloaderImage"), Parts(EMQX, "spec.template.spec.emqxContainer.image")]),
    Row("apps.emqx.io", "EmqxEnterprise", &[Text("spec.template.spec.reloaderImage"), Parts(EMQX, "spec.template.spec.emqxContainer.image")]),
    Row("hivemq.com", "HiveMQCluster", &[Text("spec.image spec.initBusyboxImage spec.initDnsWaitImage spec.initialization[].image")]),
    // Temporal: the image is the repository
    Row("temporal.io", "TemporalCluster", &[Parts(pair("image", "version"), "spec spec.ui spec.admintools")]),
    Row("temporal.io", "TemporalWorkerProcess", &[Parts(pair("image", "version"), "spec spec.builder")]),
    // Stackable
    Row("hdfs.stackable.tech", "HdfsCluster", &[Text("spec.image.custom")]),
    Row("hbase.stackable.tech", "HbaseCluster", &[Text("spec.image.custom")]),
    Row("hive.stackable.tech", "HiveCluster", &[Text("spec.image.custom")]),
    Row("kafka.stackable.tech", "KafkaCluster", &[Text("spec.image.custom")]),
    Row("nifi.stackable.tech", "NifiCluster", &[Text("spec.image.custom")]),
    Row("trino.stackable.tech", "TrinoCluster", &[Text("spec.image.custom")]),
    Row("druid.stackable.tech", "DruidCluster", &[Text("spec.image.custom")]),
    Row("superset.stackable.tech", "SupersetCluster", &[Text("spec.image.custom")]),
    Row("airflow.stackable.tech", "AirflowCluster", &[Text("spec.image.custom")]),
    Row("opa.stackable.tech", "OpaCluster", &[Text("spec.image.custom")]),
    Row("zookeeper.stackable.tech", "ZookeeperCluster", &[Text("spec.image.custom")]),
    Row("spark.stackable.tech", "SparkApplication", &[Text("spec.image spec.sparkImage.custom")]),
    Row("spark.stackable.tech", "SparkHistoryServer", &[Text("spec.image.custom")]),
];
