#!/usr/bin/env python3
"""Makes repositories of kustomizations up and holds what pullable makes of each root against what kustomize builds.

    go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.1
    pip install ruamel.yaml
    python3 benches/kustomize_fuzz.py PATH/TO/pullable PATH/TO/kustomize [--seed N] [--count N] [--introduced] [--keep FOLDER]

Each seed is one repository: bases, components and overlays in three layers, with the resources, patches, images and
replacements that the seed decides. Per root three sets are compared, as benches/kustomize.py does: the references of
pullable's unit, what pullable reads in the built manifests, and the container images that a walk with another YAML
parser finds in them. Each reference's `written` has to be the bytes that it points at, and each related place has to
exist. A root that kustomize refuses is counted and left out. A difference is cut down to what it needs, and printed.

With --refusals the builds that kustomize refuses have to be reported, and those that it accepts must not be called
broken. With --introduced each seed is committed with what the next seed makes of it, and the references that pullable calls
introduced have to be the difference of the two trees.
"""

import argparse
import collections
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

from ruamel.yaml import YAML

from kustomize import named, normal, texts, written

from introduced import commit, compared

DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGES = [
    "nginx", "nginx:1.25", "redis:7", "ghcr.io/acme/web:v1", f"ghcr.io/acme/web@{DIGEST}", "localhost:5000/tool:2",
    f"quay.io/acme/api:v2@{DIGEST}", "docker.io/library/busybox:1.36", "ghcr.io/acme/api:2024-01-01",
]
PATTERNS = ["nginx", "redis", "ghcr.io/acme/web", "ghcr.io/acme/.*", "ngin.", "(nginx|redis)", "localhost:5000/tool", ".*api",
            "docker.io/library/busybox", "[a-z]+"]
WORDS = ["web", "api", "job", "store", "cache"]
# API version, kind, and where the pod stands in it.
PODS = [
    ("apps/v1", "Deployment", "spec/template/spec"), ("apps/v1", "Deployment", "spec/template/spec"),
    ("apps/v1", "StatefulSet", "spec/template/spec"), ("apps/v1", "DaemonSet", "spec/template/spec"),
    ("batch/v1", "CronJob", "spec/jobTemplate/spec/template/spec"), ("batch/v1", "Job", "spec/template/spec"),
    ("v1", "Pod", "spec"), ("monitoring.coreos.com/v1", "Prometheus", "spec"), ("apps/v1beta1", "Deployment", "spec/template/spec"),
    ("argoproj.io/v1alpha1", "Rollout", "spec/template/spec"), ("example.com/v1", "Panel", "spec/pods"),
]
PATCHED = ["name", "image", "command"]
FILES = ["kustomization.yaml", "kustomization.yaml", "kustomization.yml", "Kustomization"]


