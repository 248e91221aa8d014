package models

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// userDB is a migrated database in a temporary folder, with a clock to turn.
func userDB(t *testing.T) (*DB, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "crm.db"), Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db, &now
}

// faults gives the problems within err as "field key", joined by commas.
func faults(err error) string {
	var ps Problems
	var p *Problem
	switch {
	case errors.As(err, &ps):
	case errors.As(err, &p):
		ps = Problems{p}
	case err != nil:
		return "no problem but " + err.Error()
	}
	var all []string
	for _, p := range ps {
		all = append(all, strings.TrimSpace(p.Field+" "+p.Key))
	}
	return strings.Join(all, ", ")
}

func addUser(t *testing.T, db *DB, u User, password string) {
	t.Helper()
	if err := db.AddUser(t.Context(), u, password); err != nil {
		t.Fatalf("AddUser(%s): %v", u.Login, err)
	}
}

func TestAddUserKeepsWhatWasGiven(t *testing.T) {
	db, _ := userDB(t)
	want := User{ID: 7, Login: "tanaka", Name: "田中 花子", Email: "tanaka@example.co.jp", Role: RoleAdmin, Locale: "fr", TimeZone: "Europe/Paris"}
	addUser(t, db, want, "correct horse")
	got, err := db.User(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.PasswordHash, "$argon2id$v=19$m=32768,t=2,p=1$") {
		t.Errorf("password hash %q is no argon2id of today's cost", got.PasswordHash)
	}
	want.PasswordHash = got.PasswordHash
	if got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
	addUser(t, db, User{ID: 8, Login: "suzuki"}, "correct horse")
	var nulls int64
	db.gorm.Raw("SELECT COUNT(*) FROM users WHERE email IS NULL AND locale IS NULL AND time_zone IS NULL").Scan(&nulls)
	if nulls != 1 {
		t.Errorf("%d rows with NULL e-mail, locale and zone, want the one without them", nulls)
	}
	if plain, _ := db.User(t.Context(), 8); plain.Role != RoleEmployee || plain.DisplayName() != "suzuki" {
		t.Errorf("a user without role and name is %+v", plain)
	}
}

func TestAddUserTellsEveryFault(t *testing.T) {
	db, _ := userDB(t)
	addUser(t, db, User{ID: 1, Login: "Tanaka"}, "correct horse")
	good := User{ID: 2, Login: "sato"}
	for name, c := range map[string]struct {
		change   func(*User)
		password string
		want     string
		kind     error
	}{
		"login missing":     {func(u *User) { u.Login = " " }, "correct horse", "login user.login_missing", ErrInvalid},
		"login with blank":  {func(u *User) { u.Login = "sato taro" }, "correct horse", "login user.login_characters", ErrInvalid},
		"login long":        {func(u *User) { u.Login = strings.Repeat("x", 65) }, "correct horse", "login user.login_long", ErrInvalid},
		"login taken":       {func(u *User) { u.Login = "tANAKA" }, "correct horse", "login user.login_taken", ErrConflict},
		"login taken, wide": {func(u *User) { u.Login = "ｔａｎａｋａ" }, "correct horse", "login user.login_taken", ErrConflict},
		"number taken":      {func(u *User) { u.ID = 1 }, "correct horse", "id user.id_taken", ErrConflict},
		"number and login":  {func(u *User) { u.ID, u.Login = 1, "tanaka" }, "correct horse", "id user.id_taken, login user.login_taken", ErrConflict},
		"number zero":       {func(u *User) { u.ID = 0 }, "correct horse", "id user.id_invalid", ErrInvalid},
		"e-mail with name":  {func(u *User) { u.Email = "Sato <sato@example.com>" }, "correct horse", "email user.email_invalid", ErrInvalid},
		"role":              {func(u *User) { u.Role = "boss" }, "correct horse", "role user.role_invalid", ErrInvalid},
		"locale":            {func(u *User) { u.Locale = "de" }, "correct horse", "locale user.locale_invalid", ErrInvalid},
		"zone":              {func(u *User) { u.TimeZone = "Asia/Kyoto" }, "correct horse", "time_zone user.time_zone_invalid", ErrInvalid},
		"zone of machine":   {func(u *User) { u.TimeZone = "Local" }, "correct horse", "time_zone user.time_zone_invalid", ErrInvalid},
		"password short":    {func(u *User) {}, "あいうえおかきくけ", "password password.short", ErrInvalid},
		"password long":     {func(u *User) {}, strings.Repeat("x", 201), "password password.long", ErrInvalid},
		"all at once":       {func(u *User) { u.Name, u.Role = "a\nb", "x" }, "", "name user.name_invalid, role user.role_invalid, password password.short", ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			u := good
			c.change(&u)
			err := db.AddUser(t.Context(), u, c.password)
			if got := faults(err); got != c.want || !errors.Is(err, c.kind) {
				t.Errorf("got %q (%v), want %q of kind %v", got, err, c.want, c.kind)
			}
		})
	}
	if n, _ := db.CountUsers(t.Context()); n != 1 {
		t.Errorf("%d users stand after refusals only, want 1", n)
	}
}

