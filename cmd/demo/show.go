package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"
)

// patience is how long the show waits for a change to arrive before it calls
// the demo broken.
const patience = 30 * time.Second

// show lets a change travel each way while the service runs, and says how long
// it took. The table is written by plain SQL over a connection of its own, as
// a CRM would, and Google through its page, as the employee would.
func show(ctx context.Context, out io.Writer, c *company, g *google) error {
	crm, err := sql.Open("sqlite", "file:"+(&url.URL{Path: c.file}).EscapedPath()+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return fmt.Errorf("open the database as the CRM does: %w", err)
	}
	defer crm.Close()

	fmt.Fprintf(out, "First synchronisation: %d rows of the table are in Google, %d events of Google are in the table (%s).\n",
		c.arrived(g), len(c.events), c.first.Round(10*time.Millisecond))

	if err := fromTable(ctx, out, crm, c, g); err != nil {
		return err
	}
	return fromGoogle(ctx, out, crm, g)
}

// arrived counts the rows that are in Google with their owner, where the owner
// is linked.
func (c *company) arrived(g *google) int {
	count := 0
	for _, row := range c.rows {
		for _, p := range everybody {
			if row.OwnerID == p.id && g.event(p, row.Subject) != "" {
				count++
			}
		}
	}
	return count
}

// fromTable inserts a row and waits for its event.
func fromTable(ctx context.Context, out io.Writer, crm *sql.DB, c *company, g *google) error {
	const subject = "来客: 株式会社ミライ工業"
	tomorrow := c.now().In(c.db.Zone()).AddDate(0, 0, 1).Format(time.DateOnly)
	_, err := crm.ExecContext(ctx, "INSERT INTO schedules (owner_id, subject, location, start_at, end_at) VALUES (?, ?, ?, ?, ?)",
		tanaka.id, subject, "応接室", tomorrow+" 15:00:00", tomorrow+" 16:00:00")
	if err != nil {
		return fmt.Errorf("insert a row as the CRM does: %w", err)
	}
	fmt.Fprintf(out, "\nCRM    -> SQL: INSERT INTO schedules ... '%s' at %s 15:00\n", subject, tomorrow)
	took, err := waitFor(ctx, "the new row in Google", func() bool { return g.event(tanaka, subject) != "" })
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Google <- the event is in the calendar (%s)\n", took)
	return nil
}

// fromGoogle moves the lunch by an hour in Google and waits for the row.
func fromGoogle(ctx context.Context, out io.Writer, crm *sql.DB, g *google) error {
	const summary = lunchSummary
	before := rowStart(ctx, crm, summary)
	start, err := time.Parse(time.DateTime, before)
	if err != nil {
		return fmt.Errorf("read the row of the lunch: %w", err)
	}
	start = start.Add(time.Hour)
	const layout = "2006-01-02T15:04"
	err = g.do(ctx, tanaka, "edit", url.Values{"event": {g.event(tanaka, summary)}, "summary": {summary},
		"location": {"銀座"}, "color": {"4"}, "start": {start.Format(layout)}, "end": {start.Add(time.Hour).Format(layout)}})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nGoogle -> '%s' is moved from %s to %s, and to 銀座\n", summary, before[11:16], start.Format("15:04"))
	took, err := waitFor(ctx, "the moved event in the table", func() bool {
		return rowStart(ctx, crm, summary) == start.Format(time.DateTime)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "CRM    <- SQL: SELECT start_at, location FROM schedules: %s, 銀座 (%s)\n", start.Format(time.DateTime), took)
	return nil
}

// rowStart is the start of the row of that subject as the table holds it;
// empty if there is no such row.
func rowStart(ctx context.Context, crm *sql.DB, subject string) string {
	var start string
	if err := crm.QueryRowContext(ctx, "SELECT CAST(start_at AS TEXT) FROM schedules WHERE subject = ?", subject).Scan(&start); err != nil {
		return ""
	}
	return start
}

// waitFor asks ten times a second until done, and tells how long it took.
func waitFor(ctx context.Context, what string, done func() bool) (time.Duration, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New(what+" did not happen in "+patience.String()))
	defer cancel()
	for {
		if done() {
			return time.Since(began).Round(10 * time.Millisecond), nil
		}
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