class Made:
    """A repository: from paths to lists of documents, or to texts. And what its kustomizations hold."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.files = {}
        self.held = {}
        self.components = []
        self.roots = []
        self.names_made = 0
        self.build()

    def name(self, words):
        """A name, mostly one that nothing else has: kustomize refuses two resources of one name."""
        self.names_made += 1
        return self.pick(words) + (str(self.names_made) if self.chance(0.9) else "")

    def chance(self, share):
        return self.random.random() < share

    def pick(self, things):
        return self.random.choice(things)

    def build(self):
        bases = [self.kustomization(f"bases/b{n}", [], resources=self.random.randint(1, 3)) for n in range(3)]
        for n in range(2):
            self.components.append(self.kustomization(f"components/c{n}", [], resources=int(self.chance(0.3)), component=True))
        middle = [self.kustomization(f"mid layer/m{n}", self.some(bases, 2), resources=int(self.chance(0.3))) for n in range(2)]
        for n in range(4):
            below = self.some(middle if self.chance(0.6) else bases, 2)
            self.roots.append(self.kustomization(f"roots/r{n}", below, resources=int(self.chance(0.3))))

    def some(self, things, most):
        return self.random.sample(things, self.random.randint(1, min(most, len(things))))

    # Resources

    def container(self, name):
        made = {"name": name, "image": self.pick(IMAGES)}
        if self.chance(0.3):
            made["command"] = ["run", self.pick(WORDS)]
        if self.chance(0.1):
            made["env"] = [{"name": "A", "value": self.pick(IMAGES)}]
        return made

    def resource(self, at):
        version, kind, pod = self.pick(PODS)
        name = self.name(WORDS)
        meta = {"name": name}
        if self.chance(0.25):
            meta["namespace"] = self.pick(["one", "two", "default"])
        if self.chance(0.5):
            meta["labels"] = {"app": self.pick(WORDS), "tier": self.pick(["front", "back"])}
        if self.chance(0.2):
            meta["annotations"] = {"example.com/role": self.pick(WORDS)}
        if self.chance(0.03):
            meta.setdefault("annotations", {})["config.kubernetes.io/local-config"] = self.pick(["true", "false"])
        names = self.random.sample(["main", "side", "log"], self.random.randint(1, 3))
        spec = {"containers": [self.container(one) for one in names]}
        if self.chance(0.3):
            spec["initContainers"] = [self.container("init")]
        if self.chance(0.15):
            spec["volumes"] = [{"name": "data", "image": {"reference": self.pick(IMAGES)}}, {"name": "tmp", "emptyDir": {}}]
        if kind in ("Prometheus", "Panel"):
            spec["image"] = self.pick(IMAGES)
        document = spec
        for key in reversed(pod.split("/")):
            document = {key: document}
        document = {"apiVersion": version, "kind": kind, "metadata": meta, **document}
        if kind == "CronJob":
            document["spec"]["schedule"] = "* * * * *"
        known = {"version": version, "kind": kind, "name": name, "namespace": meta.get("namespace"), "pod": pod,
                 "containers": names, "init": "initContainers" in spec, "folder": at}
        return document, known

    def settings(self, at):
        """A config map that replacements take values from."""
        name = self.name(["versions", "settings"])
        data = {"tag": "v" + str(self.random.randint(2, 9)), "image": self.pick(IMAGES), "host": "mirror.example.com:443"}
        document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
        return document, {"version": "v1", "kind": "ConfigMap", "name": name, "namespace": None, "pod": None, "folder": at}

    ANCHORED = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
spec:
  template:
    metadata: &meta
      labels: {app: NAME}
    spec:
      initContainers:
      - &one
        name: init
        image: &image IMAGE
      containers:
      - <<: *one
        name: main
      - {<<: [*one], name: side, image: OTHER}
      - name: log
        image: *image
"""

    def is_new(self, known, held):
        """Mostly: kustomize refuses two resources of one name, and the generator notes those that it makes."""
        same = [other for other in held if (other["kind"], other["name"]) == (known["kind"], known["name"])]
        held += [] if same else [known]
        return not same

    def resources(self, folder, count):
        """Files of resources; what they hold."""
        entries, held = [], []
        for n in range(count):
            if self.chance(0.12):
                name = self.name(WORDS)
                text = self.ANCHORED.replace("NAME", name).replace("IMAGE", self.pick(IMAGES)).replace("OTHER", self.pick(IMAGES))
                self.files[f"{folder}/anchored{n}.yaml"] = text
                entries.append(f"anchored{n}.yaml")
                held.append({"version": "apps/v1", "kind": "Deployment", "name": name, "namespace": None,
                             "pod": "spec/template/spec", "containers": ["main", "side", "log"], "init": True, "folder": folder})
                continue
            made = [self.resource(folder) for _ in range(self.pick([1, 1, 1, 2]))]
            if self.chance(0.25):
                made.append(self.settings(folder))
            made = [one for one in made if self.is_new(one[1], held)]
            if not made:
                continue
            documents = [document for document, _ in made]
            if self.chance(0.12):
                documents = [{"apiVersion": "v1", "kind": "List", "items": documents}]
            path = f"file{n}.yaml" if self.chance(0.8) else f"sub/file {n}.yaml"
            self.files[f"{folder}/{path}"] = documents
            entries.append(path)
        return entries, held

    # Kustomizations

    def kustomization(self, folder, below, resources, component=False):
        entries, held = self.resources(folder, resources)
        for other in below:
            entries.append(os.path.relpath(other, folder) + ("/" if self.chance(0.1) else ""))
            held = [dict(known) for known in self.held[other]] + held
        made = {}
        if component:
            made = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
        elif self.chance(0.5):
            made = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
        bases = [entry for entry in entries if entry.startswith("..")]
        if bases and self.chance(0.1):
            made["bases"], entries = bases, [entry for entry in entries if entry not in bases]
        if entries:
            made["resources"] = entries
        if self.chance(0.15):
            name = self.name(["versions", "settings", "made"])
            entry = {"name": name, "literals": [f"tag=v{self.random.randint(2, 9)}", "host=mirror.example.com:443", "image=" + self.pick(IMAGES)]}
            if self.chance(0.3):
                entry["options"] = {"disableNameSuffixHash": True}
            made["configMapGenerator"] = [entry]
            held.append({"version": "v1", "kind": "ConfigMap", "name": name, "namespace": None, "pod": None, "folder": folder})
        used = [] if not self.components or not self.chance(0.25 if not component else 0.15) else self.some(self.components, 2)
        for other in used:
            made.setdefault("components", []).append(os.path.relpath(other, folder))
            held = held + [dict(known) for known in self.held[other]]
        targets = held
        if component and not held:
            targets = [known for other in self.held.values() for known in other]
        for _ in range(self.random.randint(0, 4)):
            step = self.pick([self.images, self.images, self.patches, self.patches, self.patches, self.names, self.labels,
                              self.replacements, self.old_patches, self.configurations, self.transformers])
            step(folder, made, targets)
        path = f"{folder}/{self.pick(FILES)}"
        self.files[path] = [made]
        self.held[folder] = held
        return folder

    def images(self, folder, made, _held):
        for _ in range(self.random.randint(1, 3)):
            entry = {"name": self.pick(PATTERNS)}
            for key, value, share in [("newName", self.pick(["mirror.example.com/x", "nginx", "ghcr.io/acme/web"]), 0.5),
                                      ("newTag", self.pick(["v9", "1.2.3"]), 0.5), ("digest", DIGEST, 0.2), ("tagSuffix", "-slim", 0.2)]:
                if self.chance(share):
                    entry[key] = value
            made.setdefault("images", []).append(entry)

    def names(self, _folder, made, _held):
        made[self.pick(["namePrefix", "nameSuffix", "namespace"])] = self.pick(["x-", "y-", "z-"]).strip("-" if self.chance(0) else "")
        if "namespace" in made:
            made["namespace"] = self.pick(["one", "two", "three"])

    def labels(self, _folder, made, _held):
        if self.chance(0.3):
            made["commonLabels"] = {"app": self.pick(WORDS)}
        elif self.chance(0.5):
            made["labels"] = [{"pairs": {"tier": self.pick(["front", "back"])}, "includeSelectors": self.chance(0.5)}]
        else:
            made["commonAnnotations"] = {"example.com/role": self.pick(WORDS)}

    def configurations(self, folder, made, _held):
        specs = [{"path": "spec/image", "kind": "Prometheus"}, {"path": "spec/pods/image", "kind": "Panel", "group": "example.com"},
                 {"path": "spec/pods/containers/image", "kind": "Panel"}, {"path": "spec/image", "kind": "Prometheus", "version": "v2"}]
        self.files[f"{folder}/config.yaml"] = [{"images": self.some(specs, 3)}]
        made["configurations"] = ["config.yaml"]

    def target(self, known):
        """A selector of a resource, and perhaps of others."""
        target = {}
        if self.chance(0.8):
            target["kind"] = self.pick([known["kind"], known["kind"], "Deployment|StatefulSet", ".*Set"])
        if self.chance(0.6):
            target["name"] = self.pick([known["name"], known["name"], ".*", known["name"][:2] + ".*", "web|api", "x-.*"])
        for key, value, share in [("group", known["version"].split("/")[0] if "/" in known["version"] else "", 0.1), ("version", known["version"].split("/")[-1], 0.1),
                                  ("namespace", self.pick(["one", "default", "t.*"]), 0.1),
                                  ("labelSelector", self.pick(["app=web", "tier=front", "app in (web, api)", "!tier", "app!=web"]), 0.2),
                                  ("annotationSelector", "example.com/role=" + self.pick(WORDS), 0.05)]:
            if self.chance(share) and value:
                target[key] = value
        return target or {"kind": known["kind"]}

    def smp(self, known):
        """A strategic merge patch."""
        meta = {"name": known["name"]}
        if known["namespace"] and self.chance(0.95):
            meta["namespace"] = known["namespace"]
        patch = {"apiVersion": known["version"], "kind": known["kind"], "metadata": meta}
        if self.chance(0.04):
            return {**patch, "$patch": "delete"}
        if self.chance(0.1):
            meta["labels"] = {"app": self.pick(WORDS)}
        containers = []
        for name in self.random.sample(["main", "side", "log", "extra"], self.random.randint(1, 2)):
            container = self.container(name)
            if self.chance(0.1):
                container = {"name": name, "$patch": self.pick(["delete", "merge"])}
            elif self.chance(0.1):
                container["$patch"] = "replace"
            elif self.chance(0.3):
                container = {"name": name, "command": ["x"]}
            elif self.chance(0.05):
                container["image"] = None
            containers.append(container)
        if self.chance(0.07):
            containers.append({"$patch": self.pick(["replace", "merge"])})
        spec = {"containers": containers}
        if self.chance(0.05):
            spec = {"containers": None if self.chance(0.3) else [], "ephemeralContainers": [self.container("debug")]}
        if self.chance(0.1):
            spec["initContainers"] = self.pick([None, [self.container("init")], [self.container("init2")], []])
        if self.chance(0.1):
            spec["volumes"] = [{"name": self.pick(["data", "more"]), "image": {"reference": self.pick(IMAGES)}}]
        if self.chance(0.04):
            spec["$patch"] = self.pick(["replace", "merge"])
        if known["kind"] in ("Prometheus", "Panel") and self.chance(0.5):
            spec["image"] = self.pick(IMAGES + [None])
        for key in reversed(known["pod"].split("/")):
            spec = {key: spec}
        return {**patch, **spec}

    def operations(self, known):
        """A JSON patch."""
        pod, made = "/" + known["pod"], []
        for _ in range(self.random.randint(1, 3)):
            at = self.pick(["0", "0", "0", str(len(known["containers"]) - 1) if self.chance(0.2) else "0", "-1" if self.chance(0.2) else "0"])
            made.append(self.pick([
                {"op": "replace", "path": f"{pod}/containers/{at}/image", "value": self.pick(IMAGES)},
                {"op": "replace", "path": f"{pod}/containers/{at}/image", "value": self.pick(IMAGES)},
                {"op": "add", "path": f"{pod}/containers/-", "value": self.container("added")},
                {"op": "add", "path": f"{pod}/containers/{at}", "value": self.container("put")},
                {"op": "add", "path": f"{pod}/containers/{at}/image", "value": self.pick(IMAGES)},
                {"op": "add", "path": f"{pod}/initContainers", "value": [self.container("first")]},
                {"op": "add", "path": f"{pod}/containers/-", "value": self.container("more")},
                {"op": "remove", "path": f"{pod}/containers/{at}"},
                {"op": "copy", "from": f"{pod}/containers/0", "path": f"{pod}/containers/-"},
                {"op": "copy", "from": f"{pod}/containers", "path": f"{pod}/initContainers"},
                {"op": "move", "from": f"{pod}/containers", "path": f"{pod}/initContainers" if self.chance(0.2) else f"{pod}/containers"},
                {"op": "move", "from": f"{pod}/containers/{at}", "path": f"{pod}/containers/0"},
                {"op": "test", "path": "/kind", "value": known["kind"]},
                {"op": "test", "path": f"{pod}/none", "value": None},
                {"op": "add", "path": "/metadata/annotations", "value": {"a/b": "c"}},
                {"op": "replace", "path": "/metadata/name", "value": self.pick(WORDS)},
                {"op": "add", "path": "/metadata/labels", "value": {"example.com/part": "one", "app": "web"}},
            ]))
            if made[-1].get("path") == "/metadata/annotations":
                made += [{"op": "replace", "path": "/metadata/annotations/a~1b", "value": "d"}]
        return made

    def pods(self, held):
        return [known for known in held if known["pod"]]

    def patches(self, folder, made, held):
        held = self.pods(held)
        if not held:
            return
        for _ in range(self.random.randint(1, 2)):
            known = self.pick(held)
            if self.chance(0.4):
                entry = {"target": self.target(known)}
                documents = [self.operations(known)]
                if not self.chance(0.2):
                    entry["target"] = {"kind": known["kind"], "name": known["name"]}
            else:
                documents = [self.smp(known)]
                entry = {}
                if self.chance(0.4):
                    entry["target"] = self.target(known)
                    if self.chance(0.1):
                        entry["options"] = {"allowNameChange": True}
                elif self.chance(0.2):
                    documents.append(self.smp(self.pick(held)))
            if self.chance(0.5):
                path = f"patch{len(self.files)}.yaml"
                self.files[f"{folder}/{path}"] = documents
                entry["path"] = path
            else:
                text = "---\n".join(dump(document, self.random) for document in documents)
                if len(documents) == 1 and self.chance(0.2):
                    text = json.dumps(documents[0])
                entry["patch"] = Text(text)
            made.setdefault("patches", []).append(entry)

    def old_patches(self, folder, made, held):
        held = self.pods(held)
        if not held:
            return
        known = self.pick(held)
        path = f"old{len(self.files)}.yaml"
        if self.chance(0.5):
            if self.chance(0.5):
                self.files[f"{folder}/{path}"] = [self.smp(known)]
                made.setdefault("patchesStrategicMerge", []).append(path)
            else:
                made.setdefault("patchesStrategicMerge", []).append(Text(dump(self.smp(known), self.random)))
        else:
            target = {"version": known["version"].split("/")[-1], "kind": known["kind"], "name": known["name"]}
            if "/" in known["version"]:
                target["group"] = known["version"].split("/")[0]
            entry = {"target": target}
            if self.chance(0.5):
                self.files[f"{folder}/{path}"] = [self.operations(known)]
                entry["path"] = path
            else:
                entry["patch"] = Text(dump(self.operations(known), self.random))
            made.setdefault("patchesJson6902", []).append(entry)

    def replacements(self, folder, made, held):
        pods = self.pods(held)
        maps = [known for known in held if not known["pod"]]
        if not pods:
            return
        to = self.pick(pods)
        dots = to["pod"].replace("/", ".")
        field = self.pick([f"{dots}.containers.[name={self.pick(to['containers'])}].image", f"{dots}.containers.0.image", f"{dots}.containers.*.image",
                           f"{dots}.containers.[name=m.*].image"])
        options = {}
        if maps and self.chance(0.8):
            source = {"kind": "ConfigMap", "name": self.pick(maps)["name"]}
            key = self.pick(["tag", "image", "host"])
            source["fieldPath"] = f"data.{key}"
            if key == "tag":
                options = {"delimiter": ":", "index": self.pick([1, 1, 5])}
            if key == "host":
                options = {"delimiter": "/", "index": self.pick([0, -1])}
                if self.chance(0.5):
                    source["options"] = {"delimiter": ":", "index": 0}
        else:
            known = self.pick(pods)
            source = {"kind": known["kind"], "name": known["name"], "fieldPath": known["pod"].replace("/", ".") + ".containers.0.image"}
            if self.chance(0.2):
                source.pop("fieldPath")
                options = {"delimiter": "/", "index": 0}
            elif self.chance(0.3):
                source["options"] = {"delimiter": ":", "index": 0}
                options = {"delimiter": ":", "index": 0}
        if self.chance(0.15):
            options["create"] = True
            field = self.pick([f"{dots}.initContainers.[name=new].image", f"{dots}.containers.[name=extra].image", field])
        select = self.pick([{"kind": to["kind"], "name": to["name"]}, {"kind": to["kind"]}, {"name": to["name"][:2] + ".*", "kind": to["kind"]}])
        target = {"select": select, "fieldPaths": [field]}
        if self.chance(0.2):
            target["fieldPaths"].append(f"{dots}.containers.0.image")
        if self.chance(0.2):
            target["reject"] = [self.pick([{"name": self.pick(WORDS)}, {"name": self.pick(WORDS), "labelSelector": "app=web"}, {"labelSelector": "tier=front"}])]
        if options:
            target["options"] = options
        entry = {"source": source, "targets": [target]}
        if self.chance(0.1):
            entry = {"sourceValue": "v77", "targets": [{**target, "options": {"delimiter": ":", "index": 1}}]}
        if self.chance(0.2):
            path = f"replacement{len(self.files)}.yaml"
            self.files[f"{folder}/{path}"] = [entry] if self.chance(0.5) else [[entry]]
            entry = {"path": path}
        made.setdefault("replacements", []).append(entry)

    def transformers(self, folder, made, held):
        pods = self.pods(held)
        if not pods:
            return
        known = self.pick(pods)
        name = {"name": "any"}
        options = [
            {"kind": "ImageTagTransformer", "imageTag": {"name": self.pick(PATTERNS), "newTag": "v8"}},
            {"kind": "ImageTagTransformer", "imageTag": {"name": self.pick(PATTERNS), "newTag": "v8"}, "fieldSpecs": [{"path": "spec/image"}]},
            {"kind": "PatchTransformer", "patch": Text(dump(self.smp(known), self.random)), "target": {"kind": known["kind"]}},
            {"kind": "LabelTransformer", "labels": {"app": "web"}, "fieldSpecs": [{"path": "metadata/labels", "create": True}]},
            {"kind": "PrefixTransformer", "prefix": "p-", "fieldSpecs": [{"path": "metadata/name"}]},
            {"kind": "PatchJson6902Transformer", "target": {"kind": known["kind"], "name": known["name"]}, "jsonOp": Text(json.dumps(self.operations(known)))},
            {"kind": "PatchStrategicMergeTransformer", "patches": Text(dump(self.smp(known), self.random))},
            {"kind": "ReplacementTransformer", "replacements": [{"sourceValue": "v66", "targets": [
                {"select": {"kind": known["kind"]}, "fieldPaths": [known["pod"].replace("/", ".") + ".containers.0.image"], "options": {"delimiter": ":", "index": 1}}]}]},
        ]
        path = f"transformer{len(self.files)}.yaml"
        self.files[f"{folder}/{path}"] = [{"apiVersion": "builtin", "metadata": name, **self.pick(options)}]
        made.setdefault("transformers", []).append(path)


