package main

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

// TestProcessesMigrateAtOnce: three instances that start at the same moment, on a
// database without tables, as after an upgrade of all servers. Each must end well,
// and the migrations must have run once.
func TestProcessesMigrateAtOnce(t *testing.T) {
	eachDatabase(t, func(t *testing.T, w *world) {
		processes, said := make([]*exec.Cmd, 3), make([]bytes.Buffer, 3)
		for i := range processes {
			p := exec.Command(os.Args[0], "migrate")
			p.Env = append(os.Environ(), asProgram+"=1")
			for name, value := range w.env {
				p.Env = append(p.Env, name+"="+value)
			}
			p.Stdout, p.Stderr = &said[i], &said[i]
			processes[i] = p
		}
		for _, p := range processes {
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
		}
		for i, p := range processes {
			if err := p.Wait(); err != nil {
				t.Errorf("%v:\n%s", err, said[i].String())
			}
		}
		var lines, versions int
		err := w.crm.QueryRowContext(t.Context(), "SELECT COUNT(*), COUNT(DISTINCT version_id) FROM agcrm_google_migrations WHERE is_applied = 1").Scan(&lines, &versions)
		if err != nil || lines != versions || lines < 2 {
			t.Errorf("%d lines for %d versions, %v", lines, versions, err)
		}
	})
}