func TestUserByLogin(t *testing.T) {
	db, _ := userDB(t)
	addUser(t, db, User{ID: 1, Login: "Tanaka"}, "correct horse")
	for _, typed := range []string{"Tanaka", "tanaka", " TANAKA ", "ｔａｎａｋａ"} {
		if u, err := db.UserByLogin(t.Context(), typed); err != nil || u.ID != 1 {
			t.Errorf("UserByLogin(%q) = %+v, %v", typed, u, err)
		}
	}
	// A CRM's own table may hold logins that differ in case only.
	db.gorm.Exec("INSERT INTO users (id, login) VALUES (2, 'tanaka')")
	if u, err := db.UserByLogin(t.Context(), "tanaka"); err != nil || u.ID != 2 {
		t.Errorf("the exact login is not preferred: %+v, %v", u, err)
	}
	for _, typed := range []string{"TANAKA", "nobody", ""} {
		if u, err := db.UserByLogin(t.Context(), typed); !errors.Is(err, ErrNotFound) {
			t.Errorf("UserByLogin(%q) = %+v, %v, want not found", typed, u, err)
		}
	}
}

func TestUsersOfACRMView(t *testing.T) {
	db, _ := userDB(t)
	for _, sql := range []string{
		"ALTER TABLE users RENAME TO crm_staff",
		`CREATE VIEW users AS SELECT id, login, NULL AS name, NULL AS email, NULL AS role, NULL AS password_hash,
			NULL AS locale, NULL AS time_zone, NULL AS disabled FROM crm_staff`,
		"INSERT INTO crm_staff (id, login) VALUES (3, 'kimura')",
	} {
		if err := db.gorm.Exec(sql).Error; err != nil {
			t.Fatal(err)
		}
	}
	users, err := db.Users(t.Context())
	if err != nil || len(users) != 1 || users[0] != (User{ID: 3, Login: "kimura"}) {
		t.Fatalf("Users() = %+v, %v", users, err)
	}
	if users[0].IsAdmin() {
		t.Error("a NULL role is an administrator")
	}
	if _, err := db.Authenticate(t.Context(), "kimura", ""); faults(err) != "login.wrong" {
		t.Errorf("an account without password: %v", err)
	}
}

func TestNextUserID(t *testing.T) {
	db, _ := userDB(t)
	want := func(n int64) {
		t.Helper()
		if got, err := db.NextUserID(t.Context()); err != nil || got != n {
			t.Errorf("NextUserID() = %d, %v, want %d", got, err, n)
		}
	}
	want(1)
	addUser(t, db, User{ID: 4, Login: "a"}, "correct horse")
	want(5)
	db.gorm.Exec("INSERT INTO schedules (owner_id, start_at, end_at) VALUES (40, '2026-11-21 09:00:00', '2026-11-21 10:00:00')")
	want(41)
	db.gorm.Exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (1, 41)")
	want(42)
}

func TestUpdateUser(t *testing.T) {
	db, _ := userDB(t)
	addUser(t, db, User{ID: 1, Login: "tanaka", Name: "old", Email: "a@example.com"}, "correct horse")
	before, _ := db.User(t.Context(), 1)
	err := db.UpdateUser(t.Context(), User{ID: 1, Login: "ignored", Name: " 田中 ", Role: RoleAdmin, Locale: "en", TimeZone: "Asia/Tokyo", Disabled: true})
	if err != nil {
		t.Fatal(err)
	}
	want := before
	want.Name, want.Email, want.Role, want.Locale, want.TimeZone = "田中", "", RoleAdmin, "en", "Asia/Tokyo"
	if got, _ := db.User(t.Context(), 1); got != want {
		t.Errorf("after the update %+v, want %+v", got, want)
	}
	if err := db.UpdateUser(t.Context(), User{ID: 1, TimeZone: "Mars/Olympus"}); faults(err) != "time_zone user.time_zone_invalid" {
		t.Errorf("unknown zone: %v", err)
	}
	if err := db.UpdateUser(t.Context(), User{ID: 9}); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown user: %v", err)
	}
}

func TestAuthenticate(t *testing.T) {
	db, _ := userDB(t)
	addUser(t, db, User{ID: 1, Login: "tanaka"}, "パスワードは長くする")
	try := func(login, password, want string) {
		t.Helper()
		u, err := db.Authenticate(t.Context(), login, password)
		if got := faults(err); got != want || (want == "") != (u.ID == 1) {
			t.Errorf("Authenticate(%q, %q) = %+v, %v, want %q", login, password, u, err, want)
		}
		if want != "" && !errors.Is(err, ErrForbidden) {
			t.Errorf("%v is not forbidden", err)
		}
	}
	decomposed := strings.ReplaceAll("パスワードは長くする", "パ", "ハ\u309a")
	try("tanaka", "パスワードは長くする", "")
	try("TANAKA", decomposed, "")
	try("tanaka", "パスワードは長くした", "login.wrong")
	try("tanaka", "", "login.wrong")
	try("tanaka", strings.Repeat("x", 100_000), "login.wrong")
	try("sato", "パスワードは長くする", "login.wrong")
	if err := db.SetDisabled(t.Context(), 1, true); err != nil {
		t.Fatal(err)
	}
	try("tanaka", "パスワードは長くする", "login.disabled")
	try("tanaka", "wrong password", "login.wrong")
	if err := db.SetDisabled(t.Context(), 1, false); err != nil {
		t.Fatal(err)
	}
	try("tanaka", "パスワードは長くする", "")
}