# Writing YAML, in one of its many ways


class Text(str):
    """A string of several lines."""


def dump(document, chooser=None, indent=0):
    """A document as YAML; `chooser` picks the ways of writing it."""
    chooser = chooser or random.Random(0)
    return "\n".join(lines(document, chooser)) + "\n"


def scalar(value, chooser):
    if not isinstance(value, str):
        return json.dumps(value)
    plain = value and value[0] not in "[]{}*&!|>%@`'\"#-? ." and ": " not in value and not value.endswith(":") and value not in ("null", "true", "false", "y", "n") and not value[0].isdigit()
    form = chooser.random()
    if plain and form < 0.7:
        return value
    return json.dumps(value) if form < 0.85 or "'" in value else f"'{value}'"


def lines(node, chooser):
    if isinstance(node, dict) and node and chooser.random() < 0.93:
        made = []
        for key, value in node.items():
            key = scalar(key, chooser)
            if isinstance(value, Text):
                made += [f"{key}: |"] + ["  " + line for line in value.rstrip("\n").split("\n")]
            elif isinstance(value, (dict, list)) and value:
                below = lines(value, chooser)
                if len(below) == 1 and below[0][0] in "{[":
                    made.append(f"{key}: {below[0]}")
                else:
                    inset = "  " if isinstance(value, dict) or chooser.random() < 0.5 else ""
                    made += [f"{key}:"] + [inset + line for line in below]
            else:
                made.append(f"{key}: {scalar(value, chooser) if not isinstance(value, (dict, list)) else json.dumps(value)}")
        return made
    if isinstance(node, list) and node and chooser.random() < 0.95:
        made = []
        for item in node:
            if isinstance(item, Text):
                made += ["- |"] + ["  " + line for line in item.rstrip("\n").split("\n")]
                continue
            first, *rest = lines(item, chooser)
            made += ["- " + first] + ["  " + line for line in rest]
        return made
    if isinstance(node, (dict, list)):
        return [json.dumps(node)]
    return [scalar(node, chooser)]


