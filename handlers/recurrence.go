package handlers

import (
	"regexp"
	"strings"

	"agcrm-google/models"
)

// recurrenceLine is the beginning of a line that a recurrence may consist of.
var recurrenceLine = regexp.MustCompile(`^(RRULE|RDATE|EXDATE|EXRULE)[;:]`)

// ruleGrammar is how RFC 5545 writes the parts of a rule. What is not named here
// belongs to extensions, and is carried as it stands.
var ruleGrammar = map[string]*regexp.Regexp{
	"FREQ":     regexp.MustCompile(`^(SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)$`),
	"INTERVAL": regexp.MustCompile(`^0*[1-9]\d{0,8}$`),
	"COUNT":    regexp.MustCompile(`^0*[1-9]\d{0,8}$`),
	"UNTIL":    regexp.MustCompile(`^\d{8}(T\d{6}Z?)?$`),
	"BYDAY":    regexp.MustCompile(`^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)(,([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA))*$`),
	"WKST":     regexp.MustCompile(`^(SU|MO|TU|WE|TH|FR|SA)$`),
	"BYSECOND": numberList, "BYMINUTE": numberList, "BYHOUR": numberList, "BYMONTHDAY": numberList,
	"BYYEARDAY": numberList, "BYWEEKNO": numberList, "BYMONTH": numberList, "BYSETPOS": numberList,
}

var numberList = regexp.MustCompile(`^[+-]?\d{1,3}(,[+-]?\d{1,3})*$`)

// recurrence reads lines that were typed by hand over those that a row has. Lines
// that stand as they were are kept whatever they hold.
func (t *typedAppointment) recurrence(text, before string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	joined := strings.Join(lines, "\n")
	if joined == before {
		return before
	}
	for _, line := range lines {
		if !recurrenceLine.MatchString(line) {
			t.add(models.Invalid("recurrence", "schedule.recurrence_form"))
			return ""
		}
		head, rule, _ := strings.Cut(line, ":")
		if strings.HasSuffix(strings.ToUpper(head), "RULE") && !readableRule(rule) {
			t.add(models.Invalid("recurrence", "schedule.rule_form"))
			return ""
		}
	}
	return joined
}

// readableRule says whether a rule is written as RFC 5545 has it. Google refuses
// any other.
func readableRule(rule string) bool {
	seen := map[string]bool{}
	for _, part := range strings.Split(strings.TrimSuffix(strings.ToUpper(rule), ";"), ";") {
		name, value, found := strings.Cut(part, "=")
		form := ruleGrammar[name]
		if !found || seen[name] || form != nil && !form.MatchString(value) {
			return false
		}
		seen[name] = true
	}
	return seen["FREQ"] && !(seen["COUNT"] && seen["UNTIL"])
}
