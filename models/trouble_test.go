package models

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
)

func TestTroubleInPlainWords(t *testing.T) {
	login := mssql.Error{Number: 18456, Message: "Login failed for user 'x'."}
	missing := login
	missing.All = []mssql.Error{{Number: 4060, Message: "Cannot open database"}, login}
	for want, err := range map[string]error{
		"the login failed":               login,
		"no database of that name":       missing,
		"password has expired":           mssql.Error{Number: 18487},
		"Windows accounts only":          mssql.Error{Number: 18452},
		"lacks a right":                  fmt.Errorf("read users: %w", mssql.Error{Number: 229}),
		"default schema is another":      mssql.Error{Number: 208},
		"availability group":             mssql.Error{Number: 976},
		"does not trust":                 errors.New("TLS Handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority"),
		"made out to another name":       fmt.Errorf("TLS Handshake failed: %w", x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"crm"}}, Host: "db"}),
		"has expired":                    errors.New("TLS Handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid"),
		"no encryption":                  errors.New("TLS Handshake failed: tls: server selected unsupported protocol version 301"),
		"named instance":                 errors.New("no instance matching 'CRM' returned from host 'db'"),
		"name is not known":              &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}},
		"does not answer in time":        fmt.Errorf("reach: %w", context.DeadlineExceeded),
		"the server takes no more conne": mssql.Error{Number: 17809},
	} {
		found, known := TroubleOf(err)
		if !known || !strings.Contains(found.What, want) || found.Remedy == "" {
			t.Errorf("%v: %+v, want %q", err, found, want)
		}
	}
	for _, err := range []error{mssql.Error{Number: 102}, os.ErrPermission, &Problem{Kind: ErrConflict, Message: Say("sync.in_progress")}} {
		if found, known := TroubleOf(err); known {
			t.Errorf("%v is taken for %+v", err, found)
		}
	}
}

// TestTroubleOfAClosedPort asks the real driver.
func TestTroubleOfAClosedPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := l.Addr().String()
	must(t, l.Close())
	limited, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, err = Open(limited, "sqlserver://u:p@"+address+"?database=crm", Options{})
	if found, known := TroubleOf(err); !known || !strings.Contains(found.What, "nothing answers at this port") {
		t.Errorf("%v: %+v", err, found)
	}
	if strings.Contains(fmt.Sprint(err), "p@") {
		t.Errorf("the password is told: %v", err)
	}
}

// TestSchemaQuestionsOnEveryStore: nothing is missing where this service made its own tables.
func TestSchemaQuestionsOnEveryStore(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		must(t, s.CheckSchema(t.Context()))
		missing, err := s.MissingRights(t.Context())
		must(t, err)
		own, others, err := s.OtherSchemas(t.Context())
		must(t, err)
		if len(missing)+len(others) > 0 || (own == "") != (s.dialect == SQLite) {
			t.Errorf("missing %v, schema %q, others %v", missing, own, others)
		}
	})
}

// TestTroubleOnAServer: what the sentences are made from is what a server says.
func TestTroubleOnAServer(t *testing.T) {
	onServer(t, func(t *testing.T, admin *store) {
		s := overCRM(t, admin, asItIs)
		login := s.ask(t, "SELECT SYSTEM_USER")
		wrong := func(change func(dsn string) string) string {
			_, err := Open(t.Context(), change(s.dsn), Options{})
			found, _ := TroubleOf(err)
			return found.What
		}
		if got := wrong(func(dsn string) string { return strings.Replace(dsn, "Agcrm-1", "other", 1) }); !strings.Contains(got, "the login failed") {
			t.Errorf("a wrong password: %q", got)
		}
		if got := wrong(func(dsn string) string { return strings.Replace(dsn, "database="+login, "database=no_such", 1) }); !strings.Contains(got, "no database of that name") {
			t.Errorf("no database: %q", got)
		}
		must(t, s.Migrate(t.Context()))
		own, others, err := admin.OtherSchemas(t.Context())
		if err != nil || own != "dbo" || strings.Join(others, " ") != "agcrm_google" {
			t.Errorf("schema %q, others %v, %v", own, others, err)
		}
	})
}

func TestTroubleOfSQLiteSpeaksForItself(t *testing.T) {
	_, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "no", "folder.db"), Options{})
	if found, known := TroubleOf(err); known {
		t.Errorf("%v: %+v", err, found)
	}
}