def write(files, folder, seed):
    """Writes a repository; the way of writing is the seed's and the path's."""
    for path, documents in files.items():
        chooser = random.Random(f"{seed} {path}")
        text = documents if isinstance(documents, str) else "---\n".join(dump(document, chooser) for document in documents)
        if chooser.random() < 0.1:
            text = text.replace("\n", "\r\n")
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8", newline="") as file:
            file.write(text)


# Comparing


def images(pullable, *args, cwd=None, stdin=None):
    """The references; those that are malformed with the text that they come to as `written`."""
    command = [pullable, "images", "--format", "json", *args]
    report = json.loads(subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, check=False).stdout)
    for finding in report["findings"]:
        quoted = finding["message"].split('"')
        if finding["rule"] == "malformed-reference" and finding["reference"] is not None and len(quoted) > 2:
            report["references"][finding["reference"]]["comes_to"] = quoted[1]
    return report["references"]


def called(reference):
    """What a reference comes to."""
    return f"? {reference['comes_to']}" if "comes_to" in reference else named(reference)


def units(pullable, folder):
    """The references of each unit; spans are checked on the way."""
    found, wrong = collections.defaultdict(set), []
    for reference in images(pullable, ".", cwd=folder):
        for unit in [reference["unit"], *reference.get("also_in", [])]:
            found[unit].add(called(reference))
        wrong += misplaced(reference, folder)
    return found, wrong


