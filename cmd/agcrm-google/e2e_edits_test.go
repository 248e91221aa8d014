package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func (w *world) firstRun(t *testing.T) {
	w.exec("INSERT INTO schedules (owner_id, subject, location, start_at, end_at) VALUES (101, '営業会議', '第1会議室', ?, ?)", day(1)+" 10:00:00", day(1)+" 11:00:00")
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day) VALUES (101, '出張', ?, ?, 1)", day(2)+" 00:00:00", day(3)+" 00:00:00")
	w.person("add", "summary", "ランチ", "location", "丸の内", "start", day(1)+"T12:00", "end", day(1)+"T13:00", "color", "4")
	w.person("add", "summary", "休暇", "start", day(5), "end", day(5), "all_day", "on")

	tanaka := newVisitor(t, w.public)
	tanaka.login("tanaka", testPassword)
	asked := tanaka.want(tanaka.post("/profile/link"), 303).location
	redirect, err := w.google.Consent(asked, tanakaEmail, nil)
	if err != nil {
		t.Fatal(err)
	}
	tanaka.want(tanaka.get(redirect), 303)
	tanaka.want(tanaka.get(redirect), 400) // the same answer once more
	tanaka.want(tanaka.get("/profile"), 200, tanakaEmail)
	time.Sleep(3 * time.Second)
	if rows := w.inTable(); len(rows) != 2 {
		t.Errorf("synchronised before the profile was saved: %q", rows)
	}
	tanaka.want(tanaka.post("/profile", "calendars", tanakaEmail, "target_calendar", tanakaEmail, "interval", "61", "direction", "both"), 422)
	w.saveProfile(tanaka)
	w.settleFirst()
	tanaka.want(tanaka.get("/profile/preview"), 200)
}

// settleFirst is what both sides say after the first run: the colour of a row
// without one is the company's in Google and stays empty in the row.
func (w *world) settleFirst() {
	w.t.Helper()
	w.until(soon, "the first run", func() bool { return len(w.inTable()) == 4 && len(w.inGoogle()) == 4 })
	w.exec("UPDATE schedules SET color_id = 9 WHERE color_id IS NULL AND subject IN ('営業会議', '出張')")
	w.settle(soon,
		fmt.Sprintf("営業会議|第1会議室||%[1]s 10:00:00|%[1]s 11:00:00|9", day(1)),
		fmt.Sprintf("出張|||%s|%s|9", day(2), day(3)),
		fmt.Sprintf("ランチ|丸の内||%[1]s 12:00:00|%[1]s 13:00:00|4", day(1)),
		fmt.Sprintf("休暇|||%[1]s|%[1]s|0", day(5)))
}

func (w *world) tableEdits(t *testing.T) {
	w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at, color_id) VALUES (101, '来客', '応接室', ?, ?, 2)", day(2)+" 15:00", day(2)+"T16:00:00")
	w.exec("UPDATE schedules SET start_at = ?, end_at = ?, location = NULL WHERE subject = '営業会議'", day(1)+" 09:00:00", day(1)+" 10:30:00")
	w.exec("DELETE FROM schedules WHERE subject = '休暇'")
	w.until(soon, "the table's edits in Google", func() bool {
		google := strings.Join(w.inGoogle(), "\n")
		return strings.Contains(google, "来客||応接室|"+day(2)+" 15:00:00|"+day(2)+" 16:00:00|2") && !strings.Contains(google, "休暇") &&
			strings.Contains(google, "営業会議|||"+day(1)+" 09:00:00|"+day(1)+" 10:30:00")
	})
}

func (w *world) googleEdits(t *testing.T) {
	w.person("edit", "event", w.event("ランチ"), "calendar", tanakaEmail, "summary", "ランチ（変更）", "location", "銀座", "color", "4", "start", day(1)+"T13:00", "end", day(1)+"T14:00")
	w.person("delete", "event", w.event("出張"), "calendar", tanakaEmail)
	w.person("add", "summary", "歯医者", "start", day(3)+"T18:00", "end", day(3)+"T18:30")
	tanaka := newVisitor(t, w.public)
	tanaka.login("tanaka", testPassword)
	tanaka.want(tanaka.post("/profile/sync"), 303)
	w.until(soon, "Google's edits in the table", func() bool {
		table := strings.Join(w.inTable(), "\n")
		return strings.Contains(table, "ランチ（変更）|銀座||"+day(1)+" 13:00:00|"+day(1)+" 14:00:00|4") && !strings.Contains(table, "出張") &&
			strings.Contains(table, "歯医者|||"+day(3)+" 18:00:00|"+day(3)+" 18:30:00")
	})
}

func (w *world) pageEdits(t *testing.T) {
	tanaka := newVisitor(t, w.public)
	tanaka.login("tanaka", testPassword)
	tanaka.want(tanaka.get("/schedule/new?date="+day(4)), 200)
	bad := tanaka.post("/schedule", "subject", "逆さま", "start_at", day(4)+"T12:00", "end_at", day(4)+"T11:00", "busy", "on")
	tanaka.want(bad, 422, "逆さま")
	tanaka.want(tanaka.post("/schedule", "subject", "x", "start_at", "21/11/2026 12:00", "end_at", day(4)+"T11:00"), 422)
	tanaka.want(tanaka.post("/schedule", "subject", "x", "start_at", day(4)+"T12:00", "end_at", day(4)+"T13:00", "time_zone", "Asia/Edo"), 422)
	tanaka.want(tanaka.post("/schedule", "subject", "面接", "start_at", day(4)+"T12:00", "end_at", day(4)+"T13:00", "busy", "on", "color_id", "5"), 303)
	tanaka.want(tanaka.get("/schedule?view=month&date="+day(4)), 200, "面接")
	tanaka.want(tanaka.get("/schedule?view=list&date="+day(4)), 200, "面接")
	w.settleRows(5)

	var id int64
	if err := w.crm.QueryRow("SELECT id FROM schedules WHERE subject = '面接'").Scan(&id); err != nil {
		t.Fatal(err)
	}
	form := fmt.Sprintf("/schedule/%d", id)
	tanaka.want(tanaka.get(form), 200, "面接")
	tanaka.want(tanaka.post(form, "subject", "面接 二次", "start_at", day(4)+"T14:00", "end_at", day(4)+"T15:00", "busy", "on", "color_id", "5"), 303)
	w.settleRows(5)
	if !strings.Contains(strings.Join(w.inGoogle(), "\n"), "面接 二次|||"+day(4)+" 14:00:00") {
		t.Errorf("Google %q", w.inGoogle())
	}
	other := newVisitor(t, w.public)
	other.login("admin", testPassword)
	other.want(other.get(form), 200, "面接 二次")
	other.want(other.post(form, "subject", "取られた", "start_at", day(4)+"T14:00", "end_at", day(4)+"T15:00"), 403)
	tanaka.want(tanaka.post(form+"/delete"), 303)
	w.settleRows(4)
}

// settleRows waits until table and Google hold the same n appointments, the
// default colour apart.
func (w *world) settleRows(n int) {
	w.t.Helper()
	colourless := func(lines []string) string {
		cut := make([]string, len(lines))
		for i, line := range lines {
			cut[i] = line[:strings.LastIndex(line, "|")]
		}
		return strings.Join(cut, "\n")
	}
	w.until(soon, fmt.Sprintf("%d equal appointments on both sides", n), func() bool {
		table := w.inTable()
		return len(table) == n && colourless(table) == colourless(w.inGoogle())
	})
}
