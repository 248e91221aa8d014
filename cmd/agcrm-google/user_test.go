package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestUserLife(t *testing.T) {
	env := installation(t)
	added := command(t, "", env, "user", "add", "admin", "--id", "40", "--name", "管理者", "--email", "admin@example.com", "--admin")
	if added.code != exitOK || !regexp.MustCompile(`(?m)^Password: \S{10,}$`).MatchString(added.out) || added.err != "" {
		t.Fatalf("add: %+v", added)
	}
	second := command(t, "a long password\r\n", env, "user", "add", "tanaka", "--password-stdin")
	if second.code != exitOK || !strings.Contains(second.out, "41") || strings.Contains(second.out, "password") {
		t.Fatalf("add without a number: %+v", second)
	}
	if !strings.Contains(second.err, "CRM") || !strings.Contains(second.err, "41") {
		t.Errorf("no warning that 41 must be the CRM's own number: %s", second.err)
	}
	again := command(t, "", env, "user", "add", "tanaka", "--id", "42")
	if again.code != exitFailed || again.err == "" || strings.Contains(again.out, "Password") {
		t.Errorf("adding tanaka twice: %+v", again)
	}
	if got := command(t, "short\n", env, "user", "passwd", "tanaka", "--password-stdin"); got.code != exitFailed {
		t.Errorf("a short password was taken: %+v", got)
	}
	if got := command(t, "another long one", env, "user", "passwd", "tanaka", "--password-stdin"); got.code != exitOK {
		t.Errorf("passwd without a newline: %+v", got)
	}
	if got := command(t, "", env, "user", "disable", "tanaka"); got.code != exitOK {
		t.Errorf("disable: %+v", got)
	}
	list := command(t, "", env, "user", "list").out
	if !regexp.MustCompile(`(?m)^40 +admin +管理者 +admin@example.com +admin +enabled$`).MatchString(list) ||
		!regexp.MustCompile(`(?m)^41 +tanaka +employee +disabled$`).MatchString(list) {
		t.Errorf("list:\n%s", list)
	}
	if got := command(t, "", env, "user", "enable", "tanaka"); got.code != exitOK {
		t.Errorf("enable: %+v", got)
	}
	if list := command(t, "", env, "user", "list").out; strings.Contains(list, "disabled") {
		t.Errorf("still disabled:\n%s", list)
	}
	if got := command(t, "", env, "user", "disable", "sato"); got.code != exitFailed || !strings.Contains(got.err, "sato") {
		t.Errorf("disabling a stranger: %+v", got)
	}
}

func TestUserImport(t *testing.T) {
	env := installation(t)
	file := filepath.Join(t.TempDir(), "users.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("login,id,name,email,role\ntanaka,1,田中,tanaka@example.com,employee\nsato,2,佐藤,sato@example.com,admin\n")
	first := command(t, "", env, "user", "import", file)
	if first.code != exitOK {
		t.Fatalf("import: %+v", first)
	}
	rows, err := csv.NewReader(strings.NewReader(first.out)).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][0] != "login" || rows[1][0] != "tanaka" || len(rows[2][1]) < 10 {
		t.Fatalf("passwords: %q, %v", rows, err)
	}
	write("login,id,name,email,role\ntanaka,1,田中太郎,tanaka@example.com,employee\n")
	if again := command(t, "", env, "user", "import", file); again.code != exitOK || again.out != "login,password\n" {
		t.Errorf("updating prints a password: %+v", again)
	}
	write("login,id,name,email,role\nsuzuki,3,鈴木,,employee\nyamada,x,山田,,employee\n")
	if bad := command(t, "", env, "user", "import", file); bad.code != exitFailed || !strings.Contains(bad.err, "3") {
		t.Errorf("a bad line is not named: %+v", bad)
	}
	list := command(t, "", env, "user", "list").out
	if !strings.Contains(list, "田中太郎") || strings.Contains(list, "suzuki") {
		t.Errorf("not the whole file or nothing:\n%s", list)
	}
}
