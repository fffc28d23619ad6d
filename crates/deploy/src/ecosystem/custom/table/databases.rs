//! Databases, caches and search engines.

use crate::ecosystem::custom::row::Read::{Parts, Text};
use crate::ecosystem::custom::row::{Keys, PARTS, Row, pair, untagged};

/// k8ssandra: registry, repository and name, each with a default.
const K8SSANDRA: Keys = Keys { image: "name", ..PARTS };
/// The keys of `ClickHouse`: the digest is a hash.
const CLICKHOUSE: Keys = Keys { digest: "hash", ..pair("repository", "tag") };
/// Redis Enterprise's own names.
const REDIS_ENTERPRISE: Keys = Keys { digest: "digestHash", ..pair("repository", "versionTag") };

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    // CloudNativePG, and EDB's edition of it
    Row("postgresql.cnpg.io", "Cluster", &[Text("spec.imageName spec.postgresql.extensions[].image.reference")]),
    Row("postgresql.cnpg.io", "ImageCatalog", &[Text("spec.images|componentImages[].image spec.images[].extensions[].image.reference")]),
    Row("postgresql.cnpg.io", "ClusterImageCatalog", &[Text("spec.images|componentImages[].image spec.images[].extensions[].image.reference")]),
    Row("postgresql.k8s.enterprisedb.io", "Cluster", &[Text("spec.imageName spec.postgresql.extensions[].image.reference")]),
    Row("postgresql.k8s.enterprisedb.io", "ImageCatalog", &[Text("spec.images[].image spec.images[].extensions[].image.reference")]),
    Row("postgresql.k8s.enterprisedb.io", "ClusterImageCatalog", &[Text("spec.images[].image spec.images[].extensions[].image.reference")]),
    // Zalando's Postgres operator
    Row("acid.zalan.do", "postgresql", &[Text("spec.dockerImage spec.connectionPooler.dockerImage")]),
    Row("acid.zalan.do", "OperatorConfiguration", &[Text("configuration.docker_image configuration.sidecar_docker_images.* configuration.logical_backup.logical_backup_docker_image configuration.scalyr.scalyr_image configuration.connection_pooler.connection_pooler_image")]),
    // Crunchy
    Row("postgres-operator.crunchydata.com", "PostgresCluster", &[Text("spec.image spec.backups.pgbackrest.image spec.proxy.pgBouncer.image spec.monitoring.pgmonitor.exporter.image spec.instrumentation.image spec.userInterface.pgAdmin.image spec.instances[].volumes.additional[].image.reference")]),
    Row("postgres-operator.crunchydata.com", "PGAdmin", &[Text("spec.image spec.instrumentation.image")]),
    Row("postgres-operator.crunchydata.com", "PGUpgrade", &[Text("spec.image")]),
    // Percona
    Row("pg.percona.com", "PerconaPGCluster", &[Text("spec.image spec.backups.pgbackrest.image spec.proxy.pgBouncer.image spec.pmm.image spec.extensions.image spec.initContainer.image spec.pgPrimary|pgBouncer|pgBadger|backup.image")]),
    Row("pg.percona.com", "PerconaPGUpgrade", &[Text("spec.image")]),
    Row("ps.percona.com", "PerconaServerMySQL", &[Text("spec.initImage spec.mysql|orchestrator|backup.image|initImage spec.proxy.haproxy|router.image|initImage spec.pmm|toolkit|binlogServer.image")]),
    Row("psmdb.percona.com", "PerconaServerMongoDB", &[Text("spec.image spec.initImage spec.backup|pmm|logcollector.image")]),
    Row("pxc.percona.com", "PerconaXtraDBCluster", &[Text("spec.initImage spec.initContainer|pxc|haproxy|proxysql|backup|pmm|logcollector.image")]),
    // MariaDB and MySQL
    Row("k8s.mariadb.com", "MariaDB", &[Text("spec.image spec.galera|replication.agent|initContainer.image spec.metrics.exporter.image spec.maxScale.image spec.maxScale.metrics.exporter.image")]),
    Row("k8s.mariadb.com", "MaxScale", &[Text("spec.image spec.metrics.exporter.image")]),
    Row("k8s.mariadb.com", "ExternalMariaDB", &[Text("spec.image")]),
    Row("mysql.oracle.com", "InnoDBCluster", &[Text("spec.metrics.image spec.logs.collector.image")]),
    Row("mysql.presslabs.org", "MysqlCluster", &[Text("spec.image")]),
    Row("planetscale.com", "VitessCluster", &[Text("spec.images.* spec.images.mysqld.*")]),
    // TiDB: a component's version overrides the cluster's, which is appended if the component has none
    Row("pingcap.com", "TidbCluster", &[
        Text("spec.discovery|helper|pd|pump|ticdc|tidb|tiflash|tikv|tiproxy.image spec.pdms[].image spec.tidb.slowLogTailer.image"),
        Parts(pair("baseImage", "version"), "spec.pd|pump|ticdc|tidb|tiflash|tikv|tiproxy spec.pdms[]"),
    ]),
    Row("pingcap.com", "DMCluster", &[Text("spec.discovery|master|worker.image"), Parts(pair("baseImage", "version"), "spec.master|worker")]),
    Row("pingcap.com", "TidbMonitor", &[Parts(pair("baseImage", "version"), "spec.prometheus|grafana|initializer|reloader|prometheusReloader|thanos spec.dm.initializer")]),
    Row("pingcap.com", "TidbNGMonitoring", &[Text("spec.ngMonitoring.image"), Parts(pair("baseImage", "version"), "spec.ngMonitoring")]),
    Row("pingcap.com", "TidbDashboard", &[Text("spec.image"), Parts(pair("baseImage", "version"), "spec")]),
    Row("pingcap.com", "TidbInitializer", &[Text("spec.image")]),
    Row("pingcap.com", "Backup", &[Parts(untagged("toolImage"), "spec")]),
    Row("pingcap.com", "BackupSchedule", &[Parts(untagged("toolImage"), "spec.backupTemplate|logBackupTemplate")]),
    Row("pingcap.com", "Restore", &[Parts(untagged("toolImage"), "spec")]),
    Row("core.pingcap.com", "PDGroup", &[Parts(untagged("image"), "spec.template.spec")]),
    Row("core.pingcap.com", "TiDBGroup", &[Parts(untagged("image"), "spec.template.spec")]),
    Row("core.pingcap.com", "TiKVGroup", &[Parts(untagged("image"), "spec.template.spec")]),
    Row("core.pingcap.com", "TiFlashGroup", &[Parts(untagged("image"), "spec.template.spec")]),
    Row("core.pingcap.com", "TiCDCGroup", &[Parts(untagged("image"), "spec.template.spec")]),
    Row("core.pingcap.com", "TiProxyGroup", &[Parts(untagged("image"), "spec.template.spec")]),
    // Redis and its forks
    Row("redis.redis.opstreelabs.in", "Redis", &[Text("spec.kubernetesConfig|redisExporter|initContainer.image")]),
    Row("redis.redis.opstreelabs.in", "RedisCluster", &[Text("spec.kubernetesConfig|redisExporter|initContainer.image")]),
    Row("redis.redis.opstreelabs.in", "RedisReplication", &[Text("spec.kubernetesConfig|redisExporter|initContainer.image")]),
    Row("redis.redis.opstreelabs.in", "RedisSentinel", &[Text("spec.kubernetesConfig|redisExporter|initContainer.image")]),
    Row("databases.spotahome.com", "RedisFailover", &[Text("spec.redis|sentinel.image spec.redis|sentinel.exporter.image")]),
    Row("app.redislabs.com", "RedisEnterpriseCluster", &[
        Text("spec.sideContainersSpec[].image"),
        Parts(REDIS_ENTERPRISE, "spec.redisEnterpriseImageSpec|bootstrapperImageSpec|redisEnterpriseServicesRiggerImageSpec spec.usageMeter.callHomeClient.imageSpec"),
    ]),
    Row("dragonflydb.io", "Dragonfly", &[Text("spec.image spec.additionalVolumes[].image.reference")]),
    Row("valkey.io", "ValkeyCluster", &[Text("spec.image spec.exporter.image")]),
    Row("hyperspike.io", "Valkey", &[Text("spec.image spec.exporterImage")]),
    Row("hazelcast.com", "Hazelcast", &[Parts(pair("repository", "version"), "spec")]),
    Row("hazelcast.com", "ManagementCenter", &[Parts(pair("repository", "version"), "spec")]),
    Row("infinispan.org", "Infinispan", &[Text("spec.image")]),
    // Cassandra and Scylla
    Row("k8ssandra.io", "K8ssandraCluster", &[
        Text("spec.cassandra.serverImage spec.cassandra.datacenters[].serverImage"),
        Parts(K8SSANDRA, "spec.medusa|reaper|stargate.containerImage spec.reaper.initContainerImage spec.cassandra.jmxInitContainerImage spec.cassandra.datacenters[].stargate.containerImage"),
    ]),
    Row("cassandra.datastax.com", "CassandraDatacenter", &[Text("spec.serverImage spec.configBuilderImage spec.systemLoggerImage")]),
    Row("reaper.k8ssandra.io", "Reaper", &[Parts(K8SSANDRA, "spec.containerImage|initContainerImage")]),
    Row("stargate.k8ssandra.io", "Stargate", &[Parts(K8SSANDRA, "spec.containerImage")]),
    Row("scylla.scylladb.com", "ScyllaCluster", &[Parts(pair("repository", "version"), "spec"), Parts(pair("agentRepository", "agentVersion"), "spec")]),
    Row("scylla.scylladb.com", "ScyllaDBDatacenter", &[Text("spec.scyllaDB|scyllaDBManagerAgent.image")]),
    Row("scylla.scylladb.com", "ScyllaDBCluster", &[Text("spec.scyllaDB|scyllaDBManagerAgent.image")]),
    Row("scylla.scylladb.com", "ScyllaOperatorConfig", &[Text("spec.scyllaUtilsImage")]),
    // Search and analytics
    Row("elasticsearch.k8s.elastic.co", "Elasticsearch", &[Text("spec.image")]),
    Row("kibana.k8s.elastic.co", "Kibana", &[Text("spec.image")]),
    Row("enterprisesearch.k8s.elastic.co", "EnterpriseSearch", &[Text("spec.image")]),
    Row("maps.k8s.elastic.co", "ElasticMapsServer", &[Text("spec.image")]),
    Row("packageregistry.k8s.elastic.co", "PackageRegistry", &[Text("spec.image")]),
    Row("opensearch.opster.io", "OpenSearchCluster", &[Text("spec.general|dashboards|initHelper.image")]),
    Row("opensearch.org", "OpenSearchCluster", &[Text("spec.general|dashboards|initHelper.image")]),
    Row("solr.apache.org", "SolrCloud", &[Parts(PARTS, "spec.solrImage|busyBoxImage spec.zookeeperRef.provided.image")]),
    Row("solr.apache.org", "SolrPrometheusExporter", &[Parts(PARTS, "spec.image")]),
    Row("clickhouse.com", "ClickHouseCluster", &[Parts(CLICKHOUSE, "spec.containerTemplate.image")]),
    Row("clickhouse.com", "KeeperCluster", &[Parts(CLICKHOUSE, "spec.containerTemplate.image")]),
    Row("druid.apache.org", "Druid", &[Text("spec.image spec.additionalContainer[].image spec.nodes.*.image spec.nodes.*.additionalContainer[].image")]),
    // Others
    Row("aerospike.com", "AerospikeCluster", &[Text("spec.image")]),
    Row("asdb.aerospike.com", "AerospikeCluster", &[Text("spec.image")]),
    Row("authzed.com", "SpiceDBCluster", &[Text("spec.config.image"), Parts(untagged("baseImage"), "spec")]),
    Row("couchbase.com", "CouchbaseCluster", &[Text("spec.image spec.backup.image spec.monitoring.prometheus.image spec.networking.cloudNativeGateway.image")]),
    Row("crdb.cockroachlabs.com", "CrdbCluster", &[Text("spec.image.name")]),
    Row("database.arangodb.com", "ArangoDeployment", &[Text("spec.image")]),
    Row("yugabyte.com", "YBCluster", &[Parts(PARTS, "spec.image")]),
];
