package models

// clip cuts text to so many UTF-16 units, as nvarchar counts, at the end of a
// character. SQL Server refuses longer text (2628) and would fail a whole run for
// a note; only what people read, and what nobody compares, may be cut.
func clip(text string, units int) string {
	if len(text) <= units { // bytes are never fewer than units
		return text
	}
	n := 0
	for i, r := range text {
		if n++; r > 0xFFFF {
			n++
		}
		if n > units {
			return text[:i]
		}
	}
	return text
}

// The widths of columns for people.
const (
	widthSubject = 1024
	widthZone    = 64
	widthStarts  = 200
)
