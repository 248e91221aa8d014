package models

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
)

var _ scs.CtxStore = (*SessionStore)(nil)

func TestSessionStore(t *testing.T) {
	db, now := userDB(t)
	store := db.SessionStore()
	find := func(token, want string) {
		t.Helper()
		data, found, err := store.FindCtx(t.Context(), token)
		if err != nil || found != (want != "") || string(data) != want {
			t.Errorf("Find(%s) = %q, %t, %v, want %q", token, data, found, err, want)
		}
	}
	commit := func(token, data string, life time.Duration) {
		t.Helper()
		if err := store.CommitCtx(t.Context(), token, []byte(data), now.Add(life)); err != nil {
			t.Fatal(err)
		}
	}
	find("a", "")
	commit("a", "one", time.Hour)
	commit("b", "other", time.Minute)
	find("a", "one")
	commit("a", "two", 2*time.Hour)
	find("a", "two")
	find("b", "other")

	*now = now.Add(time.Hour)
	find("b", "")
	find("a", "two")
	if err := store.DeleteCtx(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	find("a", "")
	if err := store.DeleteCtx(t.Context(), "a"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
}

func TestSessionTableHoldsNoToken(t *testing.T) {
	db, now := userDB(t)
	if err := db.SessionStore().Commit("the-secret-token", []byte("data"), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	var hash string
	db.gorm.Raw("SELECT token_hash FROM agcrm_google_sessions").Scan(&hash)
	if len(hash) != 64 || hash == "the-secret-token" {
		t.Errorf("the table holds %q, want a SHA-256 in hexadecimal", hash)
	}
}

func TestOneSessionCommittedAtOnce(t *testing.T) {
	db, now := userDB(t)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			if err := db.SessionStore().CommitCtx(t.Context(), "token", []byte{byte(i)}, now.Add(time.Hour)); err != nil {
				t.Errorf("commit %d: %v", i, err)
			}
		})
	}
	group.Wait()
	var rows int64
	db.gorm.Table("agcrm_google_sessions").Count(&rows)
	if rows != 1 {
		t.Errorf("%d rows for one token", rows)
	}
}

func TestDeleteExpiredSessions(t *testing.T) {
	db, now := userDB(t)
	for i := range sessionBatch + 20 {
		db.gorm.Exec("INSERT INTO agcrm_google_sessions (token_hash, data, expires_ms) VALUES (?, '', ?)",
			fmt.Sprint(i), now.Add(-time.Minute).UnixMilli())
	}
	if err := db.SessionStore().Commit("alive", []byte("data"), now.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := db.DeleteExpiredSessions(t.Context()); err != nil {
		t.Fatal(err)
	}
	var rows int64
	db.gorm.Table("agcrm_google_sessions").Count(&rows)
	if _, found, _ := db.SessionStore().Find("alive"); rows != 1 || !found {
		t.Errorf("%d sessions left (the living one found: %t), want only the living one", rows, found)
	}
}
