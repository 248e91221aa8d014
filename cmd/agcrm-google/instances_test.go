//go:build !windows

package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Several instances on one database, as processes of their own: on SQLite always,
// on SQL Server where AGCRM_TEST_SQLSERVER names one.

// slack is what the end of a lease and the next look for due links, half a second
// later, are given on a busy machine.
const slack = 10 * time.Second

// eachDatabase runs one test with an installation on each kind of database.
func eachDatabase(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Run(models.SQLite, func(t *testing.T) {
		t.Parallel()
		test(t, newWorld(t))
	})
	t.Run(models.SQLServer, func(t *testing.T) {
		server := os.Getenv("AGCRM_TEST_SQLSERVER")
		if server == "" {
			t.Skip("AGCRM_TEST_SQLSERVER names no SQL Server")
		}
		t.Parallel()
		w := newWorld(t)
		w.onServer(server)
		test(t, w)
	})
}

// onServer gives the installation a database of its own on SQL Server.
func (w *world) onServer(server string) {
	w.t.Helper()
	open := func(dsn string) *sql.DB {
		db, err := sql.Open("mssql", dsn) // under this name the driver takes question marks, as SQLite does
		if err != nil {
			w.t.Fatal(err)
		}
		return db
	}
	w.crm.Close()
	w.crm = open(server)
	name := "agcrm_instances_" + strings.ToLower(rand.Text()[:12])
	w.exec("CREATE DATABASE " + name)
	master := w.crm
	w.t.Cleanup(func() {
		for _, text := range []string{"ALTER DATABASE " + name + " SET SINGLE_USER WITH ROLLBACK IMMEDIATE", "DROP DATABASE " + name} {
			if _, err := master.ExecContext(context.WithoutCancel(w.t.Context()), text); err != nil {
				w.t.Log(err)
			}
		}
		master.Close()
	})
	u, err := url.Parse(server)
	if err != nil {
		w.t.Fatal(err)
	}
	q := u.Query()
	q.Set("database", name)
	u.RawQuery = q.Encode()
	w.env["AGCRM_DATABASE"] = u.String()
	w.crm = open(u.String())
	w.t.Cleanup(func() { w.crm.Close() })
}

// another is a second instance on the same database; its pages listen elsewhere.
func (w *world) another() *process {
	w.t.Helper()
	env := map[string]string{}
	for name, value := range w.env {
		env[name] = value
	}
	env["AGCRM_LISTEN"] = freeAddress(w.t)
	return startService(w.t, env)
}

// subjects are what stands on both sides, by subject.
func (w *world) subjects() (rows, events []string) {
	w.t.Helper()
	list, err := w.crm.QueryContext(w.t.Context(), "SELECT subject FROM schedules WHERE owner_id = 101")
	if err != nil {
		w.t.Fatal(err)
	}
	defer list.Close()
	for list.Next() {
		var subject string
		if err := list.Scan(&subject); err != nil {
			w.t.Fatal(err)
		}
		rows = append(rows, subject)
	}
	for _, ev := range w.google.Account(tanakaEmail).Events(tanakaEmail) {
		events = append(events, ev.Summary)
	}
	slices.Sort(rows)
	slices.Sort(events)
	return rows, events
}

