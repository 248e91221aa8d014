package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"agcrm-google/config"
)

func TestServiceDefinitionHasWholePaths(t *testing.T) {
	t.Chdir(t.TempDir())
	p := &program{settings: &config.Config{DataDir: "data"}, configFile: "agcrm.json"}
	definition, err := serviceDefinition(p, "agcrm")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs("")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"serve", "--config", filepath.Join(folder, "agcrm.json"), "--data-dir", filepath.Join(folder, "data")}
	if !slices.Equal(definition.Arguments, want) || definition.UserName != "agcrm" {
		t.Errorf("got %q as %q", definition.Arguments, definition.UserName)
	}
}

func TestServiceDefinitionRefusesHalfPaths(t *testing.T) {
	for variable, settings := range map[string]config.Config{
		"AGCRM_KEY_FILE": {KeyFile: "agcrm.key"},
		"AGCRM_DATABASE": {Database: "sqlite:crm.db"},
		"AGCRM_LISTEN":   {Listen: "here"},
	} {
		p := &program{settings: &settings}
		if _, err := serviceDefinition(p, ""); err == nil || !strings.Contains(err.Error(), variable) {
			t.Errorf("%s: got %v", variable, err)
		}
	}
}

func TestServiceStatusWithoutService(t *testing.T) {
	got := command(t, "", nil, "service", "status")
	if got.code != exitFailed || got.out+got.err == "" {
		t.Errorf("got %+v", got)
	}
}
