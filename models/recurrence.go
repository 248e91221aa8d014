package models

import "strings"

// SplitRecurrence takes the lines of a recurrence column apart: the rules
// (RRULE, EXRULE, RDATE) as they stand, and the EXDATE lines, which are the
// removed occurrences. Line ends may be CRLF; empty lines are dropped.
func SplitRecurrence(text string) (rules, exdates []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case strings.HasPrefix(strings.ToUpper(line), "EXDATE"):
			exdates = append(exdates, line)
		default:
			rules = append(rules, line)
		}
	}
	return rules, exdates
}

func joinRecurrence(rules, exdates []string) string {
	return strings.Join(append(rules[:len(rules):len(rules)], exdates...), "\n")
}
