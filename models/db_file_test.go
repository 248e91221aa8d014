package models

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestSQLiteFileIsNobodyElses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no mode bits; the folder's rights are inherited")
	}
	dir := t.TempDir()
	db, err := Open(context.Background(), "sqlite:"+filepath.Join(dir, "a.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) < 2 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v %v", f.Name(), info.Mode(), err)
		}
	}
}

func TestSQLiteFileThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	for name, path := range map[string]string{"no folder": filepath.Join(dir, "none", "a.db"), "a folder": dir} {
		_, err := Open(context.Background(), "sqlite:"+path, Options{})
		if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "memory") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
