// Renders the template of examples/sentry as Argo CD's notifications controller does: text/template with the functions of
// sprig, without env and expandenv. Usage: argocd CONFIG-MAP.yaml. Writes one line for each Application: the body of the
// webhook, or the event of the repository_dispatch that GitHub makes of the payload.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"gopkg.in/yaml.v3"
)

// The parts of the template that are rendered.
type parts struct {
	Webhook map[string]struct{ Body string }
	GitHub  struct {
		RepositoryDispatch struct {
			ClientPayload string `yaml:"client_payload"`
		} `yaml:"repositoryDispatch"`
	} `yaml:"github"`
}

// Applications as the controller has them, by their names.
var applications = []string{
	// One source.
	`{"metadata": {"name": "single", "namespace": "argocd"},
	  "spec": {"source": {"repoURL": "https://git.example/a/b", "path": "apps"}, "destination": {"name": "prod-eu"}},
	  "status": {"sync": {"revision": "34295e5b91dadb2c1f4a9a1e8b1d6b6c5f3e2a10"}, "health": {"status": "Degraded"},
	    "operationState": {"phase": "Succeeded", "message": "successfully synced"}}}`,
	// Several sources, and no operation yet.
	`{"metadata": {"name": "several", "namespace": "argocd"},
	  "spec": {"sources": [{"repoURL": "https://git.example/a/b"}], "destination": {"server": "https://kubernetes.default.svc"}},
	  "status": {"sync": {"revisions": ["34295e5b91dadb2c1f4a9a1e8b1d6b6c5f3e2a10", "1.2.3"]}, "health": {"status": "Degraded"}}}`,
	// A message that tries to be more than a message.
	`{"metadata": {"name": "hostile", "namespace": "argocd"},
	  "spec": {"source": {}, "destination": {}},
	  "status": {"sync": {"revision": ""}, "health": {"status": "Missing"},
	    "operationState": {"phase": "Failed", "message": "\"},\n\"app\":\"other\" {{.app}} $(id) </script>\u2028"}}}`,
}

func main() {
	for _, text := range applications {
		var application map[string]any
		must(json.Unmarshal([]byte(text), &application))
		fmt.Println(rendered(os.Args[1], application))
	}
}

// One line of JSON.
func rendered(file string, application map[string]any) string {
	found := read(file)
	if payload := found.GitHub.RepositoryDispatch.ClientPayload; payload != "" {
		var keys map[string]json.RawMessage
		must(json.Unmarshal(executed(payload, application), &keys))
		if len(keys) > 10 {
			panic("GitHub takes ten keys of a payload at most")
		}
		event, err := json.Marshal(map[string]any{"action": "pullable", "client_payload": keys})
		must(err)
		return string(event)
	}
	return compact(executed(found.Webhook["pullable"].Body, application))
}

func read(file string) parts {
	content, err := os.ReadFile(file)
	must(err)
	var configMap struct{ Data map[string]string }
	must(yaml.Unmarshal(content, &configMap))
	var found parts
	must(yaml.Unmarshal([]byte(configMap.Data["template.pullable"]), &found))
	return found
}

func executed(text string, application map[string]any) []byte {
	functions := sprig.GenericFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	parsed, err := template.New("pullable").Funcs(functions).Parse(text)
	must(err)
	var body bytes.Buffer
	must(parsed.Execute(&body, map[string]any{"app": application}))
	return body.Bytes()
}

func compact(body []byte) string {
	var line bytes.Buffer
	must(json.Compact(&line, body))
	return line.String()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
