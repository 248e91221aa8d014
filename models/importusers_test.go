package models

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

func TestImportUsers(t *testing.T) {
	db, _ := userDB(t)
	addUser(t, db, User{ID: 5, Login: "tanaka", Name: "old", Email: "old@example.com", Role: RoleAdmin, Locale: "en"}, "correct horse")
	list := "login,id,name,email,role\r\nTANAKA,5,田中 花子,,\r\n\r\nsato,9,\"佐藤, 一郎\",sato@example.co.jp,Admin\r\nsuzuki,,鈴木,,employee\r\n"
	done, err := db.ImportUsers(t.Context(), strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	if len(done) != 3 || done[0].Created || done[0].Password != "" || !done[1].Created || done[1].Numbered || !done[2].Numbered {
		t.Fatalf("import answered %+v", done)
	}
	users, _ := db.Users(t.Context())
	for i := range users {
		users[i].PasswordHash = ""
	}
	want := []User{
		{ID: 9, Login: "sato", Name: "佐藤, 一郎", Email: "sato@example.co.jp", Role: RoleAdmin},
		{ID: 10, Login: "suzuki", Name: "鈴木", Role: RoleEmployee},
		{ID: 5, Login: "tanaka", Name: "田中 花子", Role: RoleAdmin, Locale: "en"},
	}
	if fmt.Sprint(users) != fmt.Sprint(want) {
		t.Errorf("users are\n%+v, want\n%+v", users, want)
	}
	if _, err := db.Authenticate(t.Context(), "sato", done[1].Password); err != nil {
		t.Errorf("the generated password does not work: %v", err)
	}
	if _, err := db.Authenticate(t.Context(), "tanaka", "correct horse"); err != nil {
		t.Errorf("the password of an updated user changed: %v", err)
	}
}

func TestImportTellsEachBadLineAndWritesNothing(t *testing.T) {
	db, _ := userDB(t)
	addUser(t, db, User{ID: 5, Login: "tanaka"}, "correct horse")
	for name, c := range map[string]struct{ list, want string }{
		"empty":           {"", "file import.empty"},
		"heading only":    {"login,id,name,email,role\n", "file import.empty"},
		"no heading":      {"name,mail\nx,y\n", "1 file import.header"},
		"quote":           {"login,id\nsato,1\n\"a\"b,2\n", "3 file import.line_unreadable"},
		"binary":          {"login,id\n\x00\xff\xfe\x81,2\n", "file import.encoding"},
		"large":           {strings.Repeat("x", maxUserList+1), "file import.too_large"},
		"number differs":  {"login,id\ntanaka,6\n", "2 id import.id_differs"},
		"number taken":    {"login,id\nsato,7\nsuzuki,5\n", "3 id import.id_taken"},
		"number twice":    {"login,id\nsato,7\nsuzuki,7\n", "3 id import.id_taken"},
		"number bad":      {"login,id\nsato,x\nsuzuki,-1\nito,8\n", "2 id user.id_invalid, 3 id user.id_invalid"},
		"login twice":     {"login,id\nsato,7\nSATO,8\n", "3 login import.login_twice"},
		"login missing":   {"login,id\n,7\n", "2 login user.login_missing"},
		"several columns": {"login,id,name,email,role\nsato,7,,no mail,boss\nsuzuki,8,,,\nito taro,9,,,\n", "2 email user.email_invalid, 2 role user.role_invalid, 4 login user.login_characters"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := db.ImportUsers(t.Context(), strings.NewReader(c.list))
			ps, _ := err.(Problems)
			var got []string
			for _, p := range ps {
				got = append(got, strings.TrimSpace(p.Args["line"]+" "+p.Field+" "+p.Key))
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("got %v (%v), want %s", got, err, c.want)
			}
		})
	}
	if n, _ := db.CountUsers(t.Context()); n != 1 {
		t.Errorf("%d users after refused imports, want 1", n)
	}
}

func TestImportReadsWhatSpreadsheetsWrite(t *testing.T) {
	const comma = "login,id,name,email,role\r\nsato,7,佐藤 髙,sato@example.co.jp,admin\r\n"
	encode := func(e encoding.Encoding, text string) []byte {
		raw, err := e.NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	tabs := strings.ReplaceAll(comma, ",", "\t")
	for name, raw := range map[string][]byte{
		"UTF-8":                  []byte(comma),
		"UTF-8 with mark":        []byte("\ufeff" + comma),
		"Shift_JIS":              encode(japanese.ShiftJIS, comma),
		"UTF-16LE, mark and tab": encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), tabs),
		"UTF-16BE":               encode(unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), comma),
		"semicolons":             []byte(strings.ReplaceAll(comma, ",", ";")),
		"no heading":             []byte("sato,7,佐藤 髙,sato@example.co.jp,admin"),
		"full width":             []byte("ＬＯＧＩＮ,ＩＤ,name,email,role\nｓａｔｏ,７,佐藤 髙,sato@example.co.jp,ａｄｍｉｎ\n"),
	} {
		lines, err := readUserList(bytes.NewReader(raw))
		if err != nil || len(lines) != 1 {
			t.Errorf("%s: %+v, %v", name, lines, err)
			continue
		}
		l := lines[0]
		if l.login != "sato" || l.id != 7 || l.name != "佐藤 髙" || l.email != "sato@example.co.jp" || l.role != RoleAdmin {
			t.Errorf("%s: read %+v", name, l)
		}
	}
}

// TestImportOfManyUsers takes 300 where time is no matter, else fewer: each
// costs the 50 ms that make a password hash worth having.
func TestImportOfManyUsers(t *testing.T) {
	n := 40
	if os.Getenv("AGCRM_TEST_FULL") != "" {
		n = 300
	}
	db, _ := userDB(t)
	var list strings.Builder
	list.WriteString("login,id,name,email,role\n")
	for i := range n {
		fmt.Fprintf(&list, "user%d,%d,社員 %d,user%d@example.co.jp,employee\n", i, i+1, i, i)
	}
	begin := time.Now()
	done, err := db.ImportUsers(t.Context(), strings.NewReader(list.String()))
	if err != nil || len(done) != n {
		t.Fatalf("%d imported, %v", len(done), err)
	}
	t.Logf("%d users in %v", n, time.Since(begin).Round(time.Millisecond))
	passwords := make(map[string]bool)
	for _, u := range done {
		passwords[u.Password] = true
	}
	if stored, _ := db.CountUsers(t.Context()); stored != int64(n) || len(passwords) != n {
		t.Errorf("%d users stand with %d different passwords, want %d", stored, len(passwords), n)
	}
}

func FuzzReadUserList(f *testing.F) {
	f.Add([]byte("login,id,name,email,role\nsato,7,x,y@z,admin\n"))
	f.Add([]byte("\xff\xfel\x00o\x00g\x00i\x00n\x00"))
	f.Add([]byte("login\tid\n\x83\x65\t1"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		lines, err := readUserList(bytes.NewReader(raw))
		if err == nil && len(lines) == 0 {
			t.Error("nothing read and no fault told")
		}
		plan, faults := planImport(lines, nil, 1)
		ids := make(map[int64]bool)
		for _, step := range plan {
			if len(faults) == 0 && (ids[step.ID] || step.ID <= 0 || step.Login == "") {
				t.Errorf("a plan without faults holds %+v", step)
			}
			ids[step.ID] = true
		}
	})
}