def misplaced(reference, folder):
    """What a reference says of its places that is not so."""
    with open(os.path.join(folder, reference["path"]), "rb") as file:
        there = file.read()[reference["byte_start"]:reference["byte_end"]].decode(errors="replace")
    wrong = []
    if there != reference["written"]:
        wrong.append(f"{reference['path']}: {reference['written']!r} is written, {there!r} stands there")
    for place in reference["related"]:
        path = os.path.join(folder, place["path"])
        with open(path, encoding="utf-8", newline="") as file:
            rows = file.read().split("\n")
        if not (0 < place["line"] <= len(rows) and 0 < place["column"] <= len(rows[place["line"] - 1]) + 1):
            wrong.append(f"{place} is no place")
    return wrong


def compare_root(pullable, kustomize, folder, root, found):
    """The difference of a root in three sets; `None` where kustomize does not build it."""
    command = [kustomize, "build", "--load-restrictor", "LoadRestrictionsNone", os.path.join(folder, root)]
    built = subprocess.run(command, capture_output=True, check=False)
    if built.returncode != 0:
        return None
    theirs = {called(reference) for reference in images(pullable, "-", stdin=built.stdout)} if built.stdout.strip() else set()
    # A configuration names fields of images that no table knows.
    ours = {image for image in found[root] if image in theirs or image not in texts(built.stdout)}
    walked = {image for image in written(built.stdout) if image != "null" and normal(image) not in ours | theirs}
    return sorted(ours - theirs), sorted(theirs - ours), sorted(image for image in walked if f"? {image}" not in ours | theirs)