func TestUnknownLoginTakesTheSameWork(t *testing.T) {
	c, _, key, err := parseHash(nobody)
	if err != nil || c != today || len(key) != hashSize {
		t.Errorf("the hash that unknown logins are checked against costs %+v (%d bytes, %v), known ones %+v", c, len(key), err, today)
	}
}

func TestSessionStampChanges(t *testing.T) {
	db, _ := userDB(t)
	addUser(t, db, User{ID: 1, Login: "tanaka"}, "correct horse")
	seen := make(map[string]string)
	stamp := func(after string) {
		t.Helper()
		u, err := db.User(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[u.SessionStamp()]; ok || u.SessionStamp() == "" {
			t.Errorf("the stamp %q after %s is that after %s", u.SessionStamp(), after, other)
		}
		seen[u.SessionStamp()] = after
	}
	stamp("creation")
	if err := db.SetPassword(t.Context(), 1, "correct horse"); err != nil {
		t.Fatal(err)
	}
	stamp("setting the same password")
	if err := db.SetDisabled(t.Context(), 1, true); err != nil {
		t.Fatal(err)
	}
	stamp("disabling")
}

func TestChangePassword(t *testing.T) {
	db, _ := userDB(t)
	addUser(t, db, User{ID: 1, Login: "tanaka"}, "correct horse")
	if err := db.ChangePassword(t.Context(), 1, "wrong horse!", "short"); faults(err) != "current password.wrong, password password.short" {
		t.Errorf("two faults: %v", err)
	}
	if err := db.ChangePassword(t.Context(), 1, "correct horse", "battery staple"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Authenticate(t.Context(), "tanaka", "battery staple"); err != nil {
		t.Errorf("the new password does not work: %v", err)
	}
	if _, err := db.Authenticate(t.Context(), "tanaka", "correct horse"); err == nil {
		t.Error("the old password still works")
	}
	if err := db.SetPassword(t.Context(), 5, "battery staple"); !errors.Is(err, ErrNotFound) {
		t.Errorf("password of nobody: %v", err)
	}
}

func TestForeignHashesAreHeldToBounds(t *testing.T) {
	const tail = "$ZcLkD4P1XGv+7w5ycU9tKw$pg3MJ4vhxBTEVxHkRRPRV9mYVvnMBl1bQfRXLoVWcXQ"
	for _, hash := range []string{
		"", "secret", "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"$argon2i$v=19$m=32768,t=2,p=1" + tail, "$argon2id$v=16$m=32768,t=2,p=1" + tail,
		"$argon2id$v=19$m=4194304,t=2,p=1" + tail, "$argon2id$v=19$m=32768,t=4000000,p=1" + tail,
		"$argon2id$v=19$m=32768,t=0,p=1" + tail, "$argon2id$v=19$m=32768,t=2,p=0" + tail,
		"$argon2id$v=19$m=1,t=2,p=1" + tail, "$argon2id$v=19$m=32768,t=2,p=1$YQ$YQ",
	} {
		if _, _, _, err := parseHash(hash); err == nil {
			t.Errorf("%q was taken", hash)
		}
	}
}

func TestHashingWaitsForASlot(t *testing.T) {
	for range cap(hashSlots) {
		hashSlots <- struct{}{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := hashPassword(ctx, "correct horse")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("hashing beyond the slots: %v, want to wait until the deadline", err)
	}
	for range cap(hashSlots) {
		<-hashSlots
	}
	if _, err := hashPassword(t.Context(), "correct horse"); err != nil {
		t.Errorf("with free slots: %v", err)
	}
}

func TestGeneratePassword(t *testing.T) {
	a, b := GeneratePassword(), GeneratePassword()
	if a == b || len(a) != 23 || len(validPassword(a)) > 0 || strings.ContainsAny(a, "01 ") {
		t.Errorf("generated %q and %q", a, b)
	}
}

func TestTwoAddTheSameLoginAtOnce(t *testing.T) {
	db, _ := userDB(t)
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		group.Go(func() { errs[i] = db.AddUser(t.Context(), User{ID: int64(i + 1), Login: "tanaka"}, "correct horse") })
	}
	group.Wait()
	added := 0
	for _, err := range errs {
		if err == nil {
			added++
		} else if faults(err) != "login user.login_taken" {
			t.Errorf("who came late: %v", err)
		}
	}
	if added != 1 {
		t.Errorf("%d of 4 added the same login", added)
	}
}
