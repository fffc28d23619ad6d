package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand"
	"slices"
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

// workload is a workload with everything that it made.
type workload struct {
	kind, namespace, name string
	// The names of the containers that are started before the others.
	inits []string
	// Its pod template, and its pods.
	lists []*[]corev1.Container
	pods  []*corev1.Pod
	// It, and the objects that it owns.
	objects []any
}

// place is a container: of a workload, at an index.
type place struct {
	of *workload
	at int
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
	made := &workload{kind: kind.Kind, namespace: object.GetNamespace(), name: object.GetName()}
	made.objects = append(made.objects, object)
	made.lists = append(made.lists, &spec.Containers)
	for _, init := range spec.InitContainers {
		made.inits = append(made.inits, init.Name)
	}
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
		made.objects = append(made.objects, set)
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
		made.objects = append(made.objects, pod)
		made.lists = append(made.lists, &pod.Spec.Containers)
		made.pods = append(made.pods, pod)
	}
	c.objects = append(c.objects, made.objects...)
	_, isHelmHook := object.GetAnnotations()["helm.sh/hook"]
	_, isArgoHook := object.GetAnnotations()["argocd.argoproj.io/hook"]
	if isHelmHook || isArgoHook {
		return nil
	}
	for at := range spec.Containers {
		c.containers = append(c.containers, place{of: made, at: at})
	}
	return nil
}

// gone is the name of a container that is taken out.
const gone = "gone"

// mutated changes so many containers, each once, or all if there are fewer, and tells the verdict on each: a tag that nobody wrote, another
// repository, a container or a workload that is gone, an image that is not pulled.
func (c *cluster) mutated(count int, seed int64) ([]any, []string) {
	random := rand.New(rand.NewSource(seed))
	expected := []string{}
	left := map[string]int{}
	for _, place := range c.containers {
		left[place.of.namespace]++
	}
	for number, index := range random.Perm(len(c.containers))[:min(count, len(c.containers))] {
		place := c.containers[index]
		of := place.of
		name := (*of.lists[0])[place.at].Name
		verdict := "foreign"
		switch {
		case number%4 == 1:
			place.each(func(one *corev1.Container) { one.Image = fmt.Sprintf("mutated.example/image-%d:1", number) })
		// A Job may have ended and been removed, and a namespace without workloads is another cluster's.
		case number%4 == 2 && of.kind != "Job" && left[of.namespace] > 1:
			verdict = "not-live"
			left[of.namespace]--
			place.each(func(one *corev1.Container) { one.Name = gone })
		case number%4 == 3 && len(of.pods) > 0:
			verdict = "not-live"
			for _, pod := range of.pods {
				status := &pod.Status.ContainerStatuses[place.at]
				status.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}
			}
		default:
			place.each(func(one *corev1.Container) { one.Image = fmt.Sprintf("%s:mutated-%d", repository(one.Image), number) })
		}
		expected = append(expected, strings.Join([]string{verdict, of.kind, of.namespace, of.name, name}, " "))
	}
	objects, lost := c.taken()
	return objects, append(expected, lost...)
}

// each changes a container in the pod template and in every pod.
func (p place) each(change func(*corev1.Container)) {
	for _, list := range p.of.lists {
		change(&(*list)[p.at])
	}
}

// taken are the objects without containers that are gone, and the verdicts on what is lost with them: a workload that has none left is gone
// with its pods and the containers that were started before.
func (c *cluster) taken() ([]any, []string) {
	dropped := map[any]bool{}
	lost := []string{}
	for _, place := range c.containers {
		of := place.of
		for _, list := range of.lists {
			*list = slices.DeleteFunc(*list, func(one corev1.Container) bool { return one.Name == gone })
		}
		if len(*of.lists[0]) == 0 && !dropped[of.objects[0]] {
			for _, init := range of.inits {
				lost = append(lost, strings.Join([]string{"not-live", of.kind, of.namespace, of.name, init}, " "))
			}
			for _, object := range of.objects {
				dropped[object] = true
			}
		}
	}
	return slices.DeleteFunc(c.objects, func(object any) bool { return dropped[object] }), lost
}

// repository is an image without tag and digest.
func repository(image string) string {
	name, _, _ := strings.Cut(image, "@")
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		name = name[:colon]
	}
	return name
}