def outcome(pullable, kustomize, files, seed, root):
    """What is wrong with a root, or with the places where there is none, for cutting it down."""
    with tempfile.TemporaryDirectory() as folder:
        write(files, folder, seed)
        found, wrong = units(pullable, folder)
        return bool(wrong) if root is None else compare_root(pullable, kustomize, folder, root, found)


def places(node, at=()):
    """The paths of all that can be left out, the largest first."""
    children = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    for key, _ in children:
        if key not in ("name", "kind", "apiVersion"):
            yield (*at, key)
    for key, value in children:
        yield from places(value, (*at, key))


def without(node, at):
    """A node without what stands at a path."""
    key, rest = at[0], at[1:]
    if isinstance(node, dict):
        return {k: without(v, rest) if k == key else v for k, v in node.items() if rest or k != key}
    return [without(v, rest) if n == key else v for n, v in enumerate(node) if rest or n != key]


def minimised(holds, files):
    """The files with everything cut away that a difference does not need."""
    kept = set()
    while True:
        at = next((at for at in places(files) if at not in kept), None)
        if at is None:
            return files
        less = without(files, at)
        if holds(less):
            files = less
            # What stood behind it in a list has moved.
            kept = {other for other in kept if other[:len(at) - 1] != at[:-1]} if isinstance(at[-1], int) else kept
        else:
            kept.add(at)


