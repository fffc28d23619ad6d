package main

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// fixtures by name. Each is about the repository that tests/it/drift.rs writes.
var fixtures = map[string]func() []any{"verdicts": verdicts, "noise": noise, "runtimes": runtimes, "hostile": hostile}

// flux are the labels by which Flux finds its objects again.
func flux(meta metav1.ObjectMeta) metav1.ObjectMeta {
	return labelled(meta, map[string]string{
		"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
	})
}

// running is a Deployment with its ReplicaSet and one pod.
func running(name string, containers ...corev1.Container) []any {
	made := deployment(flux(meta("shop", name)), containers...)
	set := replicaSet(made, "7c9d", 1, containers...)
	return []any{made, set, podOf(set, "apps/v1", "ReplicaSet", "x2x4z", corev1.PodSpec{Containers: containers})}
}

// verdicts has a workload for each verdict. HOST is the registry of the test.
func verdicts() []any {
	web := func(tag string) corev1.Container { return container("web", "HOST/shop/web:"+tag) }
	objects := running("same", web("2.0.0"))
	objects = append(objects, running("behind", web("1.0.0"))...)
	objects = append(objects, running("foreign", web("hotfix"))...)
	objects = append(objects, running("gone", container("web", "HOST/shop/gone:1.0.0"))...)
	objects = append(objects, running("extra", web("2.0.0"))...)
	objects = append(objects, running("not-in-git", web("2.0.0"))...)
	failing := deployment(flux(meta("shop", "failing")), container("web", "HOST/shop/missing:1.0.0"))
	set := replicaSet(failing, "55d4", 1, failing.Spec.Template.Spec.Containers...)
	objects = append(objects, failing, set)
	objects = append(objects, waits(podOf(set, "apps/v1", "ReplicaSet", "k8k8k", set.Spec.Template.Spec), "ImagePullBackOff"))
	moved := deployment(flux(meta("shop", "moved")), web("2.0.0"))
	set = replicaSet(moved, "66e5", 1, moved.Spec.Template.Spec.Containers...)
	objects = append(objects, moved, set)
	objects = append(objects, podOf(set, "apps/v1", "ReplicaSet", "m2m2m", set.Spec.Template.Spec, "HOST/shop/web@"+digest("a")))
	return objects
}