// becomes waits until both sides hold exactly these subjects.
func (w *world) becomes(within time.Duration, want ...string) {
	w.t.Helper()
	slices.Sort(want)
	deadline := time.Now().Add(within)
	for {
		rows, events := w.subjects()
		if slices.Equal(rows, want) && slices.Equal(events, want) {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("after %s: rows %q, events %q, want %q", within, rows, events, want)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (w *world) insert(subject string) {
	w.t.Helper()
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (101, ?, ?, ?)", subject, day(2)+" 10:00:00", day(2)+" 11:00:00")
}

// leaseHolder names the instance that runs tanaka's link; empty if none does.
func (w *world) leaseHolder() (owner string) {
	w.t.Helper()
	if err := w.crm.QueryRowContext(w.t.Context(), "SELECT lease_owner FROM agcrm_google_links WHERE user_id = 101").Scan(&owner); err != nil {
		w.t.Fatal(err)
	}
	return owner
}

// within waits for what is to happen.
func (w *world) within(limit time.Duration, what string, happened func() bool) (took time.Duration) {
	w.t.Helper()
	began := time.Now()
	for !happened() {
		if time.Since(began) > limit {
			w.t.Fatalf("not within %s: %s", limit, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return time.Since(began)
}

// TestKilledInstanceIsReplaced: killing one instance in the middle of a run moves
// its users to another within the lease time.
func TestKilledInstanceIsReplaced(t *testing.T) {
	needsSignals(t)
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		first := startService(t, w.env)
		w.staff()
		w.switchOn()
		w.link()
		w.google.SetLatency(60 * time.Millisecond)
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprintf("予定%03d", i))
			w.insert(want[i])
		}
		w.within(soon, "a run", func() bool { _, events := w.subjects(); return len(events) > 5 })
		w.google.SetLatency(30 * time.Second) // the run waits meanwhile, however slowly the other starts
		second := w.another()
		holder := w.leaseHolder()
		first.kill()
		w.google.SetLatency(60 * time.Millisecond)
		if _, events := w.subjects(); holder == "" || len(events) == len(want) {
			t.Fatalf("the run had ended: %d events", len(events))
		}
		took := w.within(models.LeaseTime+slack, "the other instance runs the link", func() bool { now := w.leaseHolder(); return now != holder && now != "" })
		t.Logf("the link was moved after %s", took.Round(time.Millisecond))
		w.google.SetLatency(0)
		w.becomes(soon, want...)
		if n := w.google.Mails() + w.google.MissingSendUpdates(); n != 0 {
			t.Errorf("%d mails to guests, or writes without sendUpdates", n)
		}
		second.stop()
	})
}

// TestStoppedInstanceDoesNoHarm: an instance that is stopped in the middle of a
// run and wakes after its lease has ended finds another in its place. What it then
// wants to write into the table is refused.
func TestStoppedInstanceDoesNoHarm(t *testing.T) {
	needsSignals(t)
	t.Parallel()
	eachDatabase(t, func(t *testing.T, w *world) {
		first := startService(t, w.env)
		w.staff()
		w.switchOn()
		tanaka := w.link()
		w.insert("表から")
		w.becomes(soon, "表から")
		w.google.SetLatency(8 * time.Second) // so long that a slow machine cannot miss it
		at := func(clock string) *calendar.EventDateTime {
			return &calendar.EventDateTime{DateTime: day(3) + "T" + clock + ":00+09:00"}
		}
		w.google.Account(tanakaEmail).Insert(tanakaEmail, &calendar.Event{Summary: "Googleから", Start: at("10:00"), End: at("11:00")})
		tanaka.want(tanaka.post("/profile/sync"), 303)
		w.within(soon, "the run", func() bool { return w.leaseHolder() != "" })
		time.Sleep(500 * time.Millisecond) // now it waits for Google's answer
		w.freeze(first)
		holder := w.leaseHolder()
		if holder == "" {
			t.Fatal("the run had ended before it was stopped")
		}
		w.google.SetLatency(0)
		second := w.another()
		took := w.within(models.LeaseTime+slack, "the lease of the stopped one ends", func() bool { return w.leaseHolder() != holder })
		w.becomes(soon, "表から", "Googleから")
		w.exec("UPDATE schedules SET subject = ? WHERE subject = ?", "変更", "Googleから")
		w.exec("DELETE FROM schedules WHERE subject = ?", "表から")
		w.becomes(soon, "変更")
		first.signal(syscall.SIGCONT)
		w.within(soon, "the late run is refused", func() bool { return strings.Contains(first.logged(), "lease") })
		t.Logf("the lease ended after %s", took.Round(time.Millisecond))
		w.insert("最後")
		w.becomes(soon, "変更", "最後")
		if n := w.google.Mails() + w.google.MissingSendUpdates(); n != 0 {
			t.Errorf("%d mails to guests, or writes without sendUpdates", n)
		}
		second.stop()
		first.stop()
	})
}

// freeze stops an instance between two statements: one that is stopped within a
// write to SQLite would keep the whole file locked, as no server does.
func (w *world) freeze(p *process) {
	w.t.Helper()
	conn, err := w.crm.Conn(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	if w.env["AGCRM_DATABASE"] == "" {
		if _, err := conn.ExecContext(w.t.Context(), "PRAGMA busy_timeout = 200"); err != nil {
			w.t.Fatal(err)
		}
		defer conn.ExecContext(w.t.Context(), "PRAGMA busy_timeout = 15000") //nolint:errcheck // the test shows it
	}
	for range 20 {
		p.signal(syscall.SIGSTOP)
		if _, err := conn.ExecContext(w.t.Context(), "UPDATE agcrm_google_links SET failures = failures WHERE user_id = 0"); err == nil {
			return
		}
		p.signal(syscall.SIGCONT)
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatal("the instance was stopped within a write each time")
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}