def show(files, seed):
    for path, documents in sorted(files.items()):
        if not documents:
            continue
        print(f"    # {path}")
        chooser = random.Random(f"{seed} {path}")
        text = documents if isinstance(documents, str) else "---\n".join(dump(document, chooser) for document in documents)
        print("".join(f"    {line}\n" for line in text.rstrip().split("\n")), end="")


def run_seed(args, seed, counts):
    made = Made(seed)
    folder = tempfile.mkdtemp(dir=args.keep)
    try:
        write(made.files, folder, seed)
        found, wrong = units(args.pullable, folder)
        problems = []
        if wrong:
            problems.append((None, wrong))
        for root in made.roots:
            result = compare_root(args.pullable, args.kustomize, folder, root, found)
            if result is None:
                counts["not built"] += 1
                continue
            counts["different" if any(result) else "same"] += 1
            counts["references"] += len(found[root])
            if any(result):
                problems.append((root, result))
        for root, what in problems:
            print(f"seed {seed}, {root}: {what}", flush=True)
            if not args.fast:
                first = outcome(args.pullable, args.kustomize, made.files, seed, root)
                less = minimised(lambda files, root=root: outcome(args.pullable, args.kustomize, files, seed, root) == first, made.files)
                show(less, seed)
    finally:
        shutil.rmtree(folder)


