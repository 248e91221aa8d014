package models

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// maxUserList is the longest list that is read, in bytes: some 20,000 users.
const maxUserList = 2 << 20

// userColumns are the columns of the list, in the order that is taken where it
// has no heading.
var userColumns = []string{"login", "id", "name", "email", "role"}

// userLine is one line of the list as it stands there.
type userLine struct {
	number                   int // of the line, from 1
	login, name, email, role string
	id                       int64
	badID                    bool            // id is not empty and no number above 0
	has                      map[string]bool // the columns of the list
}

// onto lays the line over the row that the table has (the zero value for none).
func (l userLine) onto(old User) User {
	u := old
	if u.ID == 0 {
		u.ID, u.Login = l.id, l.login
	}
	if l.has["name"] {
		u.Name = l.name
	}
	if l.has["email"] {
		u.Email = l.email
	}
	if l.role != "" {
		u.Role = l.role
	}
	return cleanUser(u)
}

// check tells the faults of the line; u is what it makes of the row old.
func (l userLine) check(u, old User, exists bool) (ps Problems) {
	switch {
	case l.badID:
		ps = append(ps, Invalid("id", "user.id_invalid"))
	case exists && l.id != 0 && l.id != old.ID:
		ps = append(ps, conflict("id", "import.id_differs", "login", old.Login,
			"have", strconv.FormatInt(old.ID, 10), "want", strconv.FormatInt(l.id, 10)))
	case !exists:
		ps = append(ps, validLogin(u)...)
	}
	return append(ps, validDetails(u)...)
}

// readUserList reads the list. Its faults are Problems: "import.too_large",
// "import.encoding", "import.empty", "import.header", "import.line_unreadable".
func readUserList(list io.Reader) ([]userLine, error) {
	raw, err := io.ReadAll(io.LimitReader(list, maxUserList+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxUserList {
		return nil, Problems{Invalid("file", "import.too_large")}
	}
	text, err := decodeText(raw)
	if err != nil {
		return nil, Problems{Invalid("file", "import.encoding")}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = separator(text)
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	return readUserLines(r)
}

func readUserLines(r *csv.Reader) (lines []userLine, err error) {
	var columns []string
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return nil, Problems{lineProblem(bad.Line, Invalid("file", "import.line_unreadable"))}
		}
		if err != nil {
			return nil, err
		}
		number, _ := r.FieldPos(0)
		if strings.Join(cells, "") == "" {
			continue // a spreadsheet's empty lines
		}
		if columns == nil {
			var heading bool
			if columns, heading = headingOf(cells); columns == nil {
				return nil, Problems{lineProblem(number, Invalid("file", "import.header"))}
			}
			if heading {
				continue
			}
		}
		lines = append(lines, lineOf(number, columns, cells))
	}
	if len(lines) == 0 {
		return nil, Problems{Invalid("file", "import.empty")}
	}
	return lines, nil
}

// headingOf tells the columns of the list. A first line without the word login
// is data in the usual order if its second cell is a number or empty.
func headingOf(cells []string) (columns []string, heading bool) {
	names := make([]string, len(cells))
	for i, c := range cells {
		names[i] = strings.ToLower(cleanCell(c))
	}
	if slices.Contains(names, "login") {
		return names, true
	}
	if len(cells) >= 2 && len(cells) <= len(userColumns) {
		if _, bad := numberOf(cells[1]); !bad {
			return userColumns[:len(cells)], false
		}
	}
	return nil, false
}

func lineOf(number int, columns, cells []string) userLine {
	l := userLine{number: number, has: make(map[string]bool)}
	for i, column := range columns {
		if i >= len(cells) {
			break
		}
		l.has[column] = true
		switch column {
		case "login":
			l.login = cleanLogin(cells[i])
		case "id":
			l.id, l.badID = numberOf(cells[i])
		case "name":
			l.name = strings.TrimSpace(cells[i])
		case "email":
			l.email = cleanCell(cells[i])
		case "role":
			l.role = strings.ToLower(cleanCell(cells[i]))
		}
	}
	return l
}

// numberOf reads a user number; 0 for an empty cell.
func numberOf(cell string) (id int64, bad bool) {
	if cell = cleanCell(cell); cell == "" {
		return 0, false
	}
	id, err := strconv.ParseInt(cell, 10, 64)
	if err != nil || id <= 0 {
		return 0, true
	}
	return id, false
}

// cleanCell trims a cell that holds no prose, and makes full-width letters plain.
func cleanCell(cell string) string { return strings.TrimSpace(norm.NFKC.String(cell)) }

// separator is the likeliest of those that spreadsheets write, by the first line.
func separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, r := range []rune{'\t', ';'} {
		if strings.Count(first, string(r)) > strings.Count(first, string(best)) {
			best = r
		}
	}
	return best
}

// errEncoding is text in none of the encodings that are understood.
var errEncoding = errors.New("neither UTF-8 nor UTF-16 nor Shift_JIS")

// decodeText makes UTF-8 of what a spreadsheet saved: UTF-16 with or without a
// byte order mark, UTF-8 likewise, or else Shift_JIS, which Excel in Japan still
// writes when it is asked for "CSV".
func decodeText(raw []byte) (string, error) {
	var from encoding.Encoding
	switch order := utf16Order(raw); {
	case order == binary.LittleEndian:
		from = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case order == binary.BigEndian:
		from = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case utf8.Valid(raw):
		from = unicode.UTF8BOM
	default:
		from = japanese.ShiftJIS
	}
	text, err := from.NewDecoder().Bytes(raw)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) || bytes.IndexByte(text, 0) >= 0 {
		return "", errEncoding
	}
	return string(text), nil
}

// utf16Order recognises UTF-16 by its byte order mark or by the zero half of a
// first plain letter; nil for anything else.
func utf16Order(raw []byte) binary.ByteOrder {
	switch {
	case len(raw) < 2:
		return nil
	case raw[0] == 0xFF && raw[1] == 0xFE, raw[0] != 0 && raw[1] == 0:
		return binary.LittleEndian
	case raw[0] == 0xFE && raw[1] == 0xFF, raw[0] == 0 && raw[1] != 0:
		return binary.BigEndian
	}
	return nil
}
