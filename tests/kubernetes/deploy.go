package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// cluster runs manifests.
type cluster struct {
	objects []any
	// The containers of workloads, each with the lists of containers that its image is in.
	containers []place
}

// place is a container: of a workload, at an index, in its pod template and its pods.
type place struct {
	lists []*[]corev1.Container
	at    int
}

// deploy makes a cluster that runs manifests.
func deploy(manifests io.Reader, pad, copies int) (*cluster, error) {
	made := &cluster{}
	reader := utilyaml.NewYAMLReader(bufio.NewReader(manifests))
	for {
		document, err := reader.Read()
		if err == io.EOF {
			return made, nil
		}
		if err != nil {
			return nil, err
		}
		if err := made.add(document, pad, copies); err != nil {
			return nil, err
		}
	}
}

func (c *cluster) add(document []byte, pad, copies int) error {
	var kind metav1.TypeMeta
	if err := yaml.Unmarshal(document, &kind); err != nil {
		return nil
	}
	var object metav1.Object
	var spec *corev1.PodSpec
	switch kind.APIVersion + " " + kind.Kind {
	case "apps/v1 Deployment":
		typed := &appsv1.Deployment{}
		object, spec = typed, &typed.Spec.Template.Spec
	case "apps/v1 StatefulSet":
		typed := &appsv1.StatefulSet{}
		object, spec = typed, &typed.Spec.Template.Spec
	case "apps/v1 DaemonSet":
		typed := &appsv1.DaemonSet{}
		object, spec = typed, &typed.Spec.Template.Spec
	case "apps/v1 ReplicaSet":
		typed := &appsv1.ReplicaSet{}
		object, spec = typed, &typed.Spec.Template.Spec
	case "batch/v1 Job":
		typed := &batchv1.Job{}
		object, spec = typed, &typed.Spec.Template.Spec
	case "batch/v1 CronJob":
		typed := &batchv1.CronJob{}
		object, spec = typed, &typed.Spec.JobTemplate.Spec.Template.Spec
	case "v1 Pod":
		typed := &corev1.Pod{}
		object, spec = typed, &typed.Spec
	default:
		return nil
	}
	if err := yaml.Unmarshal(document, object); err != nil {
		return fmt.Errorf("%s %s: %w", kind.Kind, object.GetName(), err)
	}
	if object.GetName() == "" {
		return nil
	}
	for _, container := range spec.Containers {
		if container.Image == "" || container.Image != strings.ToLower(container.Image) && !strings.Contains(container.Image, ":") {
			return fmt.Errorf("%s %s: a part of a manifest, which no cluster takes: the image of %s is %q", kind.Kind, object.GetName(), container.Name, container.Image)
		}
	}
	if object.GetNamespace() == "" {
		object.SetNamespace("default")
	}
	object.SetGeneration(1)
	c.objects = append(c.objects, object)
	lists := []*[]corev1.Container{&spec.Containers}
	owner, apiVersion, of := object, kind.APIVersion, kind.Kind
	switch typed := object.(type) {
	case *appsv1.Deployment:
		replicas := int32(1)
		if typed.Spec.Replicas != nil {
			replicas = *typed.Spec.Replicas
		}
		typed.Status = appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: replicas, UpdatedReplicas: replicas}
		set := replicaSet(typed, "5d4f", replicas)
		set.Spec.Template = *typed.Spec.Template.DeepCopy()
		c.objects = append(c.objects, set)
		owner, apiVersion, of = set, "apps/v1", "ReplicaSet"
	case *appsv1.StatefulSet:
		replicas := int32(1)
		if typed.Spec.Replicas != nil {
			replicas = *typed.Spec.Replicas
		}
		typed.Status = appsv1.StatefulSetStatus{ObservedGeneration: 1, UpdatedReplicas: replicas}
	case *appsv1.DaemonSet:
		typed.Status = appsv1.DaemonSetStatus{ObservedGeneration: 1, DesiredNumberScheduled: 1, UpdatedNumberScheduled: 1}
	case *batchv1.CronJob, *corev1.Pod:
		copies = 0
	}
	for copy := 0; copy < copies; copy++ {
		pod := podOf(owner, apiVersion, of, fmt.Sprintf("p%d", copy), *spec.DeepCopy())
		if pad > 0 {
			value := strings.Repeat("x", 1000)
			for n := 0; n < pad; n++ {
				pod.Spec.Containers[0].Env = append(pod.Spec.Containers[0].Env, corev1.EnvVar{Name: fmt.Sprintf("V%d", n), Value: value})
			}
		}
		c.objects = append(c.objects, pod)
		lists = append(lists, &pod.Spec.Containers)
	}
	_, isHelmHook := object.GetAnnotations()["helm.sh/hook"]
	_, isArgoHook := object.GetAnnotations()["argocd.argoproj.io/hook"]
	if isHelmHook || isArgoHook {
		return nil
	}
	for at := range spec.Containers {
		c.containers = append(c.containers, place{lists: lists, at: at})
	}
	return nil
}

// mutated changes so many containers, each once: a tag that nobody wrote, or another repository.
func (c *cluster) mutated(count int, seed int64) ([]any, error) {
	if count > len(c.containers) {
		return nil, fmt.Errorf("%d containers, and %d are to be changed", len(c.containers), count)
	}
	random := rand.New(rand.NewSource(seed))
	for number, index := range random.Perm(len(c.containers))[:count] {
		place := c.containers[index]
		for _, list := range place.lists {
			image := &(*list)[place.at].Image
			name, _, _ := strings.Cut(*image, "@")
			if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
				name = name[:colon]
			}
			if number%2 == 0 {
				*image = fmt.Sprintf("%s:mutated-%d", name, number)
			} else {
				*image = fmt.Sprintf("mutated.example/image-%d:1", number)
			}
		}
	}
	return c.objects, nil
}
