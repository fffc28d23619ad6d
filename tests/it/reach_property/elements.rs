//! The elements of a kustomization: each adds a field to it, and most write a file that the field names.

use serde_json::{Map, Value, json};

use super::manifests::{deployment, put};
use super::model::{Element, Entry, Form, Repository, Side, Tree};
use super::names::ENDS;

/// The fields of a kustomization.
pub type Fields = Map<String, Value>;

/// Adds an item to a list of a kustomization.
pub fn add(fields: &mut Fields, field: &str, item: Value) {
    let list = fields.entry(field).or_insert_with(|| json!([]));
    list.as_array_mut().unwrap().push(item);
}

/// An element on one side, with the names and values that its form may use.
pub struct Writer<'a> {
    folder: &'a str,
    /// The number of the element in its kustomization.
    index: usize,
    /// The name of the Deployment that it changes.
    name: String,
    /// The name of its file.
    file: String,
    image: String,
    tag: String,
    fields: &'a mut Fields,
    tree: &'a mut Tree,
}

/// Writes an element of the folder with this number and path.
pub fn write(
    repository: &Repository,
    (number, folder): (usize, &str),
    index: usize,
    side: Side,
    fields: &mut Fields,
    tree: &mut Tree,
) {
    let element: &Element = &repository.folders[number].elements[index];
    let on = element.on % repository.folders[number].files.len();
    let version = element.version.at(side);
    let mut writer = Writer {
        folder,
        index,
        name: format!("f{number}-{on}"),
        file: format!("e{index}{}", ENDS[element.end.at(side)]),
        image: format!("reg.test/e{number}-{index}:v{version}"),
        tag: format!("e{number}-{index}-v{version}"),
        fields,
        tree,
    };
    match element.form.at(side) {
        Form::Images => writer.images(),
        Form::Patch => writer.patch("patches"),
        Form::StrategicMerge => writer.patch("patchesStrategicMerge"),
        Form::PatchJson => writer.json_patch("patches"),
        Form::Json6902 => writer.json_patch("patchesJson6902"),
        Form::TransformerPatch => writer.patch_transformer(false),
        Form::TransformerPatchPath => writer.patch_transformer(true),
        Form::TransformerImages => writer.images_transformer(),
        Form::ReplacementFile => writer.replacement_file(),
        Form::ReplacementEnvs => writer.replacement_of_generated("envs", "image="),
        Form::ReplacementFiles => writer.replacement_of_generated("files", ""),
        Form::Variables => writer.variables(element.on),
    }
}

impl Writer<'_> {
    fn images(&mut self) {
        let entry = json!({"name": format!("reg.test/{}", self.name), "newTag": self.tag});
        add(self.fields, "images", entry);
    }

    fn patch(&mut self, field: &str) {
        let item = if field == "patches" { json!({"path": self.file}) } else { json!(self.file) };
        add(self.fields, field, item);
        let patch = deployment(&self.name, &self.image);
        self.put(&self.file.clone(), &patch);
    }

    fn json_patch(&mut self, field: &str) {
        let target = json!({"group": "apps", "version": "v1", "kind": "Deployment", "name": self.name});
        add(self.fields, field, json!({"path": self.file, "target": target}));
        let operations = self.operations();
        self.put(&self.file.clone(), &operations);
    }

    fn patch_transformer(&mut self, by_path: bool) {
        let (operations, target) = (self.operations(), self.target());
        if by_path {
            let name = format!("t{}.yaml", self.index);
            let transformer =
                self.transformer("PatchTransformer", &json!({"path": self.file, "target": target}));
            add(self.fields, "transformers", json!(name));
            self.put(&name, &transformer);
            self.put(&self.file.clone(), &operations);
        } else {
            let rest = json!({"patch": operations.to_string(), "target": target});
            let transformer = self.transformer("PatchTransformer", &rest);
            add(self.fields, "transformers", json!(self.file));
            self.put(&self.file.clone(), &transformer);
        }
    }

    fn images_transformer(&mut self) {
        let entry = json!({"name": format!("reg.test/{}", self.name), "newTag": self.tag});
        let specs = json!([{"path": "spec/template/spec/containers[]/image"}]);
        let rest = json!({"imageTag": entry, "fieldSpecs": specs});
        let transformer = self.transformer("ImageTagTransformer", &rest);
        add(self.fields, "transformers", json!(self.file));
        self.put(&self.file.clone(), &transformer);
    }

    /// A replacement in a file, of a `ConfigMap` in another one.
    fn replacement_file(&mut self) {
        let source = format!("cm{}.yaml", self.index);
        add(self.fields, "resources", json!(source));
        add(self.fields, "replacements", json!({"path": self.file}));
        let metadata = json!({"name": self.config_map()});
        let data = json!({"image": self.image});
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data});
        let replacement = self.replacement();
        self.put(&source, &map);
        self.put(&self.file.clone(), &replacement);
    }

    /// A replacement of a `ConfigMap` that is generated of a file.
    fn replacement_of_generated(&mut self, field: &str, prefix: &str) {
        let file = if field == "files" { format!("image={}", self.file) } else { self.file.clone() };
        let entry = json!({"name": self.config_map(), field: [file]});
        let replacement = self.replacement();
        add(self.fields, "configMapGenerator", entry);
        add(self.fields, "replacements", replacement);
        let text = format!("{prefix}{}", self.image);
        self.tree.insert(format!("{}/{}", self.folder, self.file), Entry::File(text));
    }

    /// Generated `ConfigMap`s that a deployer takes values and variables from.
    fn variables(&mut self, deployer: usize) {
        let options = json!({"disableNameSuffixHash": true});
        let files = json!([format!("values.yaml={}", self.file)]);
        let name = format!("vars-{deployer}");
        add(self.fields, "configMapGenerator", json!({"name": name, "files": files, "options": options}));
        let values = json!({"image": {"repository": "reg.test/generated", "tag": self.tag}});
        self.put(&self.file.clone(), &values);
        let file = format!("env-{}", self.file);
        let name = format!("tag-{deployer}");
        add(self.fields, "configMapGenerator", json!({"name": name, "envs": [file], "options": options}));
        self.tree.insert(format!("{}/{file}", self.folder), Entry::File(format!("TAG={}\n", self.tag)));
    }

    fn put(&mut self, name: &str, content: &Value) {
        put(self.tree, format!("{}/{name}", self.folder), content);
    }

    fn config_map(&self) -> String {
        format!("cm{}", self.index)
    }

    fn target(&self) -> Value {
        json!({"kind": "Deployment", "name": self.name})
    }

    fn operations(&self) -> Value {
        json!([{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": self.image}])
    }

    /// A builtin transformer.
    fn transformer(&self, kind: &str, rest: &Value) -> Value {
        let name = format!("t{}", self.index);
        let mut object = json!({"apiVersion": "builtin", "kind": kind, "metadata": {"name": name}});
        object.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        object
    }

    /// Takes the image of the Deployment from the `ConfigMap` of the element.
    fn replacement(&self) -> Value {
        let source = json!({"kind": "ConfigMap", "name": self.config_map(), "fieldPath": "data.image"});
        let fields = json!(["spec.template.spec.containers.0.image"]);
        json!({"source": source, "targets": [{"select": self.target(), "fieldPaths": fields}]})
    }
}
