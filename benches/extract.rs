//! The speed at which references are read from a whole repository, per core: megabytes per second of files that are parsed, and of files that are skipped because they cannot contain a reference.
//!
//!     cargo bench --bench extract
//!     PULLABLE_BENCH=PATH/TO/FOLDER taskset -c 0 cargo bench --bench extract -- folder
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark stops where it cannot go on, and criterion's macros write no documentation"
)]

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use deploy::{Input, Selection, extract, is_candidate};
use source::disk::Paths;
use source::{Files, Memory, RepoPath};

/// The number of files up to which they are read on one core.
const ON_ONE_CORE: usize = 12;
/// Bytes of a generated set.
const SIZE: usize = 4 << 20;

/// Files in memory.
struct Set {
    files: Memory,
    bytes: u64,
}

impl Set {
    fn new(files: impl IntoIterator<Item = (RepoPath, Vec<u8>)>) -> Self {
        let mut set = Self { files: Memory::default(), bytes: 0 };
        for (path, text) in files {
            set.bytes += text.len() as u64;
            set.files = set.files.with(path.as_str(), text);
        }
        set
    }

    /// Copies of one text, numbered so that no two are the same.
    fn generated(text: &str) -> Self {
        let each = SIZE / ON_ONE_CORE;
        Self::new((0..ON_ONE_CORE).map(|file| {
            let documents = (0..each / text.len()).map(|n| text.replace("NUMBER", &format!("{file}-{n}")));
            (RepoPath::new(&format!("apps/{file}.yaml")), documents.collect::<String>().into_bytes())
        }))
    }

    /// The YAML files below a folder.
    fn folder(folder: &Path) -> Self {
        let files = Paths::new(folder, &[folder.to_owned()]).unwrap();
        let listed = files.list().unwrap().into_iter().filter(is_candidate);
        let read = listed.filter_map(|path| {
            let bytes = files.read(&path, 16 << 20).ok()??;
            Some((path, bytes))
        });
        Self::new(read)
    }

    fn extract(&self) -> usize {
        let input = Input {
            head: &self.files,
            base: None,
            selection: Selection::Candidates,
            max_file_size: 16 << 20,
            renders: false,
            repositories: deploy::Repositories::default(),
            ignores: &[],
            excluded: None,
        };
        extract(&input).unwrap().references.len()
    }
}

fn measure(criterion: &mut Criterion) {
    let sets = [
        ("manifests", Set::generated(MANIFESTS)),
        ("values", Set::generated(VALUES)),
        ("values-in-strings", Set::generated(STRINGS)),
        ("schemas", Set::generated(SCHEMAS)),
        ("ruled-out", Set::generated(RULED_OUT)),
    ];
    let folder = std::env::var_os("PULLABLE_BENCH").map(|folder| Set::folder(Path::new(&folder)));
    let sets = sets.into_iter().chain(folder.map(|set| ("folder", set)));
    let mut group = criterion.benchmark_group("extract");
    group.sample_size(20).measurement_time(Duration::from_secs(4));
    for (name, set) in sets {
        group.throughput(Throughput::Bytes(set.bytes));
        group.bench_function(name, |bencher| bencher.iter(|| set.extract()));
    }
    group.finish();
}

criterion_group!(benches, measure);
criterion_main!(benches);

/// A workload in the form of manual manifests.
const MANIFESTS: &str = r#"---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-NUMBER
  namespace: shop
  labels:
    app.kubernetes.io/name: web
    app.kubernetes.io/part-of: shop
  annotations:
    description: "Serves the shop's pages, and nothing else"
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: web
  template:
    metadata:
      labels:
        app.kubernetes.io/name: web
    spec:
      serviceAccountName: web
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
      initContainers:
        - name: wait
          image: busybox:1.37
          command: ["sh", "-c", "until nc -z database 5432; do sleep 1; done"]
      containers:
        - name: web
          image: ghcr.io/acme/web:1.5.0-NUMBER
          args:
            - --listen=0.0.0.0:8080
            - --log-format=json
          env:
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: database
                  key: url
            - name: LOG_LEVEL
              value: info
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests:
              cpu: 100m
              memory: 128Mi
            limits:
              memory: 256Mi
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
          volumeMounts:
            - name: config
              mountPath: /etc/web
      volumes:
        - name: config
          configMap:
            name: web