// noise has everything that is not drift, beside one workload that is the same.
func noise() []any {
	web := container("web", "nginx:1.27")
	objects := running("web", web)
	deployed := objects[0].(*appsv1.Deployment)

	old := replicaSet(deployed, "1111", 0, container("web", "nginx:1.26"))
	injected := podOf(objects[1].(*appsv1.ReplicaSet), "apps/v1", "ReplicaSet", "mesh1", corev1.PodSpec{
		InitContainers: []corev1.Container{container("istio-init", "istio/proxyv2:1.24")},
		Containers:     []corev1.Container{web, container("istio-proxy", "istio/proxyv2:1.24")},
		EphemeralContainers: []corev1.EphemeralContainer{{
			EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debugger-x", Image: "busybox:1"},
		}},
	})
	evicted := ended(podOf(objects[1].(*appsv1.ReplicaSet), "apps/v1", "ReplicaSet", "evict", corev1.PodSpec{Containers: []corev1.Container{web}}), corev1.PodFailed)
	objects = append(objects, old, injected, evicted)

	// A rollout: one pod of the template before is still there.
	rolling := deployment(flux(meta("shop", "rolling")), web)
	rolling.Status.UpdatedReplicas = 0
	before := replicaSet(rolling, "2222", 1, container("web", "nginx:1.26"))
	after := replicaSet(rolling, "3333", 1, web)
	objects = append(objects, rolling, before, after,
		podOf(before, "apps/v1", "ReplicaSet", "aaaaa", before.Spec.Template.Spec),
		podOf(after, "apps/v1", "ReplicaSet", "bbbbb", after.Spec.Template.Spec))

	// A schedule, with a job that ended, and one that runs with the image it was started with.
	backup := cronJob(flux(meta("shop", "backup")), container("backup", "alpine:3.20"))
	ran := job(owned(backup, "batch/v1", "CronJob", meta("shop", "backup-1")), true, container("backup", "alpine:3.19"))
	runs := job(owned(backup, "batch/v1", "CronJob", meta("shop", "backup-2")), false, container("backup", "alpine:3.19"))
	objects = append(objects, backup, ran, runs,
		ended(podOf(ran, "batch/v1", "Job", "p1", ran.Spec.Template.Spec), corev1.PodSucceeded),
		podOf(runs, "batch/v1", "Job", "p2", runs.Spec.Template.Spec))

	// Jobs: one of Git that has ended, a hook, a test of Helm.
	objects = append(objects,
		job(flux(meta("shop", "migrate")), true, container("migrate", "alpine:3.18")),
		job(annotated(meta("shop", "hook"), map[string]string{"helm.sh/hook": "post-install"}), false, container("hook", "alpine:3.18")),
		pod(annotated(meta("shop", "web-test"), map[string]string{"helm.sh/hook": "test"}), corev1.PodSpec{Containers: []corev1.Container{container("test", "busybox:1")}}))

	// Pods of an operator, and of a custom resource whose image is in Git.
	operator := metav1.ObjectMeta{Namespace: "shop", Name: "kafka"}
	objects = append(objects, podOf(&operator, "kafka.strimzi.io/v1beta2", "Kafka", "0", corev1.PodSpec{Containers: []corev1.Container{container("kafka", "quay.io/strimzi/kafka:0.45")}}))
	database := metav1.ObjectMeta{Namespace: "shop", Name: "db"}
	objects = append(objects, podOf(&database, "postgresql.cnpg.io/v1", "Cluster", "1", corev1.PodSpec{Containers: []corev1.Container{container("postgres", "ghcr.io/cloudnative-pg/postgresql:16.4")}}))

	// Owners at the top that are custom resources, over kinds of Kubernetes: a Rollout of Argo, a ScaledJob of KEDA.
	rollout := metav1.ObjectMeta{Namespace: "shop", Name: "rollout"}
	stable := replicaSet(deployment(meta("shop", "rollout"), web), "4444", 1, web)
	stable.ObjectMeta = labelled(owned(&rollout, "argoproj.io/v1alpha1", "Rollout", meta("shop", "rollout-4444")), map[string]string{"rollouts-pod-template-hash": "4444"})
	scaled := metav1.ObjectMeta{Namespace: "shop", Name: "scaled"}
	worker := job(owned(&scaled, "keda.sh/v1alpha1", "ScaledJob", meta("shop", "scaled-x1")), false, container("worker", "alpha:1"))
	objects = append(objects,
		stable, podOf(stable, "apps/v1", "ReplicaSet", "ccccc", stable.Spec.Template.Spec),
		worker, podOf(worker, "batch/v1", "Job", "ddddd", worker.Spec.Template.Spec))

	// The system: a static pod, an add-on, a workload in a system namespace.
	node := metav1.ObjectMeta{Name: "node-1"}
	static := owned(&node, "v1", "Node", meta("kube-system", "kube-apiserver-node-1"))
	objects = append(objects,
		pod(annotated(static, map[string]string{"kubernetes.io/config.mirror": "x"}), corev1.PodSpec{Containers: []corev1.Container{container("kube-apiserver", "registry.k8s.io/kube-apiserver:v1.33.0")}}),
		deployment(meta("kube-system", "coredns"), container("coredns", "registry.k8s.io/coredns:v1.12")),
		daemonSet(labelled(meta("monitoring", "agent"), map[string]string{"eks.amazonaws.com/component": "agent"}), container("agent", "amazon/agent:1")),
		deployment(labelled(meta("monitoring", "gke"), map[string]string{"addonmanager.kubernetes.io/mode": "Reconcile"}), container("gke", "google/gke:1")),
		deployment(labelled(meta("monitoring", "aks"), map[string]string{"kubernetes.azure.com/managedby": "aks"}), container("aks", "azure/aks:1")))

	// Others: by hand, of another repository, of a Helm release that is not rendered.
	objects = append(objects,
		deployment(meta("other", "by-hand"), container("x", "busybox:1")),
		deployment(labelled(meta("other", "elsewhere"), map[string]string{
			"kustomize.toolkit.fluxcd.io/name": "infra", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
		}), container("x", "busybox:1")),
		statefulSet(labelled(meta("shop", "cache-redis"), map[string]string{
			"helm.toolkit.fluxcd.io/name": "cache", "helm.toolkit.fluxcd.io/namespace": "shop",
		}), appsv1.RollingUpdateStatefulSetStrategyType, 1,
			container("redis", "docker.io/bitnami/redis:7.4.1"), container("exporter", "docker.io/bitnami/redis-exporter:1.66")))
	return objects
}

// runtimes has one pod for each form of an image id.
func runtimes() []any {
	web := container("web", "HOST/shop/web:2.0.0")
	ids := map[string]string{
		"containerd":    "HOST/shop/web@INDEX",
		"cri-o":         "HOST/shop/web@INDEX",
		"platform":      "HOST/shop/web@PLATFORM",
		"other-mirror":  "mirror.example/shop/web@INDEX",
		"docker-pull":   "docker-pullable://HOST/shop/web@INDEX",
		"docker-config": "docker://" + digest("c"),
		"config":        digest("d"),
		"none":          "",
	}
	objects := []any{}
	for _, name := range []string{"containerd", "cri-o", "platform", "other-mirror", "docker-pull", "docker-config", "config", "none"} {
		made := deployment(flux(meta("shop", name)), web)
		set := replicaSet(made, "7c9d", 1, web)
		objects = append(objects, made, set, podOf(set, "apps/v1", "ReplicaSet", "x", set.Spec.Template.Spec, ids[name]))
	}
	return objects
}

// hostile has text in names that terminals, Markdown and runners would obey.
func hostile() []any {
	return []any{
		deployment(flux(meta("shop", "a\u001b[31m\n::error::x")), container("##[error]|<b>", "nginx:\u202e1")),
		deployment(flux(meta("shop", "[x](http://evil.example) @ops")), container("`c`", "nginx:1.27\u001b]0;x\u0007")),
	}
}
