// Makes dumps of clusters from the types of Kubernetes: fixtures for the tests of `pullable drift`, and clusters that run
// given manifests.
//
//	go run . fixture noise            the objects of a fixture, as kubectl prints them
//	go run . deploy < manifests.yaml  a cluster that runs these manifests
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

func main() {
	format := flag.String("format", "json", "json, yaml, or lists: several lists one after the other")
	mutations := flag.Int("mutate", 0, "the number of containers to change")
	seed := flag.Int64("seed", 1, "the seed of the changes")
	expected := flag.String("expected", "", "the file for the verdicts on what is changed, one a line")
	pad := flag.Int("pad", 0, "kilobytes of environment and annotations in every pod")
	copies := flag.Int("copies", 1, "copies of every pod")
	flag.Parse()
	objects, err := objects(flag.Args(), *expected, *mutations, *seed, *pad, *copies)
	if err == nil {
		err = print(objects, *format)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func objects(args []string, report string, mutations int, seed int64, pad, copies int) ([]any, error) {
	switch {
	case len(args) == 2 && args[0] == "fixture":
		fixture, known := fixtures[args[1]]
		if !known {
			return nil, fmt.Errorf("there is no fixture %q", args[1])
		}
		return fixture(), nil
	case len(args) == 1 && args[0] == "deploy":
		cluster, err := deploy(os.Stdin, pad, copies)
		if err != nil {
			return nil, err
		}
		objects, expected := cluster.mutated(mutations, seed)
		if report != "" {
			err = os.WriteFile(report, []byte(strings.Join(expected, "\n")), 0o600)
		}
		return objects, err
	}
	return nil, fmt.Errorf("usage: fixture NAME | deploy")
}

// print writes objects as kubectl does: keys in the order of the alphabet, four blanks.
func print(objects []any, format string) error {
	lists := [][]any{objects}
	if format == "lists" {
		half := len(objects) / 2
		lists = [][]any{objects[:half], objects[half:]}
	}
	for _, items := range lists {
		list := map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": ""}, "items": items}
		text, err := json.Marshal(list)
		if err != nil {
			return err
		}
		var sorted any
		if err := json.Unmarshal(text, &sorted); err != nil {
			return err
		}
		if format == "yaml" {
			text, err = yaml.Marshal(sorted)
		} else {
			text, err = json.MarshalIndent(sorted, "", "    ")
			text = append(text, '\n')
		}
		if err != nil {
			return err
		}
		if _, err := bytes.NewReader(text).WriteTo(os.Stdout); err != nil {
			return err
		}
	}
	return nil
}