---
apiVersion: v1
kind: Service
metadata:
  name: web-NUMBER
  namespace: shop
spec:
  selector:
    app.kubernetes.io/name: web
  ports:
    - name: http
      port: 80
      targetPort: http
"#;

/// A release with values.
const VALUES: &str = r#"---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: app-NUMBER
spec:
  interval: 1h
  chartRef:
    kind: OCIRepository
    name: app-template
  values:
    controllers:
      app:
        annotations:
          reloader.stakater.com/auto: "true"
        containers:
          app:
            image:
              repository: ghcr.io/acme/app
              tag: 1.5.0-NUMBER
            env:
              TZ: Europe/Zurich
              APP_PORT: &port 8080
            probes:
              liveness: &probes
                enabled: true
                custom: true
                spec:
                  httpGet:
                    path: /health
                    port: *port
                  periodSeconds: 10
              readiness: *probes
            securityContext:
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
              capabilities: { drop: ["ALL"] }
            resources:
              requests: { cpu: 10m }
              limits: { memory: 256Mi }
    service:
      app:
        ports:
          http:
            port: *port
    persistence:
      config:
        existingClaim: app
"#;

/// An Application with values in a string, and parameters over them.
const STRINGS: &str = r"---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: app-NUMBER
  namespace: argocd
spec:
  project: default
  source:
    repoURL: ghcr.io/acme/charts
    chart: app
    targetRevision: 1.2.3
    helm:
      parameters:
        - name: image.tag
          value: 1.5.0-NUMBER
      values: |
        image:
          repository: ghcr.io/acme/app
          tag: 1.4.0
        replicaCount: 2
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
        ingress:
          enabled: true
          annotations:
            cert-manager.io/cluster-issuer: letsencrypt
          hosts:
            - host: app.example.com
              paths:
                - path: /
                  pathType: Prefix
        sidecars:
          - name: proxy
            image: docker.io/envoyproxy/envoy:v1.33.0
  destination:
    server: https://kubernetes.default.svc
    namespace: app
";

/// A part of a custom resource's definition: long texts, and `image` in them.
const SCHEMAS: &str = r"---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets-NUMBER.example.com
spec:
  group: example.com
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  versions:
    - name: v1
      served: true
      schema:
        openAPIV3Schema:
          description: Widget is the Schema for the widgets API
          type: object
          properties:
            spec:
              description: WidgetSpec defines the desired state of a widget, and what it is made of.
              type: object
              properties:
                image:
                  description: |-
                    Container image name.
                    More info: https://kubernetes.io/docs/concepts/containers/images
                    This field is optional to allow higher level config management to default or override
                    container images in workload controllers like Deployments and StatefulSets.
                  type: string
                imagePullPolicy:
                  description: |-
                    Image pull policy.
                    One of Always, Never, IfNotPresent.
                  type: string
                replicas:
                  format: int32
                  minimum: 0
                  type: integer
              required:
                - image
";

/// Files without references.
const RULED_OUT: &str = r#"---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader-NUMBER
  labels:
    app.kubernetes.io/name: reader
rules:
  - apiGroups: ["", "apps", "batch"]
    resources: ["pods", "deployments", "jobs", "services", "configmaps"]
    verbs: ["get", "list", "watch"]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: default-deny-NUMBER
spec:
  podSelector: {}
  policyTypes: ["Ingress", "Egress"]
  egress:
    - to:
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
      ports:
        - protocol: UDP
          port: 53
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings-NUMBER
data:
  settings.toml: |
    [server]
    listen = "0.0.0.0:8080"
    timeout = "30s"
"#;
