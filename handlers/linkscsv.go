package handlers

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// csvColumns are the keys of the headings, in order.
var csvColumns = []string{"users.id", "field.login", "users.name", "users.state", "links.state", "links.account", "links.last_success",
	"links.next_run", "links.backlog", "system.held", "links.left_aside", "links.failures", "links.reason", "links.remedy"}

// csvBatch is how many employees are read at a time.
const csvBatch = 1000

// linksCSV writes the list of links, filtered as it is shown, for a spreadsheet.
func (s *server) linksCSV(c echo.Context) error {
	page := pageOf(c)
	var out bytes.Buffer
	out.WriteString("\ufeff") // without it Excel takes Japanese for the code page of the machine
	w := csv.NewWriter(&out)
	heads := make([]string, len(csvColumns))
	for i, key := range csvColumns {
		heads[i] = page.T(key)
	}
	if err := w.Write(heads); err != nil {
		return err
	}
	f := linkFilter(c)
	for f.Limit = csvBatch; ; f.Offset += csvBatch {
		rows, total, err := s.db.LinkRows(c.Request().Context(), f)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := w.Write(csvRow(page, row)); err != nil {
				return err
			}
		}
		if len(rows) == 0 || int64(f.Offset+len(rows)) >= total {
			break
		}
	}
	w.Flush()
	c.Response().Header().Set("Content-Disposition", `attachment; filename="links.csv"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", out.Bytes())
}

func csvRow(page views.Page, row models.LinkRow) []string {
	active := page.T("users.active")
	if row.User.Disabled {
		active = page.T("users.disabled")
	}
	cells := []string{strconv.FormatInt(row.User.ID, 10), row.User.Login, row.User.Name, active, page.T(views.HealthOf(row.Link, page.Now).Key)}
	l := row.Link
	if l == nil {
		l = &models.Link{}
	}
	cells = append(cells, l.Email, csvTime(l.LastSuccess(), page.Zone), csvTime(l.NextRun(), page.Zone))
	if row.Link != nil {
		cells = append(cells, strconv.Itoa(l.Backlog), strconv.FormatInt(row.Held, 10), strconv.FormatInt(row.LeftAside, 10), strconv.Itoa(l.Failures))
	} else {
		cells = append(cells, "", "", "", "")
	}
	cells = append(cells, reason(page, l.Error()), page.Remedy(row))
	for i, cell := range cells {
		cells[i] = harmless(cell)
	}
	return cells
}

func csvTime(t time.Time, zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format(time.DateTime)
}

func reason(page views.Page, m models.Message) string {
	if m.Key == "" {
		return ""
	}
	return page.Say(m)
}

// harmless keeps a spreadsheet from taking a name for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
