package models

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// The limits of what people type. Lengths of text count UTF-16 units, as SQL
// Server's nvarchar does, those of passwords characters.
const (
	maxLogin    = 64
	maxName     = 255
	maxEmail    = 254
	MinPassword = 10
	MaxPassword = 200
)

// locales are the languages that the pages speak.
var locales = map[string]bool{"": true, "ja": true, "en": true, "fr": true}

// cleanUser trims what people type around a value, and gives an empty role its
// meaning.
func cleanUser(u User) User {
	u.Login = cleanLogin(u.Login)
	u.Name = strings.TrimSpace(u.Name)
	u.Email = strings.TrimSpace(u.Email)
	u.Locale = strings.TrimSpace(u.Locale)
	u.TimeZone = strings.TrimSpace(u.TimeZone)
	if u.Role = strings.ToLower(strings.TrimSpace(u.Role)); u.Role == "" {
		u.Role = RoleEmployee
	}
	return u
}

// cleanLogin is the one form in which logins are stored and looked for: a
// Japanese keyboard's full-width letters become plain ones.
func cleanLogin(login string) string { return strings.TrimSpace(norm.NFKC.String(login)) }

// foldLogin is what two logins that count as the same have in common.
func foldLogin(login string) string { return strings.ToLower(cleanLogin(login)) }

// validLogin looks at the two columns that only a new user brings.
func validLogin(u User) (ps Problems) {
	switch {
	case u.Login == "":
		ps = append(ps, Invalid("login", "user.login_missing"))
	case utf16Len(u.Login) > maxLogin:
		ps = append(ps, Invalid("login", "user.login_long", "max", "64"))
	case strings.ContainsFunc(u.Login, func(r rune) bool { return !loginRune(r) }):
		ps = append(ps, Invalid("login", "user.login_characters"))
	}
	if u.ID <= 0 {
		ps = append(ps, Invalid("id", "user.id_invalid"))
	}
	return ps
}

// validDetails looks at what may be edited later too.
func validDetails(u User) (ps Problems) {
	if !plainText(u.Name, maxName) {
		ps = append(ps, Invalid("name", "user.name_invalid", "max", "255"))
	}
	if u.Email != "" && !plainEmail(u.Email) {
		ps = append(ps, Invalid("email", "user.email_invalid"))
	}
	if u.Role != RoleAdmin && u.Role != RoleEmployee {
		ps = append(ps, Invalid("role", "user.role_invalid"))
	}
	if !locales[u.Locale] {
		ps = append(ps, Invalid("locale", "user.locale_invalid"))
	}
	if u.TimeZone != "" && !knownZone(u.TimeZone) {
		ps = append(ps, Invalid("time_zone", "user.time_zone_invalid", "zone", u.TimeZone))
	}
	return ps
}

// validPassword asks for length and nothing else: rules about kinds of
// characters make people write passwords down.
func validPassword(password string) (ps Problems) {
	switch n := utf8.RuneCountInString(norm.NFC.String(password)); {
	case !utf8.ValidString(password), n < MinPassword:
		ps = append(ps, Invalid("password", "password.short", "min", "10"))
	case n > MaxPassword:
		ps = append(ps, Invalid("password", "password.long", "max", "200"))
	}
	return ps
}

// loginRune allows what nobody has to spell out on the telephone.
func loginRune(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) || strings.ContainsRune("._-@+", r)
}

func plainText(s string, max int) bool {
	return utf8.ValidString(s) && utf16Len(s) <= max && !strings.ContainsFunc(s, unicode.IsControl)
}

// plainEmail wants the bare address: no name, no brackets, no comment.
func plainEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= maxEmail
}

// knownZone refuses "Local", which names another zone on each machine.
func knownZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}
