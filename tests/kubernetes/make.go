package main

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// secret is in every container, as environment and as an argument, and must be in no output of pullable.
const secret = "s3cr3t-value"

// container is a container with everything that must not be kept.
func container(name, image string) corev1.Container {
	return corev1.Container{
		Name:  name,
		Image: image,
		Args:  []string{"--token=" + secret},
		Env:   []corev1.EnvVar{{Name: "PASSWORD", Value: secret}},
	}
}

func meta(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace:   namespace,
		Name:        name,
		UID:         types.UID(namespace + "-" + name),
		Generation:  1,
		Labels:      map[string]string{"app": name},
		Annotations: map[string]string{"kubectl.kubernetes.io/last-applied-configuration": `{"env":"` + secret + `"}`},
	}
}

func owned(by metav1.Object, apiVersion, kind string, meta metav1.ObjectMeta) metav1.ObjectMeta {
	controller := true
	meta.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: apiVersion, Kind: kind, Name: by.GetName(), UID: by.GetUID(), Controller: &controller,
	}}
	return meta
}

func labelled(meta metav1.ObjectMeta, labels map[string]string) metav1.ObjectMeta {
	for name, value := range labels {
		meta.Labels[name] = value
	}
	return meta
}

func annotated(meta metav1.ObjectMeta, annotations map[string]string) metav1.ObjectMeta {
	for name, value := range annotations {
		meta.Annotations[name] = value
	}
	return meta
}

func template(containers ...corev1.Container) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "x"}},
		Spec:       corev1.PodSpec{Containers: containers},
	}
}

func deployment(meta metav1.ObjectMeta, containers ...corev1.Container) *appsv1.Deployment {
	replicas := int32(1)
	return &appsv1.Deployment{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: meta,
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "x"}},
			Template: template(containers...),
		},
		Status: appsv1.DeploymentStatus{ObservedGeneration: meta.Generation, Replicas: 1, UpdatedReplicas: 1},
	}
}

// replicaSet is the one that a Deployment has made for a template.
func replicaSet(of *appsv1.Deployment, hash string, replicas int32, containers ...corev1.Container) *appsv1.ReplicaSet {
	made := meta(of.Namespace, of.Name+"-"+hash)
	made = labelled(owned(of, "apps/v1", "Deployment", made), map[string]string{"pod-template-hash": hash})
	return &appsv1.ReplicaSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"},
		ObjectMeta: made,
		Spec:       appsv1.ReplicaSetSpec{Replicas: &replicas, Template: template(containers...)},
	}
}

// podOf is a running pod of an owner. ids are the image ids that the runtime reports, one for each container.
func podOf(owner metav1.Object, apiVersion, kind, suffix string, spec corev1.PodSpec, ids ...string) *corev1.Pod {
	made := meta(owner.GetNamespace(), owner.GetName()+"-"+suffix)
	if hash, known := owner.GetLabels()["pod-template-hash"]; known {
		made = labelled(made, map[string]string{"pod-template-hash": hash})
	}
	return pod(owned(owner, apiVersion, kind, made), spec, ids...)
}

func pod(meta metav1.ObjectMeta, spec corev1.PodSpec, ids ...string) *corev1.Pod {
	made := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: meta,
		Spec:       spec,
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}
	for at, container := range spec.Containers {
		status := corev1.ContainerStatus{Name: container.Name, Image: container.Image}
		if at < len(ids) {
			status.ImageID = ids[at]
		}
		made.Status.ContainerStatuses = append(made.Status.ContainerStatuses, status)
	}
	return made
}

// waits makes every container of a pod wait for a reason.
func waits(pod *corev1.Pod, reason string) *corev1.Pod {
	pod.Status.Phase = corev1.PodPending
	for at := range pod.Status.ContainerStatuses {
		status := &pod.Status.ContainerStatuses[at]
		status.ImageID = ""
		status.State.Waiting = &corev1.ContainerStateWaiting{Reason: reason, Message: "Back-off: " + secret}
	}
	return pod
}

func ended(pod *corev1.Pod, phase corev1.PodPhase) *corev1.Pod {
	pod.Status.Phase = phase
	return pod
}

func job(meta metav1.ObjectMeta, isFinished bool, containers ...corev1.Container) *batchv1.Job {
	made := &batchv1.Job{
		TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"},
		ObjectMeta: meta,
		Spec:       batchv1.JobSpec{Template: template(containers...)},
	}
	if isFinished {
		made.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}
	}
	return made
}

func cronJob(meta metav1.ObjectMeta, containers ...corev1.Container) *batchv1.CronJob {
	return &batchv1.CronJob{
		TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "CronJob"},
		ObjectMeta: meta,
		Spec: batchv1.CronJobSpec{
			Schedule:    "@daily",
			JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template(containers...)}},
		},
	}
}

func statefulSet(meta metav1.ObjectMeta, strategy appsv1.StatefulSetUpdateStrategyType, updated int32, containers ...corev1.Container) *appsv1.StatefulSet {
	replicas := int32(1)
	return &appsv1.StatefulSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "StatefulSet"},
		ObjectMeta: meta,
		Spec: appsv1.StatefulSetSpec{
			Replicas:       &replicas,
			Template:       template(containers...),
			UpdateStrategy: appsv1.StatefulSetUpdateStrategy{Type: strategy},
		},
		Status: appsv1.StatefulSetStatus{ObservedGeneration: meta.Generation, Replicas: 1, UpdatedReplicas: updated},
	}
}

func daemonSet(meta metav1.ObjectMeta, containers ...corev1.Container) *appsv1.DaemonSet {
	return &appsv1.DaemonSet{
		TypeMeta:   metav1.TypeMeta{APIVersion: "apps/v1", Kind: "DaemonSet"},
		ObjectMeta: meta,
		Spec:       appsv1.DaemonSetSpec{Template: template(containers...)},
		Status: appsv1.DaemonSetStatus{
			ObservedGeneration: meta.Generation, DesiredNumberScheduled: 1, UpdatedNumberScheduled: 1,
		},
	}
}

func digest(character string) string {
	hex := ""
	for len(hex) < 64 {
		hex += character
	}
	return fmt.Sprintf("sha256:%s", hex)
}