def run_introduced(args, seed, counts):
    """Commits a repository and a change of it: what is introduced is the difference of the two."""
    before, after = Made(seed), Made(seed + 1)
    changed = dict(before.files)
    chooser = random.Random(seed)
    for path in sorted(set(before.files) | set(after.files)):
        if chooser.random() < 0.15:
            changed.pop(path, None)
            if path in after.files:
                changed[path] = after.files[path]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        write(before.files, folder, seed)
        first = commit(folder)
        for entry in os.listdir(folder):
            if entry != ".git":
                shutil.rmtree(os.path.join(folder, entry))
        write(changed, folder, seed)
        second = commit(folder)
        ours, expected, _ = compared(args.pullable, folder, first, second)
        counts["same" if ours == expected else "different"] += 1
        counts["references"] += len(expected)
        if ours != expected:
            print(f"seed {seed}: only introduced {sorted(ours - expected)}, only in the difference {sorted(expected - ours)}", flush=True)


def included(tree, folder, found):
    """The folders that a kustomization is built of."""
    names = [name for name in ("kustomization.yaml", "kustomization.yml", "Kustomization") if os.path.exists(os.path.join(tree, folder, name))]
    if folder in found or not names:
        return found
    found.add(folder)
    yaml = YAML(typ="base", pure=True)
    yaml.allow_duplicate_keys = True
    with open(os.path.join(tree, folder, names[0]), encoding="utf-8") as file:
        fields = yaml.load(file) or {}
    for entry in [entry for key in ("resources", "components", "bases") for entry in fields.get(key) or []]:
        included(tree, os.path.normpath(os.path.join(folder, entry)), found)
    return found


def run_refusals(args, seed, counts):
    """A root that kustomize refuses has to be reported; a folder all of whose users it builds must not be called broken."""
    made = Made(seed)
    with tempfile.TemporaryDirectory() as tree:
        subprocess.run(["git", "init", "-q", tree], check=True)
        write(made.files, tree, seed)
        commit(tree)
        report = subprocess.run([args.pullable, "images", "--all", "--format", "json"], cwd=tree, capture_output=True, check=False)
        refusals = ("broken-kustomization", "unreadable-file", "malformed-reference", "numeric-tag")
        findings = [finding for finding in json.loads(report.stdout)["findings"] if finding["rule"] in refusals]
        tops = made.roots + [f"{layer}{n}" for layer, count in (("mid layer/m", 2), ("bases/b", 3)) for n in range(count)]
        parts = {root: included(tree, root, set()) for root in tops}
        folders = set().union(*parts.values())
        places = [(finding, max((folder for folder in folders if finding["path"].startswith(folder + "/")), key=len, default="")) for finding in findings]
        builds = {}
        for root in tops:
            command = [args.kustomize, "build", "--load-restrictor", "LoadRestrictionsNone", os.path.join(tree, root)]
            builds[root] = subprocess.run(command, capture_output=True, check=False).returncode == 0
            reported = any(folder in parts[root] for _, folder in places)
            counts["built" if builds[root] else "refused, reported" if reported else "refused, unreported"] += 1
            if not builds[root] and not reported:
                print(f"seed {seed}, {root}: refused and not reported", flush=True)
        for finding, folder in places:
            users = [root for root in tops if folder in parts[root]]
            if finding["rule"] == "broken-kustomization" and users and all(builds[root] for root in users):
                counts["different"] += 1
                print(f"seed {seed}, {finding['path']}: called broken and built: {finding['message']}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pullable", type=os.path.abspath)
    parser.add_argument("kustomize", type=os.path.abspath)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--introduced", action="store_true")
    parser.add_argument("--refusals", action="store_true", help="compare what is refused, not the images")
    parser.add_argument("--fast", action="store_true", help="do not cut differences down")
    parser.add_argument("--keep", help="where to write the repositories")
    args = parser.parse_args()
    counts = collections.Counter()
    for seed in range(args.seed, args.seed + args.count):
        run = run_introduced if args.introduced else run_refusals if args.refusals else run_seed
        run(args, seed, counts)
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return 1 if counts["different"] or counts["refused, unreported"] else 0


if __name__ == "__main__":
    sys.exit(main())
